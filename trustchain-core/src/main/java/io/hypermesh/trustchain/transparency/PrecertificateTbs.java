package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.TransparencyException;
import io.hypermesh.trustchain.asn1.DerStructure;
import io.hypermesh.trustchain.asn1.MalformedException;
import java.io.IOException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;

/**
 * The part of a certificate that precertificate and final certificate share (RFC 6962 section 3.2):
 * the TBSCertificate without the poison, and without the list of signed certificate timestamps.
 */
public final class PrecertificateTbs {
  /** The critical extension that keeps a precertificate from being used (RFC 6962 section 3.1). */
  public static final ASN1ObjectIdentifier POISON =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.11129.2.4.3");

  /** The extension with the signed certificate timestamps (RFC 6962 section 3.3). */
  public static final ASN1ObjectIdentifier SCT_LIST =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2");

  /** The largest certificate that a log takes. */
  public static final int CERTIFICATE_BYTES_MAX = 1 << 15;

  private static final int EXTENSIONS_TAG = 3;

  private PrecertificateTbs() {}

  /**
   * Cuts one extension out of a certificate's TBSCertificate.
   *
   * @param certificate the DER of the certificate or precertificate
   * @param extension the extension to remove, which must be there
   * @return the DER of the TBSCertificate without it
   * @throws TransparencyException where the certificate is malformed or lacks the extension
   */
  public static byte[] without(byte[] certificate, ASN1ObjectIdentifier extension)
      throws TransparencyException {
    try {
      DerStructure.check(certificate, CERTIFICATE_BYTES_MAX);
      ASN1Sequence tbs =
          ASN1Sequence.getInstance(ASN1Sequence.getInstance(certificate).getObjectAt(0));
      ASN1EncodableVector fields = new ASN1EncodableVector();
      boolean removed = false;
      for (ASN1Encodable field : tbs) {
        if (field instanceof ASN1TaggedObject tagged && tagged.getTagNo() == EXTENSIONS_TAG) {
          ASN1Sequence extensions = ASN1Sequence.getInstance(tagged, true);
          ASN1EncodableVector kept = keep(extensions, extension);
          removed = kept.size() == extensions.size() - 1;
          if (kept.size() > 0) {
            fields.add(new DERTaggedObject(true, EXTENSIONS_TAG, new DERSequence(kept)));
          }
        } else {
          fields.add(field);
        }
      }
      if (!removed) {
        throw new TransparencyException(
            "couldn't find one extension " + extension + " in the certificate");
      }
      return new DERSequence(fields).getEncoded(ASN1Encoding.DER);
    } catch (MalformedException | IOException | RuntimeException e) {
      // BouncyCastle reports malformed ASN.1 by several unchecked exceptions.
      throw new TransparencyException(
          "couldn't read a certificate because it is malformed: " + e.getMessage(), e);
    }
  }

  private static ASN1EncodableVector keep(ASN1Sequence extensions, ASN1ObjectIdentifier removed) {
    ASN1EncodableVector kept = new ASN1EncodableVector();
    for (ASN1Encodable each : extensions) {
      if (!removed.equals(ASN1Sequence.getInstance(each).getObjectAt(0))) {
        kept.add(each);
      }
    }
    return kept;
  }
}
