package io.hypermesh.stoq.recovery;

import java.nio.ByteBuffer;

/**
 * What {@link Recovery} knows of one path and of no other: its round-trip time, how much may be in
 * flight, how large datagrams may be, whether it carries ECN (RFC 9000, 9.4, 13.4 and 14). It's
 * kept while the connection may come back to the path. Owned by the connection's thread.
 */
public final class PathRecovery {
  final PathCongestion congestion;
  final RttEstimator rtt = new RttEstimator();
  private final PathMtu mtu;
  private final EcnValidation ecn;

  /**
   * @param controller made for this path
   * @param mtu starts at the size that the controller was made with
   */
  public PathRecovery(CongestionController controller, PathMtu mtu, EcnValidation ecn) {
    this.congestion = new PathCongestion(controller, mtu.currentBytes(), rtt);
    this.mtu = mtu;
    this.ecn = ecn;
  }

  /** The size of its datagrams. */
  public PathMtu mtu() {
    return mtu;
  }

  /** Its marks. */
  public EcnValidation ecn() {
    return ecn;
  }

  void onSent(SentPacket packet) {
    if (packet.isEcnMarked() && packet.isInFlight()) {
      ecn.onSent();
    }
  }

  void onAcked(SentPacket packet) {
    int before = mtu.currentBytes();
    mtu.onAcked(packet);
    noteDatagramSize(before);
  }

  void onLost(SentPacket packet, long nowNanos) {
    if (packet.isEcnMarked()) {
      ecn.onLost();
    }
    int before = mtu.currentBytes();
    mtu.onLost(packet, nowNanos);
    noteDatagramSize(before);
  }

  void onProbeTimeouts(int inARow, long nowNanos) {
    int before = mtu.currentBytes();
    mtu.onProbeTimeouts(inARow, nowNanos);
    noteDatagramSize(before);
  }

  private void noteDatagramSize(int before) {
    if (mtu.currentBytes() != before) {
      congestion.setMaxDatagramSize(mtu.currentBytes());
    }
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs, while nothing is in flight. */
  public void save(ByteBuffer out) {
    rtt.save(out);
    mtu.save(out);
    ecn.save(out);
    CongestionController controller = congestion.controller();
    out.putLong(controller.windowBytes()).putLong(controller.slowStartThresholdBytes());
  }

  /**
   * Takes over what another one knew, into this one, which is new; the congestion window starts
   * again.
   */
  public void restore(ByteBuffer in) {
    rtt.restore(in);
    int before = mtu.currentBytes();
    mtu.restore(in);
    noteDatagramSize(before);
    ecn.restore(in);
    congestion.controller().restart(in.getLong(), in.getLong());
  }
}
