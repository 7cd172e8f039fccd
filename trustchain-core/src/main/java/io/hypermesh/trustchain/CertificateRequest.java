package io.hypermesh.trustchain;

import io.hypermesh.trustchain.issuance.Pkcs10;
import io.hypermesh.trustchain.signature.SigningKey;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A request for a certificate.
 *
 * @param requestId chosen by the requester: 1 to 128 visible ASCII characters; the same id gives
 *     the same certificate, however often it is asked for
 * @param profile the name of the profile asked for
 * @param publicKey the key to certify
 * @param names the names to certify, in the order in which they will stand
 */
public record CertificateRequest(
    String requestId, String profile, PublicKey publicKey, List<SubjectName> names) {
  /** The longest request id. */
  public static final int REQUEST_ID_LENGTH_MAX = 128;

  private static final Pattern REQUEST_ID =
      Pattern.compile("[\\x21-\\x7e]{1," + REQUEST_ID_LENGTH_MAX + "}");

  /** Checks the id and copies the names. */
  public CertificateRequest {
    if (!REQUEST_ID.matcher(requestId).matches()) {
      throw new IllegalArgumentException(
          "a request id has 1 to 128 visible ASCII characters, not " + requestId.length());
    }
    names = List.copyOf(names);
  }

  /**
   * A request made in the same process. The caller vouches that the subject holds the private key.
   *
   * @param requestId the request's id
   * @param publicKey the key to certify
   * @param names the names to certify
   * @return the request, for the default profile
   */
  public static CertificateRequest of(
      String requestId, PublicKey publicKey, List<SubjectName> names) {
    return new CertificateRequest(requestId, CertificateProfile.DEFAULT_NAME, publicKey, names);
  }

  /**
   * Reads a PKCS#10 request (RFC 2986) and verifies that its sender holds the private key. The
   * names are those of the requested subjectAltName; the subject and everything else that it asks
   * for count for nothing.
   *
   * @param requestId the request's id
   * @param der the request, at most 32 KiB
   * @return the request, for the default profile
   * @throws IssuanceException where it is malformed, too large, or its signature is wrong
   */
  public static CertificateRequest ofPkcs10(String requestId, byte[] der) throws IssuanceException {
    Pkcs10 request = Pkcs10.read(der);
    return of(requestId, request.publicKey(), request.names());
  }

  /**
   * Makes a PKCS#10 request, signed by the subject's key.
   *
   * @param keyPair the subject's key
   * @param names the names to ask for
   * @return the DER of the request
   * @throws IssuanceException where the key is of a kind that doesn't sign here
   */
  public static byte[] pkcs10(KeyPair keyPair, List<SubjectName> names) throws IssuanceException {
    try {
      return Pkcs10.write(SigningKey.of(keyPair), names);
    } catch (GeneralSecurityException e) {
      throw new IssuanceException(
          IssuanceException.Rule.PUBLIC_KEY, "the request can't be signed: " + e.getMessage(), e);
    }
  }

  /**
   * The same request for another profile.
   *
   * @param value the profile's name
   * @return the changed request
   */
  public CertificateRequest withProfile(String value) {
    return new CertificateRequest(requestId, value, publicKey, names);
  }
}
