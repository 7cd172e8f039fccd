package io.hypermesh.stoq.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.AllocationMeter;
import io.hypermesh.stoq.packet.FrameEncoder;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sending, receiving and acknowledging in the steady state allocates nothing. */
class RecoveryAllocationTest {
  private static final PacketNumberSpace SPACE = PacketNumberSpace.APPLICATION;

  private static final RecoveryListener COUNT_NOTHING =
      new RecoveryListener() {
        @Override
        public void onAcked(PacketNumberSpace space, SentPacket packet) {}

        @Override
        public void onLost(PacketNumberSpace space, SentPacket packet) {}
      };

  @ParameterizedTest
  @EnumSource(CongestionAlgorithm.class)
  void shouldSendLoseAndAcknowledgeWithoutAllocation(CongestionAlgorithm algorithm)
      throws Exception {
    Recovery recovery =
        new Recovery(true, RecoveryHarness.path(algorithm.create(1200, new Random(1))), 25_000_000);
    recovery.onHandshakeConfirmed(0);
    ReceivedPackets received = new ReceivedPackets(SPACE, 25_000_000, 64);
    AckFrame frame = new AckFrame();
    MemorySegment buffer = MemorySegment.ofArray(new byte[1500]);
    double bytes =
        AllocationMeter.bytesEach(round -> {
          long now = round * 100_000;
          recovery.earliestSendNanos(1200, now);
          SentPacket packet = recovery.acquire();
          packet.describe(round, 1200, true, true);
          packet.addStream(4, round * 1000, 1000, false);
          recovery.onPacketSent(SPACE, packet, now);
          // One in fifty does not arrive; every second is acknowledged.
          if (round % 50 != 0) {
            received.onPacketReceived(round, true, 0, now);
          }
          if (received.isAckDue(now)) {
            int length = FrameEncoder.putAck(buffer, 0, 1500, received.ranges(), 5);
            received.onAckSent();
            frame.wrap(buffer, 0, length);
            recovery.onAckReceived(SPACE, frame, 5000, now + 50_000, COUNT_NOTHING);
            received.onAckAcknowledged(received.largestReceived() - 100);
          }
          recovery.onTimeout(now + 60_000, COUNT_NOTHING);
        });
    assertThat(bytes).isLessThanOrEqualTo(1);
    assertThat(recovery.lostPacketCount()).isGreaterThan(100);
  }
}
