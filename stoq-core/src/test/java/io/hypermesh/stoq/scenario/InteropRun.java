package io.hypermesh.stoq.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.endpoint.EndpointSettings;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.EarlyDataRegister;
import io.hypermesh.stoq.handshake.ResumptionSettings;
import io.hypermesh.stoq.handshake.SessionTickets;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.simulation.Bottleneck;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.LinkSchedule;
import io.hypermesh.stoq.simulation.Nat;
import io.hypermesh.stoq.simulation.NetworkListener;
import io.hypermesh.stoq.simulation.SimulatedDatagram;
import io.hypermesh.stoq.simulation.SimulatedNetwork;
import io.hypermesh.stoq.stream.ChunkPool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * A client that downloads files from a server, over the link of the public interoperability runner:
 * 10 Mbit/s, 25 packets of queue and 15 milliseconds each way, unless told otherwise. A file is
 * asked for by a request on a bidirectional stream of its own.
 */
final class InteropRun {
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1_000_000_000L;
  static final int KB = 1 << 10;
  static final int MB = 1 << 20;
  static final InetSocketAddress CLIENT = address("fd00::c", 40_000);
  static final InetSocketAddress SERVER = address("fd00::5", 9_292);
  static final LinkConditions LINK =
      LinkConditions.PERFECT.withDelay(15 * MILLI, 0).withBottleneck(Bottleneck.ofMegabits(10, 25));

  private static final Duration DAY = Duration.ofDays(1);
  private static final InstantSource CLOCK = InstantSource.system();
  private static final int POOL_CHUNKS = 16_384;

  // What a scenario changes before it starts.
  LinkSchedule schedule = LinkSchedule.always(LINK);
  long limitNanos = 60 * SECOND;
  X509ExtendedKeyManager serverKeys = Identities.SERVER;
  List<CipherSuite> clientSuites = List.of(CipherSuite.values());
  CipherSuite suite = CipherSuite.AES_128_GCM_SHA256;
  boolean retry;
  boolean earlyData;
  int requestBytes = 64;
  Nat nat;
  Consumer<ConnectionSettings.Builder> clientSettings = builder -> {};
  Consumer<ConnectionSettings.Builder> serverSettings = builder -> {};

  final SimulatedNetwork network;

  /** Of the connection that was begun last. */
  Capture capture;

  SimulatedEndpoint client;
  SimulatedEndpoint server;
  Session session;

  /** Virtual time that all downloads took, without waiting for the server's end of connections. */
  long downloadNanos;

  private int from;
  private int to;
  private long startedNanos;
  private final long seed;
  private final List<Integer> files;

  InteropRun(long seed, Integer... fileBytes) {
    this.seed = seed;
    this.files = List.of(fileBytes);
    this.network = new SimulatedNetwork(seed, LINK);
    this.capture = new Capture(SERVER, CipherSuite.AES_128_GCM_SHA256);
  }

  InteropRun(long seed, CipherSuite suite, Integer... fileBytes) {
    this.seed = seed;
    this.suite = suite;
    this.files = List.of(fileBytes);
    this.network = new SimulatedNetwork(seed, LINK);
    this.capture = new Capture(SERVER, suite);
  }

  static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  /** Puts both sides on the network. */
  void start() {
    TlsSettings.Builder clientTls =
        Identities.tls(Identities.CLIENT, seed)
            .cipherSuites(clientSuites)
            .keyLog(line -> capture.secretDerived(line))
            .resumption(keepsSessions());
    TlsSettings.Builder serverTls =
        Identities.tls(serverKeys, seed + 1)
            .keyLog(line -> capture.secretDerived(line))
            .resumption(givesTickets());
    client = endpoint(clientTls, clientSettings, seed + 2, false);
    server = endpoint(serverTls, serverSettings, seed + 3, true);
    network.setSchedule(schedule);
    network.setListener(
        new NetworkListener() {
          @Override
          public void onSent(SimulatedDatagram datagram) {
            capture.onSent(datagram);
          }
        });
    if (nat == null) {
      network.attach(CLIENT, client);
    } else {
      network.attach(CLIENT, client, nat);
    }
    network.attach(SERVER, server);
  }

  private SimulatedEndpoint endpoint(
      TlsSettings.Builder tls,
      Consumer<ConnectionSettings.Builder> change,
      long ownSeed,
      boolean server) {
    ConnectionSettings.Builder settings =
        ConnectionSettings.builder(new ChunkPool(4_096, POOL_CHUNKS));
    settings.handshakeTimeoutNanos(60 * SECOND);
    change.accept(settings);
    EndpointSettings endpointSettings =
        new EndpointSettings(
            1_000,
            100,
            100,
            retry ? 0 : 100,
            10 * SECOND,
            3_600 * SECOND,
            100,
            100,
            1_000,
            1_000,
            server);
    return new SimulatedEndpoint(
        endpointSettings,
        settings.build(),
        tls.build(),
        new SeededSecureRandom(ownSeed),
        (s, stream) -> FlowPlan.answer(files.get(((int) (stream.id() >> 2) + from) % files.size())),
        () -> 0);
  }

  /** Connects and asks for all files at once. */
  void connectAndRequest() {
    connectAndRequest(0, files.size(), null);
  }

  /** Connects and asks for some of the files, on a connection that resumes a session or not. */
  private void connectAndRequest(int first, int end, ClientSession resumed) {
    from = first;
    to = end;
    startedNanos = network.nowNanos();
    String name = "a" + Identities.DOMAIN;
    session = client.connect(SERVER, name, resumed, earlyData, network.nowNanos());
    for (int i = from; i < to; i++) {
      client.open(session, true, FlowPlan.ofBytes(requestBytes), network.nowNanos());
    }
  }

  /**
   * Downloads the first file over one connection, and the others over a second that resumes it.
   *
   * @return what was seen of the first connection; {@link #capture} is of the second
   */
  Capture downloadByResumption() {
    start();
    connectAndRequest(0, 1, null);
    finish();
    assertThat(client.kept).as("sessions that the server gave").isNotEmpty();
    Capture before = capture;
    capture = new Capture(SERVER, suite);
    connectAndRequest(1, files.size(), client.kept.removeFirst());
    finish();
    return before;
  }

  private static ResumptionSettings keepsSessions() {
    return new ResumptionSettings(null, 0, DAY, null, true, CLOCK);
  }

  private ResumptionSettings givesTickets() {
    SecureRandom random = new SeededSecureRandom(seed + 4);
    return new ResumptionSettings(
        SessionTickets.withFreshSecret(DAY, random),
        2,
        DAY,
        earlyData ? new EarlyDataRegister(1, 100, Duration.ofSeconds(10)) : null,
        false,
        CLOCK);
  }

  /** Downloads all files over one connection, and closes it without an error. */
  void download() {
    start();
    connectAndRequest();
    finish();
  }

  /** Waits for the files, checks them, and closes the connection without an error. */
  void finish() {
    boolean done =
        network.runUntil(() -> session.isIdle() || !session.isOpen(), startedNanos + limitNanos);
    downloadNanos += network.nowNanos() - startedNanos;
    assertThat(session.closeReason).as("why the connection ended early").isNull();
    assertThat(done).as("done in %s s: %s", limitNanos / SECOND, session.flows.values()).isTrue();
    for (int i = from; i < to; i++) {
      Flow flow = session.flows.get(4L * (i - from));
      assertThat(flow.ended).as(flow.toString()).isTrue();
      assertThat(flow.read).isEqualTo(files.get(i).longValue());
    }
    client.close(session, 0, network.nowNanos());
    network.runUntil(
        () ->
            client.sessions.stream().allMatch(s -> s.removed)
                && server.sessions.stream().allMatch(s -> s.removed),
        network.nowNanos() + 60 * SECOND);
    assertThat(client.endpoint.size() + server.endpoint.size()).isZero();
    assertThat(client.pool.acquired() + server.pool.acquired()).isZero();
  }

  /** As many handshakes as connections, and every one was closed by the client without an error. */
  void assertHandshakes(int expected) {
    assertEstablished(expected);
    for (Session serverSession : server.sessions) {
      if (serverSession.established) {
        assertThat(serverSession.closeReason.origin()).isEqualTo(CloseReason.Origin.PEER);
        assertThat(serverSession.closeReason.errorCode()).isZero();
      }
    }
  }

  /** As many handshakes as connections. */
  void assertEstablished(int expected) {
    assertThat(client.sessions).hasSize(expected).allMatch(s -> s.established);
    assertThat(server.sessions.stream().filter(s -> s.established)).hasSize(expected);
  }

  void assertNoVersionNegotiation() {
    assertThat(capture.packets).noneMatch(p -> p.type == PacketType.VERSION_NEGOTIATION);
  }

  void assertNoRetry() {
    assertThat(capture.packets).noneMatch(p -> p.type == PacketType.RETRY);
  }

  /** Every packet that belongs to the connection was understood. */
  void assertAllDecrypted() {
    assertThat(capture.packets).filteredOn(p -> p.type != PacketType.RETRY).allMatch(p -> p.opened);
  }
}
