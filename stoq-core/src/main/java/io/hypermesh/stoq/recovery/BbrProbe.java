package io.hypermesh.stoq.recovery;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * One of {@link Bbr}'s probes for bandwidth, from the wait for it to its last acknowledgement
 * (draft-ietf-ccwg-bbr, "ProbeBW Algorithm Details"). Owned by the connection's thread.
 */
final class BbrProbe {
  static final int RENO_ROUNDS_MAX = 63;
  static final int UP_ROUNDS_MAX = 30;
  static final long WAIT_NANOS_MIN = TimeUnit.SECONDS.toNanos(2);

  private static final double WAIT_NANOS_RANDOM = TimeUnit.SECONDS.toNanos(1);

  /** What the acknowledgements that come now say of the probe. */
  enum AckPhase {
    INIT,
    REFILLING,
    STARTING,
    FEEDBACK,
    STOPPING
  }

  AckPhase ackPhase = AckPhase.INIT;

  /** Whether packets sent for the probe are being acknowledged, and none was answered yet. */
  boolean sampling;

  /** Whether the last probe went too high. */
  boolean tooHigh;

  /** Whether the last probe stopped where the one before went too high. */
  boolean precautionary;

  private long cycleStartNanos;
  private long waitNanos;
  private int upRounds;
  private long upAckedBytes;
  private long upAckedPerIncrease = BbrModel.INFINITE;

  /** The probe is over: the wait for the next one begins. */
  void stop(BbrModel model, RandomGenerator random, long nowNanos) {
    upAckedPerIncrease = BbrModel.INFINITE;
    model.roundsSinceProbeUp = random.nextInt(2);
    waitNanos = WAIT_NANOS_MIN + (long) (random.nextDouble() * WAIT_NANOS_RANDOM);
    cycleStartNanos = nowNanos;
    ackPhase = AckPhase.STOPPING;
  }

  /** Whether to probe again: after a random time, or as often as NewReno would have tried. */
  boolean isDue(BbrModel model, BbrControl control, long nowNanos) {
    double renoRounds =
        Math.min(control.targetInFlight() / control.maxDatagramSize(), RENO_ROUNDS_MAX);
    return nowNanos > cycleStartNanos + waitNanos
        || (double) model.roundsSinceProbeUp >= renoRounds;
  }

  void refill() {
    upRounds = 0;
    upAckedBytes = 0;
    precautionary = false;
    ackPhase = AckPhase.REFILLING;
  }

  void start(BbrControl control) {
    ackPhase = AckPhase.STARTING;
    raiseSlope(control);
  }

  private void raiseSlope(BbrControl control) {
    long growth = 1L << upRounds;
    upRounds = Math.min(upRounds + 1, UP_ROUNDS_MAX);
    upAckedPerIncrease = Math.max(control.windowBytes() / growth, control.maxDatagramSize());
  }

  /** Raises what may be in flight in the long term: slowly first, then twice as fast each round. */
  void raise(BbrModel model, BbrControl control, DeliveryRate rate) {
    if (!rate.isWindowLimited() || control.windowBytes() < model.longTermInFlightBytes) {
      return;
    }
    upAckedBytes += rate.newlyAckedBytes();
    long increases = upAckedBytes / upAckedPerIncrease;
    upAckedBytes -= increases * upAckedPerIncrease;
    model.longTermInFlightBytes =
        Math.min(
            LossBased.WINDOW_BYTES_MAX,
            model.longTermInFlightBytes + increases * control.maxDatagramSize());
    if (model.roundStart) {
      raiseSlope(control);
    }
  }
}
