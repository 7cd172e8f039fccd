package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.ClientSettings;
import io.hypermesh.byzantine.ReplicaSettings;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.byzantine.message.Rules;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** The description of a {@link SimulatedCluster}; everything has a default. Not thread-safe. */
public final class ClusterSetup {
  final long seed;
  final Map<Integer, Behaviour> behaviours = new TreeMap<>();
  int members = 4;
  int clients = 2;
  int requestsPerClient = 5;
  long clockSkewMillisMax = 50;
  long thinkNanosMax = 2_000_000;
  NetworkConditions network = NetworkConditions.calm();
  Supplier<Application> application = LedgerApplication::new;
  Function<String, Signer> signers;
  Verifier verifier;
  Rules rules = Rules.STANDARD;
  boolean losesPersistedVotes;

  /**
   * Short times, so that a run has many view changes; a small interval, so that checkpoints too.
   */
  ReplicaSettings settings =
      ReplicaSettings.builder()
          .checkpointInterval(8)
          .pipelineWindow(4)
          .batchRequestsMax(4)
          .batchDelay(Duration.ofMillis(2))
          .viewTimeout(Duration.ofMillis(400))
          .viewTimeoutDoublingsMax(4)
          .statusInterval(Duration.ofMillis(60))
          .heartbeatInterval(Duration.ofMillis(300))
          .build();

  /** Clients that wait as long as the run lasts: whether it ends in time is the run's question. */
  ClientSettings clientSettings =
      new ClientSettings(Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ofDays(1));

  ClusterSetup(long seed) {
    this.seed = seed;
    SimulatedKeys keys = new SimulatedKeys(seed);
    this.signers = keys::signer;
    this.verifier = keys;
  }

  /** Sets the number of members, 3f+1. Default 4. */
  public ClusterSetup members(int members) {
    this.members = members;
    return this;
  }

  /** Sets how many clients there are, and how many requests each makes one after the other. */
  public ClusterSetup clients(int clients, int requestsPerClient) {
    this.clients = clients;
    this.requestsPerClient = requestsPerClient;
    return this;
  }

  /** Sets how long clients wait at most between an answer and the next request. Default 2 ms. */
  public ClusterSetup thinkTimeMax(Duration time) {
    this.thinkNanosMax = Math.max(1, time.toNanos());
    return this;
  }

  /** Sets what the network does. Default {@link NetworkConditions#calm}. */
  public ClusterSetup network(NetworkConditions network) {
    this.network = network;
    return this;
  }

  /** Sets how far the members' wall clocks are off at most. Default 50 ms. */
  public ClusterSetup clockSkewMax(Duration skew) {
    this.clockSkewMillisMax = skew.toMillis();
    return this;
  }

  /** Makes a member misbehave. With more than f of them nothing is promised. */
  public ClusterSetup behaviour(int member, Behaviour behaviour) {
    behaviours.put(member, behaviour);
    return this;
  }

  /** Sets the replicas' settings. */
  public ClusterSetup settings(ReplicaSettings settings) {
    this.settings = settings;
    return this;
  }

  /**
   * Sets what is replicated; called for each start of a replica. Default {@link LedgerApplication}.
   */
  public ClusterSetup application(Supplier<Application> application) {
    this.application = application;
    return this;
  }

  /** Sets real signatures in place of {@link SimulatedKeys}. */
  public ClusterSetup signatures(Function<String, Signer> signers, Verifier verifier) {
    this.signers = signers;
    this.verifier = verifier;
    return this;
  }

  /** Plants a bug, for the harness's own test. */
  ClusterSetup rules(Rules rules) {
    this.rules = rules;
    return this;
  }

  /** Plants a bug, for the harness's own test: a crash forgets what was persisted. */
  ClusterSetup losingPersistedVotes() {
    this.losesPersistedVotes = true;
    return this;
  }

  /** Builds and starts the cluster. */
  public SimulatedCluster build() {
    return new SimulatedCluster(this);
  }
}
