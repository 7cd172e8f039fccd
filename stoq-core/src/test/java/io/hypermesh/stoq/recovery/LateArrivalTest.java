package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.PacketNumberSpace.APPLICATION;
import static io.hypermesh.stoq.recovery.RecoveryHarness.DATAGRAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.TransportException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Packets that were taken for lost and arrive after all (RFC 9002, 6.1; RFC 9438, 4.9). */
class LateArrivalTest {
  private final RecoveryHarness peer = RecoveryHarness.confirmed();
  private final Recovery recovery = peer.recovery;

  @Test
  void shouldUndoACongestionEventOnceEveryLossHasArrived() throws TransportException {
    peer.send(APPLICATION, 10);
    peer.advance(100);
    peer.ack(APPLICATION, 4);
    assertThat(peer.lost).containsExactly("A0", "A1");
    assertThat(recovery.congestionWindowBytes()).isEqualTo(5 * DATAGRAM);
    peer.ack(APPLICATION, 0, 4);
    assertThat(recovery.congestionWindowBytes()).isEqualTo(5 * DATAGRAM);
    assertThat(recovery.spuriousLossCount()).isEqualTo(1);
    peer.ack(APPLICATION, 0, 1, 4);
    assertThat(recovery.congestionWindowBytes()).isGreaterThanOrEqualTo(10 * DATAGRAM);
    assertThat(recovery.spuriousLossCount()).isEqualTo(2);
    // Told as lost before, they aren't told again.
    assertThat(peer.acked).containsExactly("A4");
    assertThat(recovery.bytesInFlight()).isEqualTo(7 * DATAGRAM);
  }

  @Test
  void shouldCountAPacketThatArrivesLateOnce() throws TransportException {
    peer.send(APPLICATION, 10);
    peer.advance(100);
    peer.ack(APPLICATION, 4);
    for (int i = 0; i < 3; i++) {
      peer.ack(APPLICATION, 0, 4);
    }
    assertThat(recovery.spuriousLossCount()).isEqualTo(1);
    assertThat(recovery.lostPacketCount()).isEqualTo(2);
  }

  @Test
  void shouldNotUndoAnEventWithAMark() throws TransportException {
    peer.marks = true;
    peer.send(APPLICATION, 10);
    peer.advance(100);
    peer.ackWithEcn(APPLICATION, 1, 0, 4);
    peer.ackWithEcn(APPLICATION, 1, 1, 4, 5);
    long window = recovery.congestionWindowBytes();
    peer.ackWithEcn(APPLICATION, 5, 1, 0, 1, 2, 3, 4, 5);
    assertThat(recovery.congestionWindowBytes()).isLessThan(window + 5 * DATAGRAM);
    assertThat(recovery.congestionWindowBytes()).isLessThan(10 * DATAGRAM);
  }

  @Test
  void shouldNotWaitLongForALostPacket() throws TransportException {
    peer.send(APPLICATION, 10);
    peer.advance(100);
    peer.ack(APPLICATION, 4);
    peer.advance(2_000);
    peer.ack(APPLICATION, 0, 1, 4);
    assertThat(recovery.spuriousLossCount()).isZero();
    assertThat(recovery.congestionWindowBytes()).isEqualTo(5 * DATAGRAM);
  }

  @Test
  void shouldTolerateReorderingAsFarAsItWasSeen() throws TransportException {
    peer.send(APPLICATION, 10);
    peer.advance(100);
    peer.ack(APPLICATION, 9);
    assertThat(peer.lost).hasSize(7);
    peer.ack(APPLICATION, 0, 1, 2, 3, 4, 5, 6, 9);
    assertThat(recovery.spuriousLossCount()).isEqualTo(7);
    // The first was nine behind: ten would have been late enough.
    long first = peer.send(APPLICATION);
    peer.send(APPLICATION, 9);
    peer.advance(100);
    peer.ack(APPLICATION, first + 9);
    assertThat(peer.lost).doesNotContain("A" + first);
    peer.send(APPLICATION);
    peer.advance(100);
    peer.ack(APPLICATION, first + 9, first + 10);
    assertThat(peer.lost).contains("A" + first);
  }

  @Test
  void shouldRememberOnlySoManyLostPackets() throws TransportException {
    int many = LostPackets.REMEMBERED_MAX + 44;
    peer.send(APPLICATION, many + 3);
    peer.advance(100);
    peer.ack(APPLICATION, many + 2);
    assertThat(peer.lost).hasSize(many);
    peer.ack(APPLICATION, LongStream.range(0, many).toArray());
    assertThat(recovery.spuriousLossCount()).isEqualTo(LostPackets.REMEMBERED_MAX);
    // Some were forgotten, so that nobody knows whether all of them arrived.
    assertThat(recovery.congestionWindowBytes()).isLessThan(10 * DATAGRAM);
  }

  @Test
  void shouldBoundTheTolerance() {
    ReorderingTolerance tolerance = new ReorderingTolerance();
    assertThat(tolerance.packets()).isEqualTo(3);
    assertThat(tolerance.eighths()).isEqualTo(9);
    tolerance.onSpurious(1, 100, 0);
    assertThat(tolerance.packets()).isEqualTo(3);
    tolerance.onSpurious(7, 100, 50);
    assertThat(tolerance.packets()).isEqualTo(8);
    assertThat(tolerance.eighths()).as("once in a round trip").isEqualTo(10);
    for (int i = 1; i < 100; i++) {
      tolerance.onSpurious(1_000_000_000_000L, 100, 100L * i);
    }
    assertThat(tolerance.packets()).isEqualTo(ReorderingTolerance.PACKETS_MAX);
    assertThat(tolerance.eighths()).isEqualTo(ReorderingTolerance.EIGHTHS_MAX);
    for (int i = 0; i < ReorderingTolerance.EPISODES_KEPT; i++) {
      tolerance.onEpisode();
      assertThat(tolerance.packets()).isEqualTo(ReorderingTolerance.PACKETS_MAX);
    }
    tolerance.onEpisode();
    assertThat(tolerance.packets()).isEqualTo(3);
    assertThat(tolerance.eighths()).isEqualTo(9);
  }

  @Test
  void shouldJudgeEpisodesByTheirOwnLosses() {
    LossEpisode episode = new LossEpisode();
    assertThat(episode.onLost(10, 100)).isTrue();
    assertThat(episode.onLost(20, 110)).isFalse();
    int first = episode.number();
    assertThat(episode.onArrived(first)).isFalse();
    // Sent after it began: the next one.
    assertThat(episode.onLost(101, 200)).isTrue();
    assertThat(episode.onArrived(first)).isFalse();
    assertThat(episode.onArrived(episode.number())).isTrue();
    assertThat(episode.onArrived(episode.number())).isFalse();
    // After an undone one everything lost begins another, even if it was sent before.
    assertThat(episode.onLost(150, 210)).isTrue();
    episode.onForgotten(first);
    episode.onForgotten(episode.number());
    assertThat(episode.onArrived(episode.number())).isFalse();
    episode.onLost(300, 400);
    episode.onMark(350, 410);
    assertThat(episode.onArrived(episode.number())).isFalse();
  }
}
