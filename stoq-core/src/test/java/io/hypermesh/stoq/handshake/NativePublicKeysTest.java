package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeFixture.AUTHORITY;
import static io.hypermesh.stoq.handshake.HandshakeFixture.HOST;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import io.hypermesh.stoq.handshake.Wycheproof.Vector;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.publickey.NativeKey;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** libcrypto against BouncyCastle, the JDK and known attacks; where the system has it. */
class NativePublicKeysTest {
  private static final String ZERO_SECRET = "00".repeat(32);

  @BeforeEach
  void requireLibcrypto() {
    String missing = PublicKeyProvider.LIBCRYPTO.unavailableBecause();
    assumeTrue(missing == null, () -> "libcrypto can't be used: " + missing);
  }

  private static PublicKeys nativeKeys(long seed) {
    return new PublicKeys(PublicKeyProvider.LIBCRYPTO, 0, new SeededRandom(seed));
  }

  @Test
  void shouldBeChosenWhereItCanBeUsed() {
    assertThat(PublicKeyProvider.fastest()).isEqualTo(PublicKeyProvider.LIBCRYPTO);
    assertThat(PublicKeyProvider.BOUNCY_CASTLE.unavailableBecause()).isNull();
  }

  @Test
  void shouldAgreeByX25519AsBouncyCastleDoes() throws Exception {
    for (int seed = 0; seed < 50; seed++) {
      KeyExchange peer = KeyExchange.generate(NamedGroup.X25519, new SeededRandom(1_000 + seed));
      try (KeyExchange ours = nativeKeys(0).offer(NamedGroup.X25519, new SeededRandom(seed));
          KeyExchange same = KeyExchange.generate(NamedGroup.X25519, new SeededRandom(seed))) {
        assertThat(ours.group()).isEqualTo(NamedGroup.X25519);
        assertThat(ours.share()).isEqualTo(same.share());
        assertThat(ours.agree(peer.share())).isEqualTo(same.agree(peer.share()));
        KeyExchange.Answer answer = ours.answer(peer.share());
        assertThat(peer.agree(answer.share())).isEqualTo(answer.sharedSecret());
      }
    }
  }

  @Test
  void shouldAgreeByX25519AndRefuseTheAllZeroSecret() {
    int refused = 0;
    for (Vector vector : Wycheproof.read("x25519_test.json")) {
      byte[] scalar = HexFormat.of().parseHex(vector.get("private"));
      try (KeyExchange exchange = PublicKeyProvider.LIBCRYPTO.x25519(scalar)) {
        byte[] shared = exchange.agree(HexFormat.of().parseHex(vector.get("public")));
        assertThat(HexFormat.of().formatHex(shared))
            .as(vector.toString())
            .isEqualTo(vector.get("shared"))
            .isNotEqualTo(ZERO_SECRET);
      } catch (TransportException e) {
        assertThat(e.errorCode()).isEqualTo(Alert.ILLEGAL_PARAMETER.errorCode());
        assertThat(vector.get("shared")).as(vector.toString()).isEqualTo(ZERO_SECRET);
        refused++;
      }
      assertThat(scalar).as("the scalar is erased").containsOnly(0);
    }
    assertThat(refused).isPositive();
  }

  @Test
  void shouldRefuseASharePointOfAnotherLength() {
    try (KeyExchange exchange = nativeKeys(0).offer(NamedGroup.X25519, new SeededRandom(1))) {
      assertThatThrownBy(() -> exchange.agree(new byte[31])).isInstanceOf(TransportException.class);
      assertThatThrownBy(() -> exchange.agree(new byte[33])).isInstanceOf(TransportException.class);
    }
  }

  @Test
  void shouldSignByP256WhatOthersVerify() throws Exception {
    KeyPair pair = TestIdentities.generate(Kind.P256);
    PublicKeys keys = nativeKeys(1);
    SecureRandom random = new SeededRandom(2);
    for (int i = 0; i < 50; i++) {
      byte[] content = new byte[i];
      random.nextBytes(content);
      byte[] signature =
          keys.sign(SignatureScheme.ECDSA_SECP256R1_SHA256, pair.getPrivate(), content);
      assertThat(
              Signatures.verify(
                  SignatureScheme.ECDSA_SECP256R1_SHA256, pair.getPublic(), content, signature))
          .isTrue();
      Signature platform = Signature.getInstance("SHA256withECDSA");
      platform.initVerify(pair.getPublic());
      platform.update(content);
      assertThat(platform.verify(signature)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void shouldCompleteAHandshakeWithEveryKindOfKey(Kind kind) {
    Identity server = AUTHORITY.issue(kind, HOST);
    Identity client = AUTHORITY.issue(kind, "client.example");
    try (PublicKeys keys = new PublicKeys(PublicKeyProvider.LIBCRYPTO, 2, new SeededRandom(3))) {
      for (NamedGroup group : NamedGroup.values()) {
        for (int i = 0; i < 2; i++) {
          HandshakePair pair =
              pair(
                      settings(client, 1).groups(List.of(group)).publicKeys(keys),
                      settings(server, 2).groups(List.of(group)).publicKeys(keys))
                  .run();
          HandshakeTest.requireComplete(pair);
          keys.makeAhead();
        }
      }
    }
  }

  @Test
  void shouldReadNoKeyThatIsNotOnACurve() {
    assertThat(NativeKey.ecdsa(new byte[0])).isNull();
    assertThat(NativeKey.ecdsa(new byte[138])).isNull();
    assertThat(NativeKey.ecdsa(TestIdentities.generate(Kind.ED25519).getPrivate().getEncoded()))
        .isNull();
  }

  @Test
  void shouldNotUseAKeyThatIsErased() {
    byte[] scalar = new byte[32];
    scalar[0] = 9;
    NativeKey key = NativeKey.x25519(scalar);
    key.close();
    key.close();
    assertThatThrownBy(key::publicValue).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> key.agree(scalar)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> key.sign(scalar)).isInstanceOf(IllegalStateException.class);
  }
}
