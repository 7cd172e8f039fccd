package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.QuicVersion;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A provider that can be used here, and a suite that it does. */
record ProviderCase(AeadProvider provider, CipherSuite suite) {
  /** Each provider with each suite; those that can't be used here are left out. */
  static Stream<ProviderCase> all() {
    return Stream.of(CipherSuite.values())
        .flatMap(suite -> of(suite).stream().map(provider -> new ProviderCase(provider, suite)));
  }

  /** Those of native libraries. */
  static Stream<ProviderCase> natives() {
    return all().filter(of -> !of.provider.equals(PacketProtectionProviders.JCE));
  }

  /** Those of AES-128-GCM, with which Initial packets are protected. */
  static List<AeadProvider> aesGcm() {
    return of(CipherSuite.AES_128_GCM_SHA256);
  }

  static List<AeadProvider> chaCha20() {
    return of(CipherSuite.CHACHA20_POLY1305_SHA256);
  }

  /** The providers of a suite. */
  static List<AeadProvider> of(CipherSuite suite) {
    return PacketProtectionProviders.all().stream()
        .filter(provider -> provider.supports(suite))
        .map(provider -> (AeadProvider) provider)
        .toList();
  }

  byte[] secret(int seed) {
    byte[] secret = new byte[suite.hashLength()];
    Arrays.fill(secret, (byte) seed);
    return secret;
  }

  PacketProtection keys(int seed) {
    return provider.create(QuicVersion.V1, suite, secret(seed));
  }

  @Override
  public String toString() {
    return provider + " " + suite;
  }
}
