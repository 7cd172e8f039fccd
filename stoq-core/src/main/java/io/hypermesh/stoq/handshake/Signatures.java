package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.publickey.NativeKey;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.jspecify.annotations.Nullable;

/**
 * Signs and checks for CertificateVerify (RFC 8446, 4.2.3).
 *
 * <p>Ed25519 and ECDSA run in BouncyCastle, several times faster than the platform's providers,
 * where the key can be encoded; a key that cannot leave its token signs through the JCA, which
 * finds the token's provider by the key. ML-DSA and RSA run in the platform's. ECDSA's nonces are
 * deterministic (RFC 6979), so a bad random source cannot give a key away; libcrypto's, where that
 * is chosen to sign by P-256, are random, but made of the key and the hash, too. Remembers the
 * public keys that it has read, and nothing else; safe for use by any thread.
 */
final class Signatures {
  static final int RSA_MODULUS_BITS_MIN = 2_048;

  private static final PublicKeyMemory PUBLIC_KEYS = new PublicKeyMemory();

  private Signatures() {}

  /** The kind of a public key, as {@link SignatureScheme#keyAlgorithm()} names it. */
  static String keyAlgorithm(PublicKey key) {
    String algorithm = key.getAlgorithm();
    return switch (algorithm) {
      case "EdDSA" -> "Ed25519";
      case "ECDSA" -> "EC";
      case "ML-DSA-65" -> "ML-DSA"; // the JDK names the family, other providers the parameters
      default -> algorithm;
    };
  }

  /**
   * True where this key can sign with this scheme: its kind, its curve, and at least the size that
   * the padding needs.
   */
  static boolean fits(SignatureScheme scheme, PublicKey key, int rsaModulusBitsMax) {
    if (!scheme.keyAlgorithm().equals(keyAlgorithm(key))) {
      return false;
    }
    return switch (scheme) {
      case ED25519 -> decode(key) instanceof Ed25519PublicKeyParameters;
      case ECDSA_SECP256R1_SHA256 -> isOnCurve(decode(key), SECObjectIdentifiers.secp256r1);
      case ECDSA_SECP384R1_SHA384 -> isOnCurve(decode(key), SECObjectIdentifiers.secp384r1);
      case MLDSA65 ->
          decode(key) instanceof MLDSAPublicKeyParameters mldsa
              && mldsa.getParameters().equals(MLDSAParameters.ml_dsa_65);
      default ->
          key instanceof RSAKey rsa
              && rsa.getModulus().bitLength() >= RSA_MODULUS_BITS_MIN
              && rsa.getModulus().bitLength() <= rsaModulusBitsMax;
    };
  }

  private static boolean isOnCurve(
      @Nullable AsymmetricKeyParameter key, ASN1ObjectIdentifier name) {
    return key instanceof ECKeyParameters ec
        && ec.getParameters() instanceof ECNamedDomainParameters domain
        && domain.getName().equals(name);
  }

  /** The key for BouncyCastle, or null where it has no valid encoding. */
  private static @Nullable AsymmetricKeyParameter decode(PublicKey key) {
    return PUBLIC_KEYS.decode(key);
  }

  /** True where the signature is the key's over the content. A key that does not fit has none. */
  static boolean verify(SignatureScheme scheme, PublicKey key, byte[] content, byte[] signature) {
    return switch (scheme) {
      case ED25519 ->
          decode(key) instanceof Ed25519PublicKeyParameters publicKey
              && verifyEd25519(publicKey, content, signature);
      case ECDSA_SECP256R1_SHA256, ECDSA_SECP384R1_SHA384 ->
          decode(key) instanceof ECPublicKeyParameters publicKey
              && verifyEcdsa(scheme, publicKey, content, signature);
      default -> verifyByProvider(scheme, key, content, signature);
    };
  }

  private static boolean verifyEd25519(
      Ed25519PublicKeyParameters key, byte[] content, byte[] signature) {
    Ed25519Signer verifier = new Ed25519Signer();
    verifier.init(false, key);
    verifier.update(content, 0, content.length);
    return verifier.verifySignature(signature);
  }

  private static boolean verifyEcdsa(
      SignatureScheme scheme, ECPublicKeyParameters key, byte[] content, byte[] signature) {
    BigInteger[] values;
    try {
      // Refuses what is not DER, and values outside the group's order.
      values = StandardDSAEncoding.INSTANCE.decode(key.getParameters().getN(), signature);
    } catch (IOException | RuntimeException e) {
      return false; // a malformed signature is a wrong one
    }
    ECDSASigner verifier = new ECDSASigner();
    verifier.init(false, key);
    return verifier.verifySignature(hash(scheme, content), values[0], values[1]);
  }

  private static boolean verifyByProvider(
      SignatureScheme scheme, PublicKey key, byte[] content, byte[] signature) {
    try {
      Signature verifier = provider(scheme);
      verifier.initVerify(key);
      setParameters(verifier, scheme);
      verifier.update(content);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false; // a signature that can't be checked is a wrong one
    }
  }

  /** Signs with one key by one scheme. Safe for use by any thread. */
  @FunctionalInterface
  interface Signer {
    byte[] sign(byte[] content) throws GeneralSecurityException, IOException;
  }

  /**
   * Signs with a key that is used once.
   *
   * @throws AuthenticationException with {@code internal_error} where the key or its provider
   *     refuses
   */
  static byte[] sign(SignatureScheme scheme, PrivateKey key, byte[] content)
      throws AuthenticationException {
    return sign(signer(scheme, key, PublicKeyProvider.BOUNCY_CASTLE), content);
  }

  /**
   * Signs.
   *
   * @throws AuthenticationException with {@code internal_error} where the key or its provider
   *     refuses
   */
  static byte[] sign(Signer signer, byte[] content) throws AuthenticationException {
    try {
      return signer.sign(content);
    } catch (GeneralSecurityException | IOException e) {
      throw new AuthenticationException(
          Alert.INTERNAL_ERROR, "couldn't sign the handshake with the local key", e);
    }
  }

  /**
   * What signs with a key: the provider or BouncyCastle with a copy of it, where it can be encoded;
   * else the JCA with the key itself.
   */
  static Signer signer(SignatureScheme scheme, PrivateKey key, PublicKeyProvider provider) {
    boolean ours = scheme.keyAlgorithm().equals("Ed25519") || scheme.keyAlgorithm().equals("EC");
    byte[] encoded = ours && "PKCS#8".equals(key.getFormat()) ? key.getEncoded() : null;
    if (encoded != null) {
      try {
        Signer signer = signer(scheme, encoded, provider);
        if (signer != null) {
          return signer;
        }
      } catch (IOException | RuntimeException e) {
        // An encoding of its own: the provider that made it can still sign.
      } finally {
        KeySchedule.erase(encoded);
      }
    }
    return content -> {
      Signature signer = provider(scheme);
      signer.initSign(key);
      setParameters(signer, scheme);
      signer.update(content);
      return signer.sign();
    };
  }

  private static @Nullable Signer signer(
      SignatureScheme scheme, byte[] encoded, PublicKeyProvider provider) throws IOException {
    AsymmetricKeyParameter decoded = PrivateKeyFactory.createKey(encoded);
    if (decoded instanceof Ed25519PrivateKeyParameters privateKey) {
      return content -> {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, privateKey);
        signer.update(content, 0, content.length);
        return signer.generateSignature();
      };
    }
    if (!(decoded instanceof ECPrivateKeyParameters privateKey)) {
      return null;
    }
    NativeKey nativeKey =
        isOnCurve(privateKey, SECObjectIdentifiers.secp256r1) ? provider.ecdsaP256(encoded) : null;
    return nativeKey == null
        ? content -> signEcdsa(scheme, privateKey, content)
        : content -> nativeKey.sign(hash(scheme, content));
  }

  private static byte[] signEcdsa(
      SignatureScheme scheme, ECPrivateKeyParameters key, byte[] content) throws IOException {
    Digest digest =
        scheme == SignatureScheme.ECDSA_SECP256R1_SHA256
            ? SHA256Digest.newInstance()
            : new SHA384Digest();
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(digest));
    signer.init(true, key);
    BigInteger[] values = signer.generateSignature(hash(scheme, content));
    return StandardDSAEncoding.INSTANCE.encode(key.getParameters().getN(), values[0], values[1]);
  }

  private static byte[] hash(SignatureScheme scheme, byte[] content) {
    try {
      return MessageDigest.getInstance(scheme.hashAlgorithm()).digest(content);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "couldn't hash for a signature: this JDK lacks " + scheme.hashAlgorithm(), e);
    }
  }

  private static Signature provider(SignatureScheme scheme) throws GeneralSecurityException {
    return Signature.getInstance(scheme.jcaName());
  }

  private static void setParameters(Signature signature, SignatureScheme scheme)
      throws GeneralSecurityException {
    if (!scheme.jcaName().equals("RSASSA-PSS")) {
      return;
    }
    String hash = scheme.hashAlgorithm();
    int saltLength = MessageDigest.getInstance(hash).getDigestLength();
    signature.setParameter(
        new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), saltLength, 1));
  }

  /** The schemes among these that the key can sign with, in our order of preference. */
  static List<SignatureScheme> fitting(
      List<SignatureScheme> schemes, PublicKey key, int rsaModulusBitsMax) {
    return List.of(SignatureScheme.values()).stream()
        .filter(SignatureScheme::signsHandshakes)
        .filter(schemes::contains)
        .filter(scheme -> fits(scheme, key, rsaModulusBitsMax))
        .toList();
  }
}
