package io.hypermesh.stoq.recovery;

import io.hypermesh.stoq.packet.PacketNumbers;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Finds out how large a datagram the path carries (DPLPMTUD: RFC 8899; RFC 9000, 14.3).
 *
 * <p>It guarantees: what {@link #currentBytes()} names was acknowledged once at that size, or is
 * 1,200, which every path of QUIC carries; one probe is in flight at a time; a path that stops
 * carrying large datagrams is noticed, by large packets that are lost while smaller ones arrive, or
 * by nothing arriving for some probe timeouts, and then it's 1,200 again.
 *
 * <pre>
 *            limit() allows more         difference under 20 bytes
 *   BASE ───────────────────► SEARCHING ─────────────────────────► COMPLETE
 *    ▲                         │  ▲  │                               │ │
 *    │                         │  └──┼──────── after 600 s ──────────┘ │
 *    └───────── black hole ────┴─────┴─────────────────────────────────┘
 * </pre>
 *
 * <p>The first probe is as large as allowed; after three of one size were lost, the middle between
 * what works and what doesn't is tried. Owned by the connection's thread.
 */
public final class PathMtu {
  /** Bytes of UDP payload that every path has to carry (RFC 9000, 14). */
  public static final int BASE_BYTES = 1_200;

  /** Probes of one size that may be lost before it counts as too large (RFC 8899, 5.1.2). */
  static final int PROBES_MAX = 3;

  /** How close to the truth the search has to come, in bytes. */
  static final int STEP_BYTES = 20;

  /** When to look again whether the path carries more by now (RFC 8899, 5.1.1). */
  static final long RAISE_NANOS = TimeUnit.SECONDS.toNanos(600);

  /** Separate losses of large packets, none of them arriving, that make a black hole. */
  static final int BLACK_HOLE_LOSSES = 3;

  /** Probe timeouts in a row that make a black hole. */
  static final int BLACK_HOLE_TIMEOUTS = 3;

  private static final long NEVER = Long.MAX_VALUE;

  private int currentBytes = BASE_BYTES;
  private int limitBytes;

  /** The smallest size that is known to be too large. */
  private int ceilingBytes;

  private int probeBytes;
  private long probeNumber = PacketNumbers.NONE;
  private int probesLost;
  private long raiseAtNanos = NEVER;

  private long largestLargeAcked = PacketNumbers.NONE;
  private int largeLosses;
  private long lastLargeLossNanos = Long.MIN_VALUE;
  private int blackHoles;

  /**
   * @param limitBytes the largest datagram that may be sent: 1,200 or more
   */
  public PathMtu(int limitBytes) {
    this.limitBytes = limitBytes;
    this.ceilingBytes = limitBytes + 1;
  }

  /** Bytes of UDP payload that datagrams may have now. */
  public int currentBytes() {
    return currentBytes;
  }

  /** The largest datagram that may ever be sent here. */
  public int limitBytes() {
    return limitBytes;
  }

  /** Times that the path stopped carrying what it had carried. */
  public int blackHoles() {
    return blackHoles;
  }

  /** The peer takes no larger datagrams than this (max_udp_payload_size). */
  public void limit(long bytes) {
    limitBytes = (int) Math.min(limitBytes, bytes);
    ceilingBytes = Math.min(ceilingBytes, limitBytes + 1);
    currentBytes = Math.min(currentBytes, limitBytes);
  }

  /** When {@link #onTimeout} is to be called; the largest long for never. */
  public long deadlineNanos() {
    return raiseAtNanos;
  }

  /** Looks again whether the path carries more by now, where it's time for that. */
  public void onTimeout(long nowNanos) {
    if (nowNanos >= raiseAtNanos) {
      raiseAtNanos = NEVER;
      ceilingBytes = limitBytes + 1;
      probesLost = 0;
    }
  }

  /**
   * The size of the probe to send now, 0 for none.
   *
   * @param roomBytes the probe can't be larger, for the buffer's or the congestion window's sake
   */
  public int probeBytes(long roomBytes) {
    if (probeNumber != PacketNumbers.NONE || isComplete()) {
      return 0;
    }
    // After a loss the same size is tried again.
    int wanted = probesLost > 0 ? probeBytes : nextBytes();
    int bytes = (int) Math.min(wanted, roomBytes);
    return bytes < currentBytes + STEP_BYTES && bytes < wanted ? 0 : bytes;
  }

  private int nextBytes() {
    return ceilingBytes > limitBytes
        ? limitBytes
        : currentBytes + (ceilingBytes - currentBytes) / 2;
  }

  /** Whether there is nothing to look for: the limit is reached, or the path's is known. */
  private boolean isComplete() {
    return currentBytes >= limitBytes
        || (ceilingBytes <= limitBytes && ceilingBytes - currentBytes < STEP_BYTES);
  }

  /** A probe was sent. */
  public void onProbeSent(long packetNumber, int bytes) {
    probeNumber = packetNumber;
    if (bytes != probeBytes) {
      probeBytes = bytes;
      probesLost = 0;
    }
  }

  /** Whether this 1-RTT packet is the probe in flight. */
  private boolean isProbe(SentPacket packet) {
    return packet.packetNumber() == probeNumber && packet.isProbe();
  }

  /** A packet that was sent on this path was acknowledged. */
  void onAcked(SentPacket packet) {
    if (isProbe(packet)) {
      probeNumber = PacketNumbers.NONE;
      probesLost = 0;
      if (packet.sizeBytes() <= limitBytes) {
        currentBytes = Math.max(currentBytes, packet.sizeBytes());
      }
    }
    if (packet.sizeBytes() > BASE_BYTES && packet.packetNumber() > largestLargeAcked) {
      largestLargeAcked = packet.packetNumber();
      largeLosses = 0;
    }
  }

  /** A packet that was sent on this path was lost. */
  void onLost(SentPacket packet, long nowNanos) {
    if (isProbe(packet)) {
      onProbeLost(nowNanos);
    } else if (!packet.isProbe()
        && packet.sizeBytes() > BASE_BYTES
        && packet.packetNumber() > largestLargeAcked
        && nowNanos != lastLargeLossNanos) {
      // Nothing as large and sent later has arrived, but something smaller has. Many packets that
      // are lost at once are one loss: a full queue does that, too.
      lastLargeLossNanos = nowNanos;
      if (++largeLosses >= BLACK_HOLE_LOSSES) {
        onBlackHole(nowNanos);
      }
    }
  }

  private void onProbeLost(long nowNanos) {
    probeNumber = PacketNumbers.NONE;
    if (++probesLost < PROBES_MAX) {
      return;
    }
    probesLost = 0;
    ceilingBytes = Math.min(ceilingBytes, probeBytes);
    if (isComplete()) {
      raiseAtNanos = nowNanos + RAISE_NANOS;
    }
  }

  /** Probe timeouts came in a row: perhaps it's the size that keeps everything from arriving. */
  void onProbeTimeouts(int inARow, long nowNanos) {
    if (inARow >= BLACK_HOLE_TIMEOUTS && currentBytes > BASE_BYTES) {
      onBlackHole(nowNanos);
    }
  }

  /** Back to what every path carries; what worked before isn't believed for a while. */
  private void onBlackHole(long nowNanos) {
    if (currentBytes == BASE_BYTES) {
      return;
    }
    blackHoles++;
    ceilingBytes = currentBytes;
    currentBytes = BASE_BYTES;
    largeLosses = 0;
    probesLost = 0;
    probeNumber = PacketNumbers.NONE;
    if (isComplete()) {
      raiseAtNanos = nowNanos + RAISE_NANOS;
    }
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs, while no probe is under way. */
  void save(ByteBuffer out) {
    out.putInt(currentBytes).putInt(limitBytes).putInt(ceilingBytes);
    out.putInt(probeBytes).putInt(probesLost).putLong(raiseAtNanos);
    out.putLong(largestLargeAcked).putInt(largeLosses).putLong(lastLargeLossNanos);
    out.putInt(blackHoles);
  }

  void restore(ByteBuffer in) {
    currentBytes = in.getInt();
    limitBytes = in.getInt();
    ceilingBytes = in.getInt();
    probeBytes = in.getInt();
    probesLost = in.getInt();
    raiseAtNanos = in.getLong();
    largestLargeAcked = in.getLong();
    largeLosses = in.getInt();
    lastLargeLossNanos = in.getLong();
    blackHoles = in.getInt();
  }
}
