package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.IssuanceException;
import io.hypermesh.trustchain.IssuanceException.Rule;
import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.asn1.DerStructure;
import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.signature.KeyPairs;
import io.hypermesh.trustchain.signature.SignatureVerifier;
import io.hypermesh.trustchain.signature.SigningKey;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/**
 * A PKCS#10 request (RFC 2986) whose signature was verified: its sender holds the private key.
 *
 * @param publicKey the key to certify
 * @param names the names of the requested subjectAltName
 */
public record Pkcs10(PublicKey publicKey, List<SubjectName> names) {
  /** The largest request that is read. */
  public static final int BYTES_MAX = 1 << 15;

  /**
   * Reads a request and verifies its signature.
   *
   * @param der the request
   * @return what it asks for
   * @throws IssuanceException where it is malformed or its signature is wrong
   */
  public static Pkcs10 read(byte[] der) throws IssuanceException {
    try {
      DerStructure.check(der, BYTES_MAX);
      CertificationRequest request = CertificationRequest.getInstance(der);
      CertificationRequestInfo info = request.getCertificationRequestInfo();
      SubjectPublicKeyInfo spki = info.getSubjectPublicKeyInfo();
      List<SubjectName> names = requestedNames(info);
      PublicKey key = requireKnownKey(spki);
      requirePossession(request, info, spki);
      return new Pkcs10(key, names);
    } catch (MalformedException | IOException | RuntimeException e) {
      // BouncyCastle reports malformed ASN.1 by several unchecked exceptions.
      throw new IssuanceException(
          Rule.MALFORMED_REQUEST, "the PKCS#10 request is malformed: " + e.getMessage(), e);
    }
  }

  private static PublicKey requireKnownKey(SubjectPublicKeyInfo spki)
      throws IssuanceException, IOException {
    try {
      PublicKey key = KeyPairs.publicKey(spki.getEncoded(ASN1Encoding.DER));
      if (KeyPairs.algorithmOf(key) == null) {
        throw new GeneralSecurityException("neither Ed25519 nor EC on P-256 or P-384");
      }
      return key;
    } catch (GeneralSecurityException e) {
      throw new IssuanceException(
          Rule.PUBLIC_KEY, "the request's public key is not certified here: " + e.getMessage(), e);
    }
  }

  private static void requirePossession(
      CertificationRequest request, CertificationRequestInfo info, SubjectPublicKeyInfo spki)
      throws IssuanceException, IOException {
    try {
      if (SignatureVerifier.verify(
          spki,
          request.getSignatureAlgorithm(),
          info.getEncoded(ASN1Encoding.DER),
          request.getSignature().getOctets())) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw new IssuanceException(
          Rule.PROOF_OF_POSSESSION, "the request's signature is unusable: " + e.getMessage(), e);
    }
    throw new IssuanceException(
        Rule.PROOF_OF_POSSESSION,
        "the request's signature is wrong: its sender does not hold the private key");
  }

  private static List<SubjectName> requestedNames(CertificationRequestInfo info)
      throws MalformedException {
    Extensions requested = null;
    ASN1Set attributes = info.getAttributes();
    if (attributes != null) {
      for (ASN1Encodable each : attributes) {
        Attribute attribute = Attribute.getInstance(each);
        if (attribute.getAttrType().equals(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)) {
          if (requested != null || attribute.getAttrValues().size() != 1) {
            throw new MalformedException("it has more than one list of extensions");
          }
          requested = Extensions.getInstance(attribute.getAttrValues().getObjectAt(0));
        }
      }
    }
    GeneralNames names =
        requested == null
            ? null
            : GeneralNames.fromExtensions(requested, Extension.subjectAlternativeName);
    if (names == null) {
      throw new MalformedException("it asks for no subjectAltName");
    }
    return SubjectNames.decode(names);
  }

  /**
   * Makes a request with an empty subject.
   *
   * @param key the subject's key
   * @param names the names to ask for
   * @return the DER
   * @throws GeneralSecurityException where the key's provider failed
   */
  public static byte[] write(SigningKey key, List<SubjectName> names)
      throws GeneralSecurityException {
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(Extension.subjectAlternativeName, false, SubjectNames.encode(names));
      Attribute attribute =
          new Attribute(
              PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, new DERSet(extensions.generate()));
      CertificationRequestInfo info =
          new CertificationRequestInfo(
              new X500Name(new RDN[0]), key.subjectPublicKeyInfo(), new DERSet(attribute));
      byte[] signature = key.sign(info.getEncoded(ASN1Encoding.DER));
      return new CertificationRequest(info, key.signatureAlgorithm(), new DERBitString(signature))
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new GeneralSecurityException("couldn't encode a request", e);
    }
  }
}
