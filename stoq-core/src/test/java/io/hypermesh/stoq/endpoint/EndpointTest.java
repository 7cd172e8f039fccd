package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.TransmitBatch;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Endpoints without sockets, on virtual time. */
class EndpointTest {
  private static final long SECOND_NANOS = 1_000_000_000L;

  @Test
  void shouldAcceptAConnectionAndForgetItWhenItHasDrained() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100));
    EndpointConnection client = pair.connect();
    pair.run();

    assertThat(client.connection().isEstablished()).isTrue();
    assertThat(pair.server.size()).isEqualTo(1);
    assertThat(pair.server.handshakesInFlight()).isZero();
    assertThat(pair.server.counters().connectionsAccepted()).isEqualTo(1);

    client.connection().close(0, "done", pair.nowNanos);
    pair.client.touch(client);
    pair.run();
    pair.runUntil(pair.nowNanos + 60 * SECOND_NANOS);

    assertThat(pair.client.size()).isZero();
    assertThat(pair.server.size()).isZero();
    assertThat(pair.server.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(pair.clientHandler.removed).hasSize(1);
    assertThat(pair.serverHandler.removed).hasSize(1);
  }

  @Test
  void shouldHaveClientsProveTheirAddressFromTheThresholdOn() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 2));
    for (int i = 0; i < 5; i++) {
      pair.connect();
    }
    pair.run();

    assertThat(pair.clientHandler.established).hasSize(5);
    assertThat(pair.server.counters().retries()).isEqualTo(3);
    assertThat(pair.server.counters().connectionsAccepted()).isEqualTo(5);
  }

  @Test
  void shouldKeepNothingOfAClientThatIsAskedToProveItsAddress() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 0));
    pair.connect();
    pair.toServer(pair.pollClient());

    assertThat(pair.server.size()).isZero();
    byte[] retry = pair.pollServer();
    assertThat(parsed(retry).type()).isEqualTo(PacketType.RETRY);
    assertThat(pair.pollServer()).isNull();
  }

  @Test
  void shouldRefuseATokenThatHasExpiredWithInvalidToken() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 0));
    EndpointConnection client = pair.connect();
    pair.toServer(pair.pollClient());
    pair.toClient(pair.pollServer());
    byte[] withToken = pair.pollClient();
    assertThat(parsed(withToken).tokenLength()).isPositive();
    pair.nowNanos += 11 * SECOND_NANOS;
    pair.toServer(withToken);

    assertThat(pair.server.size()).isZero();
    assertThat(pair.server.counters().tokensInvalid()).isEqualTo(1);
    // The client may well have given up by its own clock: what counts is the answer.
    byte[] refusal = pair.pollServer();
    assertThat(parsed(refusal).type()).isEqualTo(PacketType.INITIAL);
    assertThat(refusal.length).isLessThan(withToken.length);
    assertThat(client.connection().isEstablished()).isFalse();
  }

  @Test
  void shouldTellAClientWithAnothersTokenThatItIsInvalid() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 0));
    EndpointConnection client = pair.connect();
    pair.toServer(pair.pollClient());
    pair.toClient(pair.pollServer());
    pair.toServer(pair.pollClient(), new InetSocketAddress(InetAddress.getLoopbackAddress(), 99));
    pair.toClient(pair.pollServer());
    pair.run();

    CloseReason reason = pair.clientHandler.closed.get(client);
    assertThat(reason.origin()).isEqualTo(CloseReason.Origin.PEER);
    assertThat(reason.application()).isFalse();
    assertThat(reason.errorCode()).isEqualTo(TransportErrorCode.INVALID_TOKEN);
    assertThat(pair.server.size()).isZero();
  }

  @Test
  void shouldRefuseConnectionsAboveTheLimitsSoThatTheClientKnows() {
    for (EndpointSettings settings :
        List.of(EndpointPair.settings(2, 100, 100), EndpointPair.settings(100, 2, 100))) {
      EndpointPair pair = new EndpointPair(settings);
      pair.connect();
      pair.connect();
      EndpointConnection third = pair.connect();
      List<byte[]> firsts = new ArrayList<>();
      for (byte[] d = pair.pollClient(); d != null; d = pair.pollClient()) {
        firsts.add(d);
      }
      // All three arrive before any handshake can go on.
      firsts.forEach(pair::toServer);
      pair.run();

      assertThat(pair.server.size()).isEqualTo(2);
      assertThat(pair.server.counters().connectionsRefused()).isPositive();
      CloseReason reason = pair.clientHandler.closed.get(third);
      assertThat(reason.origin()).isEqualTo(CloseReason.Origin.PEER);
      assertThat(reason.errorCode()).isEqualTo(TransportErrorCode.CONNECTION_REFUSED);
    }
  }

  @Test
  void shouldNotConnectBeyondTheLimitOfConnections() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100), 1);
    assertThat(pair.connect()).isNotNull();
    assertThat(pair.client.connect(EndpointPair.SERVER, "server.test", 0)).isNull();
  }

  @Test
  void shouldNegotiateTheVersionOnlyForDatagramsLongEnough() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100));
    byte[] other = new byte[1_200];
    byte[] start = {(byte) 0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8, 1, 2, 3, 4, 5, 6, 7, 8, 2, 5, 6};
    System.arraycopy(start, 0, other, 0, start.length);
    pair.toServer(other);
    byte[] answer = pair.pollServer();
    assertThat(parsed(answer).type()).isEqualTo(PacketType.VERSION_NEGOTIATION);

    pair.toServer(Arrays.copyOf(other, 1_199));
    assertThat(pair.pollServer()).isNull();
    assertThat(pair.server.counters().versionNegotiations()).isEqualTo(1);
  }

  @Test
  void shouldEndAConnectionWhosePeerHasLostItsState() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100));
    EndpointConnection client = pair.connect();
    pair.run();
    assertThat(client.connection().isEstablished()).isTrue();

    pair.server.forget();
    assertThat(client.connection().openUnidirectional()).isNotNull();
    Stream stream = client.connection().openUnidirectional();
    stream.sendBuffer().write(MemorySegment.ofArray(new byte[100]), 0, 100);
    client.connection().handleStreamProgress(stream, pair.nowNanos);
    pair.client.touch(client);
    pair.run();

    assertThat(pair.clientHandler.closed.get(client).origin())
        .isEqualTo(CloseReason.Origin.STATELESS_RESET);
  }

  @Test
  void shouldCarryTheStreamsOfSeveralConnections() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100));
    EndpointConnection a = pair.connect();
    EndpointConnection b = pair.connect();
    pair.run();
    for (EndpointConnection each : List.of(a, b)) {
      Stream stream = each.connection().openBidirectional();
      byte[] much = new byte[200_000];
      stream.sendBuffer().write(MemorySegment.ofArray(much), 0, much.length);
      each.connection().handleStreamProgress(stream, pair.nowNanos);
      pair.client.touch(each);
    }
    pair.run();
    assertThat(pair.serverHandler.peerStreams).isEqualTo(2);
  }

  @Test
  void shouldGiveConnectionsTheirTurnsHoweverManyDatagramsTheyWriteAtOnce() {
    EndpointPair pair =
        new EndpointPair(
            EndpointPair.settings(100, 100, 100), 1_000, s -> s.pacing(false), s -> {});
    List<EndpointConnection> both = List.of(pair.connect(), pair.connect());
    pair.runUntil(pair.nowNanos + SECOND_NANOS);
    for (int i = 0; i < 4; i++) {
      // Their windows grow to more than a turn.
      pair.run();
      for (EndpointConnection each : both) {
        Stream stream = each.connection().openUnidirectional();
        byte[] much = new byte[100_000];
        stream.sendBuffer().write(MemorySegment.ofArray(much), 0, much.length);
        each.connection().handleStreamProgress(stream, pair.nowNanos);
        pair.client.touch(each);
      }
    }
    TransmitBatch batch = new TransmitBatch();
    int[] inTurn = new int[2];
    int longest = 0;
    int sent;
    do {
      // Runs of seven don't come out even with a turn of sixty-four.
      batch.begin(ahead -> MemorySegment.ofArray(new byte[1_500]), 0, 7);
      long before = both.getFirst().datagramsSent();
      sent = pair.client.pollTransmit(batch, pair.nowNanos);
      int whose = both.getFirst().datagramsSent() > before ? 0 : 1;
      inTurn[whose] += sent;
      inTurn[1 - whose] = 0;
      longest = Math.max(longest, inTurn[whose]);
    } while (sent > 0);
    assertThat(longest).isEqualTo(64);
  }

  @Test
  void shouldGiveUpAConnectionThatThrowsAndGoOnWithTheOthers() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100));
    EndpointConnection broken = new EndpointConnection(null, null, EndpointPair.CLIENT);
    pair.client.touch(broken);
    EndpointConnection sound = pair.client.connect(EndpointPair.SERVER, "server.test", 1);
    assertThat(pair.pollClient()).isNotNull();

    pair.clientHandler.defectExpected = broken;
    pair.client.pollEvents(pair.clientHandler);
    pair.runUntil(pair.nowNanos + SECOND_NANOS);

    assertThat(pair.clientHandler.removed).containsExactly(broken);
    assertThat(broken.isRemoved()).isTrue();
    assertThat(sound.connection().isEstablished()).isTrue();
  }

  @Property(tries = 300)
  void shouldKeepNothingOfRandomDatagrams(@ForAll byte[] datagram, @ForAll boolean padded) {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(10, 10, 10));
    byte[] sent = padded ? Arrays.copyOf(datagram, 1_200) : datagram;
    pair.toServer(sent);
    byte[] answer = pair.pollServer();
    assertThat(answer == null ? 0 : answer.length).isLessThan(Math.max(1, sent.length));
    assertThat(pair.server.size()).isZero();
    assertThat(pair.server.handshakesInFlight()).isZero();
    assertThat(pair.server.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Property(tries = 100)
  void shouldKeepNothingOfADamagedFirstDatagram(@ForAll Random random) {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(10, 10, 10));
    pair.connect();
    byte[] first = pair.pollClient();
    byte[] intact = first.clone();
    for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
      first[random.nextInt(first.length)] ^= (byte) (1 << random.nextInt(8));
    }
    pair.toServer(first);
    if (!Arrays.equals(first, intact)) {
      assertThat(pair.server.size()).isZero();
      assertThat(pair.server.handshakesInFlight()).isZero();
      assertThat(pair.server.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }
    byte[] answer = pair.pollServer();
    assertThat(answer == null ? 0 : answer.length).isLessThanOrEqualTo(first.length);
  }

  private static PacketHeader parsed(byte[] datagram) {
    PacketHeader header = new PacketHeader();
    MemorySegment copy = MemorySegment.ofArray(datagram.clone());
    assertThat(copy.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo(datagram[0]);
    assertThat(header.parse(copy, 0, datagram.length, 8)).isTrue();
    return header;
  }
}
