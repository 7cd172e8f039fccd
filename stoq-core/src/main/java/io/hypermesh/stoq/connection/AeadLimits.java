package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import java.nio.ByteBuffer;

/**
 * How much the AEAD may be used before it stops protecting (RFC 9001, 6.6).
 *
 * <p>Confidentiality: a key seals so many packets and no more; the last few are kept for the close,
 * which has to say that it is over. Integrity: over the whole connection, at whatever level and
 * under whichever key, so many packets may fail to authenticate; then it ends. Owned by the
 * connection's thread.
 */
final class AeadLimits {
  /** Packets of a key that only a CONNECTION_CLOSE may use; its repetitions thin out. */
  static final int CLOSE_PACKETS_RESERVED = 64;

  private final long sealedMax;
  private long failuresMax;
  private long failures;

  /**
   * @param sealedMax packets that a key may seal, where that is less than its suite allows
   * @param failuresMax packets that may fail to open, where that is less than the suites allow
   */
  AeadLimits(long sealedMax, long failuresMax) {
    this.sealedMax = sealedMax;
    this.failuresMax = failuresMax;
  }

  /** Whether keys that protect so many packets may protect nothing but the close any more. */
  boolean isExhausted(PacketProtection keys, long sealedCount) {
    return packetsLeft(keys, sealedCount) == 0;
  }

  /** How many packets keys may protect still that have protected so many, but for the close. */
  long packetsLeft(PacketProtection keys, long sealedCount) {
    long max = Math.min(sealedMax, keys.suite().confidentialityLimitPackets());
    return Math.max(0, max - Math.min(CLOSE_PACKETS_RESERVED, max / 2) - sealedCount);
  }

  /**
   * A packet was not authentic.
   *
   * @param suite of the keys that it was tried with
   * @throws TransportException where these were too many
   */
  void onOpenFailure(CipherSuite suite) throws TransportException {
    // Initial packets are AES-128-GCM's whatever is negotiated; the least of all limits counts.
    failuresMax = Math.min(failuresMax, suite.integrityLimitPackets());
    failures++;
    if (failures >= failuresMax) {
      throw new TransportException(
          TransportErrorCode.AEAD_LIMIT_REACHED, 0, "too many packets were not authentic");
    }
  }

  // ---- Hibernation ----

  /** Writes what {@link #restore} needs. */
  void save(ByteBuffer out) {
    out.putLong(failuresMax).putLong(failures);
  }

  /** Takes over what another one knew. */
  void restore(ByteBuffer in) {
    failuresMax = in.getLong();
    failures = in.getLong();
  }
}
