package io.hypermesh.trustchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hypermesh.trustchain.IssuanceException.Rule;
import io.hypermesh.trustchain.transparency.LogEntryCodec;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-11-24T06:00:00.250Z");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final List<SubjectName> NAMES =
      List.of(
          SubjectName.ip("2001:db8::1"),
          SubjectName.dns("node-1.mesh.example"),
          SubjectName.uri("spiffe://mesh.example/node/1"));

  @TempDir Path directory;

  private CertificateAuthorityBuilder builder() {
    return CertificateAuthority.builder()
        .directory(directory)
        .name("Mesh")
        .policy(
            IssuancePolicy.names(
                List.of(".mesh.example", "2001:db8::/32", "spiffe://mesh.example/node")))
        .logOrigin("log.mesh.example/2026")
        .clock(InstantSource.fixed(NOW));
  }

  @ParameterizedTest
  @EnumSource(KeyAlgorithm.class)
  void shouldIssueFromPkcs10WithEveryKindOfKeyAndProveIt(KeyAlgorithm algorithm) throws Exception {
    KeyPair pair = algorithm.generate(RANDOM);
    try (CertificateAuthority authority = builder().keyAlgorithms(algorithm, algorithm).open()) {
      byte[] pkcs10 = CertificateRequest.pkcs10(pair, NAMES);
      CertificateIssuance issuance = authority.issue(CertificateRequest.ofPkcs10("r-1", pkcs10));

      X509Certificate certificate = issuance.certificate();
      certificate.verify(authority.issuer().getPublicKey());
      authority.issuer().verify(authority.root().getPublicKey());
      assertThat(certificate.getPublicKey()).isEqualTo(pair.getPublic());
      assertThat(certificate.getNotBefore().toInstant())
          .isEqualTo(Instant.parse("2026-11-24T05:59:00Z"));
      assertThat(certificate.getNotAfter().toInstant())
          .isEqualTo(Instant.parse("2026-11-25T06:00:00Z"));
      assertThat(certificate.getSubjectX500Principal().getName()).isEmpty();
      assertThat(certificate.getCriticalExtensionOIDs())
          .containsExactlyInAnyOrder("2.5.29.15", "2.5.29.17", "2.5.29.19");
      assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
      assertThat(certificate.getExtendedKeyUsage())
          .containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
      assertThat(certificate.getSubjectAlternativeNames().toString())
          .contains("2001:db8:0:0:0:0:0:1", "node-1.mesh.example", "spiffe://mesh.example/node/1");
      assertThat(certificate.getSerialNumber().signum()).isEqualTo(1);
      assertThat(certificate.getSerialNumber().bitLength()).isBetween(64, 159);
      assertThat(authority.issuer().getBasicConstraints()).isZero();
      assertThat(authority.root().getBasicConstraints()).isEqualTo(1);

      IssuanceProof proof = authority.proof(issuance);
      Checkpoint checkpoint =
          proof.verify(certificate, issuance.issuer(), authority.log().identity());
      assertThat(checkpoint.treeSize()).isEqualTo(1);
      assertThat(issuance.timestamp().leafIndex()).isEqualTo(issuance.leafIndex()).isZero();
      assertThat(LogEntryCodec.decodeTileLeaf(authority.log().entry(0)).timestampMillis())
          .isEqualTo(NOW.toEpochMilli());
    }
  }

  @Test
  void shouldGiveTheSameCertificateForTheSameRequestIdForEver() throws Exception {
    KeyPair pair = KeyAlgorithm.ED25519.generate(RANDOM);
    CertificateRequest request = CertificateRequest.of("id", pair.getPublic(), NAMES);
    CertificateIssuance first;
    X509Certificate root;
    try (CertificateAuthority authority = builder().open()) {
      first = authority.issue(request);
      root = authority.root();
      assertThat(authority.issue(request)).isEqualTo(first);
      CertificateRequest other = CertificateRequest.of("id", pair.getPublic(), NAMES.subList(0, 1));
      assertRefused(authority, other, Rule.REQUEST_ID);
    }
    try (CertificateAuthority authority =
        builder().clock(InstantSource.fixed(NOW.plus(Duration.ofDays(3)))).open()) {
      assertThat(authority.root()).isEqualTo(root);
      assertThat(authority.issue(request)).isEqualTo(first);
      assertThat(authority.find("id")).isEqualTo(first);
      assertThat(authority.find("never")).isNull();
      assertThat(authority.issuedCount()).isEqualTo(1);
      assertThat(authority.log().size()).isEqualTo(1);
    }
  }

  @Test
  void shouldGiveOneCertificateToManyThreadsThatAskAtOnce() throws Exception {
    KeyPair pair = KeyAlgorithm.EC_P256.generate(RANDOM);
    CertificateRequest request = CertificateRequest.of("id", pair.getPublic(), NAMES);
    try (CertificateAuthority authority = builder().open();
        ExecutorService executor = Executors.newFixedThreadPool(8)) {
      List<Callable<CertificateIssuance>> calls = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        calls.add(() -> authority.issue(request));
      }
      Set<X509Certificate> certificates = new HashSet<>();
      for (Future<CertificateIssuance> future : executor.invokeAll(calls)) {
        certificates.add(future.get().certificate());
      }
      assertThat(certificates).hasSize(1);
      assertThat(authority.log().size()).isEqualTo(1);
    }
  }

  @Test
  void shouldIssueFromManyThreadsAndProveEachOne() throws Exception {
    try (CertificateAuthority authority = builder().open();
        ExecutorService executor = Executors.newFixedThreadPool(8)) {
      List<Callable<CertificateIssuance>> calls = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        String id = "request-" + i;
        calls.add(() ->
            authority.issue(
                CertificateRequest.of(
                    id, KeyAlgorithm.ED25519.generate(RANDOM).getPublic(), NAMES)));
      }
      Set<Long> leaves = new HashSet<>();
      Set<BigInteger> serials = new HashSet<>();
      for (Future<CertificateIssuance> future : executor.invokeAll(calls)) {
        CertificateIssuance issuance = future.get();
        leaves.add(issuance.leafIndex());
        serials.add(issuance.certificate().getSerialNumber());
        authority
            .proof(issuance)
            .verify(issuance.certificate(), issuance.issuer(), authority.log().identity());
      }
      assertThat(leaves).hasSize(60);
      assertThat(serials).hasSize(60);
    }
  }

  @Test
  void shouldRefuseWhatPolicyOrProfileDoNotAllowAndLeaveNoTrace() throws Exception {
    var key = KeyAlgorithm.EC_P256.generate(RANDOM).getPublic();
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
    curve.initialize(521);
    try (CertificateAuthority authority = builder().open()) {
      for (SubjectName name :
          List.of(
              SubjectName.dns("evil.example"),
              SubjectName.dns("notmesh.example"),
              SubjectName.dns("mesh.example"),
              SubjectName.ip("2001:db9::1"),
              SubjectName.uri("spiffe://mesh.example/node-2"),
              SubjectName.uri("spiffe://mesh.example/node/../admin"),
              SubjectName.uri("spiffe://evil.example/node/1"))) {
        assertRefused(authority, CertificateRequest.of("a", key, List.of(name)), Rule.POLICY);
      }
      assertRefused(authority, CertificateRequest.of("b", key, List.of()), Rule.NAME);
      List<SubjectName> twice = List.of(NAMES.getFirst(), SubjectName.ip("2001:DB8:0::1"));
      assertRefused(authority, CertificateRequest.of("c", key, twice), Rule.NAME);
      List<SubjectName> many = new ArrayList<>();
      for (int i = 0; i <= CertificateProfile.shortLived().namesMax(); i++) {
        many.add(SubjectName.dns("n" + i + ".mesh.example"));
      }
      assertRefused(authority, CertificateRequest.of("d", key, many), Rule.NAME);
      assertRefused(
          authority, CertificateRequest.of("e", key, NAMES).withProfile("other"), Rule.PROFILE);
      var rsaKey = rsa.generateKeyPair().getPublic();
      assertRefused(authority, CertificateRequest.of("f", rsaKey, NAMES), Rule.PUBLIC_KEY);
      var p521 = curve.generateKeyPair().getPublic();
      assertRefused(authority, CertificateRequest.of("g", p521, NAMES), Rule.PUBLIC_KEY);
      var own = authority.issuer().getPublicKey();
      assertRefused(authority, CertificateRequest.of("h", own, NAMES), Rule.PUBLIC_KEY);
      assertThat(authority.log().size()).isZero();
      assertThat(authority.issuedCount()).isZero();
    }
  }

  @Test
  void shouldRefuseToOutliveItsIssuer() throws Exception {
    var key = KeyAlgorithm.EC_P256.generate(RANDOM).getPublic();
    try (CertificateAuthority authority =
        builder().lifetimes(Duration.ofDays(10), Duration.ofHours(23)).open()) {
      assertRefused(authority, CertificateRequest.of("a", key, NAMES), Rule.ISSUER_VALIDITY);
    }
  }

  @Test
  void shouldKeepKeysForTheirOwnerOnlyAndRefuseThemOtherwise() throws Exception {
    builder().open().close();
    Path key = directory.resolve("keys").resolve("root.key.pem");
    assumeThat(Files.getFileStore(key).supportsFileAttributeView("posix")).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> builder().open())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(key.toString())
        .hasMessageContaining("others than its owner");
  }

  @Test
  void shouldKeepKeysInPkcs12() throws Exception {
    Path file = directory.resolve("keys.p12");
    char[] password = "correct horse".toCharArray();
    X509Certificate issuer;
    try (CertificateAuthority authority =
        builder().keys(KeyStorage.pkcs12File(file, password)).open()) {
      issuer = authority.issuer();
    }
    try (CertificateAuthority authority =
        builder().keys(KeyStorage.pkcs12File(file, password)).open()) {
      assertThat(authority.issuer()).isEqualTo(issuer);
      authority.issue(
          CertificateRequest.of("a", KeyAlgorithm.ED25519.generate(RANDOM).getPublic(), NAMES));
    }
    assertThatThrownBy(
            () -> builder().keys(KeyStorage.pkcs12File(file, "wrong".toCharArray())).open())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void shouldLetOneOwnerIn() throws Exception {
    try (CertificateAuthority authority = builder().open()) {
      assertThat(authority.issuedCount()).isZero();
      assertThatThrownBy(() -> builder().open())
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("has it open");
    }
    builder().open().close();
  }

  @Test
  void shouldRefuseACertificateThatIsNotItsKeys() throws Exception {
    builder().open().close();
    Path keys = directory.resolve("keys");
    Files.delete(keys.resolve("issuer-1.key.pem"));
    Files.copy(keys.resolve("root.key.pem"), keys.resolve("issuer-1.key.pem"));
    assertThatThrownBy(() -> builder().open())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("issuer-1.cert.pem")
        .hasMessageContaining("the key is not the one");
  }

  @Test
  void shouldIssueAnIdentityThatIsReadBackFromPem() throws Exception {
    try (CertificateAuthority authority = builder().open()) {
      TrustChainIdentity identity = authority.issueIdentity("node", KeyAlgorithm.EC_P256, NAMES);
      Path key = directory.resolve("node.key.pem");
      Path chain = directory.resolve("node.chain.pem");
      identity.writePem(key, chain);
      assertThat(TrustChainIdentity.readPem(key, chain)).isEqualTo(identity);
      assertThat(identity.toString()).doesNotContain(identity.privateKey().toString());
      TrustChainIdentity other = authority.issueIdentity("other", KeyAlgorithm.EC_P256, NAMES);
      other.writePem(key, directory.resolve("other.pem"));
      assertThatThrownBy(() -> TrustChainIdentity.readPem(key, chain))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("not the one that the certificate certifies");
    }
  }

  @Test
  void shouldSatisfyOpenssl() throws Exception {
    assumeThat(runs("openssl", "version")).as("skipped: no openssl on the PATH").isTrue();
    Path request = directory.resolve("request.der");
    Path key = directory.resolve("key.pem");
    assertThat(
            runs(
                "openssl",
                "ecparam",
                "-name",
                "prime256v1",
                "-genkey",
                "-noout",
                "-out",
                key.toString()))
        .isTrue();
    assertThat(
            runs(
                "openssl",
                "req",
                "-new",
                "-key",
                key.toString(),
                "-subj",
                "/CN=ignored",
                "-addext",
                "subjectAltName=DNS:node-1.mesh.example,IP:2001:db8::1",
                "-outform",
                "DER",
                "-out",
                request.toString()))
        .isTrue();
    Path root = directory.resolve("root.pem");
    Path issuer = directory.resolve("issuer.pem");
    Path leaf = directory.resolve("leaf.pem");
    try (CertificateAuthority authority = builder().clock(InstantSource.system()).open()) {
      CertificateIssuance issuance =
          authority.issue(CertificateRequest.ofPkcs10("r", Files.readAllBytes(request)));
      TrustChainIdentity.writeCertificates(root, List.of(issuance.root()));
      TrustChainIdentity.writeCertificates(issuer, List.of(issuance.issuer()));
      TrustChainIdentity.writeCertificates(leaf, List.of(issuance.certificate()));
    }
    for (String purpose : List.of("sslserver", "sslclient")) {
      assertThat(
              runs(
                  "openssl",
                  "verify",
                  "-x509_strict",
                  "-purpose",
                  purpose,
                  "-CAfile",
                  root.toString(),
                  "-untrusted",
                  issuer.toString(),
                  "-verify_ip",
                  "2001:db8::1",
                  leaf.toString()))
          .as(purpose)
          .isTrue();
    }
    assertThat(output("openssl", "x509", "-in", leaf.toString(), "-noout", "-text"))
        .contains("CT Precertificate SCTs", "ecdsa-with-SHA256", "DNS:node-1.mesh.example");
  }

  @Test
  void shouldIssueWhileTheRootsKeyIsKeptElsewhere() throws Exception {
    X509Certificate root;
    try (CertificateAuthority authority = builder().open()) {
      root = authority.root();
    }
    Path rootKey = directory.resolve("keys").resolve("root.key.pem");
    Files.move(rootKey, directory.resolve("vault.pem"));
    try (CertificateAuthority authority = builder().open()) {
      CertificateIssuance issuance =
          authority.issue(
              CertificateRequest.of(
                  "id", KeyAlgorithm.ED25519.generate(RANDOM).getPublic(), NAMES));
      issuance.issuer().verify(root.getPublicKey());
      assertThat(authority.root()).isEqualTo(root);
    }
    assertThat(rootKey).doesNotExist();
    Files.delete(directory.resolve("keys").resolve("issuer-1.key.pem"));
    assertThatThrownBy(() -> builder().open())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("issuer-1.cert.pem")
        .hasMessageContaining("key");
    assertThat(directory.resolve("keys").resolve("issuer-1.key.pem")).doesNotExist();
  }

  @Test
  void shouldCallALogFatalWhoseKeyDoesNotSign() throws Exception {
    KeyStorage files = KeyStorage.pkcs8Files(directory.resolve("keys"));
    KeyStorage brokenToken =
        new KeyStorage() {
          @Override
          public KeyPair load(String name) throws StoreException {
            KeyAlgorithm kind =
                name.equals("log-note") ? KeyAlgorithm.ED25519 : KeyAlgorithm.EC_P256;
            KeyPair pair = files.loadOrGenerate(name, kind, RANDOM);
            return name.equals("issuer-1") ? new KeyPair(pair.getPublic(), new Unusable()) : pair;
          }

          @Override
          public void store(String name, KeyPair pair) throws StoreException {
            files.store(name, pair);
          }
        };
    try (CertificateAuthority authority = builder().keys(brokenToken).open()) {
      CertificateRequest request =
          CertificateRequest.of("id", KeyAlgorithm.ED25519.generate(RANDOM).getPublic(), NAMES);
      assertThatThrownBy(() -> authority.issue(request))
          .isInstanceOfSatisfying(
              TransparencyException.class,
              e -> assertThat(e.category()).isEqualTo(TrustChainException.Category.FATAL))
          .hasMessage("couldn't sign with the issuer's key");
    }
  }

  /** A key in a token that was pulled out. */
  private static final class Unusable implements PrivateKey {
    private static final long serialVersionUID = 1L;

    @Override
    public String getAlgorithm() {
      return "EC";
    }

    @Override
    @SuppressWarnings("NullAway") // The platform's own convention for keys that stay in a token.
    public String getFormat() {
      return null;
    }

    @Override
    @SuppressWarnings("NullAway") // As above.
    public byte[] getEncoded() {
      return null;
    }
  }

  private static void assertRefused(
      CertificateAuthority authority, CertificateRequest request, Rule rule) {
    assertThatThrownBy(() -> authority.issue(request))
        .isInstanceOfSatisfying(
            IssuanceException.class,
            e -> {
              assertThat(e.rule()).isEqualTo(rule);
              assertThat(e.category()).isEqualTo(TrustChainException.Category.CALLER_MISTAKE);
            })
        .hasMessageStartingWith("couldn't issue because ")
        .hasMessageNotContaining("\n");
  }

  private static boolean runs(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean ended = process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
      if (!ended) {
        System.err.println(String.join(" ", command) + ": " + said);
      }
      return ended;
    } catch (IOException e) {
      System.err.println("not there: " + command[0] + ": " + e.getMessage());
      return false;
    }
  }

  private static String output(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
