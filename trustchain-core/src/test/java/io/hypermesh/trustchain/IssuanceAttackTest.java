package io.hypermesh.trustchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.IssuanceException.Rule;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a requester who means ill might try. */
@Timeout(60)
class IssuanceAttackTest {
  private static final PublicKey KEY =
      KeyAlgorithm.ED25519.generate(new SecureRandom()).getPublic();

  @TempDir Path directory;

  private CertificateAuthority authority(IssuancePolicy policy) throws Exception {
    return CertificateAuthority.builder()
        .directory(directory)
        .name("Attacked")
        .policy(policy)
        .logOrigin("localhost/attacked")
        .open();
  }

  @Test
  void shouldNotTakeAnAddressForTheDnsNameWithTheSameBytes() throws Exception {
    byte[] bytes = "dns:aaaa.example".getBytes(StandardCharsets.US_ASCII);
    try (CertificateAuthority authority = authority(IssuancePolicy.anyName())) {
      authority.issue(CertificateRequest.of("id", KEY, List.of(SubjectName.dns("aaaa.example"))));
      CertificateRequest other = CertificateRequest.of("id", KEY, List.of(SubjectName.ip(bytes)));
      assertRefused(authority, other, Rule.REQUEST_ID);
    }
  }

  @Test
  void shouldFindDotSegmentsBeforeAQueryOrAFragment() throws Exception {
    try (CertificateAuthority authority =
        authority(IssuancePolicy.names(List.of("spiffe://mesh.example/team")))) {
      for (String uri :
          List.of(
              "spiffe://mesh.example/team/..?x",
              "spiffe://mesh.example/team/..#x",
              "spiffe://mesh.example/team/.?x",
              "spiffe://mesh.example/team/x/..?/y")) {
        CertificateRequest request =
            CertificateRequest.of("id", KEY, List.of(SubjectName.uri(uri)));
        assertRefused(authority, request, Rule.POLICY);
      }
      SubjectName below = SubjectName.uri("spiffe://mesh.example/team/..x/y.?q=../z");
      assertThat(authority.issue(CertificateRequest.of("id", KEY, List.of(below))).requestId())
          .isEqualTo("id");
    }
  }

  @Test
  void shouldNotLeaveASecondCallerWaitingWhenAPolicyFailsWithAnError() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    AtomicReference<Thread> second = new AtomicReference<>();
    IssuancePolicy broken =
        (request, profile) -> {
          asked.countDown();
          while (second.get() == null || second.get().getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
          throw new StackOverflowError("a policy that recurses");
        };
    try (CertificateAuthority authority = authority(broken)) {
      CertificateRequest request =
          CertificateRequest.of("id", KEY, List.of(SubjectName.dns("host.example")));
      AtomicReference<Throwable> first = new AtomicReference<>();
      Thread asking = Thread.ofPlatform().start(() -> first.set(failureOf(authority, request)));
      asked.await();
      AtomicReference<Throwable> joined = new AtomicReference<>();
      Thread joining = Thread.ofPlatform().start(() -> joined.set(failureOf(authority, request)));
      second.set(joining);
      asking.join();
      joining.join(20_000);
      assertThat(joining.isAlive()).isFalse();
      assertThat(first.get()).isInstanceOf(StackOverflowError.class);
      assertThat(joined.get()).hasRootCauseInstanceOf(StackOverflowError.class);
    }
  }

  @Test
  void shouldRefuseMoreIssuersThanAnEntryHolds() throws Exception {
    try (CertificateAuthority authority = authority(IssuancePolicy.anyName())) {
      List<X509Certificate> issuers =
          Collections.nCopies(LogEntry.ISSUERS_MAX + 1, authority.root());
      assertThatThrownBy(() -> LogEntry.certificate(authority.issuer(), issuers))
          .isInstanceOf(TransparencyException.class)
          .hasMessageContaining("issuers");
      LogEntry fits = LogEntry.certificate(authority.issuer(), issuers.subList(1, issuers.size()));
      assertThat(authority.log().append(fits).leafIndex()).isZero();
    }
  }

  private static Throwable failureOf(CertificateAuthority authority, CertificateRequest request) {
    try {
      authority.issue(request);
      return new AssertionError("it was issued");
    } catch (Throwable e) {
      return e;
    }
  }

  private static void assertRefused(
      CertificateAuthority authority, CertificateRequest request, Rule rule) {
    assertThatThrownBy(() -> authority.issue(request))
        .isInstanceOfSatisfying(IssuanceException.class, e -> assertThat(e.rule()).isEqualTo(rule));
  }
}
