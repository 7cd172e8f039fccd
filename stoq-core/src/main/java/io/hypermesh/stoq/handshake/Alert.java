package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;

/**
 * The alerts of TLS 1.3 that end a handshake here (RFC 8446, 6.2). In QUIC every one is fatal and
 * travels as a connection error, not as a record (RFC 9001, 4.8).
 */
enum Alert {
  UNEXPECTED_MESSAGE(10),
  HANDSHAKE_FAILURE(40),
  BAD_CERTIFICATE(42),
  UNSUPPORTED_CERTIFICATE(43),
  CERTIFICATE_REVOKED(44),
  CERTIFICATE_EXPIRED(45),
  CERTIFICATE_UNKNOWN(46),
  ILLEGAL_PARAMETER(47),
  UNKNOWN_CA(48),
  DECODE_ERROR(50),
  DECRYPT_ERROR(51),
  PROTOCOL_VERSION(70),
  INTERNAL_ERROR(80),
  MISSING_EXTENSION(109),
  UNSUPPORTED_EXTENSION(110),
  CERTIFICATE_REQUIRED(116),
  NO_APPLICATION_PROTOCOL(120);

  /** Every error of this package comes from the content of CRYPTO frames. */
  static final long CRYPTO_FRAME_TYPE = 0x06;

  private final int description;

  Alert(int description) {
    this.description = description;
  }

  /** The alert's number on the wire. */
  int description() {
    return description;
  }

  /** The QUIC error code that carries this alert. */
  long errorCode() {
    return TransportErrorCode.ofAlert(description);
  }

  /**
   * The connection error for this alert.
   *
   * @param reason what was wrong, with the value; no secret
   */
  TransportException because(String reason) {
    return new TransportException(errorCode(), CRYPTO_FRAME_TYPE, reason);
  }
}
