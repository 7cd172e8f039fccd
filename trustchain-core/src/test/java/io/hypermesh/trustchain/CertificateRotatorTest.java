package io.hypermesh.trustchain;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;

class CertificateRotatorTest {
  private static final Instant START = TestAuthority.NOW;
  private static final Duration LIFE = Duration.ofHours(24);
  private static final TestAuthority ROOT = TestAuthority.root(TestAuthority.authority("CN=R"));
  private static final SecureRandom RANDOM = new SecureRandom();

  private static TrustChainIdentity identity(Instant from) {
    KeyPair pair = KeyAlgorithm.ED25519.generate(RANDOM);
    return new TrustChainIdentity(
        pair.getPrivate(),
        List.of(
            ROOT.issue(
                TestAuthority.leaf(new GeneralName(GeneralName.dNSName, "a.example"))
                    .key(pair)
                    .validity(from, from.plus(LIFE)))));
  }

  @Test
  void shouldShowEachRenewedIdentityForDaysOfShortLives() {
    LiveKeyManager keys = new LiveKeyManager(identity(START));
    CertificateRotator rotator = new CertificateRotator(keys, new Random(7));
    Instant now = START;
    int renewals = 0;
    while (now.isBefore(START.plus(Duration.ofDays(10)))) {
      now = rotator.nextDeadline();
      assertThat(keys.identity().certificate().getNotAfter().toInstant()).isAfter(now);
      if (rotator.handleTime(now)) {
        assertThat(rotator.isRenewing()).isTrue();
        TrustChainIdentity renewed = identity(now);
        assertThat(rotator.handleRenewed(renewed, now)).isTrue();
        assertThat(keys.identity()).isSameAs(renewed);
        renewals++;
      }
    }
    assertThat(renewals).isBetween(14, 20);
    assertThat(keys.generation()).isEqualTo(renewals + 1L);
  }

  @Test
  void shouldNotShowAnIdentityThatIsNoBetter() {
    LiveKeyManager keys = new LiveKeyManager(identity(START));
    CertificateRotator rotator = new CertificateRotator(keys, new Random(7));
    TrustChainIdentity shown = keys.identity();
    Instant now = rotator.nextDeadline();
    assertThat(rotator.handleTime(now)).isTrue();
    assertThat(rotator.handleRenewed(identity(START.minus(Duration.ofHours(1))), now)).isFalse();
    assertThat(rotator.failures()).isEqualTo(1);
    assertThat(rotator.handleRenewed(identity(now.plus(Duration.ofHours(1))), now)).isFalse();
    assertThat(rotator.handleRenewed(identity(now.minus(LIFE).minusSeconds(1)), now)).isFalse();
    assertThat(keys.identity()).isSameAs(shown);
    assertThat(rotator.nextDeadline()).isAfter(now).isBefore(now.plusSeconds(2));
  }

  @Test
  void shouldKeepEarlierGenerationsForHandshakesThatRun() {
    TrustChainIdentity first = identity(START);
    LiveKeyManager keys = new LiveKeyManager(first);
    String alias = keys.chooseEngineServerAlias("EdDSA", null, null);
    assertThat(keys.chooseEngineServerAlias("RSA", null, null)).isNull();
    for (int i = 1; i < LiveKeyManager.GENERATIONS_KEPT; i++) {
      keys.replace(identity(START));
      assertThat(keys.getPrivateKey(alias)).isEqualTo(first.privateKey());
      assertThat(keys.getCertificateChain(alias)).containsExactly(first.certificate());
    }
    keys.replace(identity(START));
    assertThat(keys.getPrivateKey(alias)).isNull();
    assertThat(keys.getCertificateChain(alias)).isNull();
    assertThat(keys.getPrivateKey("other")).isNull();
  }
}
