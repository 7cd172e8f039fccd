package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.recovery.BbrProbe.AckPhase;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * BBR version 3 (draft-ietf-ccwg-bbr): sends at the bandwidth that it measures instead of filling
 * the queue until something is lost, and probes now and then whether there is more. Bears random
 * losses up to 2%.
 *
 * <pre>
 *   STARTUP ── bandwidth stops growing, or too much lost ──► DRAIN
 *   ×2.77                                                    ×0.5
 *                                     in flight ≤ one BDP, or 3 rounds
 *                                                             │
 *        ┌──────────────────────────► PROBE_BW_DOWN ◄─────────┘
 *        │                            ×0.9   │
 *        │                                   │ in flight low enough
 *        │ no growth, or                     ▼
 *        │ too much lost              PROBE_BW_CRUISE ×1
 *        │                                   │ 2 to 3 s, or as many rounds as NewReno would take
 *        │                                   ▼
 *   PROBE_BW_UP ◄──── a round ─────── PROBE_BW_REFILL ×1
 *   ×1.25
 *
 *   any ── 5 s without a new smallest round-trip time ──► PROBE_RTT (half a BDP, 200 ms) ──► back
 * </pre>
 *
 * <p>Congestion marks, of which the draft says only that they be taken for congestion, count as a
 * loss in their round, and end a probe (Startup included) as too many losses do. Persistent
 * congestion takes the window down to two datagrams (RFC 9002, 7.6.2), from where it grows by what
 * is acknowledged. Owned by the connection's thread.
 */
public final class Bbr implements CongestionController {
  static final int DRAIN_ROUNDS_MAX = 3;
  static final int STARTUP_LOSS_RANGES = 6;
  static final long PROBE_RTT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final long NEVER = Long.MIN_VALUE;

  private final RandomGenerator random;
  private final BbrModel model = new BbrModel();
  private final BbrProbe probe = new BbrProbe();
  private final BbrControl control;

  // Startup and Drain

  /** Stretches of packets lost in the present round. */
  private int lossRanges;

  private long lastLostNumber = NEVER;
  private boolean marked;

  /** Whether the round that the present acknowledgement ends had losses. */
  private boolean lossEndedRound;

  private long drainStartRound;

  // The smallest round-trip time, and idleness

  private long probeRttDoneNanos = NEVER;
  private boolean probeRttRoundDone;
  private boolean idleRestart;

  // Loss recovery, and what it may have to give back

  private long recoveryStartNanos = NEVER;
  private boolean recovering;

  /** The phase that losses ended; RECOVERY for none. */
  private Phase undoPhase = Phase.RECOVERY;

  private long undoShortTermBandwidth;
  private long undoShortTermInFlight;
  private long undoLongTermInFlight;

  /**
   * Starts with the initial window of RFC 9002, 7.2.
   *
   * @param maxDatagramSize bytes of UDP payload
   * @param random spreads the probes of flows over time; needn't be secure
   */
  public Bbr(int maxDatagramSize, RandomGenerator random) {
    this.random = random;
    control = new BbrControl(model, maxDatagramSize);
  }

  @Override
  public long windowBytes() {
    return control.windowBytes();
  }

  @Override
  public long pacingBytesPerSecond() {
    return control.pacingBytesPerSecond();
  }

  @Override
  public Phase phase() {
    return control.phase();
  }

  BbrModel model() {
    return model;
  }

  BbrControl control() {
    return control;
  }

  // ---- Events ----

  @Override
  public void onPacketSent(long inFlightBeforeBytes, DeliveryRate rate, long nowNanos) {
    model.begin(nowNanos);
    if (inFlightBeforeBytes == 0 && rate.isApplicationLimited()) {
      idleRestart = true;
      model.extraAckedSinceNanos = nowNanos;
      if (control.isProbeBandwidth()) {
        control.paceWithGain(1);
      } else if (phase() == Phase.PROBE_RTT) {
        checkProbeRttDone(rate, nowNanos);
      }
    }
  }

  @Override
  public void onAckProcessed(DeliveryRate rate, long nowNanos) {
    if (!rate.isSampled()) {
      return;
    }
    control.onRtt(rate.rttNanos());
    if (recovering && rate.newestSentNanos() > recoveryStartNanos) {
      recovering = false;
      control.restoreWindow();
    }
    model.updateLatestSignals(rate);
    updateCongestionSignals(rate);
    model.updateAckAggregation(rate, control.windowBytes(), nowNanos);
    model.checkFullBandwidth(rate);
    checkStartupDone(rate);
    checkDrainDone(rate, nowNanos);
    updateProbeBandwidth(rate, nowNanos);
    model.updateMinRtt(rate, nowNanos);
    checkProbeRtt(rate, nowNanos);
    model.advanceLatestSignals(rate);
    model.boundBandwidth();
    if (model.lossRoundStart) {
      lossRanges = 0;
      marked = false;
    }
    control.updatePacing();
    control.updateWindow(rate.newlyAckedBytes());
  }

  @Override
  public void onPacketLost(SentPacket packet, DeliveryRate rate, long nowNanos) {
    noteLoss(rate);
    if (packet.packetNumber() != lastLostNumber + 1) {
      lossRanges++;
    }
    lastLostNumber = packet.packetNumber();
    if (!probe.sampling) {
      return;
    }
    long lost = rate.lostBytes() - packet.lostBytes();
    if (BbrModel.isTooHigh(lost, packet.txInFlightBytes())) {
      onInFlightTooHigh(
          BbrModel.inFlightAtLoss(packet, lost), packet.isApplicationLimited(), rate, nowNanos);
    }
  }

  private void noteLoss(DeliveryRate rate) {
    if (model.noteLoss(rate)) {
      control.saveWindow(recovering);
      undoPhase = Phase.RECOVERY;
      undoShortTermBandwidth = model.shortTermBandwidth;
      undoShortTermInFlight = model.shortTermInFlightBytes;
      undoLongTermInFlight = model.longTermInFlightBytes;
    }
  }

  @Override
  public void onCongestionEvent(long timeSentNanos, long nowNanos) {
    if (recoveryStartNanos == NEVER || timeSentNanos > recoveryStartNanos) {
      control.saveWindow(recovering);
      recoveryStartNanos = nowNanos;
      recovering = true;
    }
  }

  @Override
  public void onEcnCe(long timeSentNanos, DeliveryRate rate, long nowNanos) {
    noteLoss(rate);
    marked = true;
    if (probe.sampling && rate.isSampled()) {
      onInFlightTooHigh(rate.txInFlightBytes(), rate.isSampleApplicationLimited(), rate, nowNanos);
    }
  }

  @Override
  public void onSpuriousCongestion(DeliveryRate rate, long nowNanos) {
    recovering = false;
    recoveryStartNanos = NEVER;
    control.restoreWindow();
    model.lossInRound = false;
    model.resetFullBandwidth(0);
    model.shortTermBandwidth = Math.max(model.shortTermBandwidth, undoShortTermBandwidth);
    model.shortTermInFlightBytes = Math.max(model.shortTermInFlightBytes, undoShortTermInFlight);
    model.longTermInFlightBytes = Math.max(model.longTermInFlightBytes, undoLongTermInFlight);
    if (undoPhase == Phase.STARTUP && phase() != Phase.STARTUP) {
      model.fullBandwidthReached = false;
      if (phase() != Phase.PROBE_RTT) {
        control.enter(Phase.STARTUP);
      }
    } else if (undoPhase == Phase.PROBE_BW_UP
        && phase() != Phase.PROBE_BW_UP
        && phase() != Phase.PROBE_RTT) {
      startRefill(rate);
    }
    undoPhase = Phase.RECOVERY;
  }

  @Override
  public void onPersistentCongestion(long nowNanos) {
    control.collapse();
    recovering = false;
    recoveryStartNanos = NEVER;
  }

  @Override
  public void onMaxDatagramSize(int bytes) {
    control.setMaxDatagramSize(bytes);
  }

  // ---- Startup and Drain ----

  private void updateCongestionSignals(DeliveryRate rate) {
    model.updateMaxBandwidth(rate);
    if (!model.lossRoundStart) {
      return;
    }
    if (model.lossInRound && !control.isAccelerating()) {
      model.lowerBounds(control.windowBytes());
    }
    lossEndedRound = model.lossInRound;
    model.lossInRound = false;
  }

  private void checkStartupDone(DeliveryRate rate) {
    if (phase() != Phase.STARTUP) {
      return;
    }
    boolean lossy =
        lossRanges >= STARTUP_LOSS_RANGES
            && BbrModel.isTooHigh(rate.sampleLostBytes(), rate.txInFlightBytes());
    if (model.lossRoundStart && lossEndedRound && (lossy || marked)) {
      undoPhase = Phase.STARTUP;
      model.fullBandwidthReached = true;
      model.boundBandwidth();
      model.longTermInFlightBytes =
          Math.max((long) control.bandwidthDelayProduct(1), model.latestInFlightBytes);
    }
    if (model.fullBandwidthReached) {
      control.enter(Phase.DRAIN);
      drainStartRound = model.roundCount;
    }
  }

  private void checkDrainDone(DeliveryRate rate, long nowNanos) {
    if (phase() == Phase.DRAIN
        && (rate.inFlightBytes() <= control.inFlight(1)
            || model.roundCount > drainStartRound + DRAIN_ROUNDS_MAX)) {
      startDown(rate, nowNanos);
    }
  }

  // ---- Probing for bandwidth ----

  private void startDown(DeliveryRate rate, long nowNanos) {
    model.resetCongestionSignals();
    probe.stop(model, random, nowNanos);
    model.startRound(rate);
    control.enter(Phase.PROBE_BW_DOWN);
  }

  private void startRefill(DeliveryRate rate) {
    model.resetShortTerm();
    probe.refill();
    model.startRound(rate);
    control.enter(Phase.PROBE_BW_REFILL);
  }

  private void startUp(DeliveryRate rate) {
    model.startRound(rate);
    model.resetFullBandwidth(rate.bytesPerSecond());
    control.enter(Phase.PROBE_BW_UP);
    probe.start(control);
  }

  private void updateProbeBandwidth(DeliveryRate rate, long nowNanos) {
    if (!model.fullBandwidthReached || adaptLongTerm(rate) || !control.isProbeBandwidth()) {
      return;
    }
    switch (phase()) {
      case PROBE_BW_DOWN -> {
        if (probe.isDue(model, control, nowNanos)) {
          startRefill(rate);
        } else if (isTimeToCruise(rate)) {
          control.enter(Phase.PROBE_BW_CRUISE);
        }
      }
      case PROBE_BW_CRUISE -> {
        if (probe.isDue(model, control, nowNanos)) {
          startRefill(rate);
        }
      }
      case PROBE_BW_REFILL -> {
        if (model.roundStart) {
          probe.sampling = true;
          startUp(rate);
        }
      }
      default -> {
        if (isTimeToGoDown(rate)) {
          probe.tooHigh = false;
          startDown(rate, nowNanos);
        }
      }
    }
  }

  private boolean isTimeToCruise(DeliveryRate rate) {
    return rate.inFlightBytes() <= control.inFlightWithHeadroom()
        && rate.inFlightBytes() <= control.inFlightAtMaxBandwidth();
  }

  private boolean isTimeToGoDown(DeliveryRate rate) {
    if (probe.tooHigh && rate.inFlightBytes() >= model.longTermInFlightBytes) {
      probe.precautionary = true;
      return true;
    }
    if (rate.isWindowLimited() && control.windowBytes() >= model.longTermInFlightBytes) {
      model.resetFullBandwidth(rate.bytesPerSecond());
      return false;
    }
    return model.fullBandwidthNow;
  }

  /** Follows what the probe tells; returns whether it has decided on a phase. */
  private boolean adaptLongTerm(DeliveryRate rate) {
    if (probe.ackPhase == AckPhase.STARTING && model.roundStart) {
      probe.ackPhase = AckPhase.FEEDBACK;
    }
    if (probe.ackPhase == AckPhase.STOPPING && model.roundStart) {
      probe.sampling = false;
      probe.ackPhase = AckPhase.INIT;
      if (control.isProbeBandwidth() && !rate.isSampleApplicationLimited()) {
        model.advanceCycle();
      }
      if (control.isProbeBandwidth() && probe.precautionary && !probe.tooHigh) {
        startRefill(rate);
        return true;
      }
    }
    if (!BbrModel.isTooHigh(rate.sampleLostBytes(), rate.txInFlightBytes())
        && model.longTermInFlightBytes != BbrModel.INFINITE) {
      model.longTermInFlightBytes = Math.max(model.longTermInFlightBytes, rate.txInFlightBytes());
      if (phase() == Phase.PROBE_BW_UP) {
        probe.raise(model, control, rate);
      }
    }
    return false;
  }

  private void onInFlightTooHigh(
      long inFlightBytes, boolean applicationLimited, DeliveryRate rate, long nowNanos) {
    probe.tooHigh = true;
    probe.sampling = false;
    if (!applicationLimited) {
      long least = (long) (BbrModel.BETA * control.targetInFlight());
      model.longTermInFlightBytes = Math.max(inFlightBytes, least);
    }
    if (phase() == Phase.PROBE_BW_UP) {
      undoPhase = Phase.PROBE_BW_UP;
      startDown(rate, nowNanos);
    }
  }

  // ---- Probing for the smallest round-trip time ----

  private void checkProbeRtt(DeliveryRate rate, long nowNanos) {
    if (phase() != Phase.PROBE_RTT && model.probeRttExpired && !idleRestart) {
      control.saveWindow(recovering);
      control.enter(Phase.PROBE_RTT);
      probeRttDoneNanos = NEVER;
      probe.ackPhase = AckPhase.STOPPING;
      model.startRound(rate);
    }
    if (phase() == Phase.PROBE_RTT) {
      handleProbeRtt(rate, nowNanos);
    }
    if (rate.sampleBytes() > 0) {
      idleRestart = false;
    }
  }

  private void handleProbeRtt(DeliveryRate rate, long nowNanos) {
    // What is measured now is no measure of the bandwidth.
    rate.markApplicationLimited(rate.inFlightBytes());
    if (probeRttDoneNanos == NEVER) {
      if (rate.inFlightBytes() <= control.probeRttWindow()) {
        probeRttDoneNanos = nowNanos + PROBE_RTT_NANOS;
        probeRttRoundDone = false;
        model.startRound(rate);
      }
      return;
    }
    probeRttRoundDone |= model.roundStart;
    if (probeRttRoundDone) {
      checkProbeRttDone(rate, nowNanos);
    }
  }

  private void checkProbeRttDone(DeliveryRate rate, long nowNanos) {
    if (probeRttDoneNanos == NEVER || nowNanos <= probeRttDoneNanos) {
      return;
    }
    model.probeRttMinAtNanos = nowNanos;
    control.restoreWindow();
    model.resetShortTerm();
    if (model.fullBandwidthReached) {
      startDown(rate, nowNanos);
      control.enter(Phase.PROBE_BW_CRUISE);
    } else {
      control.enter(Phase.STARTUP);
    }
  }
}
