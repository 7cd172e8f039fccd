package io.hypermesh.trustchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.CertificateValidationException.Rule;
import io.hypermesh.trustchain.asn1.X509Certificates;
import io.hypermesh.trustchain.issuance.AuthorityFiles;
import io.hypermesh.trustchain.issuance.CertificateTemplate;
import io.hypermesh.trustchain.issuance.IssuancePipeline;
import io.hypermesh.trustchain.issuance.Issuer;
import io.hypermesh.trustchain.signature.SigningKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The platform's TLS in memory, with this module's key and trust managers at both ends. */
@Timeout(30)
class TlsHandshakeTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final List<SubjectName> SERVER =
      List.of(SubjectName.ip("::1"), SubjectName.dns("server.test"));
  private static final List<SubjectName> CLIENT = List.of(SubjectName.dns("client.test"));

  @TempDir Path directory;
  private CertificateAuthority authority;
  private int requests;

  @BeforeEach
  void openAuthority() throws Exception {
    authority =
        CertificateAuthority.builder()
            .directory(directory)
            .name("Handshake")
            .policy(IssuancePolicy.anyName())
            .profile(CertificateProfile.shortLived())
            .open();
  }

  @AfterEach
  void closeAuthority() throws Exception {
    authority.close();
  }

  private LiveKeyManager identity(KeyAlgorithm algorithm, List<SubjectName> names)
      throws Exception {
    return new LiveKeyManager(authority.issueIdentity("request-" + requests++, algorithm, names));
  }

  private CertificateValidator.Builder validator() {
    return CertificateValidator.builder()
        .roots(List.of(authority.root()))
        .log(authority.log().identity());
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.3, EC_P256, ED25519, ::1",
    "TLSv1.3, ED25519, EC_P256, 0:0:0:0:0:0:0:1",
    "TLSv1.3, EC_P384, EC_P384, server.test",
    "TLSv1.2, EC_P256, EC_P256, ::1"
  })
  void shouldAuthenticateBothEnds(
      String protocol, KeyAlgorithm serverKey, KeyAlgorithm clientKey, String host)
      throws Exception {
    LiveKeyManager server = identity(serverKey, SERVER);
    LiveKeyManager client = identity(clientKey, CLIENT);
    Pair pair = new Pair(server, client, validator().build(), validator().build(), host, protocol);
    pair.handshake();
    assertThat(pair.client.getSession().getPeerCertificates())
        .containsExactly(server.identity().chain().toArray(new X509Certificate[0]));
    assertThat(pair.server.getSession().getPeerCertificates()[0])
        .isEqualTo(client.identity().certificate());
  }

  @Test
  void shouldRejectAServerForAnotherName() throws Exception {
    assertClientRejects("::2", identity(KeyAlgorithm.EC_P256, SERVER), Rule.NAME_MISMATCH);
    assertClientRejects("other.test", identity(KeyAlgorithm.EC_P256, SERVER), Rule.NAME_MISMATCH);
  }

  @Test
  void shouldRejectACertificateWithoutATimestampOfTheLog() throws Exception {
    KeyPair pair = KeyAlgorithm.EC_P256.generate(RANDOM);
    LiveKeyManager unlogged =
        new LiveKeyManager(new TrustChainIdentity(pair.getPrivate(), unloggedChain(pair)));
    assertClientRejects("::1", unlogged, Rule.TRANSPARENCY);
  }

  /** What a stolen issuer key could sign: right in every way, and never logged. */
  private List<X509Certificate> unloggedChain(KeyPair pair) throws Exception {
    SigningKey issuerKey =
        SigningKey.of(
            KeyStorage.pkcs8Files(directory.resolve("keys")).load(AuthorityFiles.FIRST_ISSUER));
    Issuer thief = Issuer.of(authority.issuer(), issuerKey);
    CertificateProfile profile = CertificateProfile.shortLived();
    CertificateTemplate template =
        new IssuancePipeline(Map.of(profile.name(), profile), IssuancePolicy.anyName())
            .template(
                CertificateRequest.of("x", pair.getPublic(), SERVER), thief, Instant.now(), RANDOM);
    return List.of(X509Certificates.parse(thief.signEncoded(template.plain())), authority.issuer());
  }

  @Test
  void shouldRejectATimestampOfAnotherLog() throws Exception {
    try (TransparencyLog other =
        TransparencyLog.builder()
            .directory(directory.resolve("other"))
            .origin("other.example")
            .open()) {
      CertificateValidator demanding =
          CertificateValidator.builder()
              .roots(List.of(authority.root()))
              .log(other.identity())
              .build();
      Pair pair =
          new Pair(
              identity(KeyAlgorithm.EC_P256, SERVER),
              identity(KeyAlgorithm.EC_P256, CLIENT),
              validator().build(),
              demanding,
              "::1",
              "TLSv1.3");
      assertRule(pair, Rule.TRANSPARENCY);
    }
  }

  @Test
  void shouldRejectByTheClock() throws Exception {
    LiveKeyManager server = identity(KeyAlgorithm.EC_P256, SERVER);
    Instant now = Instant.now();
    assertRule(pairAt(server, now.plus(Duration.ofHours(25))), Rule.EXPIRED);
    assertRule(pairAt(server, now.minus(Duration.ofHours(1))), Rule.NOT_YET_VALID);
  }

  private Pair pairAt(LiveKeyManager server, Instant now) throws Exception {
    return new Pair(
        server,
        identity(KeyAlgorithm.EC_P256, CLIENT),
        validator().build(),
        validator().clock(InstantSource.fixed(now)).build(),
        "::1",
        "TLSv1.3");
  }

  @Test
  void shouldRejectAnUntrustedClient() throws Exception {
    TestAuthority stranger =
        TestAuthority.root(
            TestAuthority.authority("CN=Stranger")
                .validity(
                    Instant.now().minus(Duration.ofHours(1)),
                    Instant.now().plus(Duration.ofHours(1))));
    CertificateValidator trustingStrangers =
        CertificateValidator.trusting(List.of(stranger.certificate));
    Pair pair =
        new Pair(
            identity(KeyAlgorithm.EC_P256, SERVER),
            identity(KeyAlgorithm.EC_P256, CLIENT),
            trustingStrangers,
            validator().build(),
            "::1",
            "TLSv1.3");
    // The client sees that no root of its own is accepted, and shows nothing: the server refuses.
    assertThatThrownBy(pair::handshake).isInstanceOf(SSLException.class);
  }

  @Test
  void shouldShowTheNewCertificateToNewHandshakesAndLetRunningOnesEnd() throws Exception {
    LiveKeyManager server = identity(KeyAlgorithm.EC_P256, SERVER);
    LiveKeyManager client = identity(KeyAlgorithm.EC_P256, CLIENT);
    TrustChainIdentity first = server.identity();
    Pair running =
        new Pair(server, client, validator().build(), validator().build(), "::1", "TLSv1.3");
    running.stepUntilServerAnswered();
    TrustChainIdentity second = authority.issueIdentity("second", KeyAlgorithm.ED25519, SERVER);
    server.replace(second);
    running.handshake();
    assertThat(running.client.getSession().getPeerCertificates()[0]).isEqualTo(first.certificate());
    Pair next =
        new Pair(server, client, validator().build(), validator().build(), "::1", "TLSv1.3");
    next.handshake();
    assertThat(next.client.getSession().getPeerCertificates()[0]).isEqualTo(second.certificate());
    assertThat(server.generation()).isEqualTo(2);
  }

  @Test
  void shouldJudgeByTheNewRootsOnceTheyAreReplaced() throws Exception {
    LiveTrustManager trust =
        CertificateValidator.trusting(
                List.of(TestAuthority.root(TestAuthority.authority("CN=Old")).certificate))
            .trustManager();
    X509Certificate[] chain =
        identity(KeyAlgorithm.EC_P256, SERVER).identity().chain().toArray(new X509Certificate[0]);
    assertThatThrownBy(() -> trust.checkServerTrusted(chain, "UNKNOWN"))
        .isInstanceOf(CertificateValidationException.class);
    trust.replace(validator().build());
    trust.checkServerTrusted(chain, "UNKNOWN");
    assertThat(trust.getAcceptedIssuers()).containsExactly(authority.root());
  }

  private void assertClientRejects(String host, LiveKeyManager server, Rule rule) throws Exception {
    assertRule(
        new Pair(
            server,
            identity(KeyAlgorithm.EC_P256, CLIENT),
            validator().build(),
            validator().build(),
            host,
            "TLSv1.3"),
        rule);
  }

  private static void assertRule(Pair pair, Rule rule) {
    assertThatThrownBy(pair::handshake)
        .isInstanceOf(SSLException.class)
        .hasCauseInstanceOf(CertificateValidationException.class)
        .hasMessageContaining(rule.name());
  }

  /** Two engines joined in memory. */
  private static final class Pair {
    final SSLEngine client;
    final SSLEngine server;
    private final ByteBuffer toServer = ByteBuffer.allocate(1 << 17);
    private final ByteBuffer toClient = ByteBuffer.allocate(1 << 17);

    Pair(
        LiveKeyManager serverKeys,
        LiveKeyManager clientKeys,
        CertificateValidator serverValidator,
        CertificateValidator clientValidator,
        String host,
        String protocol)
        throws Exception {
      client = context(clientKeys, clientValidator).createSSLEngine(host, 9292);
      client.setUseClientMode(true);
      SSLParameters parameters = client.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setProtocols(new String[] {protocol});
      client.setSSLParameters(parameters);
      server = context(serverKeys, serverValidator).createSSLEngine();
      server.setUseClientMode(false);
      server.setNeedClientAuth(true);
    }

    private static SSLContext context(LiveKeyManager keys, CertificateValidator validator)
        throws Exception {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {keys}, new TrustManager[] {validator.trustManager()}, RANDOM);
      return context;
    }

    void handshake() throws SSLException {
      for (int step = 0; step < 200 && !(done(client) && done(server)); step++) {
        step(client, toClient, toServer);
        step(server, toServer, toClient);
      }
      assertThat(done(client) && done(server)).as("handshake ended").isTrue();
    }

    void stepUntilServerAnswered() throws SSLException {
      for (int step = 0; step < 50 && toClient.position() == 0; step++) {
        step(client, toClient, toServer);
        step(server, toServer, toClient);
      }
      assertThat(toClient.position()).isPositive();
    }

    private static boolean done(SSLEngine engine) {
      return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
          && engine.getSession().getCipherSuite().startsWith("TLS_");
    }

    private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
      ByteBuffer application = ByteBuffer.allocate(1 << 15);
      for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
        task.run();
      }
      if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        engine.wrap(ByteBuffer.allocate(0), out);
      } else if (engine.getHandshakeStatus() != HandshakeStatus.NEED_TASK) {
        in.flip();
        engine.unwrap(in, application);
        in.compact();
        if (engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
            && engine.getUseClientMode()
            && in.position() == 0
            && out.position() == 0) {
          return;
        }
      }
    }
  }
}
