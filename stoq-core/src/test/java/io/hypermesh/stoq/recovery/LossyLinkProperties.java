package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.PriorityQueue;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** A transfer over a link that drops, duplicates and reorders both ways always completes. */
class LossyLinkProperties {
  private static final PacketNumberSpace SPACE = PacketNumberSpace.APPLICATION;
  private static final int SIZE = 1200;

  /** Something that arrives: a data packet, or an ACK frame where the bytes are there. */
  private record Arrival(long atNanos, long order, long packetNumber, int chunk, MemorySegment ack)
      implements Comparable<Arrival> {
    @Override
    public int compareTo(Arrival other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  /** One sender, one receiver, and the link between them. */
  private static final class Transfer implements RecoveryListener {
    final Random random;
    final double loss;
    final int chunks;
    final Recovery recovery;
    final ReceivedPackets received =
        new ReceivedPackets(SPACE, millis(25), AckRanges.RANGES_MAX_DEFAULT);
    final ArrayDeque<Integer> toSend = new ArrayDeque<>();
    final BitSet delivered = new BitSet();
    final PriorityQueue<Arrival> link = new PriorityQueue<>();
    final AckFrame frame = new AckFrame();
    final MemorySegment buffer = MemorySegment.ofArray(new byte[1200]);
    long now;
    long nextPacketNumber;
    long order;
    int sent;

    Transfer(CongestionAlgorithm algorithm, long seed, double loss, int chunks) {
      this.recovery =
          new Recovery(
              true, RecoveryHarness.path(algorithm.create(SIZE, new Random(seed))), millis(25));
      this.random = new Random(seed);
      this.loss = loss;
      this.chunks = chunks;
      recovery.onHandshakeConfirmed(now);
      for (int i = 0; i < chunks; i++) {
        toSend.add(i);
      }
    }

    private void transmit(long packetNumber, int chunk, MemorySegment ack) {
      int copies = random.nextDouble() < loss ? 0 : random.nextDouble() < loss ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        long delay = millis(20) + (random.nextDouble() < loss ? random.nextInt(30_000_000) : 0);
        link.add(new Arrival(now + delay, order++, packetNumber, chunk, ack));
      }
    }

    private void send(int chunk) {
      SentPacket packet = recovery.acquire();
      packet.addStream(0, chunk, 1, false);
      packet.describe(nextPacketNumber, SIZE, true, true);
      recovery.onPacketSent(SPACE, packet, now);
      transmit(nextPacketNumber++, chunk, null);
      sent++;
    }

    private void sendWhatMaySend() {
      while (recovery.probesPending(SPACE) > 0) {
        SentPacket oldest = recovery.oldestInFlight(SPACE);
        send(toSend.isEmpty() ? (int) oldest.streamOffset(0) : toSend.poll());
      }
      while (!toSend.isEmpty()
          && recovery.congestionWindowAvailable() >= SIZE
          && recovery.earliestSendNanos(SIZE, now) <= now) {
        send(toSend.poll());
      }
    }

    private long pacedNanos() {
      return toSend.isEmpty() || recovery.congestionWindowAvailable() < SIZE
          ? Long.MAX_VALUE
          : recovery.earliestSendNanos(SIZE, now);
    }

    private void arrive(Arrival arrival) throws TransportException {
      if (arrival.ack() != null) {
        frame.wrap(arrival.ack(), 0, arrival.ack().byteSize());
        recovery.onAckReceived(
            SPACE, frame, RttEstimator.ackDelayNanos(frame.ackDelay(), 3), now, this);
      } else if (!received.isDuplicate(arrival.packetNumber())) {
        received.onPacketReceived(arrival.packetNumber(), true, 0, now);
        delivered.set(arrival.chunk());
      }
    }

    private void acknowledge() {
      if (received.isAckDue(now)) {
        long delay = received.ackDelayField(now, 3);
        int length = FrameEncoder.putAck(buffer, 0, 1200, received.ranges(), delay);
        received.onAckSent();
        transmit(
            -1, 0, MemorySegment.ofArray(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)));
      }
    }

    /** Runs until everything has arrived and everything in flight is settled. */
    void run() throws TransportException {
      while (delivered.cardinality() < chunks || recovery.bytesInFlight() > 0) {
        sendWhatMaySend();
        long next = Math.min(recovery.nextDeadlineNanos(), received.ackDeadlineNanos());
        next = Math.min(next, pacedNanos());
        if (!link.isEmpty()) {
          next = Math.min(next, link.peek().atNanos());
        }
        assertThat(next).as("something is going to happen").isLessThan(Long.MAX_VALUE);
        now = Math.max(now, next);
        while (!link.isEmpty() && link.peek().atNanos() <= now) {
          arrive(link.poll());
          acknowledge();
        }
        acknowledge();
        recovery.onTimeout(now, this);
        assertThat(now).as("the transfer ends").isLessThan(millis(3_600_000));
      }
    }

    @Override
    public void onAcked(PacketNumberSpace space, SentPacket packet) {
      assertThat(delivered.get((int) packet.streamOffset(0))).isTrue();
    }

    @Override
    public void onLost(PacketNumberSpace space, SentPacket packet) {
      toSend.addFirst((int) packet.streamOffset(0));
    }
  }

  @Property(tries = 100)
  void shouldCompleteWhateverTheLinkLoses(
      @ForAll CongestionAlgorithm algorithm,
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0, max = 0.4) double loss,
      @ForAll @IntRange(min = 1, max = 300) int chunks)
      throws TransportException {
    Transfer transfer = new Transfer(algorithm, seed, loss, chunks);
    transfer.run();
    assertThat(transfer.delivered.cardinality()).isEqualTo(chunks);
  }

  @Property(tries = 30)
  void shouldSendNothingTwiceOverAPerfectLink(
      @ForAll CongestionAlgorithm algorithm,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 2000) int chunks)
      throws TransportException {
    Transfer transfer = new Transfer(algorithm, seed, 0, chunks);
    transfer.run();
    assertThat(transfer.sent).isEqualTo(chunks);
    assertThat(transfer.recovery.lostPacketCount()).isZero();
    // Slow start: ten datagrams first, and each round trip of 40 ms doubles them.
    double rounds = 2 + Math.log(1 + chunks / 10.0) / Math.log(2);
    assertThat(transfer.now).isLessThan(millis(60 * rounds + 60));
  }

  @Property(tries = 30)
  void shouldSendLittleMoreThanIsLost(@ForAll CongestionAlgorithm algorithm, @ForAll long seed)
      throws TransportException {
    Transfer transfer = new Transfer(algorithm, seed, 0.05, 1000);
    transfer.run();
    // 5% lost, and at most twice as many again taken for lost because they came late.
    assertThat(transfer.sent).isLessThan(1250);
  }
}
