package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.math.BigInteger;
import java.security.SecureRandom;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.jspecify.annotations.Nullable;

/** An ephemeral key of ECDHE (RFC 8446, 4.2.8.2 and 7.4.2): both sides do the same. */
final class EphemeralDiffieHellman implements KeyExchange {
  private static final int SCALAR_LENGTH = 32;
  private static final X9ECParameters P256 = CustomNamedCurves.getByName("secp256r1");
  private static final int UNCOMPRESSED = 0x04;

  private final NamedGroup group;
  private final byte[] privateKey;
  private byte @Nullable [] share;

  /**
   * @param group one of a curve's own
   * @param privateKey a scalar of 32 bytes; kept, and erased by {@link #close()}
   */
  EphemeralDiffieHellman(NamedGroup group, byte[] privateKey) {
    this.group = group;
    this.privateKey = privateKey;
  }

  static EphemeralDiffieHellman generate(NamedGroup group, SecureRandom random) {
    byte[] privateKey = new byte[SCALAR_LENGTH];
    do {
      random.nextBytes(privateKey);
    } while (group == NamedGroup.SECP256R1 && !isP256Scalar(privateKey));
    return new EphemeralDiffieHellman(group, privateKey);
  }

  private static boolean isP256Scalar(byte[] bytes) {
    BigInteger scalar = new BigInteger(1, bytes);
    return scalar.signum() > 0 && scalar.compareTo(P256.getN()) < 0;
  }

  @Override
  public NamedGroup group() {
    return group;
  }

  @Override
  public byte[] share() {
    byte[] known = share;
    if (known == null) {
      known = computeShare();
      share = known;
    }
    return known.clone();
  }

  private byte[] computeShare() {
    return switch (group) {
      case X25519 -> {
        byte[] share = new byte[X25519.POINT_SIZE];
        X25519.scalarMultBase(privateKey, 0, share, 0);
        yield share;
      }
      case SECP256R1 ->
          new FixedPointCombMultiplier()
              .multiply(P256.getG(), new BigInteger(1, privateKey))
              .getEncoded(false);
      case X25519MLKEM768 -> throw notACurve(group);
    };
  }

  @Override
  public byte[] agree(byte[] peerShare) throws TransportException {
    KeyExchange.requireLength(group, peerShare, group.serverShareLength());
    return switch (group) {
      case X25519 -> agreeX25519(peerShare);
      case SECP256R1 -> agreeP256(peerShare);
      case X25519MLKEM768 -> throw notACurve(group);
    };
  }

  @Override
  public Answer answer(byte[] clientShare) throws TransportException {
    return new Answer(share(), agree(clientShare));
  }

  private static IllegalStateException notACurve(NamedGroup group) {
    return new IllegalStateException("couldn't use " + group + " as a curve");
  }

  private byte[] agreeX25519(byte[] peerShare) throws TransportException {
    byte[] shared = new byte[X25519.POINT_SIZE];
    if (!X25519.calculateAgreement(privateKey, 0, peerShare, 0, shared, 0)) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "couldn't agree on a key: the peer's X25519 share is of low order");
    }
    return shared;
  }

  private byte[] agreeP256(byte[] peerShare) throws TransportException {
    if (peerShare[0] != UNCOMPRESSED) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "couldn't agree on a key: the peer's P-256 point is not uncompressed");
    }
    ECPoint point;
    try {
      point = P256.getCurve().decodePoint(peerShare); // refuses what is not on the curve
    } catch (IllegalArgumentException e) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "couldn't agree on a key: the peer's P-256 point is not on the curve");
    }
    ECPoint product = point.multiply(new BigInteger(1, privateKey)).normalize();
    if (product.isInfinity()) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "couldn't agree on a key: the peer's P-256 point is of low order");
    }
    return product.getAffineXCoord().getEncoded();
  }

  @Override
  public void close() {
    KeySchedule.erase(privateKey);
  }
}
