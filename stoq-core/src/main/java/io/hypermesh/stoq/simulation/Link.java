package io.hypermesh.stoq.simulation;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One direction between two places: what it remembers from one datagram to the next, and its
 * decisions about each. The queue is kept as the time at which it will be empty. Owned by the
 * network's thread.
 */
final class Link {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** The ECN codepoints (RFC 3168, 5). */
  private static final int NOT_ECT = 0;

  private static final int ECT_1 = 1;
  private static final int ECT_0 = 2;
  private static final int CE = 3;

  private final SplittableRandom random;

  /** What holds for this direction alone, or null. */
  @Nullable LinkSchedule schedule;

  private long sentCount;
  private int lossesLeft;
  private int lostInARow;
  private int corruptedInARow;
  private boolean bad;
  private long emptyAtNanos;

  Link(SplittableRandom random) {
    this.random = random;
  }

  /** Counts one more datagram. */
  long countSent() {
    return ++sentCount;
  }

  /** Why a datagram of so many bytes doesn't get through, or null; one that does is queued. */
  NetworkListener.@Nullable LossCause admit(
      LinkConditions conditions, int datagramBytes, long nowNanos) {
    int packetBytes = datagramBytes + LinkConditions.HEADER_BYTES;
    if (packetBytes > conditions.mtuBytes()) {
      return NetworkListener.LossCause.TOO_LARGE;
    }
    boolean lost =
        switch (conditions.loss()) {
          case LossModel.Bursts bursts -> isLost(bursts);
          case LossModel.Independent independent -> isLost(independent);
          case LossModel.Gilbert gilbert -> isLost(gilbert);
        };
    if (lost) {
      return NetworkListener.LossCause.CHANCE;
    }
    Bottleneck bottleneck = conditions.bottleneck();
    if (bottleneck.isNarrow()) {
      if (queuedBytes(bottleneck, nowNanos) + packetBytes > bottleneck.queueBytes()) {
        return NetworkListener.LossCause.QUEUE_FULL;
      }
      long serviceNanos = Math.ceilDiv(packetBytes * NANOS_PER_SECOND, bottleneck.bytesPerSecond());
      emptyAtNanos = Math.max(emptyAtNanos, nowNanos) + serviceNanos;
    }
    return null;
  }

  private boolean isLost(LossModel.Bursts bursts) {
    if (lossesLeft > 0) {
      lossesLeft--;
      return true;
    }
    if (chance(bursts.rate())) {
      lossesLeft = bursts.burst() - 1;
      return true;
    }
    return false;
  }

  private boolean isLost(LossModel.Independent independent) {
    boolean lost = lostInARow < independent.inARowMax() && chance(independent.rate());
    lostInARow = lost ? lostInARow + 1 : 0;
    return lost;
  }

  private boolean isLost(LossModel.Gilbert gilbert) {
    bad = bad ? !chance(gilbert.toGoodRate()) : chance(gilbert.toBadRate());
    return chance(bad ? gilbert.badLossRate() : gilbert.goodLossRate());
  }

  private long queuedBytes(Bottleneck bottleneck, long nowNanos) {
    double waitSeconds = Math.max(0, emptyAtNanos - nowNanos) / (double) NANOS_PER_SECOND;
    return (long) (waitSeconds * bottleneck.bytesPerSecond());
  }

  /** When the datagram that was just admitted arrives. */
  long arrivalNanos(LinkConditions conditions, long nowNanos) {
    long atNanos = conditions.bottleneck().isNarrow() ? emptyAtNanos : nowNanos;
    atNanos += conditions.delayNanos();
    if (conditions.jitterNanos() > 0) {
      atNanos += random.nextLong(conditions.jitterNanos() + 1);
    }
    if (chance(conditions.reorderingRate())) {
      atNanos += random.nextLong(conditions.delayNanos() + 1);
    }
    return atNanos;
  }

  /** The ECN bits with which the datagram that was just admitted arrives. */
  int ecn(LinkConditions conditions, int sent, long nowNanos) {
    int ecn =
        switch (conditions.ecn()) {
          case KEPT -> sent;
          case BLEACHED -> NOT_ECT;
          case ALL_MARKED -> sent == NOT_ECT ? NOT_ECT : CE;
          case MANGLED -> sent == ECT_0 ? ECT_1 : sent;
        };
    Bottleneck bottleneck = conditions.bottleneck();
    boolean marked =
        bottleneck.isNarrow() && queuedBytes(bottleneck, nowNanos) > bottleneck.markingBytes();
    return marked && ecn != NOT_ECT ? CE : ecn;
  }

  /** Whether a datagram arrives twice. */
  boolean isDuplicated(LinkConditions conditions) {
    return chance(conditions.duplicationRate());
  }

  /** Changes one byte of a datagram where it's its turn. */
  void corrupt(LinkConditions conditions, byte[] datagram) {
    Corruption corruption = conditions.corruption();
    if (corruptedInARow >= corruption.inARowMax() || !chance(corruption.rate())) {
      corruptedInARow = 0;
      return;
    }
    corruptedInARow++;
    int position = random.nextInt(Math.min(datagram.length, corruption.firstBytes()));
    datagram[position] ^= (byte) (1 + random.nextInt(255));
  }

  private boolean chance(double rate) {
    return rate > 0 && random.nextDouble() < rate;
  }
}
