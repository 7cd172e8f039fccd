package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeFixture.AUTHORITY;
import static io.hypermesh.stoq.handshake.HandshakeFixture.HOST;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.serverSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys from wherever a host keeps them. */
class KeyManagersTest {
  private static X509ExtendedKeyManager platform(String algorithm, Identity... identities) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < identities.length; i++) {
        store.setKeyEntry(
            "entry" + i,
            identities[i].key(),
            new char[0],
            identities[i].chain().toArray(X509Certificate[]::new));
      }
      KeyManagerFactory factory = KeyManagerFactory.getInstance(algorithm);
      factory.init(store, new char[0]);
      for (KeyManager manager : factory.getKeyManagers()) {
        if (manager instanceof X509ExtendedKeyManager extended) {
          return extended;
        }
      }
      throw new IllegalStateException("no X509ExtendedKeyManager by " + algorithm);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void shouldWorkWithThePlatformsKeyManagers(Kind kind) {
    Identity server = AUTHORITY.issue(kind, HOST);
    Identity client = AUTHORITY.issue(kind, "client.example");
    for (String algorithm : List.of("SunX509", "NewSunX509")) {
      HandshakePair pair =
          pair(
                  clientSettings().keyManager(platform(algorithm, client)),
                  serverSettings().keyManager(platform(algorithm, server)))
              .run();
      HandshakeTest.requireComplete(pair);
      assertThat(pair.client.complete.peerCertificates()).isEqualTo(server.chain());
      assertThat(pair.server.complete.peerCertificates()).isEqualTo(client.chain());
    }
  }

  @Test
  void shouldPreferEd25519AmongSeveralKeys() {
    Identity rsa = AUTHORITY.issue(Kind.RSA, HOST);
    Identity p256 = AUTHORITY.issue(Kind.P256, HOST);
    Identity ed25519 = AUTHORITY.issue(Kind.ED25519, HOST);
    HandshakePair pair =
        pair(
                clientSettings(),
                serverSettings().keyManager(platform("NewSunX509", rsa, p256, ed25519)))
            .run();
    HandshakeTest.requireComplete(pair);
    assertThat(pair.client.complete.peerCertificates()).isEqualTo(ed25519.chain());
  }

  @Test
  void shouldChooseAClientCertificateOfAnIssuerThatTheServerNames() {
    Identity stranger = TestIdentities.create("other").issue(Kind.ED25519, "client.example");
    Identity known = withRoot(AUTHORITY.issue(Kind.P256, "client.example"));
    HandshakePair pair =
        pair(clientSettings().keyManager(platform("NewSunX509", stranger, known)), serverSettings())
            .run();
    HandshakeTest.requireComplete(pair);
    assertThat(pair.server.complete.peerCertificates()).isEqualTo(known.chain());
  }

  /** With the whole chain, by which the platform's key manager compares issuers. */
  private static Identity withRoot(Identity identity) {
    List<X509Certificate> chain = new ArrayList<>(identity.chain());
    chain.add(AUTHORITY.root());
    return new Identity(identity.key(), chain);
  }

  /** A key that cannot leave its token: no format, no encoding. */
  private record TokenKey(PrivateKey inside) implements PrivateKey {
    private static final long serialVersionUID = 1L;

    @Override
    public String getAlgorithm() {
      return inside.getAlgorithm();
    }

    @Override
    public String getFormat() {
      return null;
    }

    @Override
    public byte[] getEncoded() {
      return null;
    }
  }

  /** The provider of the token, which the JCA finds by the class of the key. */
  private static final class TokenProvider extends Provider {
    private static final long serialVersionUID = 1L;

    private int signatures;

    TokenProvider() {
      super("TestToken", "1", "a token for tests");
      for (String algorithm : List.of("Ed25519", "SHA256withECDSA")) {
        putService(
            new Service(
                this,
                "Signature",
                algorithm,
                TokenSignature.class.getName(),
                null,
                Map.of("SupportedKeyClasses", TokenKey.class.getName())) {
              @Override
              public Object newInstance(Object parameter) {
                return new TokenSignature(TokenProvider.this, getAlgorithm());
              }
            });
      }
    }
  }

  /** Signs inside the token. */
  private static final class TokenSignature extends SignatureSpi {
    private final TokenProvider provider;
    private final String algorithm;
    private Signature inside;

    TokenSignature(TokenProvider provider, String algorithm) {
      this.provider = provider;
      this.algorithm = algorithm;
    }

    @Override
    protected void engineInitSign(PrivateKey key) throws InvalidKeyException {
      try {
        inside = Signature.getInstance(algorithm);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
      inside.initSign(((TokenKey) key).inside());
    }

    @Override
    protected void engineUpdate(byte[] bytes, int offset, int length) throws SignatureException {
      inside.update(bytes, offset, length);
    }

    @Override
    protected void engineUpdate(byte b) throws SignatureException {
      inside.update(b);
    }

    @Override
    protected byte[] engineSign() throws SignatureException {
      provider.signatures++;
      return inside.sign();
    }

    @Override
    protected void engineInitVerify(PublicKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected boolean engineVerify(byte[] signature) {
      throw new UnsupportedOperationException();
    }

    @Override
    @Deprecated
    protected void engineSetParameter(String name, Object value) {
      throw new UnsupportedOperationException();
    }

    @Override
    @Deprecated
    protected Object engineGetParameter(String name) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void shouldSignWithAKeyThatCannotLeaveItsToken() {
    TokenProvider token = new TokenProvider();
    Security.addProvider(token);
    try {
      for (Kind kind : List.of(Kind.ED25519, Kind.P256)) {
        Identity server = AUTHORITY.issue(kind, HOST);
        Identity inToken = new Identity(new TokenKey(server.key()), server.chain());
        HandshakePair pair =
            pair(clientSettings(), serverSettings().keyManager(new OneKeyManager(inToken))).run();
        HandshakeTest.requireComplete(pair);
      }
      assertThat(token.signatures).isEqualTo(2);
    } finally {
      Security.removeProvider(token.getName());
    }
  }

  @Test
  void shouldSayThatAKeyCannotSign() {
    Identity server = AUTHORITY.issue(Kind.ED25519, HOST);
    Identity lost = new Identity(new TokenKey(server.key()), server.chain());
    HandshakePair pair = pair(clientSettings(), settings(lost, 2)).run();
    HandshakeAssertions.assertAlert(Alert.INTERNAL_ERROR, pair.server.failure);
    assertThat(pair.server.tasks.getFirst().cause()).isInstanceOf(GeneralSecurityException.class);
  }

  @Test
  void shouldNeverPairAKeyWithACertificateOfBeforeARotation() {
    Identity before = AUTHORITY.issue(Kind.ED25519, HOST);
    Identity after = AUTHORITY.issue(Kind.P256, HOST);
    OneKeyManager rotating =
        new OneKeyManager(before) {
          @Override
          public PrivateKey getPrivateKey(String alias) {
            rotate(after); // just between the chain and the key
            return super.getPrivateKey(alias);
          }
        };
    HandshakePair pair = pair(clientSettings(), serverSettings().keyManager(rotating)).run();
    HandshakeTest.requireComplete(pair);
    assertThat(pair.client.complete.peerCertificates()).isEqualTo(after.chain());
  }
}
