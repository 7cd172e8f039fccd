package io.hypermesh.stoq;

import io.hypermesh.stoq.packet.TransportErrorCode;

/**
 * QUIC's own errors (RFC 9000, 20.1; RFC 9368, 10.2), which end a connection that isn't ended by
 * its application: what {@link StoqCloseReason#transportError()} gives.
 */
public enum StoqTransportError {
  /** Nothing was wrong. */
  NO_ERROR(TransportErrorCode.NO_ERROR),
  /** The one who closed it has a defect. */
  INTERNAL_ERROR(TransportErrorCode.INTERNAL_ERROR),
  /** The server takes no connection now. */
  CONNECTION_REFUSED(TransportErrorCode.CONNECTION_REFUSED),
  /** More bytes came than were allowed (RFC 9000, 4.1). */
  FLOW_CONTROL_ERROR(TransportErrorCode.FLOW_CONTROL_ERROR),
  /** More streams were opened than were allowed (RFC 9000, 4.6). */
  STREAM_LIMIT_ERROR(TransportErrorCode.STREAM_LIMIT_ERROR),
  /** A frame came that the stream's state doesn't permit (RFC 9000, 3). */
  STREAM_STATE_ERROR(TransportErrorCode.STREAM_STATE_ERROR),
  /** The length of a stream was changed (RFC 9000, 4.5). */
  FINAL_SIZE_ERROR(TransportErrorCode.FINAL_SIZE_ERROR),
  /** A frame can't be read (RFC 9000, 12.4 and 19). */
  FRAME_ENCODING_ERROR(TransportErrorCode.FRAME_ENCODING_ERROR),
  /** Transport parameters can't be read, or aren't permitted (RFC 9000, 7.3, 7.4 and 18). */
  TRANSPORT_PARAMETER_ERROR(TransportErrorCode.TRANSPORT_PARAMETER_ERROR),
  /** More connection IDs came than were allowed (RFC 9000, 5.1.1). */
  CONNECTION_ID_LIMIT_ERROR(TransportErrorCode.CONNECTION_ID_LIMIT_ERROR),
  /** A rule without an error of its own was broken. */
  PROTOCOL_VIOLATION(TransportErrorCode.PROTOCOL_VIOLATION),
  /** The token of a client's first packet isn't valid (RFC 9000, 8.1.3). */
  INVALID_TOKEN(TransportErrorCode.INVALID_TOKEN),
  /** The application closed it before its own code could be sent (RFC 9000, 10.2.3). */
  APPLICATION_ERROR(TransportErrorCode.APPLICATION_ERROR),
  /** More handshake bytes came than can be kept (RFC 9000, 7.5). */
  CRYPTO_BUFFER_EXCEEDED(TransportErrorCode.CRYPTO_BUFFER_EXCEEDED),
  /** Keys were updated against the rules (RFC 9001, 6). */
  KEY_UPDATE_ERROR(TransportErrorCode.KEY_UPDATE_ERROR),
  /** Keys have protected, or failed to open, as many packets as they may (RFC 9001, 6.6). */
  AEAD_LIMIT_REACHED(TransportErrorCode.AEAD_LIMIT_REACHED),
  /** No path leads to the peer any more (RFC 9000, 9.6 and 8.2). */
  NO_VIABLE_PATH(TransportErrorCode.NO_VIABLE_PATH),
  /** The version wasn't negotiated as both sides say (RFC 9368, 4). */
  VERSION_NEGOTIATION_ERROR(TransportErrorCode.VERSION_NEGOTIATION_ERROR),
  /**
   * The TLS handshake failed with an alert (RFC 9001, 4.8): {@link StoqCloseReason#tlsAlert()} says
   * which. This is the first of 256 codes.
   */
  CRYPTO_ERROR(TransportErrorCode.CRYPTO_ERROR),
  /** A code that isn't known here. */
  UNKNOWN(-1);

  private static final int ALERTS = 0x100;
  private static final StoqTransportError[] ALL = values();

  private final long code;

  StoqTransportError(long code) {
    this.code = code;
  }

  /** The error of a code on the wire. */
  static StoqTransportError of(long code) {
    if (isAlert(code)) {
      return CRYPTO_ERROR;
    }
    for (StoqTransportError error : ALL) {
      if (error.code == code && error != UNKNOWN) {
        return error;
      }
    }
    return UNKNOWN;
  }

  static boolean isAlert(long code) {
    return code >= CRYPTO_ERROR.code && code < CRYPTO_ERROR.code + ALERTS;
  }

  /** The code on the wire; of {@link #CRYPTO_ERROR} the first, of {@link #UNKNOWN} -1. */
  public long code() {
    return code;
  }

  /** The name of a TLS alert (RFC 8446, 6), or its number where it has none. */
  static String alertName(int description) {
    return switch (description) {
      case 0 -> "close_notify";
      case 10 -> "unexpected_message";
      case 20 -> "bad_record_mac";
      case 22 -> "record_overflow";
      case 40 -> "handshake_failure";
      case 42 -> "bad_certificate";
      case 43 -> "unsupported_certificate";
      case 44 -> "certificate_revoked";
      case 45 -> "certificate_expired";
      case 46 -> "certificate_unknown";
      case 47 -> "illegal_parameter";
      case 48 -> "unknown_ca";
      case 49 -> "access_denied";
      case 50 -> "decode_error";
      case 51 -> "decrypt_error";
      case 70 -> "protocol_version";
      case 71 -> "insufficient_security";
      case 80 -> "internal_error";
      case 86 -> "inappropriate_fallback";
      case 90 -> "user_canceled";
      case 109 -> "missing_extension";
      case 110 -> "unsupported_extension";
      case 112 -> "unrecognized_name";
      case 113 -> "bad_certificate_status_response";
      case 115 -> "unknown_psk_identity";
      case 116 -> "certificate_required";
      case 120 -> "no_application_protocol";
      default -> Integer.toString(description);
    };
  }
}
