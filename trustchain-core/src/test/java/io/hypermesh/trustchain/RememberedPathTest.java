package io.hypermesh.trustchain;

import static io.hypermesh.trustchain.TestAuthority.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import io.hypermesh.trustchain.TestAuthority.Spec;
import io.hypermesh.trustchain.asn1.X509Certificates;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What a validator remembers of accepted chains. That a path is a remembered one shows in its
 * certificates: they are the objects of the chain that was accepted first.
 */
class RememberedPathTest {
  private static final TestAuthority ROOT = TestAuthority.root(TestAuthority.authority("CN=Root"));
  private static final TestAuthority ISSUER = ROOT.issuer(TestAuthority.authority("CN=Issuer"));

  private final AtomicReference<Instant> now = new AtomicReference<>(NOW);

  private CertificateValidator.Builder builder() {
    return CertificateValidator.builder()
        .roots(List.of(ROOT.certificate))
        .clockTolerance(Duration.ZERO)
        .clock(now::get);
  }

  private static Spec leaf(String name) {
    return TestAuthority.leaf(new GeneralName(GeneralName.dNSName, name));
  }

  private static List<X509Certificate> chain(Spec leaf) {
    return List.of(ISSUER.issue(leaf), ISSUER.certificate);
  }

  /** The same certificates as other objects, as another handshake would read them. */
  private static List<X509Certificate> again(List<X509Certificate> chain) throws Exception {
    List<X509Certificate> copies = new ArrayList<>();
    for (X509Certificate certificate : chain) {
      copies.add(X509Certificates.parse(certificate.getEncoded()));
    }
    return copies;
  }

  private static void assertRemembers(CertificateValidator validator, List<X509Certificate> chain)
      throws Exception {
    assertThat(validator.validate(again(chain), Purpose.SERVER, null).path().getFirst())
        .isSameAs(chain.getFirst());
  }

  private static void assertHasToSearch(CertificateValidator validator, List<X509Certificate> chain)
      throws Exception {
    List<X509Certificate> copies = again(chain);
    assertThat(validator.validate(copies, Purpose.SERVER, null).path().getFirst())
        .isSameAs(copies.getFirst());
  }

  private static void assertRejected(
      CertificateValidator validator,
      List<X509Certificate> chain,
      Purpose purpose,
      @Nullable String host,
      Rule rule) {
    assertThatThrownBy(() -> validator.validate(chain, purpose, host))
        .isInstanceOfSatisfying(
            CertificateValidationException.class,
            rejection -> assertThat(rejection.rule()).isEqualTo(rule));
  }

  @Test
  void shouldNotSearchAPathTwice() throws Exception {
    CertificateValidator validator = builder().build();
    List<X509Certificate> chain = chain(leaf("host.example"));
    validator.validate(chain, Purpose.SERVER, "host.example");
    CertificateValidator.ValidatedPath path =
        validator.validate(again(chain), Purpose.SERVER, "host.example");
    assertThat(path.path().getFirst()).isSameAs(chain.getFirst());
    assertThat(path.path()).containsExactly(chain.getFirst(), ISSUER.certificate, ROOT.certificate);
  }

  @Test
  void shouldRejectWhatExpiresWhileItIsRemembered() throws Exception {
    CertificateValidator validator = builder().build();
    Instant end = NOW.plusSeconds(600);
    Instant start = NOW.minusSeconds(600);
    List<X509Certificate> chain = chain(leaf("host.example").validity(start, end));
    TestAuthority brief = ROOT.issuer(TestAuthority.authority("CN=Brief").validity(start, end));
    List<X509Certificate> below = List.of(brief.issue(leaf("host.example")), brief.certificate);
    validator.validate(chain, Purpose.SERVER, null);
    validator.validate(below, Purpose.SERVER, null);
    now.set(end);
    assertRemembers(validator, chain);
    assertRemembers(validator, below);
    now.set(end.plusSeconds(1));
    assertRejected(validator, again(chain), Purpose.SERVER, null, Rule.EXPIRED);
    assertRejected(validator, again(below), Purpose.SERVER, null, Rule.EXPIRED);
    now.set(start.minusSeconds(1));
    assertRejected(validator, again(chain), Purpose.SERVER, null, Rule.NOT_YET_VALID);
  }

  @Test
  void shouldJudgeTheNameAnew() throws Exception {
    CertificateValidator validator = builder().build();
    List<X509Certificate> chain = chain(leaf("host.example"));
    validator.validate(chain, Purpose.SERVER, "host.example");
    assertRejected(validator, chain, Purpose.SERVER, "other.example", Rule.NAME_MISMATCH);
  }

  @Test
  void shouldJudgeAnotherPurposeAnew() throws Exception {
    CertificateValidator validator = builder().build();
    List<X509Certificate> chain =
        chain(
            leaf("host.example")
                .with(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth)));
    validator.validate(chain, Purpose.CLIENT, null);
    assertRejected(validator, chain, Purpose.SERVER, null, Rule.EXTENDED_KEY_USAGE);
  }

  @Test
  void shouldForgetWithTheRootsThatAreReplaced() throws Exception {
    LiveTrustManager manager = builder().build().trustManager();
    X509Certificate[] chain = chain(leaf("host.example")).toArray(new X509Certificate[0]);
    manager.checkServerTrusted(chain, "UNKNOWN");
    TestAuthority other = TestAuthority.root(TestAuthority.authority("CN=Other root"));
    manager.replace(
        CertificateValidator.builder().roots(List.of(other.certificate)).clock(now::get).build());
    assertThatThrownBy(() -> manager.checkServerTrusted(chain, "UNKNOWN"))
        .isInstanceOfSatisfying(
            CertificateValidationException.class,
            rejection -> assertThat(rejection.rule()).isEqualTo(Rule.UNTRUSTED));
  }

  @Test
  void shouldRememberNothingOfARejectedChain() throws Exception {
    CertificateValidator validator = builder().pathsRememberedMax(1).build();
    List<X509Certificate> chain = chain(leaf("host.example"));
    validator.validate(chain, Purpose.SERVER, null);
    TestAuthority forger = TestAuthority.root(TestAuthority.authority("CN=Issuer"));
    for (int i = 0; i < 8; i++) {
      List<X509Certificate> forged =
          List.of(forger.issue(leaf("host.example")), ISSUER.certificate);
      assertRejected(validator, forged, Purpose.SERVER, null, Rule.SIGNATURE);
    }
    assertRemembers(validator, chain);
  }

  @Test
  void shouldRememberNoMoreChainsThanAllowed() throws Exception {
    CertificateValidator one = builder().pathsRememberedMax(1).build();
    List<X509Certificate> first = chain(leaf("first.example"));
    List<X509Certificate> second = chain(leaf("second.example"));
    one.validate(first, Purpose.SERVER, null);
    one.validate(second, Purpose.SERVER, null);
    assertRemembers(one, second);
    assertHasToSearch(one, first);
    CertificateValidator none = builder().pathsRememberedMax(0).build();
    none.validate(first, Purpose.SERVER, null);
    assertHasToSearch(none, first);
    assertThatThrownBy(() -> builder().pathsRememberedMax(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
