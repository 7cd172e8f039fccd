package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.EncryptionLevel;

/**
 * Where a client's handshake stands, with the messages that each state takes and their level (RFC
 * 8446, A.1). A message that is not listed is {@code unexpected_message}.
 */
enum ClientState implements HandshakeState {
  /** A session is to be resumed; a task asks whether its server is trusted still. */
  CHECKING_SESSION(EncryptionLevel.INITIAL),
  /** ClientHello is sent. Takes a HelloRetryRequest too, which has the same type. */
  WAIT_SERVER_HELLO(EncryptionLevel.INITIAL, HandshakeType.SERVER_HELLO),
  WAIT_ENCRYPTED_EXTENSIONS(EncryptionLevel.HANDSHAKE, HandshakeType.ENCRYPTED_EXTENSIONS),
  WAIT_CERTIFICATE_OR_REQUEST(
      EncryptionLevel.HANDSHAKE, HandshakeType.CERTIFICATE, HandshakeType.CERTIFICATE_REQUEST),
  WAIT_CERTIFICATE(EncryptionLevel.HANDSHAKE, HandshakeType.CERTIFICATE),
  WAIT_CERTIFICATE_VERIFY(EncryptionLevel.HANDSHAKE, HandshakeType.CERTIFICATE_VERIFY),
  WAIT_FINISHED(EncryptionLevel.HANDSHAKE, HandshakeType.FINISHED),
  /** The server's flight is there; a task verifies who it is. */
  AUTHENTICATING(EncryptionLevel.HANDSHAKE),
  CONNECTED(EncryptionLevel.ONE_RTT, HandshakeType.NEW_SESSION_TICKET);

  private final EncryptionLevel level;
  private final long types;

  ClientState(EncryptionLevel level, int... types) {
    this.level = level;
    this.types = HandshakeState.bits(types);
  }

  @Override
  public EncryptionLevel level() {
    return level;
  }

  @Override
  public long types() {
    return types;
  }
}
