package io.hypermesh.examples;

import io.hypermesh.trustchain.CertificateAuthority;
import io.hypermesh.trustchain.CertificateIssuance;
import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.CertificateRequest;
import io.hypermesh.trustchain.CertificateValidationException;
import io.hypermesh.trustchain.CertificateValidator;
import io.hypermesh.trustchain.Checkpoint;
import io.hypermesh.trustchain.IssuancePolicy;
import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.KeyStorage;
import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.TrustChainException;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a certificate authority in a directory, issues a certificate from a PKCS#10 request, and
 * proves that the certificate is in the authority's log.
 *
 * <pre>
 *   IssueCertificate DIRECTORY               asks for a certificate for ::1 and localhost itself
 *   IssueCertificate DIRECTORY REQUEST.der   answers your request, for example from
 *       openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem
 *           -subj / -addext subjectAltName=IP:::1 -outform DER -out REQUEST.der
 * </pre>
 */
public final class IssueCertificate {
  private IssueCertificate() {}

  /**
   * Runs the example.
   *
   * @param args the authority's directory, and perhaps a request's file
   */
  public static void main(String[] args) {
    if (args.length < 1 || args.length > 2) {
      System.err.println("usage: IssueCertificate DIRECTORY [REQUEST.der]");
      System.exit(2);
    }
    try {
      run(Path.of(args[0]), args.length == 2 ? Files.readAllBytes(Path.of(args[1])) : null);
    } catch (TrustChainException | CertificateValidationException e) {
      System.err.println("IssueCertificate: " + e.getMessage());
      System.exit(1);
    } catch (IOException e) {
      System.err.println("IssueCertificate: couldn't read the request because of " + e);
      System.exit(1);
    }
  }

  private static void run(Path directory, byte @Nullable [] request)
      throws TrustChainException, CertificateValidationException {
    try (CertificateAuthority authority =
        CertificateAuthority.builder()
            .directory(directory)
            .name("Example")
            .policy(IssuancePolicy.names(List.of("::1", "localhost", ".localhost")))
            .logOrigin("localhost/example-log")
            .open()) {
      byte[] pkcs10 = request != null ? request : ownRequest(directory);

      // The request's hash as its id: asking again gives the same certificate.
      CertificateIssuance issuance =
          authority.issue(CertificateRequest.ofPkcs10(idOf(pkcs10), pkcs10));

      // What a relying party does, knowing the root and the log's public keys.
      Checkpoint checkpoint =
          authority
              .proof(issuance)
              .verify(issuance.certificate(), issuance.issuer(), authority.log().identity());
      CertificateValidator.builder()
          .roots(List.of(authority.root()))
          .log(authority.log().identity())
          .build()
          .validate(issuance.chain(), Purpose.SERVER, null);

      System.out.print(TrustChainIdentity.toPem(issuance.chain()));
      System.out.println(
          "path to the root      valid until " + issuance.certificate().getNotAfter());
      System.out.println("embedded timestamp    signed by the log, leaf " + issuance.leafIndex());
      System.out.println(
          "inclusion proof       leads to the root of " + checkpoint.treeSize() + " leaves");
      System.out.println(
          "checkpoint            signed by " + authority.log().identity().verifierKey());
    }
  }

  /** A request by a key of our own, which stays in the directory for its owner only. */
  private static byte[] ownRequest(Path directory) throws TrustChainException {
    KeyPair key =
        KeyStorage.pkcs8Files(directory.resolve("subject"))
            .loadOrGenerate("subject", KeyAlgorithm.EC_P256, new SecureRandom());
    return CertificateRequest.pkcs10(
        key, List.of(SubjectName.ip("::1"), SubjectName.dns("localhost")));
  }

  private static String idOf(byte[] request) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(request));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
