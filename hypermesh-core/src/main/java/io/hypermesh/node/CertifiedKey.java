package io.hypermesh.node;

import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Signer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/**
 * Binds the two uses of a node's key: the certificate that STOQ shows is of the key that signs for
 * the consensus, so that one certified identity is one member, or one client.
 */
public final class CertifiedKey {
  private CertifiedKey() {}

  /**
   * A signer with the key of a certificate.
   *
   * @param privateKey an Ed25519 key of any provider that gives out its PKCS#8 encoding; the signer
   *     keeps a copy of its own
   * @throws NodeException where it is another kind of key, or one that does not leave its token:
   *     pass a {@link Signer} of your own then
   */
  public static Signer signer(PrivateKey privateKey) throws NodeException {
    byte[] encoded = privateKey.getEncoded();
    if (encoded == null) {
      throw new NodeException(
          NodeException.Category.CALLER_MISTAKE,
          "couldn't sign with the certified key because it does not leave its provider: "
              + privateKey.getAlgorithm());
    }
    byte[] seed = new byte[0];
    try {
      // Whichever provider made the key, the platform's knows how to take the seed out of it.
      PrivateKey key =
          KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(encoded));
      if (key instanceof EdECPrivateKey edwards) {
        seed = edwards.getBytes().orElseThrow();
      }
      return Ed25519.signer(seed);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new NodeException(
          NodeException.Category.CALLER_MISTAKE,
          "couldn't sign with the certified key because it is not an Ed25519 key: "
              + privateKey.getAlgorithm(),
          e);
    } finally {
      Arrays.fill(seed, (byte) 0);
      Arrays.fill(encoded, (byte) 0);
    }
  }
}
