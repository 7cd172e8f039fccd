package io.hypermesh.trustchain;

import static io.hypermesh.trustchain.TestAuthority.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.asn1.X509Certificates;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.bouncycastle.asn1.x509.GeneralName;

/** Chains from a stranger: rejected by the typed error; never accepted, never anything else. */
class CertificateValidatorProperties {
  private static final TestAuthority ROOT = TestAuthority.root(TestAuthority.authority("CN=Root"));
  private static final TestAuthority ISSUER = ROOT.issuer(TestAuthority.authority("CN=Issuer"));
  private static final X509Certificate LEAF =
      ISSUER.issue(TestAuthority.leaf(new GeneralName(GeneralName.dNSName, "host.example")));

  @Property(tries = 1500)
  void shouldRejectEveryChangedEndEntity(
      @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change)
      throws Exception {
    assertRejected(changed(LEAF, where, change), ISSUER.certificate);
  }

  @Property(tries = 1500)
  void shouldRejectEveryChangedIssuer(
      @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change)
      throws Exception {
    assertRejected(LEAF.getEncoded(), changed(ISSUER.certificate, where, change));
  }

  @Property(tries = 500)
  void shouldRejectCertificatesThatAreCut(@ForAll @IntRange(max = 100_000) int where)
      throws Exception {
    byte[] der = LEAF.getEncoded();
    assertRejected(Arrays.copyOf(der, where % der.length), ISSUER.certificate);
  }

  private static byte[] changed(X509Certificate certificate, int where, int change)
      throws Exception {
    byte[] der = certificate.getEncoded();
    der[where % der.length] ^= (byte) change;
    return der;
  }

  private static void assertRejected(byte[] leaf, X509Certificate issuer) throws Exception {
    assertRejected(leaf, issuer.getEncoded());
  }

  private static void assertRejected(byte[] leaf, byte[] issuer) throws Exception {
    CertificateValidator validator =
        CertificateValidator.builder()
            .roots(List.of(ROOT.certificate))
            .clock(InstantSource.fixed(NOW))
            .build();
    boolean accepted = false;
    try {
      List<X509Certificate> chain =
          List.of(X509Certificates.parse(leaf), X509Certificates.parse(issuer));
      validator.validate(chain, Purpose.SERVER, "host.example");
      accepted = true;
    } catch (MalformedException | CertificateValidationException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
    assertThat(accepted).as(HexFormat.of().formatHex(leaf)).isFalse();
  }
}
