package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.QuicVersion;
import org.jspecify.annotations.Nullable;

/**
 * Who protects packets: the platform's ciphers or a native library. {@link
 * PacketProtectionProviders} has them. What all of them make of a packet is the same; they differ
 * in speed.
 *
 * <p>Immutable; safe for use by any thread.
 */
public interface PacketProtectionProvider {
  /** The name that it is chosen and logged by, {@code jce} for example. */
  String name();

  /**
   * Why it can't be used here, to be read by people: the library isn't installed, native access
   * isn't allowed. Null where it can. Found out once, by trying it.
   */
  @Nullable String unavailableBecause();

  /** Whether it can be used here and does this suite. */
  boolean supports(CipherSuite suite);

  /**
   * The protection of one direction at one level, its keys derived from a traffic secret (RFC 9001,
   * 5.1; RFC 9369, 3.3.2).
   *
   * @param version whose labels tell its keys from the other's
   * @param secret as long as the suite's hash; the caller keeps and erases it
   * @return to be closed, or its keys and its native memory stay
   * @throws IllegalStateException where it doesn't support the suite
   */
  PacketProtection create(QuicVersion version, CipherSuite suite, byte[] secret);
}
