package io.hypermesh.stoq.recovery;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Whether a path carries ECN marks, and the peer tells of them (RFC 9000, 13.4.2 and appendix A.4).
 *
 * <p>It guarantees: congestion marks are believed only where every packet sent with ECT(0) has been
 * accounted for in the peer's counts; a path that drops marked packets, or marks all as congested,
 * gets unmarked ones soon.
 *
 * <pre>
 *              10 packets, or 3 PTO         counts are right
 *   TESTING ──────────────────────► UNKNOWN ────────────────► CAPABLE
 *      │  │                            │  all marked ones lost   │
 *      │  └── counts are right ────────┼─────────────────────────┤
 *      └── counts are wrong, all lost ─┴──► FAILED ◄─────────────┘ counts are wrong
 * </pre>
 *
 * Owned by the connection's thread.
 */
public final class EcnValidation {
  /** Packets that are marked to find out (A.4). */
  static final int TESTING_PACKETS = 10;

  /** Probe timeouts that finding out may take (A.4). */
  static final int TESTING_PTOS = 3;

  /** What is known. */
  public enum State {
    /** This side doesn't mark: its driver can't, or the host doesn't want it. */
    OFF,
    /** The first packets are marked. */
    TESTING,
    /** Enough were marked to find out; no answer yet. */
    UNKNOWN,
    /** Every packet is marked. */
    CAPABLE,
    /** The path or the peer can't. */
    FAILED
  }

  private static final List<State> STATES = List.of(State.values());
  private static final long NOT_STARTED = Long.MAX_VALUE;

  private State state;
  private long testingUntilNanos = NOT_STARTED;
  private int marked;
  private int markedLost;
  private long acked;
  private long congestionMarked;

  /**
   * @param enabled whether packets can and may be marked at all
   */
  public EcnValidation(boolean enabled) {
    state = enabled ? State.TESTING : State.OFF;
  }

  /** What is known. */
  public State state() {
    return state;
  }

  /** Whether the peer's counts of congestion marks are to be acted on. */
  public boolean isCapable() {
    return state == State.CAPABLE;
  }

  /**
   * Whether the next datagram is to be marked.
   *
   * @param probeTimeoutNanos the present probe timeout
   */
  public boolean marks(long probeTimeoutNanos, long nowNanos) {
    if (state == State.TESTING) {
      if (testingUntilNanos == NOT_STARTED) {
        testingUntilNanos = nowNanos + TESTING_PTOS * probeTimeoutNanos;
      }
      if (marked >= TESTING_PACKETS || nowNanos >= testingUntilNanos) {
        state = State.UNKNOWN;
        failIfAllLost();
      }
    }
    return state == State.TESTING || state == State.CAPABLE;
  }

  void onSent() {
    marked++;
  }

  /** A marked packet was lost. */
  void onLost() {
    markedLost++;
    failIfAllLost();
  }

  private void failIfAllLost() {
    if (state == State.UNKNOWN && acked == 0 && marked > 0 && markedLost >= marked) {
      state = State.FAILED;
    }
  }

  /**
   * An ACK frame came.
   *
   * @param marked packets that it newly acknowledges and that were marked
   * @param sound whether its counts can be true, and account for them
   * @param congestion marks of congestion that it reports anew
   */
  void onAck(int marked, boolean sound, long congestion) {
    if (state == State.OFF || state == State.FAILED) {
      return;
    }
    acked += marked;
    congestionMarked += congestion;
    boolean allOfThem = acked >= TESTING_PACKETS && congestionMarked >= acked;
    if (!sound || allOfThem) {
      // Something on the path that marks every packet says nothing.
      state = State.FAILED;
    } else if (marked > 0) {
      state = State.CAPABLE;
    }
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs. */
  void save(ByteBuffer out) {
    out.put((byte) STATES.indexOf(state)).putLong(testingUntilNanos);
    out.putInt(marked).putInt(markedLost).putLong(acked).putLong(congestionMarked);
  }

  void restore(ByteBuffer in) {
    state = STATES.get(in.get());
    testingUntilNanos = in.getLong();
    marked = in.getInt();
    markedLost = in.getInt();
    acked = in.getLong();
    congestionMarked = in.getLong();
  }
}
