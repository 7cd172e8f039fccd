package io.hypermesh.stoq.publickey;

import io.hypermesh.stoq.foreign.Libcrypto;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.jspecify.annotations.Nullable;

/** Tries libcrypto's public-key cryptography on known answers before it's trusted with any key. */
public final class SelfTest {
  private static final int LENGTH = 32;

  /** X25519 of scalar and value 9, the first of RFC 7748's iterated test (5.2); 9 is the base. */
  private static final byte[] NINE_BY_NINE =
      HexFormat.of().parseHex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");

  /** The private key of RFC 6979, A.2.5. */
  private static final BigInteger SIGNER =
      new BigInteger("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721", 16);

  private SelfTest() {}

  /** Why libcrypto can't be used here, or does wrong; null where it can, and does right. */
  public static @Nullable String failure() {
    String unavailable = Libcrypto.unavailableBecause();
    if (unavailable != null) {
      return unavailable;
    }
    try {
      return agrees() && signs() ? null : "it failed its self-test";
    } catch (IOException | RuntimeException | LinkageError e) {
      return "it failed its self-test: " + e;
    }
  }

  private static boolean agrees() {
    byte[] nine = new byte[LENGTH];
    nine[0] = 9;
    try (NativeKey key = NativeKey.x25519(nine)) {
      return Arrays.equals(key.publicValue(), NINE_BY_NINE)
          && Arrays.equals(key.agree(nine), NINE_BY_NINE)
          && key.agree(new byte[LENGTH]) == null;
    }
  }

  /** Whether BouncyCastle verifies what libcrypto signs. */
  private static boolean signs() throws IOException {
    X9ECParameters curve = CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256r1);
    ECNamedDomainParameters domain =
        new ECNamedDomainParameters(SECObjectIdentifiers.secp256r1, curve);
    byte[] pkcs8 =
        PrivateKeyInfoFactory.createPrivateKeyInfo(new ECPrivateKeyParameters(SIGNER, domain))
            .getEncoded();
    NativeKey key = NativeKey.ecdsa(pkcs8);
    if (key == null) {
      return false;
    }
    try (key) {
      byte[] hash = new byte[LENGTH];
      Arrays.fill(hash, (byte) 0x5a);
      BigInteger[] values = StandardDSAEncoding.INSTANCE.decode(domain.getN(), key.sign(hash));
      ECDSASigner verifier = new ECDSASigner();
      verifier.init(
          false, new ECPublicKeyParameters(domain.getG().multiply(SIGNER).normalize(), domain));
      return verifier.verifySignature(hash, values[0], values[1]);
    }
  }
}
