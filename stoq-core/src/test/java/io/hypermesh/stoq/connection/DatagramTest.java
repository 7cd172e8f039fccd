package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.datagram.Datagrams;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** DATAGRAM frames between two connections (RFC 9221), on a simulated network. */
class DatagramTest {
  private static final LinkConditions LOSSY =
      LinkConditions.PERFECT.withDelay(5_000_000, 2_000_000).withLoss(0.1, 1);

  private static boolean offer(SimulatedPair pair, int length, int number) {
    Datagrams datagrams = pair.client.connection.datagrams();
    MemorySegment space = datagrams.claim(length);
    if (space == null) {
      return false;
    }
    space.set(ValueLayout.JAVA_INT_UNALIGNED, 0, number);
    datagrams.commit();
    pair.network.runFor(1);
    return true;
  }

  private static int take(SimulatedPair pair, Set<Integer> numbers, int length) {
    Datagrams datagrams = pair.server.connection.datagrams();
    int taken = 0;
    while (datagrams.next()) {
      assertThat(datagrams.length()).isEqualTo(length);
      assertThat(
              numbers.add(
                  datagrams.buffer().get(ValueLayout.JAVA_INT_UNALIGNED, datagrams.offset())))
          .isTrue();
      datagrams.remove();
      taken++;
    }
    return taken;
  }

  @Test
  void shouldCarryTheLongestDatagramThatItPromises() {
    SimulatedPair pair = new SimulatedPair(1, LinkConditions.PERFECT);
    assertThat(pair.connect()).isTrue();
    pair.network.runFor(SimulatedPair.SECOND);
    int max = pair.client.connection.datagrams().payloadBytesMax();
    // What the path was found to carry, less short header with a number of 4 bytes, tag, and frame
    // type.
    assertThat(max).isEqualTo(1_452 - (1 + 8 + 4) - 16 - 1);
    // Just below it there is no room for a length, and some to spare.
    for (int length = max; length > max - 5; length--) {
      Set<Integer> numbers = new HashSet<>();
      assertThat(offer(pair, length, length)).isTrue();
      pair.network.runFor(SimulatedPair.SECOND);
      assertThat(take(pair, numbers, length)).isEqualTo(1);
      assertThat(numbers).containsExactly(length);
    }
    Datagrams sender = pair.client.connection.datagrams();
    assertThat(sender.acknowledged()).isEqualTo(5);
    assertThat(sender.lost()).isZero();
    assertThat(pair.server.count(ConnectionEvent.DatagramsReadable.class)).isEqualTo(5);
  }

  @Test
  void shouldStayWithinTheFrameSizeThatThePeerAllows() {
    SimulatedPair pair =
        new SimulatedPair(
            2, LinkConditions.PERFECT, settings -> settings.datagramFrameBytesMax(100));
    assertThat(pair.connect()).isTrue();
    int max = pair.client.connection.datagrams().payloadBytesMax();
    // Type, and a length of two bytes as a frame of 100 bytes would need.
    assertThat(max).isEqualTo(97);
    assertThat(offer(pair, max, 1)).isTrue();
    pair.network.runFor(SimulatedPair.SECOND);
    assertThat(take(pair, new HashSet<>(), max)).isEqualTo(1);
    assertThat(pair.server.closeReason()).isNull();
  }

  @Test
  void shouldSendNothingToAPeerThatTakesNone() {
    SimulatedPair pair =
        new SimulatedPair(3, LinkConditions.PERFECT, settings -> settings.datagramFrameBytesMax(0));
    assertThat(pair.connect()).isTrue();
    assertThat(pair.client.connection.datagrams().payloadBytesMax()).isZero();
  }

  @Test
  void shouldSendEachOnceAndCountWhatIsLost() {
    SimulatedPair pair = new SimulatedPair(4, LOSSY);
    assertThat(pair.connect()).isTrue();
    Set<Integer> numbers = new HashSet<>();
    int count = 400;
    for (int i = 0; i < count; i++) {
      assertThat(offer(pair, 1_000, i)).isTrue();
      pair.network.runFor(3_000_000);
      take(pair, numbers, 1_000);
    }
    pair.network.runFor(20 * SimulatedPair.SECOND);
    take(pair, numbers, 1_000);
    Datagrams sender = pair.client.connection.datagrams();
    assertThat(sender.sent()).isEqualTo(count);
    assertThat(sender.acknowledged() + sender.lost()).isEqualTo(count);
    assertThat(numbers.size()).isBetween(count * 8 / 10, count - 1);
    // An acknowledgement may be late or lost, never wrong.
    assertThat(sender.acknowledged()).isLessThanOrEqualTo(numbers.size());
    assertThat(pair.server.connection.datagrams().received()).isEqualTo(numbers.size());
  }

  @Test
  void shouldBeHeldUpByTheCongestionWindow() {
    SimulatedPair pair =
        new SimulatedPair(5, LinkConditions.PERFECT, settings -> settings.pacing(false));
    assertThat(pair.connect()).isTrue();
    pair.network.runFor(SimulatedPair.SECOND);
    Datagrams datagrams = pair.client.connection.datagrams();
    for (int i = 0; i < 100; i++) {
      assertThat(datagrams.claim(1_100)).isNotNull();
      datagrams.commit();
    }
    MemorySegment packet = MemorySegment.ofArray(new byte[1_500]);
    while (pair.client.pollTransmit(packet, pair.network.nowNanos()) > 0) {
      // They never arrive.
    }
    assertThat(datagrams.sent()).isBetween(5L, 50L);
    assertThat(pair.client.connection.recovery().bytesInFlight())
        .isLessThanOrEqualTo(pair.client.connection.recovery().congestionWindowBytes());
  }

  @Test
  void shouldTakeTurnsWithStreams() {
    SimulatedPair pair = new SimulatedPair(6, LinkConditions.PERFECT);
    assertThat(pair.connect()).isTrue();
    pair.client.bytesPerStream = 200_000;
    Stream stream = pair.client.open(true, pair.network.nowNanos());
    assertThat(stream).isNotNull();
    Datagrams datagrams = pair.client.connection.datagrams();
    int queued = 0;
    while (datagrams.claim(1_100) != null) {
      datagrams.commit();
      queued++;
    }
    assertThat(
            pair.runUntil(
                () ->
                    stream.sendBuffer().isFinished()
                        && stream.sendBuffer().pendingLength(Long.MAX_VALUE) == 0,
                60))
        .isTrue();
    // 200,000 bytes make some 175 packets: about as many went to datagrams, and many still wait.
    assertThat(queued).isGreaterThan(300);
    assertThat(datagrams.sent()).isBetween(120L, 240L);
  }

  private static RogueClient.Frames datagram(int length, boolean withLength) {
    return (buffer, at) -> FrameEncoder.putDatagramHeader(buffer, at, length, withLength) + length;
  }

  @Test
  void shouldRefuseDatagramsThatWereNotOffered() {
    for (boolean withLength : new boolean[] {true, false}) {
      new RogueClient(settings -> settings.datagramFrameBytesMax(0))
          .assertRefused(datagram(4, withLength), TransportErrorCode.PROTOCOL_VIOLATION);
    }
  }

  @Test
  void shouldRefuseADatagramFrameThatIsLargerThanOffered() {
    // The frame counts, with its fields: 97 and 3 bytes, 99 and 1.
    RogueClient rogue = new RogueClient(settings -> settings.datagramFrameBytesMax(100));
    rogue.connect();
    rogue.send(datagram(97, true));
    rogue.send(datagram(99, false));
    rogue.assertTaken();
    assertThat(rogue.pair.server.connection.datagrams().received()).isEqualTo(2);
    rogue.send(datagram(98, true));
    rogue.assertClosedWith(TransportErrorCode.PROTOCOL_VIOLATION);
    new RogueClient(settings -> settings.datagramFrameBytesMax(100))
        .assertRefused(datagram(100, false), TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldDropDatagramsBeyondItsQueueAndAcknowledgeThem() {
    RogueClient rogue = new RogueClient(settings -> settings.datagramReceiveQueueBytes(128 << 10));
    rogue.connect();
    for (int i = 0; i < 500; i++) {
      rogue.send(datagram(1_000, false));
    }
    rogue.assertTaken();
    Datagrams datagrams = rogue.pair.server.connection.datagrams();
    assertThat(datagrams.received() * 1_004).isLessThan(256 << 10);
    assertThat(datagrams.received() + datagrams.receiveDropped()).isEqualTo(500);
  }
}
