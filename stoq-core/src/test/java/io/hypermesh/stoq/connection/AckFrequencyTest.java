package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.recovery.NewReno;
import io.hypermesh.stoq.recovery.PathMtu;
import io.hypermesh.stoq.recovery.PathRecovery;
import io.hypermesh.stoq.recovery.Recovery;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** ACK_FREQUENCY and IMMEDIATE_ACK (draft-ietf-quic-ack-frequency). */
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
