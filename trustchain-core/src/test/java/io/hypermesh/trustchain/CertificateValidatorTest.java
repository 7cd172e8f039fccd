package io.hypermesh.trustchain;

import static io.hypermesh.trustchain.TestAuthority.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import io.hypermesh.trustchain.TestAuthority.Spec;
import io.hypermesh.trustchain.asn1.X509Certificates;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CertificateValidatorTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final TestAuthority ROOT = TestAuthority.root(TestAuthority.authority("CN=Root"));
  private static final TestAuthority ISSUER = ROOT.issuer(TestAuthority.authority("CN=Issuer"));

  private static CertificateValidator.Builder builder() {
    return CertificateValidator.builder()
        .roots(List.of(ROOT.certificate))
        .clock(InstantSource.fixed(NOW));
  }

  private static Spec leaf() {
    return TestAuthority.leaf(
        new GeneralName(GeneralName.dNSName, "host.example"),
        new GeneralName(GeneralName.dNSName, "*.wild.example"),
        new GeneralName(GeneralName.iPAddress, "2001:db8::1"));
  }

  private static List<X509Certificate> chain(Spec leaf) {
    return List.of(ISSUER.issue(leaf), ISSUER.certificate);
  }

  @Test
  void shouldAcceptAChainInAnyOrderWithSuperfluousCertificates() throws Exception {
    X509Certificate certificate = ISSUER.issue(leaf());
    TestAuthority other = ROOT.issuer(TestAuthority.authority("CN=Other"));
    CertificateValidator.ValidatedPath path =
        builder()
            .build()
            .validate(
                List.of(certificate, other.certificate, ROOT.certificate, ISSUER.certificate),
                Purpose.SERVER,
                "host.example");
    assertThat(path.path()).containsExactly(certificate, ISSUER.certificate, ROOT.certificate);
    assertThat(path.timestamp()).isNull();
  }

  @Test
  void shouldMatchNamesByRfc9525() throws Exception {
    CertificateValidator validator = builder().build();
    List<X509Certificate> chain = chain(leaf());
    for (String host :
        List.of(
            "host.example",
            "HOST.example.",
            "a.wild.example",
            "2001:db8::1",
            "2001:DB8:0:0::1",
            "[2001:db8::1]",
            "2001:db8:0:0:0:0:0:1")) {
      assertThat(validator.validate(chain, Purpose.SERVER, host).path()).hasSize(3);
    }
    for (String host :
        List.of(
            "example",
            "other.example",
            "xhost.example",
            "host.example.evil",
            "wild.example",
            "a.b.wild.example",
            ".wild.example",
            "2001:db8::2",
            "*.wild.example",
            "",
            "1.2.3.4",
            "2001:db8::1:",
            "host.example\u0000.evil")) {
      assertRejected(validator, chain, Purpose.SERVER, host, Rule.NAME_MISMATCH, 0);
    }
  }

  @Test
  void shouldIgnoreTheCommonName() throws Exception {
    Spec spec = leaf().subject("CN=common.example");
    assertRejected(
        builder().build(), chain(spec), Purpose.SERVER, "common.example", Rule.NAME_MISMATCH, 0);
  }

  @Test
  void shouldRejectOutsideTheValidityButTolerateASlightlyWrongClock() throws Exception {
    List<X509Certificate> chain = chain(leaf());
    Instant end = NOW.plus(Duration.ofHours(1));
    Instant start = NOW.minus(Duration.ofHours(1));
    at(end.plusSeconds(60)).validate(chain, Purpose.SERVER, "host.example");
    at(start.minusSeconds(60)).validate(chain, Purpose.SERVER, "host.example");
    assertRejected(at(end.plusSeconds(61)), chain, Purpose.SERVER, null, Rule.EXPIRED, 0);
    assertRejected(at(start.minusSeconds(61)), chain, Purpose.SERVER, null, Rule.NOT_YET_VALID, 0);
    TestAuthority expired =
        ROOT.issuer(TestAuthority.authority("CN=Expired").validity(start, NOW.minusSeconds(120)));
    List<X509Certificate> below = List.of(expired.issue(leaf()), expired.certificate);
    assertRejected(builder().build(), below, Purpose.SERVER, null, Rule.EXPIRED, 1);
  }

  private static CertificateValidator at(Instant now) throws CertificateValidationException {
    return builder().clock(InstantSource.fixed(now)).build();
  }

  @Test
  void shouldRejectAKeyForTheOtherEndOfTheConnection() throws Exception {
    Spec client =
        leaf()
            .with(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
    CertificateValidator validator = builder().build();
    List<X509Certificate> chain = chain(client);
    validator.validate(chain, Purpose.CLIENT, null);
    assertRejected(validator, chain, Purpose.SERVER, null, Rule.EXTENDED_KEY_USAGE, 0);
    Spec none = leaf().without(Extension.extendedKeyUsage);
    assertRejected(validator, chain(none), Purpose.SERVER, null, Rule.EXTENDED_KEY_USAGE, 0);
    Spec any =
        leaf()
            .with(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(
                    new KeyPurposeId[] {
                      KeyPurposeId.id_kp_serverAuth, KeyPurposeId.anyExtendedKeyUsage
                    }));
    assertRejected(validator, chain(any), Purpose.SERVER, null, Rule.EXTENDED_KEY_USAGE, 0);
    TestAuthority clients =
        ROOT.issuer(
            TestAuthority.authority("CN=Clients")
                .with(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth)));
    List<X509Certificate> below = List.of(clients.issue(leaf()), clients.certificate);
    validator.validate(below, Purpose.CLIENT, null);
    assertRejected(validator, below, Purpose.SERVER, null, Rule.EXTENDED_KEY_USAGE, 1);
  }

  @Test
  void shouldRejectUntrustedAndForgedChains() throws Exception {
    CertificateValidator validator = builder().build();
    TestAuthority stranger = TestAuthority.root(TestAuthority.authority("CN=Stranger"));
    assertRejected(
        validator,
        List.of(stranger.issue(leaf()), stranger.certificate),
        Purpose.SERVER,
        null,
        Rule.UNTRUSTED,
        1);
    assertRejected(
        validator, List.of(ISSUER.issue(leaf())), Purpose.SERVER, null, Rule.UNTRUSTED, 0);
    // The same names, another key.
    TestAuthority forgedRoot = TestAuthority.root(TestAuthority.authority("CN=Root"));
    TestAuthority forged = forgedRoot.issuer(TestAuthority.authority("CN=Issuer"));
    assertRejected(
        validator,
        List.of(forged.issue(leaf()), forged.certificate),
        Purpose.SERVER,
        null,
        Rule.SIGNATURE,
        1);
    assertRejected(
        validator,
        List.of(forged.issue(leaf()), ISSUER.certificate),
        Purpose.SERVER,
        null,
        Rule.SIGNATURE,
        0);
    assertRejected(validator, List.of(), Purpose.SERVER, null, Rule.EMPTY_CHAIN, 0);
  }

  @Test
  void shouldJudgeAllButTheSignaturesAnewAfterAcceptingAChain() throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(NOW);
    CertificateValidator validator = builder().clock(now::get).build();
    X509Certificate certificate = ISSUER.issue(leaf());
    List<X509Certificate> chain = List.of(certificate, ISSUER.certificate);
    for (int time = 0; time < 2; time++) {
      assertThat(validator.validate(chain, Purpose.SERVER, "host.example").path()).hasSize(3);
    }
    assertRejected(validator, chain, Purpose.SERVER, "other.example", Rule.NAME_MISMATCH, 0);
    // The last byte belongs to the signature, and only to it.
    byte[] forged = certificate.getEncoded();
    forged[forged.length - 1] ^= 1;
    assertRejected(
        validator,
        List.of(X509Certificates.parse(forged), ISSUER.certificate),
        Purpose.SERVER,
        null,
        Rule.SIGNATURE,
        0);
    now.set(NOW.plus(Duration.ofHours(2)));
    assertRejected(validator, chain, Purpose.SERVER, null, Rule.EXPIRED, 0);
  }

  @Test
  void shouldRejectIssuersThatMayNotIssue() throws Exception {
    CertificateValidator validator = builder().build();
    TestAuthority noAuthority =
        ROOT.issuer(
            leaf()
                .subject("CN=Leaf")
                .with(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign)));
    assertBelow(validator, noAuthority, Rule.BASIC_CONSTRAINTS);
    assertBelow(
        validator,
        ROOT.issuer(
            TestAuthority.authority("CN=NoSign")
                .with(Extension.keyUsage, true, new KeyUsage(KeyUsage.cRLSign))),
        Rule.KEY_USAGE);
    assertBelow(
        validator,
        ROOT.issuer(
            TestAuthority.authority("CN=Lax")
                .with(Extension.basicConstraints, false, new BasicConstraints(true))),
        Rule.BASIC_CONSTRAINTS);
    assertBelow(
        validator,
        ROOT.issuer(
            TestAuthority.authority("CN=Critical")
                .with(new ASN1ObjectIdentifier("1.2.3.4"), true, DERNull.INSTANCE)),
        Rule.CRITICAL_EXTENSION);
    TestAuthority shortPath =
        ROOT.issuer(
            TestAuthority.authority("CN=Short")
                .with(Extension.basicConstraints, true, new BasicConstraints(0)));
    TestAuthority tooDeep = shortPath.issuer(TestAuthority.authority("CN=Deep"));
    assertRejected(
        validator,
        List.of(tooDeep.issue(leaf()), tooDeep.certificate, shortPath.certificate),
        Purpose.SERVER,
        null,
        Rule.BASIC_CONSTRAINTS,
        2);
    assertRejected(
        validator,
        List.of(ROOT.issue(TestAuthority.authority("CN=CA"))),
        Purpose.SERVER,
        null,
        Rule.BASIC_CONSTRAINTS,
        0);
  }

  private static void assertBelow(CertificateValidator validator, TestAuthority issuer, Rule rule) {
    List<X509Certificate> chain = List.of(issuer.issue(leaf()), issuer.certificate);
    assertRejected(validator, chain, Purpose.SERVER, null, rule, 1);
  }

  @Test
  void shouldRejectAPrecertificateAndAnUnusableKeyUsage() throws Exception {
    CertificateValidator validator = builder().build();
    Spec poisoned =
        leaf().with(new ASN1ObjectIdentifier("1.3.6.1.4.1.11129.2.4.3"), true, DERNull.INSTANCE);
    assertRejected(validator, chain(poisoned), Purpose.SERVER, null, Rule.CRITICAL_EXTENSION, 0);
    Spec agreement = leaf().with(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyAgreement));
    assertRejected(validator, chain(agreement), Purpose.SERVER, null, Rule.KEY_USAGE, 0);
    Spec nameless = leaf().subject("CN=x").without(Extension.subjectAlternativeName);
    assertRejected(validator, chain(nameless), Purpose.SERVER, null, Rule.MALFORMED, 0);
  }

  @Test
  void shouldHoldNameConstraintsOfIssuersAndOfRoots() throws Exception {
    NameConstraints constraints =
        new NameConstraints(
            new GeneralSubtree[] {
              new GeneralSubtree(new GeneralName(GeneralName.dNSName, "inside.example")),
              new GeneralSubtree(
                  new GeneralName(
                      GeneralName.iPAddress, "2001:db8:0:0:0:0:0:0/ffff:ffff:0:0:0:0:0:0"))
            },
            new GeneralSubtree[] {
              new GeneralSubtree(new GeneralName(GeneralName.dNSName, "secret.inside.example"))
            });
    TestAuthority constrainedRoot =
        TestAuthority.root(
            TestAuthority.authority("CN=Constrained")
                .with(Extension.nameConstraints, true, constraints));
    TestAuthority issuer = constrainedRoot.issuer(TestAuthority.authority("CN=Below"));
    CertificateValidator validator =
        CertificateValidator.builder()
            .roots(List.of(constrainedRoot.certificate))
            .clock(InstantSource.fixed(NOW))
            .build();
    for (GeneralName name :
        List.of(
            new GeneralName(GeneralName.dNSName, "inside.example"),
            new GeneralName(GeneralName.dNSName, "a.INSIDE.example"),
            new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://any/1"),
            new GeneralName(GeneralName.iPAddress, "2001:db8:5::1"))) {
      validator.validate(
          List.of(issuer.issue(TestAuthority.leaf(name)), issuer.certificate),
          Purpose.SERVER,
          null);
    }
    for (GeneralName name :
        List.of(
            new GeneralName(GeneralName.dNSName, "outside.example"),
            new GeneralName(GeneralName.dNSName, "notinside.example"),
            new GeneralName(GeneralName.dNSName, "secret.inside.example"),
            new GeneralName(GeneralName.dNSName, "a.secret.inside.example"),
            new GeneralName(GeneralName.dNSName, "*.inside.example"),
            new GeneralName(GeneralName.iPAddress, "2001:db9::1"),
            new GeneralName(GeneralName.iPAddress, "10.0.0.1"))) {
      assertRejected(
          validator,
          List.of(issuer.issue(TestAuthority.leaf(name)), issuer.certificate),
          Purpose.SERVER,
          null,
          Rule.NAME_CONSTRAINTS,
          0);
    }
  }

  @Test
  void shouldBoundTheWorkThatAChainCanCause() throws Exception {
    KeyPair shared = KeyAlgorithm.EC_P256.generate(RANDOM);
    List<X509Certificate> roots = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      roots.add(TestAuthority.root(TestAuthority.authority("CN=Issuer")).certificate);
    }
    X509Certificate certificate = ISSUER.issue(leaf());
    CertificateValidator sameNames =
        CertificateValidator.builder().roots(roots).clock(InstantSource.fixed(NOW)).build();
    assertRejected(sameNames, List.of(certificate), Purpose.SERVER, null, Rule.WORK_LIMIT, 0);

    List<X509Certificate> tooMany = new ArrayList<>(List.of(certificate));
    for (int i = 0; i < 16; i++) {
      tooMany.add(ISSUER.certificate);
    }
    assertRejected(builder().build(), tooMany, Purpose.SERVER, null, Rule.WORK_LIMIT, 0);

    List<X509Certificate> deep = new ArrayList<>();
    TestAuthority last = ROOT;
    for (int i = 0; i < 8; i++) {
      last = last.issuer(TestAuthority.authority("CN=Level " + i));
      deep.addFirst(last.certificate);
    }
    deep.addFirst(last.issue(leaf()));
    assertRejected(builder().build(), deep, Purpose.SERVER, null, Rule.WORK_LIMIT, 7);
    builder().chainLengthMax(10).build().validate(deep, Purpose.SERVER, null);

    List<X509Certificate> crossed = new ArrayList<>();
    TestAuthority a = TestAuthority.root(TestAuthority.authority("CN=A").key(shared));
    TestAuthority b = TestAuthority.root(TestAuthority.authority("CN=B").key(shared));
    crossed.add(a.issue(leaf()));
    for (int i = 0; i < 7; i++) {
      crossed.add(b.issue(TestAuthority.authority("CN=A").key(shared)));
      crossed.add(a.issue(TestAuthority.authority("CN=B").key(shared)));
    }
    assertThatThrownBy(() -> builder().build().validate(crossed, Purpose.SERVER, null))
        .isInstanceOfSatisfying(
            CertificateValidationException.class,
            e -> assertThat(e.rule()).isEqualTo(Rule.WORK_LIMIT));
  }

  @Test
  void shouldBoundTheComparisonsOfNamesWithConstraints() throws Exception {
    GeneralName[] names = new GeneralName[300];
    GeneralSubtree[] subtrees = new GeneralSubtree[300];
    for (int i = 0; i < names.length; i++) {
      names[i] = new GeneralName(GeneralName.dNSName, "n" + i + ".example");
      subtrees[i] = new GeneralSubtree(new GeneralName(GeneralName.dNSName, "x" + i + ".test"));
    }
    TestAuthority issuer =
        ROOT.issuer(
            TestAuthority.authority("CN=Many")
                .with(Extension.nameConstraints, true, new NameConstraints(null, subtrees)));
    List<X509Certificate> chain =
        List.of(issuer.issue(TestAuthority.leaf(names)), issuer.certificate);
    assertRejected(builder().build(), chain, Purpose.SERVER, null, Rule.WORK_LIMIT, 0);
    builder().nameComparisonsMax(100_000).build().validate(chain, Purpose.SERVER, null);
  }

  static void assertRejected(
      CertificateValidator validator,
      List<X509Certificate> chain,
      Purpose purpose,
      @Nullable String host,
      Rule rule,
      int index) {
    assertThatThrownBy(() -> validator.validate(chain, purpose, host))
        .isInstanceOfSatisfying(
            CertificateValidationException.class,
            e -> {
              assertThat(e.rule()).as(e.getMessage()).isEqualTo(rule);
              assertThat(e.chainIndex()).as(e.getMessage()).isEqualTo(index);
            })
        .hasMessageContaining(rule.name())
        .hasMessageNotContaining("\n");
  }
}
