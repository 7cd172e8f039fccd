package io.hypermesh.trustchain.signature;

import io.hypermesh.trustchain.KeyAlgorithm;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.jspecify.annotations.Nullable;

/**
 * A key that signs. Signatures are deterministic (RFC 8032; RFC 6979 for ECDSA), so that no random
 * source is needed and a replay gives the same bytes. Safe for use by any number of threads.
 */
public final class SigningKey {
  private final KeyAlgorithm algorithm;
  private final PublicKey publicKey;
  private final PrivateKey privateKey;
  private final SubjectPublicKeyInfo subjectPublicKeyInfo;

  /** The key for BouncyCastle, or null where it stays in a token and the platform signs. */
  private final @Nullable AsymmetricKeyParameter extracted;

  private SigningKey(
      KeyAlgorithm algorithm, KeyPair pair, @Nullable AsymmetricKeyParameter extracted) {
    this.algorithm = algorithm;
    this.publicKey = pair.getPublic();
    this.privateKey = pair.getPrivate();
    this.subjectPublicKeyInfo = SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
    this.extracted = extracted;
  }

  /**
   * Takes a key pair, of any provider.
   *
   * @param pair EC P-256, EC P-384 or Ed25519
   * @return the signing key
   * @throws GeneralSecurityException where the pair is of another kind or malformed
   */
  public static SigningKey of(KeyPair pair) throws GeneralSecurityException {
    KeyAlgorithm algorithm = KeyPairs.algorithmOf(pair.getPublic());
    if (algorithm == null) {
      throw new GeneralSecurityException(
          "keys of this kind don't sign here: " + pair.getPublic().getAlgorithm());
    }
    byte[] pkcs8 = pair.getPrivate().getEncoded();
    try {
      return new SigningKey(
          algorithm, pair, pkcs8 == null ? null : PrivateKeyFactory.createKey(pkcs8));
    } catch (IOException | RuntimeException e) {
      throw new GeneralSecurityException("the private key is malformed", e);
    } finally {
      if (pkcs8 != null) {
        Arrays.fill(pkcs8, (byte) 0);
      }
    }
  }

  /**
   * The kind of the key.
   *
   * @return the algorithm
   */
  public KeyAlgorithm algorithm() {
    return algorithm;
  }

  /**
   * The public half.
   *
   * @return the public key
   */
  public PublicKey publicKey() {
    return publicKey;
  }

  /**
   * The public half as X.509 spells it.
   *
   * @return the subjectPublicKeyInfo
   */
  public SubjectPublicKeyInfo subjectPublicKeyInfo() {
    return subjectPublicKeyInfo;
  }

  /**
   * How X.509 names the signatures of this key.
   *
   * @return the signature algorithm
   */
  public AlgorithmIdentifier signatureAlgorithm() {
    return SignatureVerifier.identifierOf(algorithm);
  }

  /**
   * Signs a message.
   *
   * @param message the whole message
   * @return the signature, in X.509's encoding
   * @throws GeneralSecurityException where the key's provider failed
   */
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    if (extracted == null) {
      Signature signature = Signature.getInstance(platformName());
      signature.initSign(privateKey);
      signature.update(message);
      return signature.sign();
    }
    return switch (extracted) {
      case Ed25519PrivateKeyParameters edwards -> {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, edwards);
        signer.update(message, 0, message.length);
        yield signer.generateSignature();
      }
      case ECPrivateKeyParameters curve -> signOnCurve(curve, message);
      default -> throw new GeneralSecurityException("not a signing key: " + algorithm);
    };
  }

  private byte[] signOnCurve(ECPrivateKeyParameters curve, byte[] message)
      throws GeneralSecurityException {
    boolean p256 = algorithm == KeyAlgorithm.EC_P256;
    Digest digest = p256 ? new SHA256Digest() : new SHA384Digest();
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(digest));
    signer.init(true, curve);
    byte[] hash = MessageDigest.getInstance(p256 ? "SHA-256" : "SHA-384").digest(message);
    BigInteger[] rs = signer.generateSignature(hash);
    try {
      return StandardDSAEncoding.INSTANCE.encode(curve.getParameters().getN(), rs[0], rs[1]);
    } catch (IOException e) {
      throw new GeneralSecurityException("couldn't encode a signature", e);
    }
  }

  private String platformName() {
    return switch (algorithm) {
      case ED25519 -> "Ed25519";
      case EC_P256 -> "SHA256withECDSA";
      case EC_P384 -> "SHA384withECDSA";
    };
  }

  @Override
  public String toString() {
    return "SigningKey[" + algorithm + "]";
  }
}
