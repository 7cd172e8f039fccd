package io.hypermesh.node;

import io.hypermesh.byzantine.Client;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.ClientSettings;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.MessageVerifier;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.InstantSource;
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
 * A client of a cluster: connects to every member, submits requests, and completes each with a
 * {@link ReplyCertificate}, in which f+1 members have signed the same result. With at most f of
 * 3f+1 members misbehaving that result is the cluster's.
 *
 * <p>Requests are ordered one after the other, as submitted; {@link #PENDING_MAX} may wait. Put
 * many operations in one request rather than many requests in the queue. All methods may be called
 * by any thread; futures complete on the client's thread, so what is chained to them must not
 * block.
 */
public final class HyperMeshClient implements AutoCloseable {
  /** How many requests wait at most; submitting more fails at once, as back pressure. */
  public static final int PENDING_MAX = 1_024;

  private final ClientAgent agent;
  private final AgentRunner runner;

  private HyperMeshClient(ClientAgent agent, AgentRunner runner) {
    this.agent = agent;
    this.runner = runner;
  }

  /** Starts to describe a client. */
  public static Builder builder() {
    return new Builder();
  }

  /** This client's name: the hash of its public key. */
  public ClientId id() {
    return agent.id();
  }

  /**
   * Submits a request.
   *
   * <p>The future fails with a retryable {@link NodeException} where f+1 equal answers don't come
   * within the client's timeout (whether it is executed is then unknown; its number is never used
   * again), where too many requests wait, and where the client is closed.
   *
   * @param payload what the application executes; for the ledger, encoded {@code SignedOperations}
   */
  public CompletableFuture<ReplyCertificate> submit(byte[] payload) {
    return agent.submit(payload.clone());
  }

  /** To how many members there is a connection now. */
  public int connectedMembers() {
    return agent.connectedMembers();
  }

  /**
   * Fails what waits and closes the connections. Returns when that is done, unless it is called on
   * the client's own thread, by what is chained to a future: then it is done right after.
   * Idempotent.
   */
  @Override
  public void close() {
    if (agent.isOwnThread()) {
      agent.stop();
    } else {
      runner.close();
    }
  }

  /** Describes a client; each setter checks its argument. Not thread-safe. */
  public static final class Builder {
    private @Nullable Membership membership;
    private @Nullable Signer signer;
    private Verifier verifier = Ed25519.verifier();
    private @Nullable X509ExtendedKeyManager keyManager;
    private @Nullable X509ExtendedTrustManager trustManager;
    private Map<Integer, InetSocketAddress> addresses = Map.of();
    private ClientSettings requests = ClientSettings.defaults();
    private NodeSettings settings = NodeSettings.defaults();
    private Consumer<StoqEndpointBuilder> endpoint = builder -> {};
    private InstantSource clock = InstantSource.system();
    private NanoClock nanoClock = SystemNanoClock.INSTANCE;

    private Builder() {}

    /** Who votes: the root of trust of every result. Required. */
    public Builder membership(Membership value) {
      membership = Objects.requireNonNull(value, "membership");
      return this;
    }

    /**
     * The key that signs requests. Required. The certificate for connections must be of the same
     * key: that is how a member knows where to send replies. No two running clients share a key.
     */
    public Builder signer(Signer value) {
      signer = Objects.requireNonNull(value, "signer");
      return this;
    }

    /** Checks the members' signatures. Default Ed25519. */
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

    /** Where the members are, by index. Required. */
    public Builder addresses(Map<Integer, InetSocketAddress> value) {
      addresses = Map.copyOf(value);
      return this;
    }

    /** When a request is repeated and given up. */
    public Builder requests(ClientSettings value) {
      requests = Objects.requireNonNull(value, "requests");
      return this;
    }

    /** Limits and times of the connections. */
    public Builder settings(NodeSettings value) {
      settings = Objects.requireNonNull(value, "settings");
      return this;
    }

    /** Says more about the STOQ endpoint: its limits, driver, key log. */
    public Builder endpoint(Consumer<StoqEndpointBuilder> value) {
      endpoint = Objects.requireNonNull(value, "endpoint");
      return this;
    }

    /** The wall clock that the first request's number is taken from, and the monotonic one. */
    public Builder clocks(InstantSource wallClock, NanoClock monotonicClock) {
      clock = Objects.requireNonNull(wallClock, "wallClock");
      nanoClock = Objects.requireNonNull(monotonicClock, "monotonicClock");
      return this;
    }

    /**
     * Opens a socket and begins to connect; requests may be submitted at once.
     *
     * @throws IOException where there is no socket to be had
     */
    public HyperMeshClient start() throws IOException {
      Membership members = required(membership, "membership");
      if (addresses.isEmpty()) {
        throw new IllegalStateException("couldn't make a client because it has no addresses");
      }
      StoqEndpointBuilder builder =
          StoqEndpoint.builder()
              .alpns(HyperMeshNode.ALPN)
              .bindAddress(new InetSocketAddress(InetAddress.ofLiteral("::"), 0))
              .keyManager(required(keyManager, "keyManager"))
              .trustManager(required(trustManager, "trustManager"))
              .settings(settings.stoq())
              .clientOnly();
      endpoint.accept(builder);
      // Microseconds since 1970: above every number of an earlier run with this key.
      long firstNumber = Math.max(1, clock.millis() * 1_000);
      Client client = new Client(members, required(signer, "signer"), requests, firstNumber);
      StoqEndpoint started = builder.start();
      ClientAgent agent =
          new ClientAgent(
              client, new MessageVerifier(members, verifier), started, settings, nanoClock);
      agent.connect(addresses, new SecureRandom());
      AgentRunner runner = new AgentRunner(agent.idleStrategy(), agent::onError, null, agent);
      AgentRunner.startOnThread(runner, Thread.ofPlatform().daemon()::unstarted);
      return new HyperMeshClient(agent, runner);
    }

    private static <T> T required(@Nullable T value, String name) {
      if (value == null) {
        throw new IllegalStateException("couldn't make a client because it has no " + name);
      }
      return value;
    }
  }
}
