package io.hypermesh.trustchain.validation;

import io.hypermesh.trustchain.CertificateValidationException;
import io.hypermesh.trustchain.CertificateValidationException.Rule;

/** Shorthand for rejections. */
final class Rejection {
  private Rejection() {}

  static CertificateValidationException of(Rule rule, int index, String message) {
    return new CertificateValidationException(rule, index, message, null);
  }

  static CertificateValidationException of(Rule rule, int index, String message, Throwable cause) {
    return new CertificateValidationException(rule, index, message, cause);
  }
}
