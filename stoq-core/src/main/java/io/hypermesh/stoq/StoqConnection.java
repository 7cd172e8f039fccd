package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.handshake.KeyExporter;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.stream.Stream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a peer whose identity has been verified (RFC 9000, 5; RFC 9001, 4).
 *
 * <p>It exists for the host from the moment its handshake is complete, and ends once: by {@link
 * #close}, by the peer, or because nothing is heard any more. {@link #closed()} says how.
 *
 * <p>Who the peer is, and how a connection ends:
 *
 * {@snippet file="ApiExamplesTest.java" region="identity"}
 *
 * {@snippet file="ApiExamplesTest.java" region="close"}
 *
 * <p>Any thread may call any method. Futures complete on the agent's thread, so what is chained to
 * them must not block.
 */
public final class StoqConnection {
  private static final long ERROR_CODE_MAX = (1L << 62) - 1;

  private final StoqEndpoint endpoint;
  private final EndpointAgent agent;
  private final boolean server;

  private final CompletableFuture<StoqConnection> established = new CompletableFuture<>();
  private final CompletableFuture<StoqCloseReason> closed = new CompletableFuture<>();
  private volatile InetSocketAddress remoteAddress;
  private volatile String alpn = "";
  private volatile QuicVersion version = QuicVersion.V1;
  private volatile String serverName = "";
  private volatile StoqCipherSuite cipherSuite = StoqCipherSuite.AES_128_GCM_SHA256;
  private volatile List<X509Certificate> peerCertificates = List.of();
  private volatile @Nullable StoqCloseReason closeReason;
  private final CompletableFuture<StoqConnection> handshakeConfirmed = new CompletableFuture<>();
  private volatile boolean resumed;
  private volatile boolean earlyDataAccepted;
  private volatile @Nullable KeyExporter exporter;

  /** Bounded by the streams that are open: those that end before they are accepted leave it. */
  private final ConcurrentLinkedQueue<StoqStream> accepted = new ConcurrentLinkedQueue<>();

  private final Signal acceptSignal = new Signal();
  private volatile @Nullable StoqDatagrams datagrams;
  private final PublishedStatistics statistics = new PublishedStatistics();
  private final PendingOpens opens;

  // Owned by the agent's thread.
  private @Nullable EndpointConnection core;
  private final Set<StoqStream> streams = new LinkedHashSet<>();
  private final PendingMove move = new PendingMove();

  StoqConnection(
      StoqEndpoint endpoint, EndpointAgent agent, boolean server, InetSocketAddress remoteAddress) {
    this.endpoint = endpoint;
    this.agent = agent;
    this.server = server;
    this.remoteAddress = remoteAddress;
    this.opens = new PendingOpens(this, agent);
  }

  /** The endpoint that this connection belongs to. */
  public StoqEndpoint endpoint() {
    return endpoint;
  }

  /** The version of QUIC that both sides agreed on. */
  public QuicVersion version() {
    return version;
  }

  /** Whether the peer made the connection, and this side is its server. */
  public boolean isServer() {
    return server;
  }

  /** Where the peer is now; it may change while the connection lasts (RFC 9000, 9). */
  public InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  /** The application protocol that both sides agreed on (RFC 7301). */
  public String alpn() {
    return alpn;
  }

  /**
   * The chain that the peer proved to be its own and that the trust manager accepted, its own
   * certificate first; empty for a client that stayed anonymous.
   */
  public List<X509Certificate> peerCertificates() {
    return peerCertificates;
  }

  /** The name that the client asked the server for; empty where it gave none, as for an address. */
  public String serverName() {
    return serverName;
  }

  /** How packets are protected. */
  public StoqCipherSuite cipherSuite() {
    return cipherSuite;
  }

  /** How often the keys were changed since the handshake, by either side (RFC 9001, 6). */
  public long keyUpdates() {
    return statistics.keyUpdates();
  }

  /**
   * Changes to fresh keys now (RFC 9001, 6); it happens by itself long before the old ones have
   * protected too many packets. The future completes with false where it is too early: before the
   * handshake is confirmed, or before the peer has acknowledged the last change; or too late,
   * because the connection has ended.
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="updateKeys"}
   */
  public CompletableFuture<Boolean> updateKeys() {
    CompletableFuture<Boolean> future = new CompletableFuture<>();
    agent.execute(
        () -> {
          EndpointConnection connection = core;
          future.complete(connection != null && connection.connection().updateKeys());
        },
        () -> future.complete(false));
    return future;
  }

  /** Whether a session was resumed, from which {@link #peerCertificates()} are. */
  public boolean isResumed() {
    return resumed;
  }

  /** Whether early data was accepted; a client knows once the handshake is complete. */
  public boolean earlyDataAccepted() {
    return earlyDataAccepted;
  }

  /** Whether both know it is complete (RFC 9001, 4.1.2): before, a peer may be a replay. */
  public boolean isHandshakeConfirmed() {
    return handshakeConfirmed.isDone() && !handshakeConfirmed.isCompletedExceptionally();
  }

  /** Completes when confirmed; fails with {@link StoqClosedException} if it ends before. */
  public CompletableFuture<StoqConnection> handshakeConfirmed() {
    return handshakeConfirmed.copy();
  }

  /** Whether the connection has not ended. */
  public boolean isOpen() {
    return closeReason == null;
  }

  /** Completes when the connection ends; never exceptionally. */
  public CompletableFuture<StoqCloseReason> closed() {
    return closed.copy();
  }

  /** What is known about the path; cheap. */
  public StoqPathStatistics pathStatistics() {
    return statistics.read();
  }

  /**
   * Keying material that only the two ends of this connection can derive (RFC 8446, 7.5), for
   * example to bind a login of the application's own to the connection, so that it can't be
   * forwarded to another. Both ends get the same bytes for the same arguments.
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="exporter"}
   *
   * @param label who asks, as registered or of the host's own making (RFC 5705, 4); ASCII, 1 to 249
   *     characters
   * @param context what it is for, up to 65,535 bytes; empty for none
   * @param lengthBytes how much, 1 to 8,160 bytes
   * @return the keying material; a secret, which the caller erases
   * @throws StoqClosedException where the connection has ended, and with it the secret
   * @throws IllegalArgumentException where an argument is out of its range
   * @throws IllegalStateException where the handshake is not complete yet
   */
  public byte[] exportKeyingMaterial(String label, byte[] context, int lengthBytes)
      throws StoqClosedException {
    throwIfClosed("export keying material");
    KeyExporter source = exporter;
    if (source == null) {
      throw new IllegalStateException(
          "couldn't export keying material because the handshake is not complete");
    }
    byte[] material = source.export(label, context, lengthBytes);
    if (material == null) {
      // Erased, but the reason isn't told yet.
      throw new StoqClosedException(
          "export keying material",
          new StoqCloseReason(StoqCloseReason.Initiator.LOCAL, false, 0, "connection closed"));
    }
    return material;
  }

  /**
   * Opens a stream in both directions. The future completes at once unless the peer allows no more
   * streams at present; then as soon as it does. The peer learns of the stream by its first byte.
   *
   * <p>The future fails with {@link StoqClosedException} where the connection ends before, and with
   * a retryable {@link StoqException} where {@link StoqSettings#streamOpensPendingMax()} wait
   * already.
   */
  public CompletableFuture<StoqStream> openStream() {
    return opens.open(true);
  }

  /**
   * As {@link #openStream()}, a stream on which only this side sends.
   *
   * {@snippet file="ApiExamplesTest.java" region="unidirectionalStream"}
   */
  public CompletableFuture<StoqStream> openUnidirectionalStream() {
    return opens.open(false);
  }

  /**
   * Waits for a stream that the peer opens; for virtual threads. Only where the endpoint's listener
   * leaves {@link StoqListener#onStream} alone; one thread at a time.
   *
   * {@snippet file="ApiExamplesTest.java" region="acceptStream"}
   *
   * @param timeout zero for no limit
   * @throws StoqClosedException where the connection ends
   * @throws StoqTimeoutException where the peer opened none within the timeout
   */
  public StoqStream acceptStream(Duration timeout) throws IOException {
    while (true) {
      int seen = acceptSignal.count();
      StoqStream stream = accepted.poll();
      if (stream != null) {
        return stream;
      }
      throwIfClosed("accept a stream");
      acceptSignal.await(seen, "accept a stream", timeout);
    }
  }

  /** As {@link #acceptStream}, without waiting; null where no stream waits. */
  public @Nullable StoqStream pollStream() {
    return accepted.poll();
  }

  /** The unreliable datagrams of this connection (RFC 9221). */
  public StoqDatagrams datagrams() {
    StoqDatagrams present = datagrams;
    if (present == null) {
      throw new IllegalStateException("couldn't use datagrams before there is a connection");
    }
    return present;
  }

  /**
   * Moves a client's connection to another local address, for example to that of another network
   * (RFC 9000, 9). The way from there is tried first; the connection stays usable all the time, and
   * where it is if the server can't be reached from the new address.
   *
   * <p>The future completes with the address once the connection has moved. It fails with a
   * retryable {@link StoqException} where that's not possible now, with another one where it never
   * will be, and with {@link StoqClosedException} where the connection ends before.
   *
   * {@snippet file="ApiAgentExamplesTest.java" region="migrate"}
   *
   * @param newLocal an IPv6 address of this machine; port 0 for any free one
   * @throws StoqAddressException where the address isn't a resolved IPv6 address
   */
  public CompletableFuture<InetSocketAddress> migrate(InetSocketAddress newLocal) {
    StoqAddressException.requireIpv6(newLocal, "move to");
    CompletableFuture<InetSocketAddress> done = new CompletableFuture<>();
    agent.execute(
        () -> agent.migrate(this, newLocal, done),
        () ->
            done.completeExceptionally(
                new StoqException(
                    StoqException.Category.CALLER_MISTAKE,
                    "couldn't move a connection because the endpoint is closed")));
    return done;
  }

  /**
   * Ends the connection and all its streams at once; what hasn't arrived yet won't. Idempotent.
   *
   * @param applicationErrorCode 0 where all is well, else the application's own; 0 to 2^62-1
   * @param reason one line for the peer's people; may be empty; cut where it doesn't fit a datagram
   */
  public void close(long applicationErrorCode, String reason) {
    checkErrorCode(applicationErrorCode);
    agent.call(
        this, connection -> connection.close(applicationErrorCode, reason, agent.nowNanos()));
  }

  /** {@code close(0, "")}. */
  public void close() {
    close(0, "");
  }

  @Override
  public String toString() {
    return "StoqConnection["
        + (server ? "from " : "to ")
        + Ipv6Text.of(remoteAddress)
        + ", alpn "
        + alpn
        + (isOpen() ? "]" : ", closed]");
  }

  static void checkErrorCode(long code) {
    if (code < 0 || code > ERROR_CODE_MAX) {
      throw new IllegalArgumentException(
          "couldn't use an application error code because it is out of 0 to 2^62-1: " + code);
    }
  }

  void throwIfClosed(String attempt) throws StoqClosedException {
    StoqCloseReason reason = closeReason;
    if (reason != null) {
      throw new StoqClosedException(attempt, reason);
    }
  }

  CompletableFuture<StoqConnection> established() {
    return established;
  }

  void queueForAccept(StoqStream stream) {
    accepted.offer(stream);
    acceptSignal.raise();
  }

  // ---- For the agent, on its thread ----------------------------------------------------------

  void core(EndpointConnection newCore) {
    core = newCore;
    datagrams = new StoqDatagrams(this, newCore.connection().datagrams(), agent);
    newCore.attach(this);
  }

  @Nullable EndpointConnection core() {
    return core;
  }

  /** There will be no connection. */
  void onRefused(StoqException reason) {
    established.completeExceptionally(reason);
  }

  void onEstablished(ConnectionEvent.Established event) {
    String name = event.serverName();
    alpn = event.applicationProtocol();
    EndpointConnection current = core;
    if (current != null) {
      version =
          switch (current.connection().version()) {
            case V1 -> QuicVersion.V1;
            case V2 -> QuicVersion.V2;
          };
      CipherSuite suite = current.connection().cipherSuite();
      if (suite != null) {
        cipherSuite = StoqCipherSuite.valueOf(suite.name());
      }
    }
    serverName = name == null ? "" : name;
    peerCertificates = List.copyOf(event.peerCertificates());
    exporter = event.exporter();
    resumed = event.resumed();
    earlyDataAccepted = event.earlyDataAccepted();
    established.complete(this);
  }

  /** Streams can be used, the handshake isn't complete yet. */
  void onEarlyData(ConnectionEvent.EarlyDataBegun event) {
    String name = event.serverName();
    alpn = event.applicationProtocol();
    serverName = name == null ? "" : name;
    peerCertificates = List.copyOf(event.peerCertificates());
    resumed = true;
    earlyDataAccepted = server;
    established.complete(this);
  }

  void onHandshakeConfirmed() {
    handshakeConfirmed.complete(this);
  }

  boolean isEstablished() {
    return established.isDone();
  }

  void onPathChanged(InetSocketAddress newRemoteAddress) {
    remoteAddress = newRemoteAddress;
  }

  StoqStream wrap(Stream stream) {
    StoqStream wrapped = new StoqStream(this, stream, agent);
    stream.attach(wrapped);
    streams.add(wrapped);
    return wrapped;
  }

  void onStreamClosed(StoqStream stream) {
    streams.remove(stream);
    if (!stream.isLocal() && !accepted.isEmpty()) {
      // The peer has reset it: nobody needs to know, and many of them would take memory.
      accepted.remove(stream);
    }
  }

  /** Opens as many of the streams that wait as the peer allows. */
  void servePendingOpens() {
    opens.serve(closeReason == null ? core : null);
  }

  /** Why the connection has ended; null while it hasn't. */
  @Nullable StoqCloseReason closeReason() {
    return closeReason;
  }

  /** The connection has ended: everybody who waits for something of it is told. */
  void onClosed(StoqCloseReason reason) {
    if (closeReason != null) {
      return;
    }
    closeReason = reason;
    servePendingOpens();
    acceptSignal.raise();
    for (StoqStream stream : new ArrayList<>(streams)) {
      agent.tell(this, () -> tellClosed(stream));
    }
    streams.clear();
    StoqDatagrams ended = datagrams;
    if (ended != null) {
      agent.tell(this, ended::onClosed);
    }
    if (!established.isDone()) {
      established.completeExceptionally(
          new StoqClosedException("connect to " + Ipv6Text.of(remoteAddress), reason));
    }
    move.fail(reason);
    handshakeConfirmed.completeExceptionally(
        new StoqClosedException("await the handshake's confirmation", reason));
    closed.complete(reason);
  }

  private static void tellClosed(StoqStream stream) {
    if (stream.hasInput()) {
      stream.onReadable();
    }
    if (stream.hasOutput()) {
      stream.onWritable();
    }
  }

  void onMigrationStarted(
      int socket, InetSocketAddress bound, CompletableFuture<InetSocketAddress> done) {
    move.start(socket, bound, done);
  }

  void onMigrationEnded(ConnectionEvent.MigrationEnded event) {
    move.end(event);
  }

  void publishStatistics(EndpointConnection connection) {
    statistics.publish(connection);
  }
}
