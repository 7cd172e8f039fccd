package io.hypermesh.stoq.handshake;

import java.io.ByteArrayInputStream;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateRevokedException;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Checks who the peer is: that it holds the key of its certificate, and that the trust manager
 * accepts the whole chain for the name (RFC 8446, 4.4.2.4 and 4.4.3). The signature comes first: it
 * costs less than a path, and a chain can be replayed by anyone.
 *
 * @param chain as it came, undecoded, not empty
 * @param verify the peer's CertificateVerify
 * @param transcriptHash of ClientHello to the peer's Certificate
 */
@SuppressWarnings("ArrayRecordComponent") // carried to a task, never compared
record PeerAuthentication(List<byte[]> chain, CertificateVerify verify, byte[] transcriptHash) {

  /** How deep a chain of causes is searched for one that names the failure. */
  private static final int CAUSES_MAX = 16;

  List<X509Certificate> authenticate(
      X509ExtendedTrustManager trustManager, HandshakeContext context, TlsSettings.Limits limits)
      throws AuthenticationException {
    List<X509Certificate> certificates = decode(chain);
    X509Certificate own = certificates.getFirst();
    SignatureScheme scheme = verify.scheme();
    if (!Signatures.fits(scheme, own.getPublicKey(), limits.rsaModulusBitsMax())) {
      throw new AuthenticationException(
          Alert.ILLEGAL_PARAMETER,
          "the peer's CertificateVerify with " + scheme + " does not fit its certificate's key",
          null);
    }
    byte[] content = CertificateVerify.signedContent(context.client(), transcriptHash);
    if (!Signatures.verify(scheme, own.getPublicKey(), content, verify.signature())) {
      throw new AuthenticationException(
          Alert.DECRYPT_ERROR, "the peer's CertificateVerify has a wrong signature", null);
    }
    judge(certificates, trustManager, context);
    return certificates;
  }

  /**
   * Asks the trust manager for a chain that was proved in an earlier connection.
   *
   * @return the chain, or null where it is not, or no longer, accepted
   */
  static @Nullable List<X509Certificate> accepted(
      List<byte[]> chain,
      @Nullable X509ExtendedTrustManager trustManager,
      HandshakeContext context) {
    if (trustManager == null || chain.isEmpty()) {
      return null;
    }
    try {
      List<X509Certificate> certificates = decode(chain);
      judge(certificates, trustManager, context);
      return certificates;
    } catch (AuthenticationException e) {
      return null; // the answer to the question; a full handshake will say why
    }
  }

  private static void judge(
      List<X509Certificate> certificates,
      X509ExtendedTrustManager trustManager,
      HandshakeContext context)
      throws AuthenticationException {
    EngineView engine = new EngineView(context.withPeerCertificates(certificates));
    X509Certificate[] chain = certificates.toArray(X509Certificate[]::new);
    try {
      if (context.client()) {
        // TLS 1.3 suites name no kind of key, which the JDK's own stack spells so.
        trustManager.checkServerTrusted(chain, "UNKNOWN", engine);
      } else {
        trustManager.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm(), engine);
      }
    } catch (CertificateException e) {
      throw new AuthenticationException(
          alertFor(e), "the peer's certificate is not trusted: " + e.getMessage(), e);
    }
  }

  private static List<X509Certificate> decode(List<byte[]> chain) throws AuthenticationException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (byte[] encoded : chain) {
      try {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        // The factory reads PEM and skips what follows the certificate; TLS allows neither.
        if (factory.generateCertificate(new ByteArrayInputStream(encoded))
                instanceof X509Certificate certificate
            && Arrays.equals(certificate.getEncoded(), encoded)) {
          certificates.add(certificate);
        } else {
          throw new AuthenticationException(
              Alert.BAD_CERTIFICATE, "the peer's certificate is not exactly one in DER", null);
        }
      } catch (CertificateException | RuntimeException e) {
        throw new AuthenticationException(
            Alert.BAD_CERTIFICATE, "couldn't decode the peer's certificate", e);
      }
    }
    return certificates;
  }

  /** The alert that says most about why a trust manager refused (RFC 8446, 6.2). */
  static Alert alertFor(CertificateException failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
      Alert alert = alertNamedBy(cause);
      if (alert != Alert.CERTIFICATE_UNKNOWN) {
        return alert;
      }
      cause = cause.getCause();
    }
    return Alert.CERTIFICATE_UNKNOWN;
  }

  private static Alert alertNamedBy(Throwable cause) {
    return switch (cause) {
      case CertificateExpiredException _, CertificateNotYetValidException _ ->
          Alert.CERTIFICATE_EXPIRED;
      case CertificateRevokedException _ -> Alert.CERTIFICATE_REVOKED;
      case CertPathValidatorException path -> alertFor(path.getReason());
      // One with a cause wraps the failure of a path that was found.
      case CertPathBuilderException builder when builder.getCause() == null -> Alert.UNKNOWN_CA;
      default -> Alert.CERTIFICATE_UNKNOWN;
    };
  }

  private static Alert alertFor(CertPathValidatorException.Reason reason) {
    return switch (reason) {
      case BasicReason.EXPIRED, BasicReason.NOT_YET_VALID -> Alert.CERTIFICATE_EXPIRED;
      case BasicReason.REVOKED -> Alert.CERTIFICATE_REVOKED;
      case BasicReason.INVALID_SIGNATURE, BasicReason.ALGORITHM_CONSTRAINED ->
          Alert.BAD_CERTIFICATE;
      case PKIXReason.NO_TRUST_ANCHOR -> Alert.UNKNOWN_CA;
      case PKIXReason.INVALID_KEY_USAGE,
          PKIXReason.NOT_CA_CERT,
          PKIXReason.PATH_TOO_LONG,
          PKIXReason.INVALID_NAME,
          PKIXReason.NAME_CHAINING,
          PKIXReason.INVALID_POLICY,
          PKIXReason.UNRECOGNIZED_CRIT_EXT ->
          Alert.BAD_CERTIFICATE;
      default -> Alert.CERTIFICATE_UNKNOWN;
    };
  }
}
