package io.hypermesh.trustchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.IssuanceException.Rule;
import io.hypermesh.trustchain.asn1.DerStructure;
import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.asn1.Pem;
import io.hypermesh.trustchain.asn1.X509Certificates;
import io.hypermesh.trustchain.issuance.IssuanceRecord;
import io.hypermesh.trustchain.issuance.Pkcs10;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Requests that a stranger sends: read, or refused by a typed error; never anything else. */
class CertificateRequestProperties {
  private static final KeyPair PAIR = KeyAlgorithm.EC_P256.generate(new SecureRandom());
  private static final List<SubjectName> NAMES =
      List.of(SubjectName.dns("a.example"), SubjectName.ip("fd00::1"));
  private static final byte[] VALID = valid();

  private static byte[] valid() {
    try {
      return CertificateRequest.pkcs10(PAIR, NAMES);
    } catch (IssuanceException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldReadItsOwnRequests() throws Exception {
    CertificateRequest request = CertificateRequest.ofPkcs10("id", VALID);
    assertThat(request.names()).isEqualTo(NAMES);
    assertThat(request.publicKey()).isEqualTo(PAIR.getPublic());
  }

  @Property(tries = 2000)
  void shouldRefuseEveryRequestWithAChangedByte(
      @ForAll @IntRange(max = 100_000) int where,
      @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] mutated = VALID.clone();
    mutated[where % mutated.length] ^= (byte) change;
    assertThatThrownBy(() -> CertificateRequest.ofPkcs10("id", mutated))
        .isInstanceOf(IssuanceException.class);
  }

  @Property(tries = 500)
  void shouldRefuseEveryRequestThatIsCutOrExtended(
      @ForAll @IntRange(max = 100_000) int where, @ForAll byte[] more) {
    byte[] cut = Arrays.copyOf(VALID, where % VALID.length);
    assertThatThrownBy(() -> CertificateRequest.ofPkcs10("id", cut))
        .isInstanceOf(IssuanceException.class);
    byte[] longer = Arrays.copyOf(VALID, VALID.length + more.length + 1);
    System.arraycopy(more, 0, longer, VALID.length, more.length);
    assertThatThrownBy(() -> CertificateRequest.ofPkcs10("id", longer))
        .isInstanceOf(IssuanceException.class);
  }

  @Property(tries = 2000)
  void shouldAnswerRandomBytesWithATypedErrorOnly(@ForAll byte[] bytes) {
    assertThatThrownBy(() -> CertificateRequest.ofPkcs10("id", bytes))
        .isInstanceOfSatisfying(
            IssuanceException.class, e -> assertThat(e.rule()).isEqualTo(Rule.MALFORMED_REQUEST));
    attempt(() -> X509Certificates.parse(bytes));
    attempt(() -> IssuanceRecord.decode(bytes));
    attempt(() -> Pem.decode("X", new String(bytes, StandardCharsets.ISO_8859_1)));
  }

  @Test
  void shouldRefuseAnOversizedRequestAndOneThatNestsTooDeep() {
    assertThatThrownBy(() -> CertificateRequest.ofPkcs10("id", new byte[Pkcs10.BYTES_MAX + 1]))
        .hasMessageContaining("more than " + Pkcs10.BYTES_MAX);
    byte[] nested = new byte[2 * 100];
    for (int i = 0; i < 100; i++) {
      nested[2 * i] = 0x30;
      nested[2 * i + 1] = (byte) Math.min(127, nested.length - 2 * i - 2);
    }
    byte[] deep = Arrays.copyOfRange(nested, 74, 200);
    assertThatThrownBy(() -> DerStructure.check(deep, 1000))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("deeper than " + DerStructure.DEPTH_MAX);
  }

  @Test
  void shouldRefuseIndefiniteAndNonMinimalLengths() {
    for (byte[] der :
        List.of(
            new byte[] {0x30, (byte) 0x80, 0, 0},
            new byte[] {0x30, (byte) 0x81, 1, 5},
            new byte[] {0x04, (byte) 0x82, 0, (byte) 0x80},
            new byte[] {0x04, (byte) 0x84, 0x7f, -1, -1, -1},
            new byte[] {0x04, 1},
            new byte[] {0x30, 1, 4},
            new byte[] {0x1f, 1, 4},
            new byte[] {0, 0},
            new byte[] {4, 0, 4, 0},
            new byte[0])) {
      assertThatThrownBy(() -> DerStructure.check(der, 100)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void shouldSpellAddressesAsRfc5952() {
    assertThat(new String[] {"::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "fe80::", "1::2:0:0:3"})
        .allSatisfy(
            text -> assertThat(((SubjectName.Ip) SubjectName.ip(text)).canonical()).isNotEmpty());
    assertThat(canonical("2001:0DB8:0000:0000:0000:0000:0000:0001")).isEqualTo("2001:db8::1");
    assertThat(canonical("2001:db8:0:1:1:1:1:1")).isEqualTo("2001:db8:0:1:1:1:1:1");
    assertThat(canonical("1:0:0:2:0:0:0:3")).isEqualTo("1:0:0:2::3");
    assertThat(canonical("0:0:0:0:0:0:0:1")).isEqualTo("::1");
    assertThat(canonical("fe80:0:0:0:0:0:0:0")).isEqualTo("fe80::");
  }

  @Test
  void shouldRefuseMalformedNames() {
    for (String name :
        List.of(
            "",
            "a..b",
            "-a.example",
            "a b",
            "1.2.3.4",
            "*.*.example",
            "a.*.b",
            "ü.example",
            ".x")) {
      assertThatThrownBy(() -> SubjectName.dns(name)).isInstanceOf(IllegalArgumentException.class);
    }
    for (String address : List.of("127.0.0.1", "::ffff:1.2.3.4", "::", "fe80::1%1", "g::1", "")) {
      assertThatThrownBy(() -> SubjectName.ip(address))
          .as(address)
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (String uri : List.of("", "/path", "mailto:a@b", "http://", "http://a b/", "\u0001://x")) {
      assertThatThrownBy(() -> SubjectName.uri(uri)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> CertificateRequest.of("a b", PAIR.getPublic(), NAMES))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String canonical(String text) {
    return ((SubjectName.Ip) SubjectName.ip(text)).canonical();
  }

  private interface Decoder {
    Object decode() throws MalformedException;
  }

  private static void attempt(Decoder decoder) {
    try {
      assertThat(decoder.decode()).isNotNull();
    } catch (MalformedException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }
}
