package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.connection.SimulatedPair.CLIENT_ADDRESS;
import static io.hypermesh.stoq.connection.SimulatedPair.SECOND;
import static io.hypermesh.stoq.connection.SimulatedPair.SERVER_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.simulation.Bottleneck;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What others can do with a connection's paths: little (RFC 9000, 8.2, 9.1 and 9.3). */
class PathAttackTest {
  private static final InetSocketAddress ATTACKER = SimulatedPair.address(66);

  private final SimulatedPair pair = new SimulatedPair(77, LinkConditions.PERFECT);

  private void forward(MemorySegment datagram, long untilNanos) {
    if (pair.network.nowNanos() < untilNanos) {
      byte[] copy = datagram.toArray(ValueLayout.JAVA_BYTE);
      pair.server.handleDatagram(MemorySegment.ofArray(copy), ATTACKER, pair.network.nowNanos());
    }
  }

  /** RFC 9000, 9.3.3: copies that come earlier than what they are copies of. */
  @Test
  void shouldReturnFromAnAttackerWhoForwardsFaster() {
    pair.client.bytesPerStream = 3_000_000;
    pair.connect();
    pair.network.runFor(SECOND / 10);
    long endNanos = pair.network.nowNanos() + SECOND / 5;
    pair.network.setFilter((datagram, number) -> {
      if (datagram.from().equals(CLIENT_ADDRESS)) {
        forward(datagram.payload(), endNanos);
      }
      return true;
    });
    pair.client.open(false, pair.network.nowNanos());
    pair.network.runFor(SECOND / 50);
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(ATTACKER);

    assertThat(pair.runUntil(() -> pair.server.streamsEnded == 1, 60)).isTrue();
    assertThat(pair.server.wrong).isEmpty();
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(CLIENT_ADDRESS);
    assertThat(pair.server.count(ConnectionEvent.PathChanged.class))
        .as("no host was told of an address that was not valid")
        .isZero();
  }

  @Test
  void shouldBeBroughtBackByTheClientsAnswerThoughTheClientHasNothingToSay() {
    pair.connect();
    pair.network.runFor(SECOND);
    // The client sends once, and the attacker is faster.
    boolean[] once = {true};
    pair.network.setFilter((datagram, number) -> {
      if (datagram.from().equals(CLIENT_ADDRESS) && once[0]) {
        once[0] = false;
        forward(datagram.payload(), Long.MAX_VALUE);
      }
      return true;
    });
    pair.client.bytesPerStream = 10;
    pair.client.open(false, pair.network.nowNanos());
    pair.network.runFor(SECOND / 100);
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(ATTACKER);
    // The challenge to the path before, the client's answer with a PING: a round trip.
    pair.network.runFor(SECOND / 20);
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(CLIENT_ADDRESS);
  }

  @Test
  void shouldSendLittleToAnAddressThatIsNotValid() {
    pair.server.bytesPerStream = 5_000_000;
    pair.client.bytesPerStream = 10;
    pair.connect();
    pair.network.runFor(SECOND / 10);
    long[] bytes = new long[2];
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND / 20);
    pair.network.setFilter((datagram, number) -> {
      if (datagram.to().equals(ATTACKER)) {
        bytes[1] += datagram.payload().byteSize();
      }
      if (datagram.from().equals(CLIENT_ADDRESS)) {
        bytes[0] += datagram.payload().byteSize();
        forward(datagram.payload(), Long.MAX_VALUE);
        return false;
      }
      return true;
    });
    pair.network.runFor(SECOND);
    assertThat(bytes[0]).isPositive();
    assertThat(bytes[1]).isPositive().isLessThanOrEqualTo(3 * bytes[0]);
  }

  @Test
  void shouldKeepDeliveringThoughTheNatRebindsTenTimesASecond() {
    pair.client.bytesPerStream = 4_000_000;
    pair.server.bytesPerStream = 4_000_000;
    pair.network.setConditions(
        LinkConditions.PERFECT.withBottleneck(Bottleneck.ofMegabits(8, 100)));
    pair.connect();
    pair.network.runFor(SECOND / 10);
    pair.client.open(true, pair.network.nowNanos());
    InetSocketAddress address = CLIENT_ADDRESS;
    long before = 0;
    for (int i = 0; i < 30 && pair.client.streamsEnded == 0; i++) {
      pair.network.runFor(SECOND / 10);
      pair.network.detach(address);
      address = new InetSocketAddress(CLIENT_ADDRESS.getAddress(), 20_000 + i);
      pair.network.attach(address, pair.client);
      if (i % 10 == 9) {
        assertThat(pair.server.bytesRead).isGreaterThan(before);
        before = pair.server.bytesRead;
      }
    }
    assertThat(pair.runUntil(() -> pair.client.streamsEnded + pair.server.streamsEnded == 2, 60))
        .isTrue();
    assertThat(pair.client.wrong + pair.server.wrong).isEmpty();
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(address);
  }

  // ---- What a client may do, told by one that makes its own packets ----

  private final RogueClient rogue = new RogueClient(settings -> {});

  /** Sends frames from elsewhere; returns what the server says to that address, in bytes. */
  private int sendFrom(InetSocketAddress from, RogueClient.Frames frames) {
    rogue.send(frames, from);
    return lengthTo(from);
  }

  private int lengthTo(InetSocketAddress to) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    int bytes = 0;
    int length;
    while ((length = rogue.pair.server.pollTransmit(buffer, rogue.pair.network.nowNanos())) > 0) {
      if (rogue.pair.server.destination().equals(to)) {
        bytes += length;
      }
    }
    return bytes;
  }

  private static RogueClient.Frames padded(RogueClient.Frames frames) {
    return (buffer, at) -> {
      int length = frames.write(buffer, at);
      return length + FrameEncoder.putPadding(buffer, at + length, 1_160 - length);
    };
  }

  @Test
  void shouldNotMoveForProbes() {
    rogue.connect();
    int bytes =
        sendFrom(ATTACKER, padded((buffer, at) -> FrameEncoder.putPathChallenge(buffer, at, 1)));
    // 8.2.2: to where it came from, in a full datagram, and only once.
    assertThat(bytes).isEqualTo(1_200);
    assertThat(rogue.pair.server.connection.remoteAddress()).isEqualTo(CLIENT_ADDRESS);
    bytes = sendFrom(ATTACKER, (buffer, at) -> FrameEncoder.putPathResponse(buffer, at, 99));
    assertThat(bytes).isZero();
    assertThat(rogue.pair.server.connection.remoteAddress()).isEqualTo(CLIENT_ADDRESS);
    sendFrom(ATTACKER, FrameEncoder::putPing);
    assertThat(rogue.pair.server.connection.remoteAddress()).isEqualTo(ATTACKER);
  }

  @Test
  void shouldNotFillAnAnswerUpBeyondWhatTheAddressIsWorth() {
    rogue.connect();
    int bytes = sendFrom(ATTACKER, (buffer, at) -> FrameEncoder.putPathChallenge(buffer, at, 1));
    assertThat(bytes).isPositive().isLessThanOrEqualTo(3 * rogue.lastDatagram.length);
  }

  @Test
  void shouldNotMoveForAnOldPacket() {
    rogue.connect();
    rogue.send(FrameEncoder::putPing, CLIENT_ADDRESS);
    rogue.skip(-5);
    rogue.send(FrameEncoder::putPing, ATTACKER);
    assertThat(rogue.pair.server.connection.remoteAddress()).isEqualTo(CLIENT_ADDRESS);
  }

  @Test
  void shouldBoundThePathsThatAClientCanMakeItKnow() {
    rogue.connect();
    Set<InetSocketAddress> answered = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      InetSocketAddress from = new InetSocketAddress(ATTACKER.getAddress(), 1_000 + i);
      if (sendFrom(from, padded((buffer, at) -> FrameEncoder.putPathChallenge(buffer, at, 1)))
          > 0) {
        answered.add(from);
      }
    }
    // All are answered, with the same ID: the client doesn't seem to know that its address changes.
    assertThat(answered).hasSize(1_000);
    assertThat(rogue.pair.server.connection.isEstablished()).isTrue();
    assertThat(rogue.pair.server.connection.nextDeadlineNanos()).isLessThan(Long.MAX_VALUE);
    rogue.pair.network.runFor(30 * SECOND / 2);
    assertThat(rogue.pair.server.connection.remoteAddress()).isEqualTo(CLIENT_ADDRESS);
  }

  @Test
  void shouldTakeAnIdThatIsRetiredOffEveryPath() {
    rogue.connect();
    sendFrom(ATTACKER, padded((buffer, at) -> FrameEncoder.putPathChallenge(buffer, at, 1)));
    rogue.send(
        (buffer, at) ->
            FrameEncoder.putNewConnectionId(
                buffer,
                at,
                50,
                50,
                ConnectionId.of(new byte[] {9, 9, 9, 9, 9, 9, 9, 9}),
                io.hypermesh.stoq.packet.StatelessResetToken.of(new byte[16])),
        CLIENT_ADDRESS);
    assertThat(rogue.pair.server.closeReason()).isNull();
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    while (rogue.pair.server.pollTransmit(buffer, rogue.pair.network.nowNanos()) > 0) {
      assertThat(ConnectionId.of(buffer, 1, 8))
          .isEqualTo(ConnectionId.of(new byte[] {9, 9, 9, 9, 9, 9, 9, 9}));
    }
    assertThat(FrameType.isProbing(FrameType.NEW_CONNECTION_ID)).isTrue();
    assertThat(SERVER_ADDRESS).isNotEqualTo(ATTACKER);
  }
}
