package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.foreign.NativeAccess;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;

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
    String unavailable = NativeAccess.missing(architectures);
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
}
