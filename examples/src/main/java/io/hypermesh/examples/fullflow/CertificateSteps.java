package io.hypermesh.examples.fullflow;

import static io.hypermesh.examples.fullflow.FlowException.check;

import io.hypermesh.examples.fullflow.FlowReport.Step;
import io.hypermesh.trustchain.CertificateAuthority;
import io.hypermesh.trustchain.CertificateIssuance;
import io.hypermesh.trustchain.CertificateRequest;
import io.hypermesh.trustchain.Checkpoint;
import io.hypermesh.trustchain.IssuancePolicy;
import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.LogIdentity;
import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.TrustChainException;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Steps 1 and 2: an authority, and a certificate for each node and for the client. */
final class CertificateSteps {
  private static final Duration LIFETIME = Duration.ofHours(24);

  private final FlowReport report;
  private final Path directory;

  CertificateSteps(FlowReport report, Path directory) {
    this.report = report;
    this.directory = directory;
  }

  /**
   * What step 2 hands on.
   *
   * @param files has the nodes' identities
   * @param client the client's
   */
  record Certified(NodeFiles files, TrustChainIdentity client) {}

  CertificateAuthority init() throws TrustChainException, FlowException {
    long startNanos = System.nanoTime();
    CertificateAuthority authority =
        CertificateAuthority.builder()
            .directory(directory.resolve("authority"))
            .name("Full Flow")
            .policy(IssuancePolicy.names(List.of("::1/128", ".full-flow.example")))
            .open();
    long nanos = System.nanoTime() - startNanos;
    check(
        !authority
            .root()
            .getSubjectX500Principal()
            .equals(authority.issuer().getSubjectX500Principal()),
        "root and issuer share a name");
    check(authority.log().size() == 0, "a new transparency log is not empty");
    report.passed(
        Step.INIT,
        nanos,
        "root and issuing CA made and kept, issuer DN unique; empty log on disk, "
            + authority.log().identity().origin());
    return authority;
  }

  Certified certify(CertificateAuthority authority)
      throws TrustChainException, IOException, GeneralSecurityException, FlowException {
    List<TrustChainIdentity> identities = new ArrayList<>();
    long slowestNanos = 0;
    for (int i = 0; i <= NodeFiles.NODES; i++) {
      String name = i < NodeFiles.NODES ? "node-" + i : "client";
      report.working(Step.CERTIFICATE, "a certificate for " + name);
      KeyPair keyPair = KeyAlgorithm.ED25519.generate(new SecureRandom());
      List<SubjectName> names =
          List.of(SubjectName.ip("::1"), SubjectName.dns(name + ".full-flow.example"));
      byte[] pkcs10 = CertificateRequest.pkcs10(keyPair, names);
      long startNanos = System.nanoTime();
      CertificateIssuance issuance = authority.issue(CertificateRequest.ofPkcs10(name, pkcs10));
      Checkpoint checkpoint =
          authority
              .proof(issuance)
              .verify(issuance.certificate(), issuance.issuer(), authority.log().identity());
      slowestNanos = Math.max(slowestNanos, System.nanoTime() - startNanos);
      verify(issuance, keyPair, authority.log().identity(), name);
      check(checkpoint.treeSize() == i + 1, "the log has " + checkpoint.treeSize() + " entries");
      identities.add(new TrustChainIdentity(keyPair.getPrivate(), issuance.chain()));
    }
    FlowRun.checkWithin(Step.CERTIFICATE, slowestNanos);
    NodeFiles files = new NodeFiles(directory);
    files.write(
        List.of(authority.root()),
        authority.log().identity(),
        identities.subList(0, NodeFiles.NODES));
    report.passed(
        Step.CERTIFICATE,
        slowestNanos,
        "slowest of "
            + identities.size()
            + ", PKCS#10 to verified: 24 h, IPv6 and DNS SANs, embedded SCT, inclusion proof"
            + " against a signed checkpoint");
    return new Certified(files, identities.getLast());
  }

  private static void verify(
      CertificateIssuance issuance, KeyPair keyPair, LogIdentity log, String name)
      throws TrustChainException, GeneralSecurityException, FlowException {
    X509Certificate certificate = issuance.certificate();
    certificate.verify(issuance.issuer().getPublicKey());
    log.verifyEmbeddedTimestamp(certificate, issuance.issuer());
    check(
        certificate.getPublicKey().equals(keyPair.getPublic()),
        "the certificate of " + name + " is for another key");
    Duration life =
        Duration.between(
            certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
    check(
        life.minus(LIFETIME).abs().compareTo(Duration.ofMinutes(2)) < 0,
        "the certificate of " + name + " lives " + life);
    check(
        String.valueOf(certificate.getSubjectAlternativeNames())
            .contains(name + ".full-flow.example"),
        "the certificate of " + name + " lacks its name");
  }
}
