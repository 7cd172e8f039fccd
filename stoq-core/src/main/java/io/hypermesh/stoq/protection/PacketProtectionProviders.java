package io.hypermesh.stoq.protection;

import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The providers of packet protection that there are, and the choice among them.
 *
 * <p>Native libraries are tried when they are first asked for, once in the JVM's life: whether they
 * can be loaded, and whether what they do is what the platform's ciphers do. Safe for use by any
 * thread.
 */
public final class PacketProtectionProviders {
  /**
   * The system property that names what an endpoint uses that wasn't told otherwise: for tests, and
   * for operators who distrust a library.
   */
  public static final String PROPERTY = "hypermesh.stoq.packetProtection";

  /** The platform's ciphers: everywhere, for every suite. */
  public static final PacketProtectionProvider JCE =
      new AeadProvider("jce", null, EnumSet.allOf(CipherSuite.class), JceAead::new);

  private PacketProtectionProviders() {}

  /** All, the fastest first, those too that can't be used here. */
  public static List<PacketProtectionProvider> all() {
    return List.of(NativeProviders.IPSEC_MB, NativeProviders.OPENSSL, JCE);
  }

  /** For each suite the fastest that can be used here. */
  public static PacketProtectionProvider fastest() {
    return new PreferredProviders(all());
  }

  /**
   * One by its name, whether or not it can be used here.
   *
   * @throws IllegalArgumentException where there is none of that name
   */
  public static PacketProtectionProvider get(String name) {
    for (PacketProtectionProvider provider : all()) {
      if (provider.name().equals(name)) {
        return provider;
      }
    }
    throw new IllegalArgumentException(
        "couldn't protect packets with "
            + name
            + " because there are only "
            + all().stream().map(PacketProtectionProvider::name).collect(Collectors.joining(", ")));
  }

  /**
   * One by its name, and for suites that it doesn't do, the fastest of the others.
   *
   * @throws IllegalArgumentException where there is none of that name, or it can't be used here
   */
  public static PacketProtectionProvider named(String name) {
    PacketProtectionProvider provider = get(name);
    String because = provider.unavailableBecause();
    if (because != null) {
      throw new IllegalArgumentException(
          "couldn't protect packets with " + name + " because " + because);
    }
    return new PreferredProviders(Stream.concat(Stream.of(provider), all().stream()).toList());
  }

  /**
   * What the system property {@value #PROPERTY} names, or the fastest where it isn't set.
   *
   * @throws IllegalArgumentException where it names one that isn't there
   */
  public static PacketProtectionProvider preset() {
    String name = System.getProperty(PROPERTY, "");
    return name.isEmpty() ? fastest() : named(name);
  }
}
