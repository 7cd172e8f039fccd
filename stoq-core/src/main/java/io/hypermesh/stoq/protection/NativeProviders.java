package io.hypermesh.stoq.protection;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tries the native libraries, each once. */
final class NativeProviders {
  /** {@code libIPSec_MB}, Intel's for IPsec. */
  static final AeadProvider IPSEC_MB =
      probe(
          "ipsec-mb",
          Set.of("amd64", "x86_64"),
          () ->
              AeadProvider.tried(
                  "ipsec-mb",
                  EnumSet.of(CipherSuite.AES_128_GCM_SHA256, CipherSuite.AES_256_GCM_SHA384),
                  IpsecMbAead::new));

  /** {@code libcrypto}, OpenSSL's. */
  static final AeadProvider OPENSSL =
      probe(
          "openssl",
          Set.of("amd64", "x86_64", "aarch64"),
          () -> {
            EnumSet<CipherSuite> suites = EnumSet.allOf(CipherSuite.class);
            suites.removeIf(suite -> !OpenSsl.supports(suite)); // built or configured without
            return AeadProvider.tried("openssl", suites, OpenSslAead::new);
          });

  private NativeProviders() {}

  private static AeadProvider probe(
      String name, Set<String> architectures, Supplier<AeadProvider> attempt) {
    String unavailable = unavailable(architectures);
    if (unavailable != null) {
      return AeadProvider.unavailable(name, unavailable);
    }
    try {
      return attempt.get();
    } catch (RuntimeException | LinkageError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String message = cause.getMessage();
      return AeadProvider.unavailable(name, message == null ? cause.toString() : message);
    }
  }

  private static @Nullable String unavailable(Set<String> architectures) {
    String system = System.getProperty("os.name", "");
    if (!system.equals("Linux")) {
      return "the system is " + system;
    }
    String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    if (!architectures.contains(architecture)) {
      return "the architecture is " + architecture;
    }
    Module module = NativeProviders.class.getModule();
    if (!module.isNativeAccessEnabled()) {
      return "native access isn't enabled: --enable-native-access="
          + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }
    return null;
  }
}
