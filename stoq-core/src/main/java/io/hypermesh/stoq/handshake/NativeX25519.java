package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.publickey.NativeKey;

/** An ephemeral key of X25519 in libcrypto (RFC 8446, 7.4.2). */
final class NativeX25519 implements KeyExchange {
  private final NativeKey key;
  private final byte[] share;

  /**
   * @param key this object's from now on
   */
  NativeX25519(NativeKey key) {
    this.key = key;
    this.share = key.publicValue();
  }

  @Override
  public NamedGroup group() {
    return NamedGroup.X25519;
  }

  @Override
  public byte[] share() {
    return share.clone();
  }

  @Override
  public byte[] agree(byte[] peerShare) throws TransportException {
    KeyExchange.requireLength(group(), peerShare, group().serverShareLength());
    byte[] secret = key.agree(peerShare);
    if (secret == null) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "couldn't agree on a key: the peer's X25519 share is of low order");
    }
    return secret;
  }

  @Override
  public Answer answer(byte[] clientShare) throws TransportException {
    return new Answer(share(), agree(clientShare));
  }

  @Override
  public void close() {
    key.close();
  }
}
