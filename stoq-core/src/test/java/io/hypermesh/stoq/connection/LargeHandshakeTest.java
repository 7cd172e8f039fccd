package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.simulation.LinkConditions.PERFECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.NamedGroup;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes of post-quantum size: neither the ClientHello nor the server's flight is small. */
class LargeHandshakeTest {
  private static final List<NamedGroup> HYBRID = List.of(NamedGroup.X25519MLKEM768);
  private static final List<NamedGroup> CLASSIC_FIRST =
      List.of(NamedGroup.X25519, NamedGroup.X25519MLKEM768);
  private static final long MILLISECOND = 1_000_000;

  private static void connect(SimulatedPair pair, TlsSettings client) {
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, client, pair.network.nowNanos());
    assertThat(pair.runUntil(() -> bothEstablished(pair), 60))
        .as("client %s, server %s", pair.client.closeReason(), pair.server.closeReason())
        .isTrue();
  }

  private static boolean bothEstablished(SimulatedPair pair) {
    return pair.client.isEstablished() && pair.server.isEstablished();
  }

  private static SimulatedPair pair(long seed, LinkConditions conditions, TlsSettings server) {
    SimulatedPair pair = new SimulatedPair(seed, conditions);
    pair.server.serverTls = server;
    return pair;
  }

  @Test
  void shouldSpreadTheClientHelloOverTwoFullDatagrams() {
    SimulatedPair pair = pair(1, PERFECT, TestTlsSettings.server(2, HYBRID));
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, TestTlsSettings.client(1, HYBRID), 0);
    List<byte[]> datagrams = drain(pair.client, 0);
    assertThat(datagrams).hasSize(2).allMatch(datagram -> datagram.length == 1_200);

    // In the other order: the server keeps the end until the beginning comes.
    receive(pair.server, datagrams.get(1));
    assertThat(pair.server.connection.hasReceivedPacket()).isTrue();
    receive(pair.server, datagrams.get(0));
    assertThat(pair.runUntil(() -> bothEstablished(pair), 60)).isTrue();
    assertThat(pair.network.nowNanos()).isLessThan(100 * MILLISECOND);
  }

  private static List<byte[]> drain(SimulatedPeer peer, long nowNanos) {
    List<byte[]> datagrams = new ArrayList<>();
    byte[] buffer = new byte[1_500];
    int length;
    while ((length = peer.pollTransmit(MemorySegment.ofArray(buffer), nowNanos)) > 0) {
      datagrams.add(Arrays.copyOf(buffer, length));
    }
    return datagrams;
  }

  private static void receive(SimulatedPeer server, byte[] datagram) {
    server.handleDatagram(MemorySegment.ofArray(datagram), SimulatedPair.CLIENT_ADDRESS, 0);
  }

  @Test
  void shouldNotAnswerPartOfAClientHelloWithMoreThanAnAcknowledgement() {
    SimulatedPair pair = pair(2, PERFECT, TestTlsSettings.server(2, HYBRID));
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, TestTlsSettings.client(1, HYBRID), 0);
    List<byte[]> datagrams = drain(pair.client, 0);
    receive(pair.server, datagrams.get(0));

    long sent = 0;
    long now = 0;
    for (int i = 0; i < 30 && !pair.server.isDrained(); i++) {
      for (byte[] datagram : drain(pair.server, now)) {
        sent += datagram.length;
      }
      now = pair.server.nextDeadlineNanos();
      pair.server.handleTimeout(now);
    }
    assertThat(sent).isBetween(1L, 3L * 1_200);
    assertThat(pair.server.closeReason().origin()).isEqualTo(CloseReason.Origin.HANDSHAKE_TIMEOUT);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldEstablishWithAHybridDespiteLossAndReordering(long seed) {
    LinkConditions conditions =
        PERFECT.withLoss(0.2, 1).withReordering(0.3).withDuplication(0.1).withCorruption(0.03);
    connect(
        pair(seed, conditions, TestTlsSettings.server(seed + 1, HYBRID)),
        TestTlsSettings.client(seed, HYBRID));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldEstablishWithAServerThatInsistsOnTheHybrid(long seed) {
    SimulatedPair pair =
        pair(
            seed,
            PERFECT.withLoss(seed == 1 ? 0 : 0.15, 1).withReordering(0.2),
            TestTlsSettings.server(seed + 1, HYBRID));
    connect(pair, TestTlsSettings.client(seed, CLASSIC_FIRST));
  }

  @Test
  void shouldEndWhereNoGroupIsInCommon() {
    SimulatedPair pair = pair(9, PERFECT, TestTlsSettings.server(2, HYBRID));
    pair.client.connect(
        SimulatedPair.SERVER_ADDRESS,
        TestTlsSettings.client(1, List.of(NamedGroup.SECP256R1, NamedGroup.X25519)),
        0);
    assertThat(pair.runUntil(() -> pair.client.closeReason() != null, 60)).isTrue();
    assertThat(pair.client.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.CRYPTO_ERROR + 40); // handshake_failure
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldEstablishWithMlDsaOnBothSidesDespiteLoss(long seed) {
    LinkConditions conditions =
        seed == 1 ? PERFECT : PERFECT.withLoss(0.1, 2).withReordering(0.2).withDuplication(0.05);
    connect(
        pair(seed, conditions, TestTlsSettings.postQuantumServer(seed)),
        TestTlsSettings.postQuantumClient(seed + 1));
  }

  @Test
  void shouldHoldALargeFlightBackUntilTheClientHasProvenItsAddress() {
    SimulatedPair pair = pair(3, PERFECT, TestTlsSettings.postQuantumServer(2));
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, TestTlsSettings.postQuantumClient(1), 0);
    List<byte[]> hello = drain(pair.client, 0);
    hello.forEach(datagram -> receive(pair.server, datagram));
    pair.server.handleTimeout(0); // its task
    long received = hello.stream().mapToLong(datagram -> datagram.length).sum();

    List<byte[]> first = drain(pair.server, 0);
    long sent = first.stream().mapToLong(datagram -> datagram.length).sum();
    assertThat(sent).isBetween(received, 3 * received);
    // What it may not send yet, a chain of ML-DSA, is more than that; the client's answer frees it.
    assertThat(pair.runUntil(() -> bothEstablished(pair), 60)).isTrue();
  }

  @Test
  void shouldGiveTheSameHandshakeForTheSameSeed() {
    List<byte[]> one = firstDatagrams();
    List<byte[]> again = firstDatagrams();
    assertThat(one).hasSize(2);
    for (int i = 0; i < one.size(); i++) {
      assertThat(again.get(i)).isEqualTo(one.get(i));
    }
  }

  private static List<byte[]> firstDatagrams() {
    SimulatedPair pair = new SimulatedPair(4, PERFECT);
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, TestTlsSettings.client(1, HYBRID), 0);
    return drain(pair.client, 0);
  }
}
