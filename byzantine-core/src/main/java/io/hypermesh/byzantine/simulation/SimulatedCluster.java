package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Client;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.ClientOutput;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.MessageVerifier;
import io.hypermesh.byzantine.Output;
import io.hypermesh.byzantine.Progress;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.consensus.ReplicaCore;
import io.hypermesh.byzantine.consensus.ReplicaParts;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A whole cluster in one thread on virtual time. Everything that happens follows from the seed and
 * the calls made, so a run that fails once fails always. The promises of the protocol are checked
 * whenever a replica executes or convicts and whenever a client completes; a broken one ends the
 * run with an {@link InvariantViolation} that names the seed.
 *
 * <pre>{@code
 * SimulatedCluster cluster = SimulatedCluster.builder(seed).members(4)
 *     .behaviour(0, Behaviours.equivocate()).clients(3, 10).build();
 * cluster.runUntilDone(Duration.ofSeconds(60));
 * }</pre>
 *
 * Not thread-safe.
 */
public final class SimulatedCluster {
  private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

  private final ClusterSetup setup;
  private final RandomGenerator random;
  private final Membership membership;
  private final MessageCodec codec;
  private final Invariants invariants;
  private final List<SimulatedReplica> replicas = new ArrayList<>();
  private final List<SimulatedClient> clients = new ArrayList<>();
  private final Map<ClientId, SimulatedClient> clientsById = new HashMap<>();
  private final Timeline timeline = new Timeline();
  private final SimulatedNetwork network;
  private final Map<String, Long> eventCounts = new TreeMap<>();

  SimulatedCluster(ClusterSetup setup) {
    this.setup = setup;
    this.random = new SplittableRandom(setup.seed);
    this.network = new SimulatedNetwork(setup.members, setup.network, random, timeline);
    Membership.Builder builder = Membership.builder("simulation");
    Map<Integer, Signer> signers = new TreeMap<>();
    for (int i = 0; i < setup.members; i++) {
      Signer signer = setup.signers.apply("member " + i);
      signers.put(i, signer);
      builder.add("member " + i, signer.publicKey());
    }
    this.membership = builder.build();
    this.codec = new MessageCodec(membership, setup.verifier, setup.rules);
    this.invariants =
        new Invariants(
            membership, setup.verifier, setup.behaviours.keySet(), what -> violation(what, null));
    signers.forEach((index, signer) ->
        replicas.add(
            new SimulatedReplica(
                index,
                signer,
                setup.behaviours.get(index),
                random.nextLong(-setup.clockSkewMillisMax, setup.clockSkewMillisMax + 1))));
    for (int i = 0; i < setup.clients; i++) {
      Client client =
          new Client(membership, setup.signers.apply("client " + i), setup.clientSettings, 1);
      SimulatedClient simulated = new SimulatedClient(client, setup.requestsPerClient);
      clients.add(simulated);
      clientsById.put(client.id(), simulated);
      at(Duration.ofNanos(random.nextLong(5_000_000)), () -> submitNext(simulated));
    }
    replicas.forEach(this::start);
  }

  /** Starts the description of a cluster. */
  public static ClusterSetup builder(long seed) {
    return new ClusterSetup(seed);
  }

  private InvariantViolation violation(String what, @Nullable Throwable cause) {
    return new InvariantViolation(setup.seed, timeline.nowNanos(), what, cause);
  }

  /** Does something once that much virtual time has passed since the beginning. */
  public void at(Duration time, Runnable action) {
    timeline.schedule(Math.max(timeline.nowNanos(), time.toNanos()), action);
  }

  /** Runs for that much virtual time. */
  public void runFor(Duration duration) {
    timeline.runTo(timeline.nowNanos() + duration.toNanos());
  }

  /**
   * Runs until every client has all its answers and all running, correct replicas have executed the
   * same. This is the promise of progress: call it after the network has healed.
   *
   * @param bound how much virtual time that may take
   * @throws InvariantViolation if it takes longer, with what each replica waits for
   */
  public void runUntilDone(Duration bound) {
    long endNanos = timeline.nowNanos() + bound.toNanos();
    while (!isDone()) {
      if (!timeline.stepBefore(endNanos)) {
        throw violation("progress: not done after " + bound + ": " + describe(), null);
      }
    }
  }

  /** Whether every client has all its answers and all running, correct replicas are level. */
  public boolean isDone() {
    for (SimulatedClient client : clients) {
      if (client.left > 0 || !client.client.isIdle()) {
        return false;
      }
    }
    long highest = -1;
    for (SimulatedReplica replica : replicas) {
      ReplicaCore core = replica.core;
      if (core != null && replica.behaviour == null) {
        long executed = core.executedSequence();
        if (highest >= 0 && executed != highest) {
          return false;
        }
        highest = executed;
      }
    }
    return true;
  }

  private String describe() {
    StringBuilder text = new StringBuilder(256);
    for (SimulatedReplica replica : replicas) {
      ReplicaCore core = replica.core;
      text.append("; ")
          .append(replica.index)
          .append(replica.behaviour == null ? " " : " (misbehaving) ")
          .append(core == null ? "down" : core.progress());
    }
    return text.toString();
  }

  private void start(SimulatedReplica replica) {
    Application application = setup.application.get();
    ReplicaCore core =
        new ReplicaCore(
            new ReplicaParts(
                membership,
                replica.index,
                replica.signer,
                setup.verifier,
                application,
                setup.settings,
                () -> EPOCH.plusMillis(timeline.nowNanos() / 1_000_000 + replica.clockSkewMillis),
                setup.rules));
    try {
      core.recover(List.copyOf(replica.log), timeline.nowNanos());
    } catch (ProtocolException e) {
      throw violation("restart: replica " + replica.index + " cannot read its log", e);
    }
    replica.core = core;
    replica.application = application;
    core.start(timeline.nowNanos());
    drain(replica);
  }

  /** Stops a replica at once; what it persisted stays. */
  public void crash(int index) {
    SimulatedReplica replica = replicas.get(index);
    if (setup.losesPersistedVotes) {
      replica.log.clear();
    }
    replica.core = null;
    replica.application = null;
    replica.wakeNanos = SimulatedReplica.NEVER;
    replica.outputsUntilCrash = -1;
  }

  /** Stops a replica in the middle of acting on its outputs, after that many more of them. */
  public void crashAfterOutputs(int index, int outputs) {
    replicas.get(index).outputsUntilCrash = outputs;
  }

  /** Starts a stopped replica from what it persisted; harmless if it runs. */
  public void restart(int index) {
    SimulatedReplica replica = replicas.get(index);
    replica.outputsUntilCrash = -1;
    if (replica.core == null) {
      start(replica);
    }
  }

  /** Whether a replica runs. */
  public boolean isRunning(int index) {
    return replicas.get(index).core != null;
  }

  private void wake(SimulatedReplica replica, long dueNanos) {
    ReplicaCore core = replica.core;
    if (core != null && replica.wakeNanos == dueNanos) {
      replica.wakeNanos = SimulatedReplica.NEVER;
      act(replica, () -> core.handleTimeout(timeline.nowNanos()));
    }
  }

  private void receive(SimulatedReplica replica, byte[] message) {
    ReplicaCore core = replica.core;
    if (core == null) {
      return;
    }
    Message verified;
    try {
      verified = codec.verify(message);
    } catch (ProtocolException e) {
      // What a member that misbehaves sends; dropping it is all there is to do.
      return;
    }
    act(replica, () -> core.handle(verified, timeline.nowNanos()));
  }

  private void act(SimulatedReplica replica, Runnable action) {
    try {
      action.run();
    } catch (IllegalStateException e) {
      if (replica.behaviour == null) {
        throw violation("replica " + replica.index + " stopped: " + e.getMessage(), e);
      }
      crash(replica.index);
      return;
    }
    drain(replica);
  }

  private void drain(SimulatedReplica replica) {
    ReplicaCore core = replica.core;
    if (core == null) {
      return;
    }
    for (Output output = core.poll(); output != null; output = core.poll()) {
      if (replica.outputsUntilCrash >= 0 && replica.outputsUntilCrash-- == 0) {
        crash(replica.index);
        return;
      }
      perform(replica, output);
    }
    long due = Math.max(timeline.nowNanos(), core.nextDeadlineNanos());
    if (due < replica.wakeNanos) {
      replica.wakeNanos = due;
      timeline.schedule(due, () -> wake(replica, due));
    }
  }

  private void perform(SimulatedReplica replica, Output output) {
    switch (output) {
      case Output.Persist(byte[] record) -> replica.log.add(record);
      case Output.ReplaceLog(List<byte[]> records) -> {
        replica.log.clear();
        replica.log.addAll(records);
      }
      case Output.Send(int to, byte[] message) -> send(replica, to, message);
      case Output.Broadcast(byte[] message) -> {
        for (SimulatedReplica other : replicas) {
          if (other != replica) {
            send(replica, other.index, message);
          }
        }
      }
      case Output.ReplyTo(ClientId client, byte[] message) -> reply(client, message);
      case Output.Notify(Event event) -> {
        if (event instanceof Event.BlockExecuted(var block, var stateRoot)) {
          invariants.executed(replica.index, block, stateRoot);
        } else if (event instanceof Event.EvidenceFound(var evidence)) {
          invariants.convicted(replica.index, evidence);
        }
        if (replica.behaviour == null) {
          eventCounts.merge(event.getClass().getSimpleName(), 1L, Long::sum);
        }
      }
    }
  }

  private void send(SimulatedReplica from, int to, byte[] message) {
    Behaviour behaviour = from.behaviour;
    if (behaviour == null) {
      transmit(from.index, to, message, 0);
      return;
    }
    Behaviour.Misbehaving self =
        new Behaviour.Misbehaving(from.index, membership, from.signer, random);
    for (Behaviour.Sending sending : behaviour.send(self, to, message)) {
      transmit(from.index, sending.to(), sending.message(), sending.extraDelayNanos());
    }
  }

  private void transmit(int from, int to, byte[] message, long extraDelayNanos) {
    network.transmit(
        from, to, message.length, extraDelayNanos, () -> receive(replicas.get(to), message));
  }

  /** Changes what the network does from now on. */
  public void network(NetworkConditions conditions) {
    network.conditions(conditions);
  }

  /**
   * Lets only members of the same group reach each other; one number a member. Clients reach all.
   */
  public void partition(int... groupOf) {
    network.partition(groupOf);
  }

  /** Lets every member reach every other. */
  public void heal() {
    network.heal();
  }

  private void submitNext(SimulatedClient client) {
    if (client.left == 0) {
      return;
    }
    client.left--;
    byte[] payload = new byte[1 + random.nextInt(32)];
    random.nextBytes(payload);
    client.client.submit(payload, timeline.nowNanos());
    drain(client);
  }

  private void reply(ClientId id, byte[] message) {
    SimulatedClient client = clientsById.get(id);
    if (client == null) {
      return;
    }
    network.deliver(
        0,
        () -> {
          try {
            client.client.handle(
                new MessageVerifier(membership, setup.verifier).verify(message),
                timeline.nowNanos());
          } catch (ProtocolException e) {
            throw violation("reply: a replica sent a client a bad message", e);
          }
          drain(client);
        });
  }

  private void drain(SimulatedClient client) {
    for (ClientOutput output = client.client.poll();
        output != null;
        output = client.client.poll()) {
      switch (output) {
        case ClientOutput.Send(int to, byte[] message) -> {
          noteSubmitted(message);
          network.deliver(0, () -> receive(replicas.get(to), message));
        }
        case ClientOutput.Completed(long number, byte[] result, var certificate) -> {
          invariants.completed(certificate);
          client.last = certificate;
          timeline.schedule(
              timeline.nowNanos() + random.nextLong(setup.thinkNanosMax), () -> submitNext(client));
        }
        case ClientOutput.TimedOut timedOut ->
            throw violation("progress: a client gave up: " + timedOut, null);
      }
    }
    long due = client.client.nextDeadlineNanos();
    if (due < client.wakeNanos) {
      client.wakeNanos = due;
      timeline.schedule(due, () -> wake(client, due));
    }
  }

  private void wake(SimulatedClient client, long dueNanos) {
    if (client.wakeNanos == dueNanos) {
      client.wakeNanos = SimulatedReplica.NEVER;
      client.client.handleTimeout(timeline.nowNanos());
      drain(client);
    }
  }

  private void noteSubmitted(byte[] message) {
    try {
      if (MessageCodec.decode(message) instanceof Message.OfClient(var request)) {
        invariants.submitted(request);
      }
    } catch (ProtocolException e) {
      throw violation("a client made a malformed request", e);
    }
  }

  /** The members. */
  public Membership membership() {
    return membership;
  }

  /** How much virtual time has passed. */
  public Duration now() {
    return Duration.ofNanos(timeline.nowNanos());
  }

  /** How many messages members have sent each other. */
  public long messages() {
    return network.messages();
  }

  /** How many bytes members have sent each other. */
  public long bytes() {
    return network.bytes();
  }

  /** How many steps were made. */
  public long steps() {
    return timeline.steps();
  }

  /** How many events of that kind correct replicas have told of, replays included. */
  public long events(Class<? extends Event> kind) {
    return eventCounts.getOrDefault(kind.getSimpleName(), 0L);
  }

  /** How many records a member's log has. */
  public int logRecords(int index) {
    return replicas.get(index).log.size();
  }

  private ReplicaCore running(int index) {
    ReplicaCore core = replicas.get(index).core;
    if (core == null) {
      throw new IllegalStateException("couldn't ask replica " + index + " because it is down");
    }
    return core;
  }

  /** The view of a running replica. */
  public long view(int index) {
    return running(index).view();
  }

  /** The last sequence number that a running replica executed. */
  public long executedSequence(int index) {
    return running(index).executedSequence();
  }

  /** What a running replica waits for. */
  public Progress progress(int index) {
    return running(index).progress();
  }

  /** Whom a running replica has isolated. */
  public List<Integer> isolated(int index) {
    return running(index).isolated();
  }

  /** The evidence that a running replica holds. */
  public List<Evidence> evidence(int index) {
    return running(index).evidence();
  }

  /** The application of a running replica. */
  public Application application(int index) {
    Application application = replicas.get(index).application;
    if (application == null) {
      throw new IllegalStateException("couldn't ask replica " + index + " because it is down");
    }
    return application;
  }

  /** The certificate of a client's last answer, or null. */
  public @Nullable ReplyCertificate lastReply(int client) {
    return clients.get(client).last;
  }
}
