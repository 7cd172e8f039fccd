package io.hypermesh.stoq.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * What ACK frames cost that say the same again and again: one packet has room for hundreds. Counted
 * in entries looked at, which doesn't depend on the machine.
 */
class AckWorkTest {
  /** As many as fit into a packet of 1,400 bytes. */
  private static final int FRAMES = 1_400 / 5;

  /** Two searches among some hundred entries, and what surrounds them. */
  private static final int STEPS_PER_FRAME_MAX = 20;

  private static final RttEstimator RTT = new RttEstimator();

  private final AckFrame frame = new AckFrame();
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[16_384]);

  private AckFrame ackOf(LongStream numbers) throws TransportException {
    AckRanges ranges = new AckRanges(2_000);
    numbers.forEach(ranges::add);
    frame.wrap(buffer, 0, FrameEncoder.putAck(buffer, 0, 16_384, ranges, 0));
    return frame;
  }

  private static SpaceState stateWithSent(int count) {
    SpaceState state = new SpaceState(PacketNumberSpace.APPLICATION);
    SentPacketPool pool = new SentPacketPool();
    for (int number = 0; number < count; number++) {
      SentPacket packet = pool.acquire();
      packet.describe(number, 1_200, true, true);
      state.sent.add(packet);
      state.largestSent = number;
      state.ackElicitingInFlight++;
    }
    return state;
  }

  @Test
  void shouldNotWalkTheSameHolesForEachFrame() throws TransportException {
    int count = ReorderingTolerance.PACKETS_MAX;
    SpaceState state = stateWithSent(count);
    ReorderingTolerance tolerance = new ReorderingTolerance();
    tolerance.onSpurious(ReorderingTolerance.PACKETS_MAX, 1, 0);
    List<SentPacket> acked = new ArrayList<>();
    List<SentPacket> lost = new ArrayList<>();
    // All but the oldest, which isn't late enough to be lost, so that the others leave holes.
    state.removeAcked(ackOf(LongStream.range(1, count)), acked);
    state.removeLost(RTT, tolerance, 0, lost);
    assertThat(acked).hasSize(count - 1);
    assertThat(lost).isEmpty();
    long before = state.sent.steps();
    for (int i = 0; i < FRAMES; i++) {
      assertThat(state.removeAcked(ackOf(LongStream.range(1, count)), new ArrayList<>())).isFalse();
    }
    assertThat(state.sent.steps() - before).isLessThan(FRAMES * STEPS_PER_FRAME_MAX);
  }

  @Test
  void shouldNotWalkManyHolesForManyRanges() throws TransportException {
    int count = 4_096;
    SpaceState state = stateWithSent(count);
    state.removeAcked(ackOf(LongStream.range(2, count)), new ArrayList<>());
    long before = state.sent.steps();
    for (int i = 0; i < 10; i++) {
      state.removeAcked(
          ackOf(LongStream.range(2, count).filter(n -> n % 3 > 0)), new ArrayList<>());
    }
    // Two thirds of the packets in half as many ranges; each of them is looked up by bisection.
    assertThat(state.sent.steps() - before).isLessThan(10L * (count / 3) * STEPS_PER_FRAME_MAX);
  }

  @Test
  void shouldNotWalkTheLostPacketsForEachFrame() throws TransportException {
    LostPackets lost = new LostPackets();
    LossEpisode episode = new LossEpisode();
    int count = LostPackets.REMEMBERED_MAX;
    for (int number = 0; number < count; number++) {
      lost.add(number, 0, episode);
    }
    // The first and the last stay away: whatever is in between has arrived.
    assertThat(lost.removeArrived(ackOf(LongStream.range(1, count - 1)), count, episode))
        .isEqualTo(count - 2);
    long before = lost.steps();
    for (int i = 0; i < FRAMES; i++) {
      assertThat(lost.removeArrived(ackOf(LongStream.range(1, count - 1)), count, episode))
          .isZero();
    }
    assertThat(lost.steps() - before).isLessThan(FRAMES * STEPS_PER_FRAME_MAX);
  }

  @Test
  void shouldNotWalkTheLostPacketsForFramesBelowThem() throws TransportException {
    LostPackets lost = new LostPackets();
    LossEpisode episode = new LossEpisode();
    for (int number = 0; number < LostPackets.REMEMBERED_MAX; number++) {
      lost.add(1_000 + number, 0, episode);
    }
    long before = lost.steps();
    for (int i = 0; i < FRAMES; i++) {
      assertThat(lost.removeArrived(ackOf(LongStream.of(7)), 2_000, episode)).isZero();
    }
    assertThat(lost.steps() - before).isLessThan(FRAMES * STEPS_PER_FRAME_MAX);
  }

  @Test
  void shouldRememberWhatIsLeftInOrder() throws TransportException {
    LostPackets lost = new LostPackets();
    LossEpisode episode = new LossEpisode();
    for (int number = 0; number < LostPackets.REMEMBERED_MAX + 100; number++) {
      lost.add(number, number, episode);
    }
    lost.removeArrived(ackOf(LongStream.range(150, 200).filter(n -> n % 2 == 0)), 400, episode);
    for (int number = 400; number < 425; number++) {
      lost.add(number, number, episode);
    }
    lost.forgetBefore(160, episode);
    assertThat(lost.removeArrived(ackOf(LongStream.range(0, 425)), 425, episode))
        .isEqualTo(20 + 356 - 200 + 25);
    assertThat(lost.isEmpty()).isTrue();
  }
}
