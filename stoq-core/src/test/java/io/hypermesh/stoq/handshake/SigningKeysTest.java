package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is remembered of keys: of few, and only for as long as they are there. */
class SigningKeysTest {
  private static final byte[] CONTENT = CertificateVerify.signedContent(true, new byte[32]);

  /** A key that its host can destroy. */
  private static final class DestroyableKey implements PrivateKey {
    private static final long serialVersionUID = 1L;

    private final transient PrivateKey key;
    private boolean destroyed;

    DestroyableKey(PrivateKey key) {
      this.key = key;
    }

    @Override
    public String getAlgorithm() {
      return key.getAlgorithm();
    }

    @Override
    public String getFormat() {
      return key.getFormat();
    }

    @Override
    public byte[] getEncoded() {
      return destroyed ? new byte[0] : key.getEncoded();
    }

    @Override
    public void destroy() {
      destroyed = true;
    }

    @Override
    public boolean isDestroyed() {
      return destroyed;
    }
  }

  private static boolean signs(SigningKeys keys, PrivateKey key, KeyPair pair) {
    try {
      byte[] signature = keys.sign(SignatureScheme.ED25519, key, CONTENT);
      return Signatures.verify(SignatureScheme.ED25519, pair.getPublic(), CONTENT, signature);
    } catch (AuthenticationException e) {
      return false;
    }
  }

  @Test
  void shouldRememberAKeyOnceAndNoMoreThanItsLimit() {
    SigningKeys keys = new SigningKeys(PublicKeyProvider.BOUNCY_CASTLE);
    List<PrivateKey> held = new ArrayList<>();
    for (int i = 1; i <= SigningKeys.KEYS_MAX + 3; i++) {
      KeyPair pair = TestIdentities.generate(Kind.ED25519);
      DestroyableKey key = new DestroyableKey(pair.getPrivate());
      held.add(key);
      assertThat(signs(keys, key, pair)).isTrue();
      assertThat(signs(keys, key, pair)).isTrue();
      assertThat(keys.size()).isEqualTo(Math.min(i, SigningKeys.KEYS_MAX));
    }
    assertThat(held).hasSize(SigningKeys.KEYS_MAX + 3);
    keys.clear();
    assertThat(keys.size()).isZero();
  }

  @Test
  void shouldNotSignWithAKeyThatItsHostHasDestroyed() {
    SigningKeys keys = new SigningKeys(PublicKeyProvider.BOUNCY_CASTLE);
    KeyPair pair = TestIdentities.generate(Kind.ED25519);
    DestroyableKey key = new DestroyableKey(pair.getPrivate());
    assertThat(signs(keys, key, pair)).isTrue();
    key.destroy();
    assertThat(signs(keys, key, pair)).isFalse();
  }

  @Test
  void shouldRememberNoMorePublicKeysThanItsLimit() {
    PublicKeyMemory memory = new PublicKeyMemory();
    for (int i = 0; i < 2 * PublicKeyMemory.KEYS_MAX; i++) {
      KeyPair pair = TestIdentities.generate(Kind.ED25519);
      assertThat(memory.decode(pair.getPublic())).isSameAs(memory.decode(pair.getPublic()));
    }
    assertThat(memory.size()).isBetween(2, PublicKeyMemory.KEYS_MAX);
    KeyPair large = TestIdentities.generate(Kind.ML_DSA);
    int size = memory.size();
    assertThat(memory.decode(large.getPublic())).isNotNull();
    assertThat(memory.size()).isEqualTo(size);
  }
}
