package io.hypermesh.trustchain;

import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/**
 * A certificate chain was rejected: by which rule, and where in the chain. Where several paths were
 * tried, it tells of the one that got furthest.
 */
public final class CertificateValidationException extends CertificateException {
  private static final long serialVersionUID = 1L;

  /** The rule that a chain broke. */
  public enum Rule {
    /** There is no certificate. */
    EMPTY_CHAIN,
    /** A certificate is not what RFC 5280 says it should be. */
    MALFORMED,
    /** No path leads to a trusted root. */
    UNTRUSTED,
    /** A signature does not verify under the issuer's key. */
    SIGNATURE,
    /** A key or a signature algorithm is weak or unknown. */
    ALGORITHM,
    /** A certificate is not valid yet. */
    NOT_YET_VALID,
    /** A certificate is not valid any more. */
    EXPIRED,
    /** An issuer is not a certificate authority, or more of them follow than it allows. */
    BASIC_CONSTRAINTS,
    /** A key is used for what its certificate does not allow. */
    KEY_USAGE,
    /** The certificate is not for this end of a TLS connection. */
    EXTENDED_KEY_USAGE,
    /** A name is outside what an issuer is allowed to certify. */
    NAME_CONSTRAINTS,
    /** A critical extension is not understood. */
    CRITICAL_EXTENSION,
    /** The certificate is not for the name that was asked for. */
    NAME_MISMATCH,
    /** The certificate was not logged as the policy demands. */
    TRANSPARENCY,
    /** Judging the chain would cost more work than is allowed. */
    WORK_LIMIT
  }

  private final Rule rule;
  private final int chainIndex;

  /**
   * Names the rule and the place.
   *
   * @param rule the broken rule
   * @param chainIndex the certificate's place in its path: 0 for the end entity's, 1 for its
   *     issuer's, and so on up to the root
   * @param message what was wrong
   * @param cause what led to it, or null
   */
  public CertificateValidationException(
      Rule rule, int chainIndex, String message, @Nullable Throwable cause) {
    super(
        "couldn't accept the certificate chain because of "
            + rule
            + " at certificate "
            + chainIndex
            + ": "
            + message,
        cause);
    this.rule = rule;
    this.chainIndex = chainIndex;
  }

  /**
   * The rule that was broken.
   *
   * @return the rule
   */
  public Rule rule() {
    return rule;
  }

  /**
   * Where in the path.
   *
   * @return 0 for the end entity's certificate, 1 for its issuer's, and so on
   */
  public int chainIndex() {
    return chainIndex;
  }
}
