package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.QuicVersion;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** For each suite the first of several providers that does it. Immutable. */
final class PreferredProviders implements PacketProtectionProvider {
  private final Map<CipherSuite, PacketProtectionProvider> chosen =
      new EnumMap<>(CipherSuite.class);
  private final String name;

  /**
   * @param providers in order of preference; the last does every suite
   */
  PreferredProviders(List<PacketProtectionProvider> providers) {
    for (CipherSuite suite : CipherSuite.values()) {
      for (PacketProtectionProvider provider : providers) {
        if (provider.supports(suite)) {
          chosen.putIfAbsent(suite, provider);
        }
      }
    }
    // The name of the first suite's, and who does the others where that isn't the same.
    PacketProtectionProvider first = get(CipherSuite.AES_128_GCM_SHA256);
    List<String> others = new ArrayList<>();
    chosen.forEach((suite, provider) -> {
      if (!provider.equals(first)) {
        others.add(provider.name() + " for " + suite);
      }
    });
    name = first.name() + (others.isEmpty() ? "" : ", " + String.join(", ", others));
  }

  private PacketProtectionProvider get(CipherSuite suite) {
    PacketProtectionProvider provider = chosen.get(suite);
    if (provider == null) {
      throw new IllegalStateException("couldn't protect packets: nobody does " + suite);
    }
    return provider;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public @Nullable String unavailableBecause() {
    return null;
  }

  @Override
  public boolean supports(CipherSuite suite) {
    return chosen.containsKey(suite);
  }

  @Override
  public PacketProtection create(QuicVersion version, CipherSuite suite, byte[] secret) {
    return get(suite).create(version, suite, secret);
  }

  @Override
  public String toString() {
    return name;
  }
}
