package io.hypermesh.trustchain;

import org.jspecify.annotations.Nullable;

/** A certificate request was refused. Nothing was signed, logged or stored for it. */
public final class IssuanceException extends TrustChainException {
  private static final long serialVersionUID = 1L;

  /** Which rule a request broke. */
  public enum Rule {
    /** The request is not the DER of a PKCS#10 request (RFC 2986), or it is too large. */
    MALFORMED_REQUEST,
    /** The request's signature does not verify under the key it asks a certificate for. */
    PROOF_OF_POSSESSION,
    /** The public key's type or strength is not allowed. */
    PUBLIC_KEY,
    /**
     * A requested name is malformed, of a kind that is not issued, or there is none or too many.
     */
    NAME,
    /** The policy does not allow the request. */
    POLICY,
    /** The profile asked for is not one of this authority's. */
    PROFILE,
    /** The request id is malformed, or was used before for a different request. */
    REQUEST_ID,
    /** What would have been signed breaks a rule of RFC 5280. */
    LINT,
    /** The issuer's own validity does not cover the certificate. */
    ISSUER_VALIDITY
  }

  private final Rule rule;

  /**
   * Names the rule and what broke it.
   *
   * @param rule the broken rule
   * @param message one line that says what broke it
   */
  public IssuanceException(Rule rule, String message) {
    this(rule, message, null);
  }

  /**
   * Names the rule and what broke it, with the cause.
   *
   * @param rule the broken rule
   * @param message one line that says what broke it
   * @param cause what led to it, or null
   */
  public IssuanceException(Rule rule, String message, @Nullable Throwable cause) {
    super(Category.CALLER_MISTAKE, "couldn't issue because " + message, cause);
    this.rule = rule;
  }

  /**
   * The rule that was broken.
   *
   * @return the rule
   */
  public Rule rule() {
    return rule;
  }
}
