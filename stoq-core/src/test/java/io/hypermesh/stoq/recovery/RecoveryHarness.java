package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link Recovery} in virtual time, with a peer that acknowledges what it is told to. */
final class RecoveryHarness implements RecoveryListener {
  static final int DATAGRAM = 1200;
  static final long MAX_ACK_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

  final CongestionController controller;
  final Recovery recovery;
  final List<String> acked = new ArrayList<>();
  final List<String> lost = new ArrayList<>();
  final long[] next = new long[PacketNumberSpace.COUNT];
  boolean marks;
  long now = TimeUnit.SECONDS.toNanos(100);

  private final AckFrame frame = new AckFrame();
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[16_384]);

  RecoveryHarness(boolean server) {
    this(server, new NewReno(DATAGRAM));
  }

  RecoveryHarness(boolean server, CongestionController controller) {
    this.controller = controller;
    recovery = new Recovery(server, path(controller), MAX_ACK_DELAY_NANOS);
  }

  /** A path that carries ECN. */
  static PathRecovery path(CongestionController controller) {
    return new PathRecovery(controller, new PathMtu(DATAGRAM), new EcnValidation(true));
  }

  /** A server whose handshake is confirmed. */
  static RecoveryHarness confirmed() {
    RecoveryHarness harness = new RecoveryHarness(true);
    harness.recovery.onHandshakeConfirmed(harness.now);
    return harness;
  }

  static long millis(double millis) {
    return (long) (millis * 1_000_000);
  }

  static String name(PacketNumberSpace space, long packetNumber) {
    return space.name().charAt(0) + "" + packetNumber;
  }

  void advance(double millis) {
    now += millis(millis);
  }

  /** Sends an ack-eliciting packet; returns its number. */
  long send(PacketNumberSpace space) {
    return send(space, DATAGRAM, true, true);
  }

  long send(PacketNumberSpace space, int size, boolean ackEliciting, boolean inFlight) {
    long packetNumber = next[space.index()]++;
    SentPacket packet = recovery.acquire();
    packet.describe(packetNumber, size, ackEliciting, inFlight);
    if (marks) {
      packet.setEcnMarked();
    }
    recovery.onPacketSent(space, packet, now);
    return packetNumber;
  }

  void send(PacketNumberSpace space, int count) {
    for (int i = 0; i < count; i++) {
      send(space);
    }
  }

  void ack(PacketNumberSpace space, long... packetNumbers) throws TransportException {
    ackDelayed(space, 0, packetNumbers);
  }

  void ackDelayed(PacketNumberSpace space, long ackDelayNanos, long... packetNumbers)
      throws TransportException {
    int length = FrameEncoder.putAck(buffer, 0, 16_384, ranges(packetNumbers), 0);
    frame.wrap(buffer, 0, length);
    recovery.onAckReceived(space, frame, ackDelayNanos, now, this);
  }

  void ackWithEcn(PacketNumberSpace space, long ect0Count, long ceCount, long... packetNumbers)
      throws TransportException {
    AckRanges ranges = ranges(packetNumbers);
    int length = FrameEncoder.putAckEcn(buffer, 0, 16_384, ranges, 0, ect0Count, 0, ceCount);
    frame.wrap(buffer, 0, length);
    recovery.onAckReceived(space, frame, 0, now, this);
  }

  private static AckRanges ranges(long... packetNumbers) {
    AckRanges ranges = new AckRanges(2000);
    for (long packetNumber : packetNumbers) {
      ranges.add(packetNumber);
    }
    return ranges;
  }

  /** Jumps to the deadline and lets it strike. */
  void timeOut() {
    now = recovery.nextDeadlineNanos();
    recovery.onTimeout(now, this);
  }

  /** How far away the deadline is, in milliseconds; -1 for none. */
  double deadlineMillis() {
    long deadline = recovery.nextDeadlineNanos();
    return deadline == Long.MAX_VALUE ? -1 : (deadline - now) / 1e6;
  }

  @Override
  public void onAcked(PacketNumberSpace space, SentPacket packet) {
    acked.add(name(space, packet.packetNumber()));
  }

  @Override
  public void onLost(PacketNumberSpace space, SentPacket packet) {
    lost.add(name(space, packet.packetNumber()));
  }
}
