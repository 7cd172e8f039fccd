package io.hypermesh.stoq;

import io.hypermesh.stoq.protection.PacketProtectionProvider;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who encrypts and decrypts packets: the JDK's own ciphers or a native library. What each of them
 * makes of a packet is the same; they differ in speed. A suite that one doesn't do is done by the
 * fastest of the others.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="packetProtection"}
 */
public enum StoqPacketProtection {
  /** For each suite the fastest that can be used here: the first that can, as listed below. */
  FASTEST,

  /**
   * Intel's multi-buffer library for IPsec, {@code libIPSec_MB} 1.3 to 2.0, on Linux with an x86-64
   * processor: several times as fast as the others on packets. AES-GCM only.
   */
  IPSEC_MB,

  /** OpenSSL's {@code libcrypto} 3, on Linux. */
  OPENSSL,

  /** The JDK's ciphers (JCE), which can be used everywhere. */
  JCE;

  /** All that can be used here, the fastest first; never empty. */
  public static List<StoqPacketProtection> available() {
    return List.of(values()).stream().filter(value -> value.unavailableBecause() == null).toList();
  }

  /**
   * Why it can't be used here, to be read by people: the library isn't installed, or native access
   * isn't enabled. Null where it can. The library is tried when this is first asked.
   */
  public @Nullable String unavailableBecause() {
    return this == FASTEST
        ? null
        : PacketProtectionProviders.get(providerName()).unavailableBecause();
  }

  /**
   * The provider.
   *
   * @throws IllegalArgumentException where it can't be used here
   */
  PacketProtectionProvider provider() {
    return this == FASTEST
        ? PacketProtectionProviders.fastest()
        : PacketProtectionProviders.named(providerName());
  }

  private String providerName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
