package io.hypermesh.trustchain;

import static io.hypermesh.trustchain.TestAuthority.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import io.hypermesh.trustchain.TestAuthority.Spec;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Names and constraints that an authority, held to constraints itself, might try to slip by. */
class NameConstraintAttackTest {
  private static final TestAuthority ROOT = TestAuthority.root(TestAuthority.authority("CN=Root"));
  private static final GeneralName HOST = new GeneralName(GeneralName.dNSName, "host.example");

  @Test
  void shouldCompareDirectoryNamesInTheirOrder() throws Exception {
    GeneralSubtree permitted = subtree(GeneralName.directoryName, "O=Acme,OU=Lab");
    TestAuthority issuer = constrained(permitted, null);
    accept(List.of(issuer.issue(leaf(HOST).subject("O=Acme,OU=LAB,CN=x")), issuer.certificate));
    assertRejected(
        List.of(issuer.issue(leaf(HOST).subject("OU=Lab,O=Acme,CN=x")), issuer.certificate),
        Rule.NAME_CONSTRAINTS);
  }

  @Test
  void shouldRejectAMailboxOfThousandsOfLabels() {
    GeneralName mailbox = new GeneralName(GeneralName.rfc822Name, "a@" + "a.".repeat(14_000) + "a");
    assertRejected(
        chain(subtree(GeneralName.rfc822Name, "mail.example"), null, HOST, mailbox),
        Rule.MALFORMED);
  }

  @Test
  void shouldRejectConstraintsOnTheDistanceOfANameFromItsBase() {
    for (GeneralSubtree subtree :
        List.of(
            new GeneralSubtree(HOST, BigInteger.ONE, null),
            new GeneralSubtree(HOST, BigInteger.ZERO, BigInteger.ONE))) {
      assertRejected(chain(subtree, null, HOST), Rule.MALFORMED);
      assertRejected(chain(null, subtree, HOST), Rule.MALFORMED);
    }
  }

  private static GeneralSubtree subtree(int kind, String base) {
    return new GeneralSubtree(new GeneralName(kind, base));
  }

  private static Spec leaf(GeneralName... names) {
    return TestAuthority.leaf(names);
  }

  private static TestAuthority constrained(
      @Nullable GeneralSubtree permitted, @Nullable GeneralSubtree excluded) {
    return ROOT.issuer(
        TestAuthority.authority("CN=Constrained")
            .with(
                Extension.nameConstraints,
                true,
                new NameConstraints(
                    permitted == null ? null : new GeneralSubtree[] {permitted},
                    excluded == null ? null : new GeneralSubtree[] {excluded})));
  }

  private static List<X509Certificate> chain(
      @Nullable GeneralSubtree permitted, @Nullable GeneralSubtree excluded, GeneralName... names) {
    TestAuthority issuer = constrained(permitted, excluded);
    return List.of(issuer.issue(leaf(names)), issuer.certificate);
  }

  private static CertificateValidator.ValidatedPath accept(List<X509Certificate> chain)
      throws CertificateValidationException {
    CertificateValidator.ValidatedPath path =
        CertificateValidator.builder()
            .roots(List.of(ROOT.certificate))
            .clock(InstantSource.fixed(NOW))
            .build()
            .validate(chain, Purpose.SERVER, "host.example");
    assertThat(path.path()).hasSize(3);
    return path;
  }

  private static void assertRejected(List<X509Certificate> chain, Rule rule) {
    assertThatThrownBy(() -> accept(chain))
        .isInstanceOfSatisfying(
            CertificateValidationException.class, e -> assertThat(e.rule()).isEqualTo(rule));
  }
}
