package io.hypermesh.stoq.recovery;

import org.jspecify.annotations.Nullable;

/**
 * The one timer of a connection's loss detection (RFC 9002, 6.2 and A.8): when packets count as
 * lost, or else when the peer is probed.
 *
 * <pre>
 *   a packet may be lost by time ──► the loss time, earliest of all spaces
 *   else: a server that may not send ──► never
 *   else: something waits to be acknowledged ──► its probe timeout, doubled for each before
 *   else: the handshake could stand still ──► a probe timeout from now
 *   else never
 * </pre>
 *
 * <p>It has the deadline and the count of probe timeouts; what is in flight is its spaces' to say.
 * Owned by the connection's thread.
 */
final class LossDetectionTimer {
  /** The probe timeout doubles no more often than this; long before, the idle timeout strikes. */
  static final int BACKOFF_EXPONENT_MAX = 16;

  private static final long NONE = SpaceState.NONE;

  private final boolean server;
  private final SpaceState[] spaces;
  private boolean handshakeKeys;
  private boolean handshakeAcked;
  private boolean handshakeConfirmed;
  private boolean amplificationLimited;
  private int probeTimeoutCount;
  private long deadlineNanos = NONE;

  /**
   * @param spaces by their index
   */
  LossDetectionTimer(boolean server, SpaceState[] spaces) {
    this.server = server;
    this.spaces = spaces;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  int probeTimeoutCount() {
    return probeTimeoutCount;
  }

  void handshakeKeys() {
    handshakeKeys = true;
  }

  void handshakeAcked() {
    handshakeAcked = true;
  }

  void handshakeConfirmed() {
    handshakeConfirmed = true;
  }

  /** The handshake is behind: how the timer starts that another one's connection goes on with. */
  void restore() {
    handshakeKeys = true;
    handshakeAcked = true;
    handshakeConfirmed = true;
  }

  boolean isHandshakeConfirmed() {
    return handshakeConfirmed;
  }

  /** Whether a server may not send for now; true where that is news. */
  boolean amplificationLimited(boolean limited) {
    boolean changed = limited != amplificationLimited;
    amplificationLimited = limited;
    return changed;
  }

  /** Something was acknowledged. */
  void onProgress() {
    // A client goes on backing off while it can't tell whether the server may answer (6.2.1).
    if (peerCompletedAddressValidation()) {
      probeTimeoutCount = 0;
    }
  }

  void resetBackoff() {
    probeTimeoutCount = 0;
  }

  /** The deadline has passed and nothing is lost: says in which spaces to probe (A.9). */
  void onProbeTimeout(RttEstimator rtt, long maxAckDelayNanos) {
    SpaceState probeSpace = earliestProbeSpace(rtt, maxAckDelayNanos);
    if (probeSpace != null) {
      probe(probeSpace);
    } else {
      // So that neither is stuck, the server at its amplification limit (6.2.2.1).
      PacketNumberSpace space =
          handshakeKeys ? PacketNumberSpace.HANDSHAKE : PacketNumberSpace.INITIAL;
      spaces[space.index()].probesPending = 1;
      if (server && !handshakeAcked) {
        spaces[PacketNumberSpace.INITIAL.index()].probesPending = 1; // it may lack the ServerHello
      }
    }
    probeTimeoutCount++;
  }

  /**
   * In both spaces of the handshake: the client may have the keys of either alone (6.2.4), and a
   * ServerHello that was lost may wait behind what fills the window and can't be read without it.
   */
  private void probe(SpaceState due) {
    due.probesPending = Recovery.PROBES;
    for (SpaceState other : spaces) {
      boolean helloMayWait = server && !handshakeAcked && other.space == PacketNumberSpace.INITIAL;
      if (other.space != PacketNumberSpace.APPLICATION
          && (other.ackElicitingInFlight > 0 || helloMayWait)) {
        other.probesPending = Recovery.PROBES;
      }
    }
  }

  void set(RttEstimator rtt, long maxAckDelayNanos, long nowNanos) {
    deadlineNanos = NONE;
    SpaceState lossSpace = earliestLossSpace();
    if (lossSpace != null) {
      deadlineNanos = lossSpace.lossTimeNanos;
      return;
    }
    if (amplificationLimited) {
      return;
    }
    SpaceState probeSpace = earliestProbeSpace(rtt, maxAckDelayNanos);
    if (probeSpace != null) {
      deadlineNanos = probeTimeNanos(probeSpace, rtt, maxAckDelayNanos);
    } else if (mayBlockHandshake()) {
      deadlineNanos = lastElicitingSentNanos() + backedOff(rtt.probeTimeoutNanos());
    } else if (!peerCompletedAddressValidation()) {
      // Even with nothing in flight: the server may be waiting for permission to send (6.2.2.1).
      deadlineNanos = nowNanos + backedOff(rtt.probeTimeoutNanos());
    }
  }

  /** The space in which a packet counts as lost first, or null where none does by time alone. */
  @Nullable SpaceState earliestLossSpace() {
    SpaceState earliest = null;
    for (SpaceState state : spaces) {
      if (state.lossTimeNanos != NONE
          && (earliest == null || state.lossTimeNanos < earliest.lossTimeNanos)) {
        earliest = state;
      }
    }
    return earliest;
  }

  /** The space whose probe timeout expires first, or null where nothing waits in any (A.8). */
  private @Nullable SpaceState earliestProbeSpace(RttEstimator rtt, long maxAckDelayNanos) {
    SpaceState earliest = null;
    long earliestNanos = 0;
    for (SpaceState state : spaces) {
      // 1-RTT packets are not probed for before the peer is known to have the keys.
      boolean tooEarly = state.space == PacketNumberSpace.APPLICATION && !handshakeConfirmed;
      if (state.ackElicitingInFlight > 0 && !tooEarly) {
        long nanos = probeTimeNanos(state, rtt, maxAckDelayNanos);
        if (earliest == null || nanos < earliestNanos) {
          earliest = state;
          earliestNanos = nanos;
        }
      }
    }
    return earliest;
  }

  private long lastElicitingSentNanos() {
    long latest = Long.MIN_VALUE;
    for (SpaceState state : spaces) {
      latest = Math.max(latest, state.lastAckElicitingSentNanos);
    }
    return latest;
  }

  private long probeTimeNanos(SpaceState state, RttEstimator rtt, long maxAckDelayNanos) {
    long delay = state.space == PacketNumberSpace.APPLICATION ? maxAckDelayNanos : 0;
    return state.lastAckElicitingSentNanos + backedOff(rtt.probeTimeoutNanos() + delay);
  }

  private long backedOff(long nanos) {
    return nanos << Math.min(probeTimeoutCount, BACKOFF_EXPONENT_MAX);
  }

  private boolean peerCompletedAddressValidation() {
    return server || handshakeAcked || handshakeConfirmed;
  }

  /**
   * Application data before the handshake is confirmed may fill the window, and isn't probed for
   * (6.2.1): what was lost of the handshake, which has to come first, would wait behind it for
   * ever. Nor may what comes meanwhile put the deadline off: it counts from what was sent last.
   */
  private boolean mayBlockHandshake() {
    return !handshakeConfirmed
        && spaces[PacketNumberSpace.APPLICATION.index()].ackElicitingInFlight > 0;
  }
}
