package io.hypermesh.trustchain.signature;

import io.hypermesh.trustchain.KeyAlgorithm;
import java.io.IOException;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.jspecify.annotations.Nullable;

/** Verifies signatures as X.509 names them. Stateless. */
public final class SignatureVerifier {
  /** RSA keys below this are refused, as the CA/Browser Forum's rules do. */
  public static final int RSA_BITS_MIN = 2048;

  /** RSA keys above this are refused: one check would cost too much work. */
  public static final int RSA_BITS_MAX = 8192;

  private static final AlgorithmIdentifier ED25519 = new AlgorithmIdentifier(KeyPairs.ED25519_OID);
  private static final AlgorithmIdentifier ECDSA_SHA256 =
      new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
  private static final AlgorithmIdentifier ECDSA_SHA384 =
      new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA384);

  private static final Map<ASN1ObjectIdentifier, String> ECDSA_DIGESTS =
      Map.of(
          X9ObjectIdentifiers.ecdsa_with_SHA256, "SHA-256",
          X9ObjectIdentifiers.ecdsa_with_SHA384, "SHA-384",
          X9ObjectIdentifiers.ecdsa_with_SHA512, "SHA-512");
  private static final Map<ASN1ObjectIdentifier, String> RSA_NAMES =
      Map.of(
          PKCSObjectIdentifiers.sha256WithRSAEncryption, "SHA256withRSA",
          PKCSObjectIdentifiers.sha384WithRSAEncryption, "SHA384withRSA",
          PKCSObjectIdentifiers.sha512WithRSAEncryption, "SHA512withRSA");

  private static final List<ASN1Encodable> CURVES =
      List.of(
          SECObjectIdentifiers.secp256r1,
          SECObjectIdentifiers.secp384r1,
          SECObjectIdentifiers.secp521r1);

  private SignatureVerifier() {}

  /**
   * How X.509 names the signatures of a kind of key.
   *
   * @param algorithm the kind of key
   * @return the signature algorithm
   */
  public static AlgorithmIdentifier identifierOf(KeyAlgorithm algorithm) {
    return switch (algorithm) {
      case ED25519 -> ED25519;
      case EC_P256 -> ECDSA_SHA256;
      case EC_P384 -> ECDSA_SHA384;
    };
  }

  /**
   * Verifies a signature.
   *
   * @param key the signer's public key
   * @param algorithm how the signature is named
   * @param message the signed bytes
   * @param signature the signature
   * @return whether it is the key's signature of the message
   * @throws GeneralSecurityException where the key or the algorithm is malformed, weak or unknown
   */
  public static boolean verify(
      SubjectPublicKeyInfo key, AlgorithmIdentifier algorithm, byte[] message, byte[] signature)
      throws GeneralSecurityException {
    ASN1ObjectIdentifier oid = algorithm.getAlgorithm();
    ASN1Encodable parameters = algorithm.getParameters();
    if (oid.equals(KeyPairs.ED25519_OID)) {
      requireAbsent(parameters);
      return verifyEdwards(key, message, signature);
    }
    String digest = ECDSA_DIGESTS.get(oid);
    if (digest != null) {
      requireAbsent(parameters);
      return verifyOnCurve(key, digest, message, signature);
    }
    return verifyRsa(key, algorithm, message, signature);
  }

  private static void requireAbsent(@Nullable ASN1Encodable parameters)
      throws GeneralSecurityException {
    if (parameters != null) {
      throw new GeneralSecurityException("the signature algorithm has parameters (RFC 5758, 8410)");
    }
  }

  private static boolean verifyEdwards(SubjectPublicKeyInfo key, byte[] message, byte[] signature)
      throws GeneralSecurityException {
    if (!(parameters(key) instanceof Ed25519PublicKeyParameters edwards)) {
      throw new GeneralSecurityException("the signer's key is not an Ed25519 key");
    }
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(false, edwards);
    signer.update(message, 0, message.length);
    return signer.verifySignature(signature);
  }

  private static boolean verifyOnCurve(
      SubjectPublicKeyInfo key, String digest, byte[] message, byte[] signature)
      throws GeneralSecurityException {
    if (!(parameters(key) instanceof ECPublicKeyParameters curve)) {
      throw new GeneralSecurityException("the signer's key is not an EC key");
    }
    BigInteger[] rs;
    try {
      rs = StandardDSAEncoding.INSTANCE.decode(curve.getParameters().getN(), signature);
    } catch (IOException | RuntimeException malformed) {
      // Not the DER of two integers in range, so no signature of any key: the answer is no.
      return false;
    }
    ECDSASigner signer = new ECDSASigner();
    signer.init(false, curve);
    return signer.verifySignature(MessageDigest.getInstance(digest).digest(message), rs[0], rs[1]);
  }

  private static boolean verifyRsa(
      SubjectPublicKeyInfo key, AlgorithmIdentifier algorithm, byte[] message, byte[] signature)
      throws GeneralSecurityException {
    ASN1ObjectIdentifier oid = algorithm.getAlgorithm();
    String name = RSA_NAMES.get(oid);
    boolean pss = oid.equals(PKCSObjectIdentifiers.id_RSASSA_PSS);
    if (name == null && !pss) {
      throw new GeneralSecurityException("unknown or weak signature algorithm: " + oid);
    }
    ASN1Encodable parameters = algorithm.getParameters();
    if (!pss && parameters != null && !DERNull.INSTANCE.equals(parameters)) {
      throw new GeneralSecurityException("the signature algorithm has parameters (RFC 4055)");
    }
    PublicKey publicKey;
    Signature verifier;
    try {
      publicKey = KeyPairs.publicKey(key.getEncoded());
      verifier = Signature.getInstance(pss ? "RSASSA-PSS" : String.valueOf(name));
      if (pss) {
        if (parameters == null) {
          throw new GeneralSecurityException("RSASSA-PSS without parameters");
        }
        AlgorithmParameters pssParameters = AlgorithmParameters.getInstance("RSASSA-PSS");
        pssParameters.init(parameters.toASN1Primitive().getEncoded());
        PSSParameterSpec spec = pssParameters.getParameterSpec(PSSParameterSpec.class);
        if (spec.getDigestAlgorithm().equals("SHA-1")) {
          throw new GeneralSecurityException("RSASSA-PSS with SHA-1");
        }
        verifier.setParameter(spec);
      }
    } catch (IOException e) {
      throw new GeneralSecurityException("the key or its parameters are malformed", e);
    }
    requireStrongRsa(publicKey);
    verifier.initVerify(publicKey);
    verifier.update(message);
    return verifier.verify(signature);
  }

  private static void requireStrongRsa(PublicKey publicKey) throws GeneralSecurityException {
    int bits = KeyPairs.rsaBits(publicKey);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || bits % 8 != 0) {
      throw new GeneralSecurityException("an RSA key has " + bits + " bits");
    }
  }

  /**
   * Refuses keys that are weak or of an unknown kind, whatever they will be used for.
   *
   * @param key a subject's key
   * @throws GeneralSecurityException where it is no Ed25519 key, no EC key on P-256, P-384 or
   *     P-521, and no RSA key of 2048 to 8192 bits
   */
  public static void requireStrongKey(SubjectPublicKeyInfo key) throws GeneralSecurityException {
    ASN1ObjectIdentifier kind = key.getAlgorithm().getAlgorithm();
    if (kind.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      if (!isKnownCurve(key.getAlgorithm().getParameters())) {
        throw new GeneralSecurityException("an EC key is on an unknown curve");
      }
    } else if (!kind.equals(KeyPairs.ED25519_OID)) {
      try {
        requireStrongRsa(KeyPairs.publicKey(key.getEncoded()));
      } catch (IOException e) {
        throw new GeneralSecurityException("a public key is malformed", e);
      }
    }
  }

  private static boolean isKnownCurve(@Nullable ASN1Encodable parameters) {
    return parameters != null && CURVES.contains(parameters);
  }

  private static AsymmetricKeyParameter parameters(SubjectPublicKeyInfo key)
      throws GeneralSecurityException {
    try {
      return PublicKeyFactory.createKey(key);
    } catch (IOException | RuntimeException e) {
      // BouncyCastle reports malformed keys by several unchecked exceptions.
      throw new GeneralSecurityException("the signer's public key is malformed", e);
    }
  }
}
