package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.EncryptionLevel;

/**
 * Where a server's handshake stands, with the messages that each state takes and their level (RFC
 * 8446, A.2). A message that is not listed is {@code unexpected_message}.
 */
enum ServerState implements HandshakeState {
  /** Takes the second ClientHello after a HelloRetryRequest too. */
  WAIT_CLIENT_HELLO(EncryptionLevel.INITIAL, HandshakeType.CLIENT_HELLO),
  /** A task makes the server's flight. */
  NEGOTIATING(EncryptionLevel.INITIAL),
  WAIT_CERTIFICATE(EncryptionLevel.HANDSHAKE, HandshakeType.CERTIFICATE),
  WAIT_CERTIFICATE_VERIFY(EncryptionLevel.HANDSHAKE, HandshakeType.CERTIFICATE_VERIFY),
  WAIT_FINISHED(EncryptionLevel.HANDSHAKE, HandshakeType.FINISHED),
  /** The client's flight is there; a task verifies who it is. */
  AUTHENTICATING(EncryptionLevel.HANDSHAKE),
  /** A client has nothing to say in TLS once it is connected. */
  CONNECTED(EncryptionLevel.ONE_RTT);

  private final EncryptionLevel level;
  private final long types;

  ServerState(EncryptionLevel level, int... types) {
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
