package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.recovery.AckRanges;
import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.recovery.NewReno;
import io.hypermesh.stoq.recovery.PacketNumberSpace;
import io.hypermesh.stoq.recovery.PathMtu;
import io.hypermesh.stoq.recovery.PathRecovery;
import io.hypermesh.stoq.recovery.Recovery;
import io.hypermesh.stoq.recovery.RecoveryListener;
import io.hypermesh.stoq.recovery.SentPacket;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** ACK_FREQUENCY and IMMEDIATE_ACK (draft-ietf-quic-ack-frequency-14). */
class AckFrequencyTest {
  private static final long MILLI = 1_000_000;

  private static RogueClient.Frames ask(long sequence, long threshold, long micros, long order) {
    return (buffer, at) ->
        FrameEncoder.putAckFrequency(buffer, at, sequence, threshold, micros, order);
  }

  private static RogueClient connected() {
    RogueClient rogue = new RogueClient(settings -> {});
    rogue.connect();
    // Its packet numbers leap, which has to be acknowledged far enough to be old news.
    for (int i = 0; i < 5; i++) {
      rogue.send(FrameEncoder::putPing);
    }
    assertThat(drain(rogue)).isEqualTo(1);
    return rogue;
  }

  private static int drain(RogueClient rogue) {
    MemorySegment packet = MemorySegment.ofArray(new byte[1_500]);
    int sent = 0;
    while (rogue.pair.server.pollTransmit(packet, rogue.pair.network.nowNanos()) > 0) {
      sent++;
    }
    return sent;
  }

  /** How many of these PINGs it takes until the server acknowledges at once. */
  private static int pingsUntilAck(RogueClient rogue, int most) {
    for (int i = 1; i <= most; i++) {
      rogue.send(FrameEncoder::putPing);
      if (drain(rogue) > 0) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void shouldAcknowledgeAsTheNewestFrameAsks() {
    RogueClient rogue = connected();
    assertThat(pingsUntilAck(rogue, 10)).isEqualTo(2);
    rogue.send(ask(0, 9, 20_000, 3));
    // The frame itself elicits an acknowledgement, so it counts.
    assertThat(pingsUntilAck(rogue, 20)).isEqualTo(9);
    assertThat(pingsUntilAck(rogue, 20)).isEqualTo(10);
    rogue.send(ask(5, 0, 20_000, 3));
    drain(rogue);
    assertThat(pingsUntilAck(rogue, 20)).isEqualTo(1);
    rogue.send(ask(4, 9, 20_000, 3));
    drain(rogue);
    assertThat(pingsUntilAck(rogue, 20)).as("an older frame is ignored").isEqualTo(1);
    rogue.assertTaken();
  }

  @Test
  void shouldAcknowledgeAtOnceWhereAsked() {
    RogueClient rogue = connected();
    rogue.send(ask(0, 1_000, 20_000, 0));
    rogue.send(FrameEncoder::putImmediateAck);
    assertThat(drain(rogue)).isEqualTo(1);
    assertThat(pingsUntilAck(rogue, 50)).isEqualTo(-1);
    rogue.assertTaken();
  }

  @Test
  void shouldWithholdAnAcknowledgementAsLongAsAsked() {
    RogueClient rogue = connected();
    rogue.send(ask(0, 1_000, 5_000, 3));
    rogue.send(FrameEncoder::putPing);
    assertThat(drain(rogue)).isZero();
    assertThat(rogue.pair.server.nextDeadlineNanos() - rogue.pair.network.nowNanos())
        .isEqualTo(5 * MILLI);
  }

  @Test
  void shouldRefuseADelayBelowTheOneItOfferedOrOverTheLimit() {
    new RogueClient(settings -> {})
        .assertRefused(ask(0, 1, 999, 3), TransportErrorCode.PROTOCOL_VIOLATION);
    new RogueClient(settings -> {})
        .assertRefused(ask(0, 1, 16_384_000, 3), TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldAskForFewerAcknowledgementsOfALargeWindow() {
    SimulatedPair pair = new SimulatedPair(9, LinkConditions.PERFECT);
    pair.client.bytesPerStream = 2 << 20;
    assertThat(pair.connect()).isTrue();
    assertThat(pair.client.open(false, pair.network.nowNanos())).isNotNull();
    assertThat(pair.runUntil(() -> pair.server.streamsEnded == 1, 60)).isTrue();
    assertThat(pair.server.wrong).isEmpty();
    // 2 MiB are some 1,800 packets: every second one would be acknowledged.
    assertThat(pair.server.transmissions()).isLessThan(450);
  }

  // ---- When to ask ----

  private final AckFrequency frequency = new AckFrequency();
  private final NewReno controller = new NewReno(1_200);
  private final Recovery recovery =
      new Recovery(
          true,
          new PathRecovery(controller, new PathMtu(1_200), new EcnValidation(true)),
          25 * MILLI);

  private void peer(long minAckDelayMicros) {
    frequency.onPeer(
        TransportParameters.builder().minAckDelayMicros(minAckDelayMicros).build(), 25 * MILLI);
  }

  @Test
  void shouldAskNothingOfAPeerThatDoesNotOffer() {
    frequency.onPeer(TransportParameters.builder().build(), 25 * MILLI);
    frequency.consider(recovery, 1_200, 0);
    assertThat(frequency.isOffered()).isFalse();
    assertThat(frequency.isOwed()).isFalse();
  }

  @Test
  void shouldAskNothingBeforeTheRoundTripIsKnown() {
    peer(1_000);
    frequency.consider(recovery, 1_200, 0);
    assertThat(frequency.isOffered()).isTrue();
    assertThat(frequency.isOwed()).isFalse();
  }

  /** What {@link Recovery} of a server knows after these packets took so long there and back. */
  private static Recovery recovery(long roundTripNanos, int packets) throws TransportException {
    Recovery recovery =
        new Recovery(
            true,
            new PathRecovery(new NewReno(1_200), new PathMtu(1_200), new EcnValidation(true)),
            25 * MILLI);
    recovery.onHandshakeConfirmed(0);
    send(recovery, 0, packets, 0);
    acknowledge(recovery, roundTripNanos, 0, packets - 1);
    return recovery;
  }

  private static void send(Recovery recovery, int first, int packets, long nowNanos) {
    for (int i = first; i < first + packets; i++) {
      SentPacket packet = recovery.acquire();
      packet.describe(i, 1_200, true, true);
      recovery.onPacketSent(PacketNumberSpace.APPLICATION, packet, nowNanos);
    }
  }

  private static void acknowledge(Recovery recovery, long nowNanos, int first, int last)
      throws TransportException {
    AckRanges ranges = new AckRanges();
    for (int i = first; i <= last; i++) {
      ranges.add(i);
    }
    MemorySegment buffer = MemorySegment.ofArray(new byte[100]);
    AckFrame frame = new AckFrame();
    frame.wrap(buffer, 0, FrameEncoder.putAck(buffer, 0, 100, ranges, 0));
    recovery.onAckReceived(PacketNumberSpace.APPLICATION, frame, 0, nowNanos, IGNORED);
  }

  private static final RecoveryListener IGNORED =
      new RecoveryListener() {
        @Override
        public void onAcked(PacketNumberSpace space, SentPacket packet) {}

        @Override
        public void onLost(PacketNumberSpace space, SentPacket packet) {}
      };

  @Test
  void shouldAskForAShareOfTheRoundTripAndTheWindow() throws TransportException {
    peer(1_000);
    frequency.consider(recovery(40 * MILLI, 10), 1_200, 0);
    assertThat(frequency.isOwed()).isTrue();
    assertThat(frequency.threshold()).isEqualTo(20 / AckFrequency.ACKS_PER_ROUND_TRIP);
    assertThat(frequency.delayMicros()).isEqualTo(40_000 / AckFrequency.ACKS_PER_ROUND_TRIP);
    assertThat(frequency.reorderingThreshold()).isEqualTo(Recovery.PACKET_THRESHOLD);
  }

  @Test
  void shouldAskForTheReorderingThatLossDetectionTolerates() throws TransportException {
    peer(1_000);
    Recovery reordered = recovery(40 * MILLI, 10);
    frequency.consider(reordered, 1_200, 0);
    assertThat(frequency.onSent(reordered)).isZero();
    send(reordered, 10, 10, 40 * MILLI);
    // The last comes first: the others count as lost, and then arrive.
    acknowledge(reordered, 80 * MILLI, 19, 19);
    acknowledge(reordered, 80 * MILLI, 10, 19);
    assertThat(reordered.packetThreshold()).isGreaterThan(Recovery.PACKET_THRESHOLD);
    frequency.consider(reordered, 1_200, 80 * MILLI);
    assertThat(frequency.isOwed()).isTrue();
    assertThat(frequency.reorderingThreshold()).isEqualTo(reordered.packetThreshold());
  }

  @Test
  void shouldProbeForTheLongestDelayOfAllThatAreUnderWay() throws TransportException {
    peer(1_000);
    Recovery near = recovery(40 * MILLI, 10);
    Recovery far = recovery(400 * MILLI, 10);
    long before = near.probeTimeoutNanos();
    frequency.consider(near, 1_200, 0);
    assertThat(frequency.onSent(near)).isZero();
    frequency.onAcknowledged(new ControlFrame.AckFrequency(0, 5 * MILLI), near);
    assertThat(near.probeTimeoutNanos()).isEqualTo(before - 20 * MILLI);

    frequency.consider(far, 1_200, 1_000 * MILLI);
    assertThat(frequency.onSent(near)).isEqualTo(1);
    frequency.consider(near, 1_200, 2_000 * MILLI);
    assertThat(frequency.onSent(near)).isEqualTo(2);
    assertThat(near.probeTimeoutNanos()).as("the second may have come").isEqualTo(before);
    frequency.onAcknowledged(new ControlFrame.AckFrequency(1, 25 * MILLI), near);
    assertThat(near.probeTimeoutNanos()).isEqualTo(before);
    frequency.onAcknowledged(new ControlFrame.AckFrequency(2, 5 * MILLI), near);
    assertThat(near.probeTimeoutNanos()).isEqualTo(before - 20 * MILLI);
  }

  @Test
  void shouldProbeForTheLongerDelayUntilTheShorterIsAcknowledged() {
    peer(1_000);
    long before = recovery.probeTimeoutNanos();
    ControlFrame.AckFrequency sent = new ControlFrame.AckFrequency(0, 2 * MILLI);
    assertThat(frequency.onSent(recovery)).isZero();
    assertThat(recovery.probeTimeoutNanos()).isEqualTo(before);
    frequency.onLost(sent);
    assertThat(frequency.isOwed()).isTrue();
    assertThat(frequency.onSent(recovery)).isEqualTo(1);
    frequency.onLost(sent);
    assertThat(frequency.isOwed()).as("a newer one is under way").isFalse();
    frequency.onAcknowledged(new ControlFrame.AckFrequency(1, 2 * MILLI), recovery);
    assertThat(recovery.probeTimeoutNanos()).isEqualTo(before - 23 * MILLI);
  }
}
