package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.QuicVersion;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A provider that is there, or isn't and says why.
 *
 * @param name what it is chosen by
 * @param unavailableBecause null where it is there
 * @param suites what it does; none where it isn't there
 * @param aeads makes its AEADs, of these suites only
 */
record AeadProvider(
    String name, @Nullable String unavailableBecause, Set<CipherSuite> suites, Aead.Factory aeads)
    implements PacketProtectionProvider {

  /** One that can't be used. */
  static AeadProvider unavailable(String name, String because) {
    return new AeadProvider(
        name,
        because,
        Set.of(),
        (suite, key) -> {
          throw new IllegalStateException(
              "couldn't protect packets with " + name + " because " + because);
        });
  }

  /** One that was tried, with what it turned out to do wrongly left out. */
  static AeadProvider tried(String name, Set<CipherSuite> suites, Aead.Factory aeads) {
    for (CipherSuite suite : suites) {
      String wrong = AeadSelfTest.findFault(suite, aeads);
      if (wrong != null) {
        // A library that does one thing wrongly isn't the one that it was taken for.
        return unavailable(name, "its test failed: " + suite + ": " + wrong);
      }
    }
    return new AeadProvider(name, null, suites, aeads);
  }

  @Override
  public boolean supports(CipherSuite suite) {
    return suites.contains(suite);
  }

  @Override
  public PacketProtection create(QuicVersion version, CipherSuite suite, byte[] secret) {
    if (unavailableBecause == null && !supports(suite)) {
      throw new IllegalStateException(
          "couldn't protect packets with " + name + " because it doesn't do " + suite);
    }
    return KeyedPacketProtection.of(version, suite, aeads, secret);
  }

  @Override
  public String toString() {
    return name;
  }
}
