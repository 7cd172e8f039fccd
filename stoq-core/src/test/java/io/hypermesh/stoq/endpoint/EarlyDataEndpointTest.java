package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.TestAuthority;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.EarlyDataRegister;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.ResumptionSettings;
import io.hypermesh.stoq.handshake.SessionTickets;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.stream.ChunkPool;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Early data of whole endpoints: replayed, overtaking, after a Retry. */
class EarlyDataEndpointTest {
  private static final TestAuthority AUTHORITY = new TestAuthority("early");
  private static final TestAuthority.Identity IDENTITY = AUTHORITY.issue("EC", "server.test");
  private static final Duration DAY = Duration.ofDays(1);

  private final SecureRandom random = new SecureRandom();
  private final SessionTickets tickets = SessionTickets.withFreshSecret(DAY, random);
  private final EarlyDataRegister register = new EarlyDataRegister(1, 100, Duration.ofSeconds(10));
  private final List<ClientSession> sessions = new ArrayList<>();
  private long nowNanos = 1;

  /** An endpoint that runs tasks at once, reads streams at once, and takes notes. */
  private final class Side implements EndpointHandler {
    private final Endpoint endpoint;
    private final InetSocketAddress address;
    private int begun;
    private int rejected;
    private int established;
    private long bytesRead;
    private long early;

    Side(boolean server, int retryThreshold, InetSocketAddress address) {
      this.address = address;
      TlsSettings tls =
          TlsSettings.builder()
              .keyManager(IDENTITY.keyManager())
              .trustManager(AUTHORITY.trustManager())
              .applicationProtocols(List.of("test"))
              .random(random)
              .resumption(
                  server
                      ? new ResumptionSettings(
                          tickets, 2, DAY, register, false, InstantSource.system())
                      : new ResumptionSettings(null, 0, DAY, null, true, InstantSource.system()))
              .build();
      EndpointSettings settings =
          new EndpointSettings(
              100,
              100,
              100,
              retryThreshold,
              10_000_000_000L,
              3_600_000_000_000L,
              100,
              100,
              1_000,
              1_000,
              server);
      endpoint =
          new Endpoint(
              settings,
              ConnectionSettings.builder(new ChunkPool(4_096, 1_000)).build(),
              tls,
              EndpointSecret.random(random),
              random,
              nowNanos,
              0);
    }

    @Override
    public void onAccepted(EndpointConnection connection) {}

    @Override
    public void onTask(EndpointConnection connection, HandshakeTask task) {
      task.run();
      connection.connection().handleTaskDone(task, nowNanos);
      endpoint.touch(connection);
    }

    @Override
    public void onEvent(EndpointConnection connection, ConnectionEvent event) {
      switch (event) {
        case ConnectionEvent.EarlyDataBegun _ -> begun++;
        case ConnectionEvent.EarlyDataRejected _ -> rejected++;
        case ConnectionEvent.Established _ -> established++;
        case ConnectionEvent.SessionKept kept -> sessions.add(kept.session());
        case ConnectionEvent.StreamReadable readable -> read(readable.stream());
        default -> {}
      }
    }

    private void read(Stream stream) {
      byte[] bytes = new byte[4_096];
      int count;
      while ((count = stream.receiveBuffer().read(MemorySegment.ofArray(bytes), 0, bytes.length))
          > 0) {
        bytesRead += count;
        early += stream.receiveBuffer().isEarly() ? count : 0;
      }
    }

    @Override
    public void onUpdated(EndpointConnection connection) {}

    @Override
    public void onRemoved(EndpointConnection connection, RuntimeException defect) {
      assertThat(defect).isNull();
    }

    void work() {
      while (endpoint.hasTouched()) {
        endpoint.pollEvents(this);
      }
    }

    List<byte[]> send() {
      List<byte[]> datagrams = new ArrayList<>();
      DatagramPoll poll = new DatagramPoll(endpoint, 1_500, 16);
      byte[] buffer = new byte[1_500];
      int length;
      while ((length = poll.poll(MemorySegment.ofArray(buffer), nowNanos)) > 0) {
        datagrams.add(Arrays.copyOf(buffer, length));
      }
      return datagrams;
    }

    void receive(byte[] datagram, InetSocketAddress from) {
      endpoint.handleDatagram(
          MemorySegment.ofArray(datagram.clone()), 0, datagram.length, 0, from, 0, nowNanos);
      work();
    }
  }

  private final Side client = new Side(false, 0, EndpointPair.CLIENT);
  private Side server = new Side(true, 100, EndpointPair.SERVER);

  private void run() {
    for (int i = 0; i < 200; i++) {
      client.send().forEach(datagram -> server.receive(datagram, client.address));
      server.send().forEach(datagram -> client.receive(datagram, server.address));
      nowNanos += 5_000_000;
      client.endpoint.handleTimeout(nowNanos);
      server.endpoint.handleTimeout(nowNanos);
      client.work();
      server.work();
    }
  }

  /** Connects, keeps a session, connects again with early data; gives its first datagrams. */
  private List<byte[]> beginEarly(int bytes) {
    client.endpoint.connect(server.address, "server.test", null, false, nowNanos);
    client.work();
    run();
    assertThat(sessions).isNotEmpty();
    server.bytesRead = 0;
    EndpointConnection connection =
        client.endpoint.connect(
            server.address, "server.test", sessions.removeFirst(), true, nowNanos);
    client.work();
    assertThat(client.begun).isEqualTo(1);
    Stream stream = connection.connection().openUnidirectional();
    stream.sendBuffer().write(MemorySegment.ofArray(new byte[bytes]), 0, bytes);
    stream.sendBuffer().finish();
    connection.connection().handleStreamProgress(stream, nowNanos);
    client.endpoint.touch(connection);
    client.work();
    return client.send();
  }

  private static PacketType firstPacket(byte[] datagram) {
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(MemorySegment.ofArray(datagram), 0, datagram.length, 8)).isTrue();
    return header.type();
  }

  @Test
  void shouldTakeReplayedDatagramsForNoMoreThanAHandshakeThatNeverEnds() {
    List<byte[]> first = beginEarly(5_000);
    first.forEach(datagram -> server.receive(datagram, client.address));
    assertThat(server.begun).isEqualTo(1);
    assertThat(server.early).isEqualTo(server.bytesRead).isEqualTo(5_000);
    run();
    assertThat(server.established).isEqualTo(2);

    for (int i = 1; i <= 3; i++) {
      InetSocketAddress elsewhere =
          new InetSocketAddress(InetAddress.ofLiteral("2001:db8::" + (100 + i)), 5_000);
      first.forEach(datagram -> server.receive(datagram, elsewhere));
      first.forEach(datagram -> server.receive(datagram, elsewhere));
      server.send();
    }
    assertThat(server.begun).isEqualTo(1);
    assertThat(server.bytesRead).isEqualTo(5_000);
    assertThat(server.established).isEqualTo(2);
  }

  @Test
  void shouldKeepEarlyDataThatOvertakesItsInitialPacket() {
    List<byte[]> first = beginEarly(5_000);
    List<byte[]> alone =
        first.stream().filter(each -> firstPacket(each) == PacketType.ZERO_RTT).toList();
    assertThat(alone).isNotEmpty();
    alone.forEach(datagram -> server.receive(datagram, client.address));
    assertThat(server.bytesRead).isZero();
    first.stream()
        .filter(each -> firstPacket(each) == PacketType.INITIAL)
        .forEach(datagram -> server.receive(datagram, client.address));
    assertThat(server.early).isEqualTo(5_000);
  }

  @Test
  void shouldBoundWhatOvertakesAndForgetIt() {
    List<byte[]> first = beginEarly(5_000);
    byte[] alone =
        first.stream()
            .filter(each -> firstPacket(each) == PacketType.ZERO_RTT)
            .findFirst()
            .orElseThrow();
    long unroutable = server.endpoint.counters().datagramsUnroutable;
    for (int i = 0; i < EarlyDatagrams.DATAGRAMS_PER_CONNECTION_MAX + 3; i++) {
      server.receive(alone, client.address);
    }
    assertThat(server.endpoint.counters().datagramsUnroutable).isEqualTo(unroutable + 3);
    for (int i = 0; i < 200; i++) {
      byte[] other = alone.clone();
      other[6] = (byte) i; // the first byte of the destination's ID
      server.receive(other, client.address);
    }
    // Of 211 datagrams the 64 newest are kept.
    assertThat(server.endpoint.counters().datagramsUnroutable)
        .isEqualTo(
            unroutable
                + EarlyDatagrams.DATAGRAMS_PER_CONNECTION_MAX
                + 3
                + 200
                - EarlyDatagrams.DATAGRAMS_MAX);
    // The oldest went, and those of this client with them; its early data is lost, and sent again.
    run();
    assertThat(server.bytesRead).isEqualTo(0);
    first.stream()
        .filter(each -> firstPacket(each) == PacketType.INITIAL)
        .forEach(datagram -> server.receive(datagram, client.address));
    run();
    run();
    assertThat(server.bytesRead).isEqualTo(5_000);
  }

  /** Several times, since what is drawn at random of its packets must not matter. */
  @RepeatedTest(8)
  void shouldSendEarlyDataAgainAfterARetry() {
    List<byte[]> first = beginEarly(5_000);
    server = new Side(true, 0, EndpointPair.SERVER);
    first.forEach(datagram -> server.receive(datagram, client.address));
    assertThat(server.begun).isZero();
    run();
    assertThat(server.begun).isEqualTo(1);
    assertThat(server.early).isEqualTo(5_000);
    assertThat(client.rejected).isZero();
    assertThat(server.established).isEqualTo(1);
  }
}
