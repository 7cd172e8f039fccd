package io.hypermesh.trustchain;

import io.hypermesh.trustchain.issuance.NamePolicy;
import java.util.List;

/**
 * Decides which requests an authority answers. It is asked after the request was found well-formed
 * and before anything is signed. Implementations are safe for use by any number of threads.
 */
@FunctionalInterface
public interface IssuancePolicy {
  /**
   * Allows a request by returning.
   *
   * @param request the request
   * @param profile the profile it asks for
   * @throws IssuanceException where the request is not allowed, usually with {@link
   *     IssuanceException.Rule#POLICY}
   */
  void check(CertificateRequest request, CertificateProfile profile) throws IssuanceException;

  /**
   * Allows requests whose every name matches a pattern. A pattern is one of: a DNS name, for
   * exactly that name; a DNS name after a dot ({@code .mesh.example}), for every name below it; an
   * IPv6 prefix ({@code 2001:db8::/32}); a URI, for it and everything below its path.
   *
   * @param patterns the patterns
   * @return the policy
   * @throws IllegalArgumentException where a pattern is malformed
   */
  static IssuancePolicy names(List<String> patterns) {
    return NamePolicy.of(patterns);
  }

  /**
   * Allows every well-formed request: for an authority whose callers are all trusted with all
   * names.
   *
   * @return the policy
   */
  static IssuancePolicy anyName() {
    return (request, profile) -> {};
  }
}
