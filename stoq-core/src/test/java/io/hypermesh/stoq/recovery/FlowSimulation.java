package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/**
 * Bulk transfers through one {@link Bottleneck}, in virtual time: each flow is a whole {@link
 * Recovery} with its controller and a receiver that acknowledges as {@link ReceivedPackets} says.
 * Acknowledgements go back with the same delay, unhindered. Deterministic.
 */
final class FlowSimulation {
  static final int DATAGRAM = 1200;

  private static final PacketNumberSpace SPACE = PacketNumberSpace.APPLICATION;
  private static final long MAX_ACK_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
  private static final int RANGES = 32;

  private record Event(long atNanos, long order, Flow flow, long packetNumber, MemorySegment ack)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  final Bottleneck link;
  final List<Flow> flows = new ArrayList<>();
  long now = TimeUnit.SECONDS.toNanos(1);

  private final long delayNanos;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final AckFrame frame = new AckFrame();
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[2_048]);
  private long order;

  /**
   * @param delayNanos one way; the link's own delay is the other half of the round-trip time
   */
  FlowSimulation(Bottleneck link, long delayNanos) {
    this.link = link;
    this.delayNanos = delayNanos;
  }

  Flow add(CongestionController controller) {
    Flow flow = new Flow(controller);
    flows.add(flow);
    return flow;
  }

  /** Runs all flows for so long. */
  void run(long nanos) throws TransportException {
    long end = now + nanos;
    while (true) {
      for (Flow flow : flows) {
        flow.send();
      }
      long next = events.isEmpty() ? Long.MAX_VALUE : events.peek().atNanos();
      for (Flow flow : flows) {
        next = Math.min(next, flow.nextNanos());
      }
      if (next > end) {
        now = end;
        return;
      }
      now = Math.max(now, next);
      boolean paced = events.isEmpty() || events.peek().atNanos() > now;
      for (Flow flow : flows) {
        flow.timers += paced && flow.pacedNanos <= now ? 1 : 0;
      }
      while (!events.isEmpty() && events.peek().atNanos() <= now) {
        Event event = events.poll();
        event.flow().handle(event);
      }
      for (Flow flow : flows) {
        flow.onTime();
      }
    }
  }

  /** One transfer. */
  final class Flow implements RecoveryListener {
    final CongestionController controller;
    final Recovery recovery;

    /** Bytes a second that the application has to send; by default as many as may be. */
    double applicationBytesPerSecond = Double.POSITIVE_INFINITY;

    long deliveredBytes;
    long ceCount;
    private long ect0Count;
    long timers;
    private double offeredBytes;
    private long offeredAtNanos = now;
    private final ReceivedPackets received =
        new ReceivedPackets(SPACE, MAX_ACK_DELAY_NANOS, RANGES);
    private long nextPacketNumber;
    private long pacedNanos = Long.MAX_VALUE;

    Flow(CongestionController controller) {
      this.controller = controller;
      recovery = new Recovery(true, RecoveryHarness.path(controller), MAX_ACK_DELAY_NANOS);
      recovery.onHandshakeConfirmed(now);
    }

    private boolean hasData() {
      if (applicationBytesPerSecond == Double.POSITIVE_INFINITY) {
        return true;
      }
      offeredBytes += applicationBytesPerSecond * (now - offeredAtNanos) / 1e9;
      offeredAtNanos = now;
      return offeredBytes >= DATAGRAM;
    }

    private void send() {
      while (recovery.probesPending(SPACE) > 0) {
        transmit();
      }
      pacedNanos = Long.MAX_VALUE;
      while (recovery.congestionWindowAvailable() >= DATAGRAM) {
        long earliest = recovery.earliestSendNanos(DATAGRAM, now);
        if (earliest > now) {
          pacedNanos = earliest;
          return;
        }
        if (!hasData()) {
          recovery.onApplicationLimited();
          if (applicationBytesPerSecond > 0) {
            pacedNanos =
                now + 1 + (long) ((DATAGRAM - offeredBytes) / applicationBytesPerSecond * 1e9);
          }
          return;
        }
        transmit();
        offeredBytes -= DATAGRAM;
      }
    }

    private void transmit() {
      SentPacket packet = recovery.acquire();
      packet.describe(nextPacketNumber, DATAGRAM, true, true);
      packet.setEcnMarked();
      recovery.onPacketSent(SPACE, packet, now);
      long arrival = link.enter(DATAGRAM, now);
      if (arrival != Bottleneck.DROPPED) {
        long number = link.isMarked() ? -1 - nextPacketNumber : nextPacketNumber;
        events.add(new Event(arrival, order++, this, number, null));
      }
      nextPacketNumber++;
    }

    private void handle(Event event) throws TransportException {
      if (event.ack() != null) {
        frame.wrap(event.ack(), 0, event.ack().byteSize());
        long delay = RttEstimator.ackDelayNanos(frame.ackDelay(), 3);
        recovery.onAckReceived(SPACE, frame, delay, now, this);
        return;
      }
      boolean marked = event.packetNumber() < 0;
      long number = marked ? -1 - event.packetNumber() : event.packetNumber();
      if (!received.isDuplicate(number)) {
        ceCount += marked ? 1 : 0;
        ect0Count += marked ? 0 : 1;
        received.onPacketReceived(number, true, 0, now);
        deliveredBytes += DATAGRAM;
        acknowledge();
      }
    }

    private void acknowledge() {
      if (!received.isAckDue(now)) {
        return;
      }
      long field = received.ackDelayField(now, 3);
      int length =
          FrameEncoder.putAckEcn(buffer, 0, 2_048, received.ranges(), field, ect0Count, 0, ceCount);
      received.onAckSent();
      MemorySegment ack =
          MemorySegment.ofArray(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      events.add(new Event(now + delayNanos, order++, this, 0, ack));
    }

    private long nextNanos() {
      long next = Math.min(recovery.nextDeadlineNanos(), received.ackDeadlineNanos());
      return Math.min(next, pacedNanos);
    }

    private void onTime() {
      acknowledge();
      recovery.onTimeout(now, this);
    }

    @Override
    public void onAcked(PacketNumberSpace space, SentPacket packet) {}

    @Override
    public void onLost(PacketNumberSpace space, SentPacket packet) {}
  }
}
