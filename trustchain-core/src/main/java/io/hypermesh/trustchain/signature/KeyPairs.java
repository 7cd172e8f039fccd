package io.hypermesh.trustchain.signature;

import io.hypermesh.trustchain.KeyAlgorithm;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.AsymmetricCipherKeyPairGenerator;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.generators.Ed25519KeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519KeyGenerationParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/** Generates keys, and converts them to the platform's own types. */
public final class KeyPairs {
  /** id-Ed25519 (RFC 8410). */
  static final ASN1ObjectIdentifier ED25519_OID = new ASN1ObjectIdentifier("1.3.101.112");

  private KeyPairs() {}

  /**
   * Generates a key pair.
   *
   * @param algorithm its kind
   * @param random where the secret comes from
   * @return the pair, of the platform's types
   */
  public static KeyPair generate(KeyAlgorithm algorithm, SecureRandom random) {
    AsymmetricCipherKeyPairGenerator generator =
        switch (algorithm) {
          case ED25519 -> {
            Ed25519KeyPairGenerator edwards = new Ed25519KeyPairGenerator();
            edwards.init(new Ed25519KeyGenerationParameters(random));
            yield edwards;
          }
          case EC_P256 -> curveGenerator(SECObjectIdentifiers.secp256r1, random);
          case EC_P384 -> curveGenerator(SECObjectIdentifiers.secp384r1, random);
        };
    AsymmetricCipherKeyPair pair = generator.generateKeyPair();
    try {
      byte[] spki =
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(pair.getPublic()).getEncoded();
      byte[] pkcs8 = PrivateKeyInfoFactory.createPrivateKeyInfo(pair.getPrivate()).getEncoded();
      try {
        return new KeyPair(publicKey(spki), privateKey(pkcs8));
      } finally {
        Arrays.fill(pkcs8, (byte) 0);
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("couldn't encode a key that was just generated", e);
    }
  }

  private static AsymmetricCipherKeyPairGenerator curveGenerator(
      ASN1ObjectIdentifier curve, SecureRandom random) {
    ECKeyPairGenerator generator = new ECKeyPairGenerator();
    generator.init(
        new ECKeyGenerationParameters(
            new ECNamedDomainParameters(curve, CustomNamedCurves.getByOID(curve)), random));
    return generator;
  }

  /**
   * Turns a subjectPublicKeyInfo into a key of the platform.
   *
   * @param spki the DER of a subjectPublicKeyInfo
   * @return the key
   * @throws GeneralSecurityException where it is malformed or its algorithm is unknown
   */
  public static PublicKey publicKey(byte[] spki) throws GeneralSecurityException {
    try {
      String name =
          factoryName(SubjectPublicKeyInfo.getInstance(spki).getAlgorithm().getAlgorithm());
      return KeyFactory.getInstance(name).generatePublic(new X509EncodedKeySpec(spki));
    } catch (RuntimeException e) {
      // BouncyCastle reports malformed ASN.1 by several unchecked exceptions.
      throw new GeneralSecurityException("the subjectPublicKeyInfo is malformed", e);
    }
  }

  /**
   * Turns a PKCS#8 private key into a key of the platform.
   *
   * @param pkcs8 the DER of a PrivateKeyInfo, not encrypted
   * @return the key
   * @throws GeneralSecurityException where it is malformed or its algorithm is unknown
   */
  public static PrivateKey privateKey(byte[] pkcs8) throws GeneralSecurityException {
    try {
      String name =
          factoryName(PrivateKeyInfo.getInstance(pkcs8).getPrivateKeyAlgorithm().getAlgorithm());
      return KeyFactory.getInstance(name).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (RuntimeException e) {
      // BouncyCastle reports malformed ASN.1 by several unchecked exceptions.
      throw new GeneralSecurityException("the private key is malformed", e);
    }
  }

  /**
   * Derives the public key of a private one.
   *
   * @param privateKey an EC or Ed25519 key that can be encoded
   * @return its public key
   * @throws GeneralSecurityException where the key is of another kind or doesn't leave its token
   */
  public static PublicKey publicKeyOf(PrivateKey privateKey) throws GeneralSecurityException {
    byte[] pkcs8 = privateKey.getEncoded();
    if (pkcs8 == null) {
      throw new GeneralSecurityException("the private key cannot be encoded");
    }
    try {
      AsymmetricKeyParameter key = PrivateKeyFactory.createKey(pkcs8);
      AsymmetricKeyParameter publicKey =
          switch (key) {
            case Ed25519PrivateKeyParameters edwards -> edwards.generatePublicKey();
            case ECPrivateKeyParameters curve ->
                new ECPublicKeyParameters(
                    new FixedPointCombMultiplier()
                        .multiply(curve.getParameters().getG(), curve.getD()),
                    curve.getParameters());
            default ->
                throw new GeneralSecurityException(
                    "no public key can be derived for " + privateKey.getAlgorithm());
          };
      return publicKey(
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey).getEncoded());
    } catch (IOException | RuntimeException e) {
      throw new GeneralSecurityException("the private key is malformed", e);
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  /**
   * Says which of this module's kinds a public key is.
   *
   * @param key a key
   * @return its kind, or null where it is none of them
   */
  public static @Nullable KeyAlgorithm algorithmOf(PublicKey key) {
    return switch (key) {
      case EdECPublicKey edwards when edwards.getParams().getName().equals("Ed25519") ->
          KeyAlgorithm.ED25519;
      case ECPublicKey curve -> curveOf(curve);
      default -> null;
    };
  }

  private static @Nullable KeyAlgorithm curveOf(ECPublicKey key) {
    BigInteger field = key.getParams().getOrder();
    for (KeyAlgorithm algorithm : new KeyAlgorithm[] {KeyAlgorithm.EC_P256, KeyAlgorithm.EC_P384}) {
      ASN1ObjectIdentifier oid =
          algorithm == KeyAlgorithm.EC_P256
              ? SECObjectIdentifiers.secp256r1
              : SECObjectIdentifiers.secp384r1;
      if (CustomNamedCurves.getByOID(oid).getN().equals(field)) {
        return algorithm;
      }
    }
    return null;
  }

  /**
   * The length of an RSA key's modulus.
   *
   * @param key a key
   * @return bits, or 0 where it is no RSA key
   */
  public static int rsaBits(PublicKey key) {
    return key instanceof RSAPublicKey rsa ? rsa.getModulus().bitLength() : 0;
  }

  private static String factoryName(ASN1ObjectIdentifier algorithm)
      throws GeneralSecurityException {
    if (algorithm.equals(ED25519_OID)) {
      return "Ed25519";
    }
    if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return "EC";
    }
    if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return "RSA";
    }
    throw new GeneralSecurityException("unknown key algorithm: " + algorithm);
  }
}
