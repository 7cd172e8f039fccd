package io.hypermesh.stoq.qlog;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.ConnectionTrace;
import io.hypermesh.stoq.connection.ConnectionTrace.KeyChange;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.recovery.CongestionController;
import io.hypermesh.stoq.recovery.EcnValidation;
import java.util.List;
import java.util.Locale;

/** The values that the schema has for this library's enums and numbers. */
final class SchemaNames {
  /** The schema's name for what has none. */
  static final String UNKNOWN = "unknown";

  private static final List<String> TRANSPORT_ERRORS =
      List.of(
          "no_error",
          "internal_error",
          "connection_refused",
          "flow_control_error",
          "stream_limit_error",
          "stream_state_error",
          "final_size_error",
          "frame_encoding_error",
          "transport_parameter_error",
          "connection_id_limit_error",
          "protocol_violation",
          "invalid_token",
          "application_error",
          "crypto_buffer_exceeded",
          "key_update_error",
          "aead_limit_reached",
          "no_viable_path");

  private static final int CRYPTO_ERRORS = 0x100;

  private SchemaNames() {}

  /** TransportError or CryptoError. */
  static String transportError(long code) {
    if (code >= 0 && code < TRANSPORT_ERRORS.size()) {
      return TRANSPORT_ERRORS.get((int) code);
    }
    long alert = code - TransportErrorCode.CRYPTO_ERROR;
    return alert >= 0 && alert < CRYPTO_ERRORS
        ? String.format(Locale.ROOT, "crypto_error_0x%03x", code)
        : UNKNOWN;
  }

  static String of(PacketType type) {
    return switch (type) {
      case INITIAL -> "initial";
      case ZERO_RTT -> "0RTT";
      case HANDSHAKE -> "handshake";
      case RETRY -> "retry";
      case ONE_RTT -> "1RTT";
      case VERSION_NEGOTIATION -> "version_negotiation";
      case UNSUPPORTED_VERSION -> UNKNOWN;
    };
  }

  /** KeyType: whose packets the keys protect. */
  static String keyType(EncryptionLevel level, boolean ofClient) {
    String space =
        switch (level) {
          case INITIAL -> "initial";
          case ZERO_RTT -> "0rtt";
          case HANDSHAKE -> "handshake";
          case ONE_RTT -> "1rtt";
        };
    return (ofClient ? "client_" : "server_") + space + "_secret";
  }

  /** StreamType, by a stream's ID (RFC 9000, 2.1). */
  static String streamType(long streamId) {
    return (streamId & 2) == 0 ? "bidirectional" : "unidirectional";
  }

  static String of(KeyChange cause) {
    return switch (cause) {
      case TLS -> "tls";
      case REMOTE_UPDATE -> "remote_update";
      case LOCAL_UPDATE -> "local_update";
    };
  }

  static String of(ConnectionTrace.Drop reason) {
    return switch (reason) {
      case INVALID -> "invalid";
      case CONNECTION_UNKNOWN -> "connection_unknown";
      case UNSUPPORTED -> "unsupported";
      case KEY_UNAVAILABLE -> "key_unavailable";
      case DECRYPTION_FAILURE -> "decryption_failure";
      case DUPLICATE -> "duplicate";
    };
  }

  static String of(ConnectionTrace.Phase phase) {
    return switch (phase) {
      case ATTEMPTED -> "attempted";
      case HANDSHAKE_STARTED -> "handshake_started";
      case HANDSHAKE_COMPLETE -> "handshake_complete";
      case HANDSHAKE_CONFIRMED -> "handshake_confirmed";
      case CLOSING -> "closing";
      case DRAINING -> "draining";
      case CLOSED -> "closed";
    };
  }

  static String of(ConnectionTrace.Migration state) {
    return switch (state) {
      case STARTED -> "migration_started";
      case COMPLETE -> "migration_complete";
      case ABANDONED -> "migration_abandoned";
    };
  }

  /** The schema leaves these to the algorithm; slow_start and the like are what tools know. */
  static String of(CongestionController.Phase phase) {
    return phase.name().toLowerCase(Locale.ROOT);
  }

  static String of(EcnValidation.State state) {
    return switch (state) {
      case OFF, FAILED -> "failed";
      case TESTING -> "testing";
      case UNKNOWN -> UNKNOWN;
      case CAPABLE -> "capable";
    };
  }

  /** The two ECN bits of an IP header (RFC 3168). */
  static String ecn(int bits) {
    return switch (bits & 3) {
      case 0 -> "Not-ECT";
      case 1 -> "ECT(1)";
      case 2 -> "ECT(0)";
      default -> "CE";
    };
  }

  /** The trigger of connection_closed. */
  static String trigger(CloseReason reason) {
    return switch (reason.origin()) {
      case IDLE_TIMEOUT -> "idle_timeout";
      case HANDSHAKE_TIMEOUT -> "error";
      case STATELESS_RESET -> "stateless_reset";
      case VERSION_NEGOTIATION -> "version_mismatch";
      case LOCAL, PEER -> reason.application() ? "application" : "error";
    };
  }
}
