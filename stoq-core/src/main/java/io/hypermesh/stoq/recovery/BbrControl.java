package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.recovery.CongestionController.Phase;
import java.util.concurrent.TimeUnit;

/**
 * What {@link Bbr} lets happen in its phase, by its model of the path: how fast packets leave and
 * how much may be in flight (draft-ietf-ccwg-bbr, "Updating Control Parameters"). Owned by the
 * connection's thread.
 */
final class BbrControl {
  static final double STARTUP_PACING_GAIN = 2.77;
  static final double DRAIN_PACING_GAIN = 0.5;
  static final double DOWN_PACING_GAIN = 0.9;
  static final double UP_PACING_GAIN = 1.25;
  static final double CWND_GAIN = 2;
  static final double UP_CWND_GAIN = 2.25;
  static final double PROBE_RTT_CWND_GAIN = 0.5;

  /** Paced a little below the bandwidth, so that queues shrink. */
  static final double PACING_MARGIN = 0.99;

  /** Enough in flight that a peer acknowledging every second packet doesn't stall the sender. */
  static final int MIN_PIPE_DATAGRAMS = 4;

  static final long QUANTUM_BYTES_MAX = 64L << 10;

  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MILLIS_PER_SECOND = 1000;

  /** The round-trip time that the first packets are paced for. */
  private static final long NOMINAL_RTT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final BbrModel model;
  private int maxDatagramSize;
  private Phase phase = Phase.STARTUP;
  private double pacingGain = STARTUP_PACING_GAIN;
  private long windowBytes;
  private long priorWindowBytes;
  private long pacingBytesPerSecond;
  private boolean rttSeen;
  private long deliveredBytes;

  BbrControl(BbrModel model, int maxDatagramSize) {
    this.model = model;
    this.maxDatagramSize = maxDatagramSize;
    windowBytes = LossBased.initialWindow(maxDatagramSize);
    initPacing(NOMINAL_RTT_NANOS);
    enter(Phase.STARTUP);
  }

  private void initPacing(long rttNanos) {
    double nominal =
        (double) LossBased.initialWindow(maxDatagramSize)
            / ((double) Math.max(1, rttNanos) / NANOS_PER_SECOND);
    pacingBytesPerSecond = (long) (STARTUP_PACING_GAIN * nominal);
  }

  /** The first acknowledgement: paces by the path's round-trip time from here on. */
  void onRtt(long rttNanos) {
    if (!rttSeen) {
      rttSeen = true;
      initPacing(rttNanos);
    }
  }

  void enter(Phase next) {
    phase = next;
    pacingGain =
        switch (next) {
          case STARTUP -> STARTUP_PACING_GAIN;
          case DRAIN -> DRAIN_PACING_GAIN;
          case PROBE_BW_DOWN -> DOWN_PACING_GAIN;
          case PROBE_BW_UP -> UP_PACING_GAIN;
          default -> 1;
        };
  }

  Phase phase() {
    return phase;
  }

  double pacingGain() {
    return pacingGain;
  }

  boolean isProbeBandwidth() {
    return switch (phase) {
      case PROBE_BW_DOWN, PROBE_BW_CRUISE, PROBE_BW_REFILL, PROBE_BW_UP -> true;
      default -> false;
    };
  }

  /** Whether more is sent than the model says, to see whether the path bears it. */
  boolean isAccelerating() {
    return phase == Phase.STARTUP || phase == Phase.PROBE_BW_REFILL || phase == Phase.PROBE_BW_UP;
  }

  long windowBytes() {
    return windowBytes;
  }

  long pacingBytesPerSecond() {
    return Math.max(1, pacingBytesPerSecond);
  }

  int maxDatagramSize() {
    return maxDatagramSize;
  }

  void setMaxDatagramSize(int bytes) {
    maxDatagramSize = bytes;
    windowBytes = Math.max(windowBytes, LossBased.minimumWindow(bytes));
  }

  // ---- Volumes ----

  private long minPipeBytes() {
    return (long) MIN_PIPE_DATAGRAMS * maxDatagramSize;
  }

  double bandwidthDelayProduct(double gain) {
    return model.minRttNanos == BbrModel.INFINITE
        ? (double) LossBased.initialWindow(maxDatagramSize)
        : model.bandwidthDelayProduct(model.bandwidth, gain);
  }

  /** What is wanted in flight: a bandwidth-delay product, unless losses allow less. */
  double targetInFlight() {
    return Math.min(bandwidthDelayProduct(1), (double) windowBytes);
  }

  long inFlight(double gain) {
    return quantized(bandwidthDelayProduct(gain));
  }

  long inFlightAtMaxBandwidth() {
    return quantized(model.bandwidthDelayProduct(model.maxBandwidth(), 1));
  }

  private long quantized(double bytes) {
    long quantum = Math.min(pacingBytesPerSecond / MILLIS_PER_SECOND, QUANTUM_BYTES_MAX);
    long cap = (long) Math.min(bytes, (double) LossBased.WINDOW_BYTES_MAX);
    cap = Math.max(Math.max(cap, quantum), minPipeBytes());
    return phase == Phase.PROBE_BW_UP ? cap + 2L * maxDatagramSize : cap;
  }

  /** Leaves room for others below what was too much. */
  long inFlightWithHeadroom() {
    long longTerm = model.longTermInFlightBytes;
    if (longTerm == BbrModel.INFINITE) {
      return longTerm;
    }
    long headroom = Math.max(maxDatagramSize, (long) (BbrModel.HEADROOM * (double) longTerm));
    return Math.max(longTerm - headroom, minPipeBytes());
  }

  long probeRttWindow() {
    return Math.max((long) bandwidthDelayProduct(PROBE_RTT_CWND_GAIN), minPipeBytes());
  }

  // ---- The two parameters ----

  void updatePacing() {
    paceWithGain(pacingGain);
  }

  /** Before the pipe is known to be full the rate only rises. */
  void paceWithGain(double gain) {
    long rate = (long) (gain * (double) model.bandwidth * PACING_MARGIN);
    if (model.fullBandwidthReached || rate > pacingBytesPerSecond) {
      pacingBytesPerSecond = rate;
    }
  }

  void updateWindow(long ackedBytes) {
    deliveredBytes += ackedBytes;
    double gain =
        switch (phase) {
          case PROBE_BW_UP -> UP_CWND_GAIN;
          case PROBE_RTT -> PROBE_RTT_CWND_GAIN;
          default -> CWND_GAIN;
        };
    long max = quantized(bandwidthDelayProduct(gain) + (double) model.extraAckedBytes());
    if (model.fullBandwidthReached) {
      windowBytes = Math.min(windowBytes + ackedBytes, max);
    } else if (windowBytes < max || deliveredBytes < LossBased.initialWindow(maxDatagramSize)) {
      windowBytes += ackedBytes;
    }
    windowBytes = Math.clamp(windowBytes, minPipeBytes(), LossBased.WINDOW_BYTES_MAX);
    if (phase == Phase.PROBE_RTT) {
      windowBytes = Math.min(windowBytes, probeRttWindow());
    }
    windowBytes = Math.min(windowBytes, Math.max(modelCap(), minPipeBytes()));
  }

  private long modelCap() {
    long cap =
        switch (phase) {
          case PROBE_BW_DOWN, PROBE_BW_REFILL, PROBE_BW_UP -> model.longTermInFlightBytes;
          case PROBE_BW_CRUISE, PROBE_RTT -> inFlightWithHeadroom();
          default -> BbrModel.INFINITE;
        };
    return Math.min(cap, model.shortTermInFlightBytes);
  }

  /** Remembers the window that losses or a probe for the round-trip time are about to cut. */
  void saveWindow(boolean recovering) {
    boolean cut = recovering || phase == Phase.PROBE_RTT;
    priorWindowBytes = cut ? Math.max(priorWindowBytes, windowBytes) : windowBytes;
  }

  void restoreWindow() {
    windowBytes = Math.max(windowBytes, priorWindowBytes);
  }

  /** Persistent congestion: the smallest window, and none to restore. */
  void collapse() {
    windowBytes = LossBased.minimumWindow(maxDatagramSize);
    priorWindowBytes = 0;
  }
}
