package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.TransportException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Loss detection of a connection (RFC 9002), and what the congestion control of its path hears of
 * it.
 *
 * <p>Guarantees: every packet in flight is told to the {@link RecoveryListener} exactly once, as
 * acknowledged or lost, unless its space is discarded first; bytes in flight are the sum of the
 * packets in between; while a packet that elicits an acknowledgement is in flight there is a
 * deadline, but for the cases that RFC 9002, 6.2.2.1 excepts.
 *
 * <pre>
 *                        acknowledged
 *   sent ──► in flight ───────────────────────────────► onAcked
 *                │       a packet 3 later acknowledged,
 *                ├───or 9/8 round trips earlier than one──► onLost   (loss timer)
 *                └──── nothing heard for a probe timeout ──► probes   (PTO, doubling)
 * </pre>
 *
 * <p>Owned by the connection's thread. Time is nanoseconds of any one monotonic clock and never
 * goes back. After every call that takes the time, {@link #nextDeadlineNanos} may have changed;
 * when it has passed, {@link #onTimeout} is to be called, and {@link #probesPending} packets to be
 * sent regardless of the congestion window.
 */
public final class Recovery {
  /** How many packet numbers later an acknowledgement makes a packet lost (RFC 9002, 6.1.1). */
  public static final int PACKET_THRESHOLD = 3;

  /** Packets to send when a probe timeout expires (RFC 9002, 6.2.4). */
  public static final int PROBES = 2;

  private PathRecovery path;
  private PathCongestion congestion;
  private RttEstimator rtt;
  private final SpaceState[] spaces = new SpaceState[PacketNumberSpace.COUNT];
  private final LossDetectionTimer timer;

  /** Filled and emptied within a call; fields so that no call allocates them. */
  private final ArrayList<SentPacket> acked = new ArrayList<>();

  private final ArrayList<SentPacket> lost = new ArrayList<>();
  private final SentPacketPool pool = new SentPacketPool();

  private long maxAckDelayNanos;

  /** Packets sent before say nothing of the present path. */
  private long pathSinceNanos = Long.MIN_VALUE;

  /** Of all paths. */
  private long bytesInFlight;

  private long lostPacketCount;
  private long spuriousLossCount;

  /**
   * @param server whether this endpoint is the server: the client's anti-deadlock timer is not for
   *     it
   * @param first the path that the connection begins on
   * @param peerMaxAckDelayNanos the peer's max_ack_delay; 25 ms until it is known
   */
  public Recovery(boolean server, PathRecovery first, long peerMaxAckDelayNanos) {
    this.path = first;
    this.congestion = first.congestion;
    this.rtt = first.rtt;
    this.maxAckDelayNanos = peerMaxAckDelayNanos;
    for (PacketNumberSpace space : PacketNumberSpace.values()) {
      spaces[space.index()] = new SpaceState(space);
    }
    this.timer = new LossDetectionTimer(server, spaces);
  }

  private SpaceState state(PacketNumberSpace space) {
    return spaces[space.index()];
  }

  // What the connection tells

  /** An empty record for the next packet: fill it and call {@link #onPacketSent}. */
  public SentPacket acquire() {
    return pool.acquire();
  }

  /** Gives back a record whose packet was not sent after all. */
  public void release(SentPacket packet) {
    pool.release(packet);
  }

  /**
   * A packet was sent (RFC 9002, A.5).
   *
   * @param packet described; belongs to this object from now on
   */
  public void onPacketSent(PacketNumberSpace space, SentPacket packet, long nowNanos) {
    boolean inFlight = packet.isInFlight();
    onPacketOfRunSent(space, packet, nowNanos);
    if (inFlight) {
      setTimer(nowNanos);
    }
  }

  /**
   * As the other one, for a packet of several that are sent at one time; {@link #onRunSent} has to
   * follow the last one.
   */
  public void onPacketOfRunSent(PacketNumberSpace space, SentPacket packet, long nowNanos) {
    SpaceState state = state(space);
    if (packet.packetNumber() <= state.largestSent) {
      throw new IllegalArgumentException(
          "couldn't take packet " + packet.packetNumber() + ": " + state.largestSent + " is sent");
    }
    state.largestSent = packet.packetNumber();
    packet.pathOr(path).onSent(packet);
    state.ecnMarkedCount += packet.isEcnMarked() ? 1 : 0;
    if (!packet.isInFlight()) {
      state.sent.addAckOnly(packet.packetNumber(), nowNanos);
      release(packet);
      return;
    }
    packet.setTimeSentNanos(nowNanos);
    state.sent.add(packet);
    bytesInFlight += packet.sizeBytes();
    packet.pathOr(path).congestion.onPacketSent(packet, nowNanos);
    if (packet.isAckEliciting()) {
      state.ackElicitingInFlight++;
      state.lastAckElicitingSentNanos = nowNanos;
      state.probesPending = Math.max(0, state.probesPending - 1);
    }
  }

  /** All packets of a run were told. */
  public void onRunSent(long nowNanos) {
    setTimer(nowNanos);
  }

  /**
   * A packet number was left out on purpose: a peer that acknowledges it acknowledges what it has
   * not received (RFC 9000, 21.4). The last one of each space is remembered.
   */
  public void onPacketNumberSkipped(PacketNumberSpace space, long packetNumber) {
    SpaceState state = state(space);
    state.skipped = packetNumber;
    state.largestSent = Math.max(state.largestSent, packetNumber);
  }

  /**
   * An ACK frame arrived (RFC 9002, A.7).
   *
   * @param frame its ranges are walked from the first
   * @param ackDelayNanos the frame's delay, decoded; 0 for Initial packets
   * @param listener hears of packets acknowledged, then of packets lost
   * @throws TransportException PROTOCOL_VIOLATION where a packet is acknowledged that was never
   *     sent; then nothing has changed
   */
  public void onAckReceived(
      PacketNumberSpace space,
      AckFrame frame,
      long ackDelayNanos,
      long nowNanos,
      RecoveryListener listener)
      throws TransportException {
    SpaceState state = state(space);
    state.check(frame);
    if (space == PacketNumberSpace.HANDSHAKE) {
      timer.handshakeAcked();
    }
    spuriousLossCount +=
        congestion.onLateArrivals(state.lostPackets, frame, state.largestAcked, nowNanos);
    if (!state.removeAcked(frame, acked)) {
      return;
    }
    for (int i = 0; i < acked.size(); i++) {
      bytesInFlight -= acked.get(i).sizeBytes();
    }
    congestion.onAcked(acked, nowNanos);
    if (state.largestNewlyAcked && state.ackElicitingAcked && isLargestOfPath(state)) {
      // Before confirmation the peer may not know its max_ack_delay to apply (5.3).
      long delay =
          timer.isHandshakeConfirmed() ? Math.min(ackDelayNanos, maxAckDelayNanos) : ackDelayNanos;
      rtt.update(nowNanos - state.largestTimeSentNanos, delay, nowNanos);
    }
    if (state.takeEcnCounts(frame, acked, path) && isLargestOfPath(state)) {
      congestion.onEcnCe(state.largestTimeSentNanos, nowNanos);
    }
    detectLost(state, nowNanos);
    congestion.onAckProcessed(acked, nowNanos);
    timer.onProgress();
    state.probesPending = 0;
    setTimer(nowNanos);
    tell(space, nowNanos, listener);
  }

  /** Whether the largest packet newly acknowledged was sent on the present path. */
  private boolean isLargestOfPath(SpaceState state) {
    return state.largestPath == null
        ? state.largestTimeSentNanos >= pathSinceNanos
        : state.largestPath == path;
  }

  /**
   * The deadline has passed: packets are lost, or probes are due (RFC 9002, A.9). Does nothing
   * before the deadline.
   */
  public void onTimeout(long nowNanos, RecoveryListener listener) {
    if (nowNanos < timer.deadlineNanos()) {
      return;
    }
    SpaceState lossSpace = timer.earliestLossSpace();
    if (lossSpace != null) {
      detectLost(lossSpace, nowNanos);
      setTimer(nowNanos);
      tell(lossSpace.space, nowNanos, listener);
      return;
    }
    timer.onProbeTimeout(rtt, maxAckDelayNanos);
    path.onProbeTimeouts(timer.probeTimeoutCount(), nowNanos);
    setTimer(nowNanos);
  }

  /**
   * A space's keys are gone, or a Retry voids what was sent in it: its packets are neither
   * acknowledged nor lost, and count no more (RFC 9002, A.11 and 6.3).
   */
  public void discardSpace(PacketNumberSpace space, long nowNanos) {
    SpaceState state = state(space);
    for (int i = 0; i < state.sent.size(); i++) {
      SentPacket packet = state.sent.at(i);
      if (packet != null) {
        bytesInFlight -= packet.sizeBytes();
        packet.pathOr(path).congestion.onPacketDiscarded(packet);
        release(packet);
      }
    }
    state.clear();
    timer.resetBackoff();
    setTimer(nowNanos);
  }

  /** Handshake keys are there: a client's anti-deadlock probe will be a Handshake packet. */
  public void onHandshakeKeys(long nowNanos) {
    timer.handshakeKeys();
    setTimer(nowNanos);
  }

  /** The handshake is confirmed (RFC 9001, 4.1.2): from now on 1-RTT packets are probed for. */
  public void onHandshakeConfirmed(long nowNanos) {
    timer.handshakeConfirmed();
    setTimer(nowNanos);
  }

  /**
   * The connection moves to another path, a new one or one that it was on before (RFC 9000, 9.4):
   * what becomes of packets sent on other paths doesn't count for its window and round-trip time.
   */
  public void switchPath(PathRecovery next, long nowNanos) {
    if (next == path) {
      return;
    }
    congestion.onLeft();
    for (SpaceState state : spaces) {
      state.lostPackets.clear();
    }
    path = next;
    congestion = next.congestion;
    rtt = next.rtt;
    pathSinceNanos = nowNanos;
    congestion.onEntered(nowNanos);
    timer.resetBackoff();
    setTimer(nowNanos);
  }

  /** Whether a server may not send for now, its client's address being unproven (A.6). */
  public void setAmplificationLimited(boolean limited, long nowNanos) {
    if (timer.amplificationLimited(limited)) {
      setTimer(nowNanos);
    }
  }

  /** The peer's max_ack_delay, from its transport parameters. */
  public void setPeerMaxAckDelayNanos(long nanos) {
    maxAckDelayNanos = nanos;
  }

  /** There is nothing to send although {@link #congestionWindowAvailable} and pacing allow it. */
  public void onApplicationLimited() {
    congestion.onApplicationLimited();
  }

  // What the connection asks

  /** The path that the connection is on. */
  public PathRecovery path() {
    return path;
  }

  /** When {@link #onTimeout} has to be called; the largest long for never. */
  public long nextDeadlineNanos() {
    return timer.deadlineNanos();
  }

  /** Ack-eliciting packets to send in this space now, regardless of the congestion window. */
  public int probesPending(PacketNumberSpace space) {
    return state(space).probesPending;
  }

  /** The oldest packet in flight of this space: what a probe can repeat. Not to be kept. */
  public @Nullable SentPacket oldestInFlight(PacketNumberSpace space) {
    SentPackets sent = state(space).sent;
    return sent.size() == 0 ? null : sent.at(0);
  }

  /** Bytes that may still be sent; 0 where the window is full. */
  public long congestionWindowAvailable() {
    return congestion.windowAvailable();
  }

  /** When a packet of this size may leave, for pacing: now, or later. */
  public long earliestSendNanos(int sizeBytes, long nowNanos) {
    return congestion.earliestSendNanos(sizeBytes, nowNanos);
  }

  /** Bytes in flight. */
  public long bytesInFlight() {
    return bytesInFlight;
  }

  /** Whether an ack-eliciting packet of any space is in flight. */
  public boolean hasAckElicitingInFlight() {
    for (SpaceState state : spaces) {
      if (state.ackElicitingInFlight > 0) {
        return true;
      }
    }
    return false;
  }

  /** The largest packet number that the peer has acknowledged, or {@link PacketNumbers#NONE}. */
  public long largestAcked(PacketNumberSpace space) {
    return state(space).largestAcked;
  }

  /** The round-trip time. */
  public RttEstimator rtt() {
    return rtt;
  }

  /** The congestion window in bytes. */
  public long congestionWindowBytes() {
    return congestion.controller().windowBytes();
  }

  /** What decides on the window, for statistics and logs. */
  public CongestionController controller() {
    return congestion.controller();
  }

  /** How many packet numbers later an acknowledgement makes a packet lost now. */
  public int packetThreshold() {
    return congestion.tolerance().packets();
  }

  /** How fast packets leave at most, in bytes a second. */
  public long pacingBytesPerSecond() {
    return (long) congestion.pacingRate();
  }

  /** How fast the path delivers, as measured last, in bytes a second; 0 before that. */
  public long deliveryBytesPerSecond() {
    return congestion.rate().latestBytesPerSecond();
  }

  /** Packets declared lost so far. */
  public long lostPacketCount() {
    return lostPacketCount;
  }

  /** Packets declared lost that arrived after all. */
  public long spuriousLossCount() {
    return spuriousLossCount;
  }

  /** Probe timeouts since something was last acknowledged. */
  public int probeTimeoutCount() {
    return timer.probeTimeoutCount();
  }

  /** The probe timeout of 1-RTT packets, without backoff: three of it close a connection. */
  public long probeTimeoutNanos() {
    return rtt.probeTimeoutNanos() + maxAckDelayNanos;
  }

  // RFC 9002, appendices A and B

  private void setTimer(long nowNanos) {
    timer.set(rtt, maxAckDelayNanos, nowNanos);
  }

  /** Moves the packets that count as lost to {@link #lost}, and reacts (A.10, B.8). */
  private void detectLost(SpaceState state, long nowNanos) {
    state.removeLost(rtt, congestion.tolerance(), nowNanos, lost);
    if (lost.isEmpty()) {
      return;
    }
    lostPacketCount += lost.size();
    for (int i = 0; i < lost.size(); i++) {
      bytesInFlight -= lost.get(i).sizeBytes();
    }
    boolean ofThisPath = congestion.onLost(lost, state.lostPackets, nowNanos);
    long duration = probeTimeoutNanos() * PersistentCongestion.THRESHOLD;
    if (ofThisPath && state.persistentCongestion.isEstablished(duration)) {
      congestion.onPersistentCongestion(nowNanos);
    }
  }

  private void tell(PacketNumberSpace space, long nowNanos, RecoveryListener listener) {
    for (int i = 0; i < acked.size(); i++) {
      SentPacket packet = acked.get(i);
      packet.pathOr(path).onAcked(packet);
      listener.onAcked(space, packet);
      release(packet);
    }
    acked.clear();
    for (int i = 0; i < lost.size(); i++) {
      SentPacket packet = lost.get(i);
      packet.pathOr(path).onLost(packet, nowNanos);
      listener.onLost(space, packet);
      release(packet);
    }
    lost.clear();
  }

  // ---- Hibernation ----

  /** Whether nothing is in flight, and no probe is due. */
  public boolean isQuiet() {
    for (SpaceState state : spaces) {
      if (state.sent.openCount() > 0 || state.probesPending > 0) {
        return false;
      }
    }
    return timer.deadlineNanos() == SpaceState.NONE;
  }

  /**
   * Writes what {@link #restore} needs, while {@link #isQuiet}: of 1-RTT packets, for there are no
   * others then. What it knows of packets that were lost, should they arrive after all, is left
   * out.
   */
  public void save(ByteBuffer out) {
    state(PacketNumberSpace.APPLICATION).save(out);
    out.putLong(maxAckDelayNanos).putLong(lostPacketCount).putLong(spuriousLossCount);
  }

  /** Takes over what another one knew. */
  public void restore(ByteBuffer in) {
    state(PacketNumberSpace.APPLICATION).restore(in);
    maxAckDelayNanos = in.getLong();
    lostPacketCount = in.getLong();
    spuriousLossCount = in.getLong();
    timer.restore();
  }
}
