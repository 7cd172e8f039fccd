package io.hypermesh.stoq.conformance;

import java.util.List;

/**
 * What h3spec, a public tester of servers, asks of QUIC (its version 0.1.13), and which row of
 * {@link Rules} asks the same.
 */
final class H3spec {
  /**
   * A case of it.
   *
   * @param asks the error, and for what
   * @param offence the row's
   */
  record Case(String asks, String offence) {}

  private H3spec() {}

  static List<Case> cases() {
    return List.of(
        new Case(
            "FLOW_CONTROL_ERROR: STREAM with a large offset (Transport 4.1)",
            "STREAM far beyond the stream's credit"),
        new Case(
            "STREAM_LIMIT_ERROR: a stream ID over the limit",
            "STREAM on a bidirectional stream beyond the limit"),
        new Case(
            "TRANSPORT_PARAMETER_ERROR: initial_source_connection_id missing (Transport 7.3)",
            "initial_source_connection_id missing"),
        new Case(
            "TRANSPORT_PARAMETER_ERROR: original_destination_connection_id (Transport 18.2)",
            "original_destination_connection_id from a client"),
        new Case(
            "TRANSPORT_PARAMETER_ERROR: preferred_address (Transport 18.2)",
            "preferred_address from a client"),
        new Case(
            "TRANSPORT_PARAMETER_ERROR: retry_source_connection_id (Transport 18.2)",
            "retry_source_connection_id from a client"),
        new Case(
            "TRANSPORT_PARAMETER_ERROR: stateless_reset_token (Transport 18.2)",
            "stateless_reset_token from a client"),
        new Case(
            "TRANSPORT_PARAMETER_ERROR: max_udp_payload_size under 1,200 (Transport 7.4, 18.2)",
            "max_udp_payload_size under 1,200"),
        new Case(
            "TRANSPORT_PARAMETER_ERROR: ack_delay_exponent over 20 (Transport 7.4, 18.2)",
            "ack_delay_exponent over 20"),
        new Case(
            "TRANSPORT_PARAMETER_ERROR: max_ack_delay of 2^14 or more (Transport 7.4, 18.2)",
            "max_ack_delay of 2^14"),
        new Case(
            "FRAME_ENCODING_ERROR: a frame of unknown type (Transport 12.4)",
            "a frame of unknown type"),
        new Case("PROTOCOL_VIOLATION: no frames (Transport 12.4)", "no frames in a packet"),
        new Case(
            "PROTOCOL_VIOLATION: reserved bits in Handshake (Transport 17.2)",
            "both reserved bits set in a packet of level HANDSHAKE"),
        new Case(
            "PROTOCOL_VIOLATION: PATH_CHALLENGE in Handshake (Transport 17.2.4)",
            "PATH_CHALLENGE in a packet of level HANDSHAKE"),
        new Case(
            "PROTOCOL_VIOLATION: reserved bits in a short header (Transport 17.2)",
            "both reserved bits set in a packet of level ONE_RTT"),
        new Case(
            "STREAM_STATE_ERROR: RESET_STREAM for a send-only stream (Transport 19.4)",
            "RESET_STREAM on a stream that only its receiver sends on"),
        new Case(
            "STREAM_STATE_ERROR: STOP_SENDING for a stream that isn't there (Transport 19.5)",
            "STOP_SENDING on a stream of its receiver that isn't open yet"),
        new Case("PROTOCOL_VIOLATION: NEW_TOKEN (Transport 19.7)", "NEW_TOKEN from a client"),
        new Case(
            "STREAM_STATE_ERROR: STREAM for a local stream that isn't there (Transport 19.8)",
            "STREAM on a bidirectional stream of its receiver that isn't open yet"),
        new Case(
            "STREAM_STATE_ERROR: STREAM for a send-only stream (Transport 19.8)",
            "STREAM on a stream that only its receiver sends on"),
        new Case(
            "STREAM_STATE_ERROR: MAX_STREAM_DATA for a stream that isn't there (Transport 19.10)",
            "MAX_STREAM_DATA on a stream of its receiver that isn't open yet"),
        new Case(
            "STREAM_STATE_ERROR: MAX_STREAM_DATA for a receive-only stream (Transport 19.10)",
            "MAX_STREAM_DATA on a stream that only its sender sends on"),
        new Case(
            "FRAME_ENCODING_ERROR: invalid MAX_STREAMS (Transport 19.11)",
            "MAX_STREAMS for more than 2^60 bidirectional streams"),
        new Case(
            "STREAM_LIMIT_ERROR or FRAME_ENCODING_ERROR: invalid STREAMS_BLOCKED (Transport 19.14)",
            "STREAMS_BLOCKED at more than 2^60 bidirectional streams"),
        new Case(
            "FRAME_ENCODING_ERROR: NEW_CONNECTION_ID with invalid Retire Prior To (Transport 19.15)",
            "NEW_CONNECTION_ID that retires beyond itself"),
        new Case(
            "FRAME_ENCODING_ERROR: NEW_CONNECTION_ID with an ID of 0 bytes (Transport 19.15)",
            "NEW_CONNECTION_ID with an ID of no bytes"),
        new Case(
            "PROTOCOL_VIOLATION: HANDSHAKE_DONE (Transport 19.20)", "HANDSHAKE_DONE from a client"),
        new Case(
            "unexpected_message: KeyUpdate in Handshake (TLS 6)",
            "a TLS KeyUpdate behind the handshake's messages"),
        new Case("unexpected_message: KeyUpdate in 1-RTT (TLS 6)", "a TLS KeyUpdate in 1-RTT"),
        new Case(
            "no_application_protocol: no protocol in common (TLS 8.1)",
            "no ALPN protocol in common"),
        new Case(
            "missing_extension: no quic_transport_parameters (TLS 8.2)",
            "ClientHello without quic_transport_parameters"),
        new Case(
            "missing_extension: those of the drafts (TLS 8.2)",
            "ClientHello with quic_transport_parameters of the drafts"),
        new Case("unexpected_message: EndOfEarlyData (TLS 8.3)", "EndOfEarlyData"),
        new Case(
            "PROTOCOL_VIOLATION: CRYPTO in 0-RTT (TLS 8.3)",
            "CRYPTO in a packet of level ZERO_RTT"));
  }
}
