package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.security.SecureRandom;

/**
 * One side's ephemeral part of a key exchange (RFC 8446, 4.2.8 and 7.4). Used once, then erased.
 *
 * <p>A client offers {@link #share()} and makes the secret of the server's share by {@link #agree};
 * a server makes both its share and the secret of the client's by {@link #answer}. For ECDHE these
 * are the same steps on both sides; a key encapsulation has a key pair on the client's only.
 *
 * <p>All randomness is drawn when the object is made, on the handshake's thread, so that a seeded
 * handshake is reproducible; the other methods, which cost, may run on another thread.
 */
sealed interface KeyExchange extends AutoCloseable
    permits EphemeralDiffieHellman, NativeX25519, HybridKeyExchange {
  /**
   * What a server has made of a client's share.
   *
   * @param share the server's, for the key_share extension
   * @param sharedSecret for the key schedule; the caller erases it
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Answer(byte[] share, byte[] sharedSecret) {
    /** Names what is there, and no secret. */
    @Override
    public String toString() {
      return "Answer[share of " + share.length + " bytes]";
    }
  }

  /** One that is made here, by BouncyCastle. */
  static KeyExchange generate(NamedGroup group, SecureRandom random) {
    return switch (group) {
      case X25519, SECP256R1 -> EphemeralDiffieHellman.generate(group, random);
      case X25519MLKEM768 ->
          HybridKeyExchange.generate(random, source -> generate(NamedGroup.X25519, source));
    };
  }

  NamedGroup group();

  /** A client's public value for the key_share extension. */
  byte[] share();

  /**
   * The secret that a client shares with the server. The caller erases it.
   *
   * @throws TransportException with {@code illegal_parameter} for a share of another length, for
   *     one that is no point of the curve, or that gives the all-zero secret
   */
  byte[] agree(byte[] serverShare) throws TransportException;

  /**
   * A server's answer to a client.
   *
   * @throws TransportException as for {@link #agree}, and for an encapsulation key that is none
   */
  Answer answer(byte[] clientShare) throws TransportException;

  /** Erases what is secret. Idempotent. */
  @Override
  void close();

  static void requireLength(NamedGroup group, byte[] share, int length) throws TransportException {
    if (share.length != length) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "couldn't agree on a key: a share of " + group + " has " + share.length + " bytes");
    }
  }
}
