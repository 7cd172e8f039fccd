package io.hypermesh.trustchain.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.CertificateValidationException;
import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.asn1.Pem;
import io.hypermesh.trustchain.asn1.X509Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** x509-limbo's cases, where the test data is there. */
class LimboTest {
  /** Cases that are judged differently here, each for a reason. */
  private static final Set<String> DIFFERENT =
      Set.of(
          // Revocation lists are not read: lives are short instead.
          "crl::crlnumber-critical",
          "crl::crlnumber-missing",
          "crl::revoked-certificate-with-crl",
          // The limit bounds work, so it counts self-issued certificates too.
          "pathlen::max-chain-depth-1-self-issued",
          // An authority's certificate is no end entity's, which the Web's rules say as well.
          "pathlen::validation-ignores-pathlen-in-leaf",
          // A key without stated purposes is for nothing here, as on the Web.
          "rfc5280::eku::ee-without-eku",
          // RFC 9525: the common name counts for nothing, so it can't be wrong either.
          "webpki::cn::case-mismatch",
          "webpki::cn::ipv4-leading-zeros-mismatch",
          "webpki::cn::ipv6-non-rfc5952-mismatch",
          "webpki::cn::ipv6-uncompressed-mismatch",
          "webpki::cn::not-in-san",
          "webpki::cn::punycode-not-in-san",
          "webpki::cn::utf8-vs-punycode-mismatch",
          // A root is trusted because the host says so, whatever purposes it lists.
          "webpki::eku::root-has-eku",
          // There is no list of public suffixes in a private network.
          "webpki::san::public-suffix-multi-label-wildcard-san",
          "webpki::san::public-suffix-private-namespace-wildcard-san");

  @Test
  void shouldJudgeEachCaseAsExpectedAndWithinItsTime() throws Exception {
    Path file = Path.of(System.getProperty("hypermesh.testdata", "absent"), "limbo.json");
    assumeThat(file).as("skipped: no test data at " + file).exists();
    Map<String, String> wrong = new TreeMap<>();
    Set<String> slow = new TreeSet<>();
    int judged = 0;
    for (Object each : cases(file)) {
      @SuppressWarnings("unchecked") // The file's format.
      Map<String, Object> test = (Map<String, Object>) each;
      long start = System.nanoTime();
      String outcome = outcome(test);
      if (Duration.ofNanos(System.nanoTime() - start).toMillis() > 500) {
        slow.add((String) test.get("id"));
      }
      judged++;
      boolean accepted = outcome.isEmpty();
      if (accepted != test.get("expected_result").equals("SUCCESS")) {
        wrong.put((String) test.get("id"), accepted ? "accepted" : outcome);
      }
    }
    assertThat(judged).isGreaterThan(100);
    assertThat(slow).isEmpty();
    assertThat(wrong.keySet()).as(wrong.toString()).isEqualTo(DIFFERENT);
  }

  private static List<?> cases(Path file) throws IOException {
    Map<?, ?> root = (Map<?, ?>) new Json(Files.readString(file)).value();
    return (List<?>) root.get("testcases");
  }

  /** Nothing where the chain is accepted, or why it is not. */
  private static String outcome(Map<String, Object> test) {
    try {
      List<X509Certificate> roots = certificates((List<?>) test.get("trusted_certs"));
      List<X509Certificate> chain = new ArrayList<>();
      chain.addAll(certificates(List.of(test.get("peer_certificate"))));
      chain.addAll(certificates((List<?>) test.get("untrusted_intermediates")));
      Object time = test.get("validation_time");
      Instant now = time == null ? Instant.now() : OffsetDateTime.parse((String) time).toInstant();
      Map<?, ?> name = (Map<?, ?>) test.get("expected_peer_name");
      Purpose purpose =
          test.get("validation_kind").equals("CLIENT") ? Purpose.CLIENT : Purpose.SERVER;
      new ChainValidation(roots, Duration.ZERO, limits(test), List.of(), 0)
          .validate(
              chain.toArray(new X509Certificate[0]),
              purpose,
              name == null ? null : (String) name.get("value"),
              now);
      return "";
    } catch (CertificateValidationException | MalformedException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The cases count intermediates; a path here has the two ends besides. */
  private static PathBuilder.Limits limits(Map<String, Object> test) {
    PathBuilder.Limits limits = PathBuilder.Limits.DEFAULT;
    Object depth = test.get("max_chain_depth");
    return depth == null
        ? limits
        : new PathBuilder.Limits(
            Integer.parseInt((String) depth) + 2,
            limits.signatureChecksMax(),
            limits.nameComparisonsMax(),
            limits.certificatesMax());
  }

  private static List<X509Certificate> certificates(List<?> pems) throws MalformedException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Object pem : pems) {
      certificates.add(X509Certificates.parse(Pem.decode("CERTIFICATE", (String) pem).getFirst()));
    }
    return certificates;
  }
}
