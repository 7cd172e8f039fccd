package io.hypermesh.stoq.handshake;

import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The local key and chain for one handshake, chosen anew for each so that a rotated certificate
 * serves the next one.
 *
 * @param key signs; may be a handle to a key in a token
 * @param chain own certificate first
 * @param scheme what both the key and the peer can do
 */
record Credentials(PrivateKey key, List<X509Certificate> chain, SignatureScheme scheme) {
  /** How often a key and chain that changed between two calls are asked for again. */
  private static final int ROTATION_ATTEMPTS_MAX = 3;

  /**
   * Asks the key manager, for one kind of key after another in our order of preference. A server
   * that has no chain which is signed as the client wants shows one that isn't (RFC 8446, 4.4.2.2).
   *
   * @param authorities whom the peer trusts; empty where it did not say
   * @return null where the manager has nothing that the peer can verify
   */
  static @Nullable Credentials choose(
      X509ExtendedKeyManager keyManager,
      HandshakeContext context,
      List<X500Principal> authorities,
      TlsSettings.Limits limits) {
    Credentials fitting = chooseFitting(keyManager, context, authorities, limits);
    List<SignatureScheme> schemes = context.peerSchemes();
    return fitting != null || context.client() || context.peerCertificateSchemes().equals(schemes)
        ? fitting
        : chooseFitting(keyManager, context.withPeerSchemes(schemes, schemes), authorities, limits);
  }

  private static @Nullable Credentials chooseFitting(
      X509ExtendedKeyManager keyManager,
      HandshakeContext context,
      List<X500Principal> authorities,
      TlsSettings.Limits limits) {
    EngineView engine = new EngineView(context);
    Principal[] issuers = authorities.isEmpty() ? null : authorities.toArray(Principal[]::new);
    for (String keyType : keyTypes(context.peerSchemes())) {
      String alias =
          context.client()
              ? keyManager.chooseEngineClientAlias(new String[] {keyType}, issuers, engine)
              : keyManager.chooseEngineServerAlias(keyType, issuers, engine);
      Credentials credentials =
          alias == null ? null : load(keyManager, alias, context.peerSchemes(), limits);
      if (credentials != null) {
        return credentials;
      }
    }
    return null;
  }

  /** The JCA's names for the kinds of keys that can sign so. */
  private static Set<String> keyTypes(List<SignatureScheme> schemes) {
    Set<String> types = new LinkedHashSet<>();
    for (SignatureScheme scheme : SignatureScheme.values()) {
      if (scheme.signsHandshakes() && schemes.contains(scheme)) {
        if (scheme == SignatureScheme.ED25519) {
          types.add("EdDSA"); // the JDK's name; other providers say Ed25519
        } else if (scheme == SignatureScheme.MLDSA65) {
          types.add(scheme.jcaName()); // other providers' name; the JDK says ML-DSA
        }
        types.add(scheme.keyAlgorithm());
      }
    }
    return types;
  }

  private static @Nullable Credentials load(
      X509ExtendedKeyManager keyManager,
      String alias,
      List<SignatureScheme> peerSchemes,
      TlsSettings.Limits limits) {
    for (int attempt = 0; attempt < ROTATION_ATTEMPTS_MAX; attempt++) {
      X509Certificate[] chain = keyManager.getCertificateChain(alias);
      PrivateKey key = keyManager.getPrivateKey(alias);
      X509Certificate[] again = keyManager.getCertificateChain(alias);
      if (chain == null || key == null || again == null || chain.length == 0) {
        return null;
      }
      // A rotation between the two calls would pair the new key with the old certificate.
      if (again.length > 0 && chain[0].equals(again[0])) {
        List<SignatureScheme> schemes =
            Signatures.fitting(peerSchemes, chain[0].getPublicKey(), limits.rsaModulusBitsMax());
        return schemes.isEmpty() ? null : new Credentials(key, List.of(chain), schemes.getFirst());
      }
    }
    return null;
  }

  /**
   * The messages that show and prove the identity; both are added to the transcript.
   *
   * @param byServer the signing side
   * @param publicKeys who signs
   */
  byte[] prove(boolean byServer, Transcript transcript, PublicKeys publicKeys)
      throws AuthenticationException {
    byte[] certificate = CertificateMessage.encode(encodedChain());
    transcript.update(certificate);
    byte[] content = CertificateVerify.signedContent(byServer, transcript.hash());
    byte[] verify = CertificateVerify.encode(scheme, publicKeys.sign(scheme, key, content));
    transcript.update(verify);
    return new HandshakeWriter(certificate.length + verify.length)
        .bytes(certificate)
        .bytes(verify)
        .finish();
  }

  private List<byte[]> encodedChain() throws AuthenticationException {
    List<byte[]> encoded = new ArrayList<>();
    for (X509Certificate certificate : chain) {
      try {
        encoded.add(certificate.getEncoded());
      } catch (CertificateEncodingException e) {
        throw new AuthenticationException(
            Alert.INTERNAL_ERROR, "couldn't encode a local certificate", e);
      }
    }
    return encoded;
  }

  /** Names the scheme, and no key. */
  @Override
  public String toString() {
    return "Credentials[" + scheme + ", " + chain.size() + " certificates]";
  }
}
