package io.hypermesh.node;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.MessageVerifier;
import io.hypermesh.byzantine.Progress;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Replica;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.byzantine.VoteLog;
import io.hypermesh.ledger.Ledger;
import io.hypermesh.ledger.LedgerApplication;
import io.hypermesh.ledger.LedgerSettings;
import io.hypermesh.stoq.ClientAuthentication;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/**
 * A member of a cluster: a STOQ endpoint with the member's certificate, a replica of the consensus
 * with the member's key, and the ledger of assets that they agree on.
 *
 * <p>Two steps bring it up, because a node that binds to any free port learns its address only
 * then: {@link Builder#bind} opens the log and the socket; {@link #start} tells it where the others
 * are. From the first on it answers handshakes, from the second on it votes. A node that was
 * started before, in the same directory, goes on where it was and contradicts nothing that it said.
 *
 * <p>Two threads serve it: STOQ's for datagrams, the replica's for the protocol. All methods may be
 * called by any thread. Safety holds while at most f of 3f+1 members misbehave.
 */
public final class HyperMeshNode implements AutoCloseable {
  /** The application protocol (ALPN) that members and clients speak. */
  public static final String ALPN = "hypermesh/1";

  private final Membership membership;
  private final int self;
  private final StoqEndpoint endpoint;
  private final StoqTransport transport;
  private final ReplicaAgent agent;
  private final AgentRunner runner;
  private boolean started;
  private boolean closed;

  private HyperMeshNode(
      Membership membership,
      int self,
      StoqEndpoint endpoint,
      StoqTransport transport,
      ReplicaAgent agent,
      AgentRunner runner) {
    this.membership = membership;
    this.self = self;
    this.endpoint = endpoint;
    this.transport = transport;
    this.agent = agent;
    this.runner = runner;
  }

  /** Starts to describe a node. */
  public static Builder builder() {
    return new Builder();
  }

  /** Where this node's socket is bound; its port is never 0. */
  public InetSocketAddress localAddress() {
    return endpoint.localAddress();
  }

  /** This member's index. */
  public int index() {
    return self;
  }

  /**
   * Starts to take part. Once only.
   *
   * @param addresses where the members are, by index; this node's own may be left out, and a member
   *     that is left out is never called, but may call
   * @throws IllegalStateException where it was started or closed before
   */
  public synchronized void start(Map<Integer, InetSocketAddress> addresses) {
    if (started || closed) {
      throw new IllegalStateException(
          "couldn't start node " + self + " because it was " + (closed ? "closed" : "started"));
    }
    started = true;
    transport.connect(endpoint, addresses, new SecureRandom());
    AgentRunner.startOnThread(runner, Thread.ofPlatform().daemon()::unstarted);
  }

  /** What the replica waits for, as of its last step. */
  public Progress progress() {
    return agent.progress();
  }

  /** To how many of the other members this one has a connection now; 0 before it was started. */
  public int connectedMembers() {
    return transport.connectedMembers();
  }

  /** Who votes. */
  public Membership membership() {
    return membership;
  }

  /** Why the node ended by itself; null while it has not. */
  public @Nullable NodeException failure() {
    return agent.failure();
  }

  /** How many messages were refused because they were malformed or had a bad signature. */
  public long refusedMessages() {
    return agent.refusedMessages();
  }

  /** How many messages were dropped because their receiver had no room or no connection. */
  public long droppedMessages() {
    return agent.droppedMessages();
  }

  /**
   * Stops taking part: closes the connections, then the log. What was acknowledged is on the disk.
   * Returns when that is done, unless it is called from the node's own listener: then it is done
   * when the listener has returned. Idempotent.
   */
  @Override
  public void close() {
    if (agent.isOwnThread()) {
      // Without the lock: another thread may hold it while it waits for this one to end.
      agent.stop();
    } else {
      closeAndWait();
    }
  }

  private synchronized void closeAndWait() {
    if (closed) {
      return;
    }
    closed = true;
    if (started) {
      runner.close();
    } else {
      agent.onClose();
    }
  }

  /** Describes a node; each setter checks its argument. Not thread-safe. */
  public static final class Builder {
    private @Nullable Membership membership;
    private @Nullable Signer signer;
    private Verifier verifier = Ed25519.verifier();
    private @Nullable X509ExtendedKeyManager keyManager;
    private @Nullable X509ExtendedTrustManager trustManager;
    private @Nullable InetSocketAddress bindAddress;
    private @Nullable Path directory;
    private @Nullable Application application;
    private NodeSettings settings = NodeSettings.defaults();
    private NodeListener listener = new NodeListener() {};
    private Consumer<StoqEndpointBuilder> endpoint = builder -> {};
    private ConsensusTransport.Decorator transportDecorator = transport -> transport;
    private InstantSource clock = InstantSource.system();
    private NanoClock nanoClock = SystemNanoClock.INSTANCE;

    private Builder() {}

    /** Who votes, this node among them. Required. */
    public Builder membership(Membership value) {
      membership = Objects.requireNonNull(value, "membership");
      return this;
    }

    /** This member's key for the consensus; says which member this is. Required. */
    public Builder signer(Signer value) {
      signer = Objects.requireNonNull(value, "signer");
      return this;
    }

    /** Checks the members' and clients' signatures. Default Ed25519. */
    public Builder verifier(Verifier value) {
      verifier = Objects.requireNonNull(value, "verifier");
      return this;
    }

    /** The certificate for connections. Required. */
    public Builder keyManager(X509ExtendedKeyManager value) {
      keyManager = Objects.requireNonNull(value, "keyManager");
      return this;
    }

    /** Whose certificates are trusted. Required. */
    public Builder trustManager(X509ExtendedTrustManager value) {
      trustManager = Objects.requireNonNull(value, "trustManager");
      return this;
    }

    /** An IPv6 address; port 0 for any free one. Default {@code [::]:9292}. */
    public Builder bindAddress(InetSocketAddress value) {
      bindAddress = Objects.requireNonNull(value, "bindAddress");
      return this;
    }

    /**
     * Where the replica's log is kept, and the endpoint's secret, which only the owner may read;
     * made if it is not there. Required.
     */
    public Builder directory(Path value) {
      directory = Objects.requireNonNull(value, "directory");
      return this;
    }

    /**
     * What the members agree on, in its initial state: the log brings it to where it was. Default a
     * ledger of assets named after the cluster.
     */
    public Builder application(Application value) {
      application = Objects.requireNonNull(value, "application");
      return this;
    }

    /** Limits and times. */
    public Builder settings(NodeSettings value) {
      settings = Objects.requireNonNull(value, "settings");
      return this;
    }

    /** Told what happens. */
    public Builder listener(NodeListener value) {
      listener = Objects.requireNonNull(value, "listener");
      return this;
    }

    /** Says more about the STOQ endpoint: its limits, driver, key log. */
    public Builder endpoint(Consumer<StoqEndpointBuilder> value) {
      endpoint = Objects.requireNonNull(value, "endpoint");
      return this;
    }

    /** Stands between the replica and the network: the seam for faults on purpose. */
    public Builder transport(ConsensusTransport.Decorator value) {
      transportDecorator = Objects.requireNonNull(value, "transport");
      return this;
    }

    /** The wall clock that stamps proposals, and the monotonic one for timers. */
    public Builder clocks(InstantSource wallClock, NanoClock monotonicClock) {
      clock = Objects.requireNonNull(wallClock, "wallClock");
      nanoClock = Objects.requireNonNull(monotonicClock, "monotonicClock");
      return this;
    }

    /**
     * Opens the log and the socket.
     *
     * @throws IOException where the socket can't be bound or the log can't be read; the message is
     *     one line
     */
    public HyperMeshNode bind() throws IOException {
      Membership members = required(membership, "membership");
      Signer key = required(signer, "signer");
      int self = indexOf(members, key);
      String name = members.cluster() + "-" + self;
      CompletableFuture<ReplicaAgent> agentLater = new CompletableFuture<>();
      ParkingIdleStrategy idle =
          new ParkingIdleStrategy(() -> agentLater.join().nanosUntilDeadline());
      Path home = Files.createDirectories(required(directory, "directory"));
      VoteLog log = VoteLog.open(home.resolve("votes.log"));
      try {
        Application executed = application;
        Replica replica =
            recover(members, self, key, log, executed == null ? ledger(members) : executed);
        StoqTransport transport = new StoqTransport(members, self, settings, idle::wakeUp);
        // Before the socket: if the caller's decorator throws, there is none to be let go of.
        ConsensusTransport decorated = transportDecorator.decorate(transport);
        ReplicaAgent agent =
            new ReplicaAgent(
                name,
                replica,
                members.size(),
                new MessageVerifier(members, verifier),
                log,
                decorated,
                nanoClock,
                idle,
                listener);
        agentLater.complete(agent);
        AgentRunner runner = new AgentRunner(idle, agent::onError, null, agent);
        StoqEndpoint bound = bindEndpoint(transport, home);
        transport.bound(bound);
        var _ =
            bound
                .ended()
                .whenComplete((ignored, failure) -> {
                  if (failure != null) {
                    agent.onNetworkFailure(failure);
                  }
                });
        return new HyperMeshNode(members, self, bound, transport, agent, runner);
      } catch (IOException | RuntimeException e) {
        log.close();
        throw e;
      }
    }

    private StoqEndpoint bindEndpoint(StoqTransport transport, Path home) throws IOException {
      StoqEndpointBuilder builder =
          StoqEndpoint.builder()
              .alpns(ALPN)
              .keyManager(required(keyManager, "keyManager"))
              .trustManager(required(trustManager, "trustManager"))
              .clientAuthentication(ClientAuthentication.REQUIRED)
              .settings(settings.stoq())
              .listener(transport);
      InetSocketAddress address = bindAddress;
      if (address != null) {
        builder.bindAddress(address);
      }
      byte[] secret = NodeSecret.keptIn(home, new SecureRandom());
      builder.secret(secret);
      NodeSecret.erase(secret);
      endpoint.accept(builder);
      return builder.start();
    }

    private Replica recover(
        Membership members, int self, Signer key, VoteLog log, Application executed)
        throws IOException {
      try {
        return Replica.recover(
            members,
            self,
            key,
            verifier,
            executed,
            settings.replica(),
            clock,
            log.recovered(),
            nanoClock.nanoTime());
      } catch (ProtocolException e) {
        throw new NodeException(
            NodeException.Category.FATAL,
            "couldn't start node " + self + " because of its log: " + e.getMessage(),
            e);
      }
    }

    private Application ledger(Membership members) {
      return new LedgerApplication(
          Ledger.inMemory(LedgerSettings.named(members.cluster()).build(), verifier));
    }

    private static int indexOf(Membership members, Signer key) throws NodeException {
      for (int i = 0; i < members.size(); i++) {
        if (Arrays.equals(members.member(i).publicKey(), key.publicKey())) {
          return i;
        }
      }
      throw new NodeException(
          NodeException.Category.CALLER_MISTAKE,
          "couldn't make a node because no member of "
              + members.cluster()
              + " has the signer's key");
    }

    private static <T> T required(@Nullable T value, String name) {
      if (value == null) {
        throw new IllegalStateException("couldn't make a node because it has no " + name);
      }
      return value;
    }
  }
}
