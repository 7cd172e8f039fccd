package io.hypermesh.stoq.recovery;

import java.util.concurrent.TimeUnit;

/**
 * CUBIC (RFC 9438) with HyStart++ (RFC 9406): after a reduction the window grows along a cubic
 * function of time, fast towards the window of the last loss, slowly around it, fast beyond; so the
 * growth doesn't depend on the round-trip time as NewReno's does. Never slower than NewReno would.
 *
 * <pre>
 *   window                                        W_cubic(t) = C (t - K)³ + W_max
 *     │                                  ╱
 *  W_max ┄┄┄┄┄┄┄┄┄┄┄┄ ─────────────── ╱ ┄   concave before K, convex after it
 *     │         ╱
 *     │   ╱                                 K = ∛((W_max - window) / C)
 *     └───────────────────┬─────────────► t
 *                         K
 * </pre>
 *
 * <p>Time in which the application doesn't use the window does not count (RFC 9438, 5.8). A window
 * that is reduced before it has grown to the last one gives way to other flows (fast convergence,
 * 4.7). A mark counts as a loss does. Windows are bytes here; C counts segments of the largest
 * datagram's size. Owned by the connection's thread.
 */
public final class Cubic extends LossBased {
  /** C, in segments a second cubed (RFC 9438, 4.1). */
  static final double SCALE = 0.4;

  /** β: what a congestion event leaves of the window (RFC 9438, 4.6). */
  static final double BETA = 0.7;

  /** α: what gives, with β, NewReno's average window (RFC 9438, 4.3). */
  static final double RENO_INCREASE = 3 * (1 - BETA) / (1 + BETA);

  /** At most this much a round trip (RFC 9438, 4.2). */
  private static final double GROWTH_MAX = 1.5;

  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final HyStart hyStart = new HyStart();

  /** What congestion avoidance knows; copied when a congestion event may have to be undone. */
  private static final class Curve {
    /** Whether the rest, but for the first two, is set: from the first growth on. */
    private boolean begun;

    /** The window of the last congestion event, reduced by fast convergence; 0 for none. */
    private double maxBytes;

    /** The window just before the last congestion event; 0 for none. */
    private double priorBytes;

    /** K. */
    private double secondsToMax;

    /** What NewReno's window would be. */
    private double renoBytes;

    /** Time since the curve began in which the window was used. */
    private long elapsedNanos;

    private void set(Curve other) {
      begun = other.begun;
      maxBytes = other.maxBytes;
      priorBytes = other.priorBytes;
      secondsToMax = other.secondsToMax;
      renoBytes = other.renoBytes;
      elapsedNanos = other.elapsedNanos;
    }
  }

  private final Curve curve = new Curve();
  private final Curve undo = new Curve();
  private long tickNanos = NEVER;

  /**
   * Starts with the initial window of RFC 9002, 7.2.
   *
   * @param maxDatagramSize bytes of UDP payload
   */
  public Cubic(int maxDatagramSize) {
    super(maxDatagramSize);
  }

  @Override
  public Phase phase() {
    Phase phase = super.phase();
    return phase == Phase.SLOW_START && hyStart.isConservative()
        ? Phase.CONSERVATIVE_SLOW_START
        : phase;
  }

  @Override
  public void onPacketSent(long inFlightBeforeBytes, DeliveryRate rate, long nowNanos) {
    if (inFlightBeforeBytes == 0) {
      // Idle time is not time of the curve.
      tickNanos = nowNanos;
    }
  }

  @Override
  void onTick(boolean windowUsed, long nowNanos) {
    if (curve.begun && windowUsed && tickNanos != NEVER) {
      curve.elapsedNanos += nowNanos - tickNanos;
    }
    tickNanos = nowNanos;
  }

  @Override
  public void onAckProcessed(DeliveryRate rate, long nowNanos) {
    // Only the first slow start is in the dark about the path (RFC 9406, 4.3).
    boolean first = slowStartThresholdBytes() == Long.MAX_VALUE;
    if (first && rate.isSampled() && hyStart.onAck(rate)) {
      endSlowStart();
    }
  }

  @Override
  double slowStartIncrease(long ackedBytes) {
    boolean first = slowStartThresholdBytes() == Long.MAX_VALUE;
    return first ? hyStart.increase(ackedBytes) : (double) ackedBytes;
  }

  @Override
  double avoidanceIncrease(long ackedBytes, DeliveryRate rate, long nowNanos) {
    double window = (double) windowBytes();
    if (!curve.begun) {
      begin(window);
    }
    double segment = maxDatagramSize();
    // Above the window before the loss, NewReno's own increase (RFC 9438, 4.3).
    double alpha = curve.renoBytes >= curve.priorBytes ? 1 : RENO_INCREASE;
    curve.renoBytes += alpha * segment * (double) ackedBytes / window;
    double seconds = (double) curve.elapsedNanos / NANOS_PER_SECOND;
    if (cubicBytes(seconds) < curve.renoBytes) {
      return Math.min(Math.max(0, curve.renoBytes - window), (double) ackedBytes);
    }
    double rtt = (double) rate.smoothedRttNanos() / NANOS_PER_SECOND;
    double target = Math.clamp(cubicBytes(seconds + rtt), window, GROWTH_MAX * window);
    return (target - window) / window * (double) ackedBytes;
  }

  private void begin(double window) {
    curve.begun = true;
    curve.elapsedNanos = 0;
    curve.renoBytes = window;
    // After a slow start that nothing lost ended, or persistent congestion: K is 0 (4.8, 4.10).
    curve.maxBytes = Math.max(curve.maxBytes, window);
    curve.priorBytes = Math.max(curve.priorBytes, window);
    curve.secondsToMax = Math.cbrt((curve.maxBytes - window) / maxDatagramSize() / SCALE);
  }

  private double cubicBytes(double seconds) {
    double beyond = seconds - curve.secondsToMax;
    return SCALE * beyond * beyond * beyond * maxDatagramSize() + curve.maxBytes;
  }

  @Override
  double decrease() {
    return BETA;
  }

  @Override
  void onReduction() {
    undo.set(curve);
    double window = (double) windowBytes();
    curve.maxBytes = window < curve.maxBytes ? window * (1 + BETA) / 2 : window;
    curve.priorBytes = window;
    curve.begun = false;
  }

  @Override
  void onReductionUndone() {
    curve.set(undo);
  }

  @Override
  void onReset() {
    curve.begun = false;
    curve.maxBytes = 0;
    curve.priorBytes = 0;
    undo.set(curve);
    hyStart.reset();
  }
}
