package io.hypermesh.stoq.qlog;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PreferredAddress;
import io.hypermesh.stoq.packet.TransportParameters;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Writes transport parameters as members of a JSON object. Stateless reset tokens are left out: who
 * reads one in a log could end the connection. The schema's preferred_address can't be without one,
 * so the address goes under a name of our own, which the schema allows.
 */
final class ParameterDescriber {
  private ParameterDescriber() {}

  static void describe(JsonWriter json, TransportParameters parameters) {
    id(json, "original_destination_connection_id", parameters.originalDestinationConnectionId());
    id(json, "initial_source_connection_id", parameters.initialSourceConnectionId());
    id(json, "retry_source_connection_id", parameters.retrySourceConnectionId());
    restored(json, parameters);
    json.field("ack_delay_exponent", parameters.ackDelayExponent())
        .field("max_ack_delay", parameters.maxAckDelayMillis());
    if (parameters.greaseQuicBit()) {
      json.flag("grease_quic_bit", true);
    }
    PreferredAddress preferred = parameters.preferredAddress();
    if (preferred != null) {
      json.name("stoq_preferred_address").beginObject();
      InetSocketAddress ipv6 = preferred.ipv6();
      if (ipv6 != null) {
        address(json, ipv6);
      }
      json.field("connection_id", preferred.connectionId()).endObject();
    }
  }

  /** Those that a client remembers for early data, too (RFC 9000, 7.4.1; RFC 9221, 3). */
  static void restored(JsonWriter json, TransportParameters parameters) {
    json.flag("disable_active_migration", parameters.disableActiveMigration())
        .field("max_idle_timeout", parameters.maxIdleTimeoutMillis())
        .field("max_udp_payload_size", parameters.maxUdpPayloadSize())
        .field("active_connection_id_limit", parameters.activeConnectionIdLimit())
        .field("initial_max_data", parameters.initialMaxData())
        .field(
            "initial_max_stream_data_bidi_local",
            parameters.initialMaxStreamDataBidirectionalLocal())
        .field(
            "initial_max_stream_data_bidi_remote",
            parameters.initialMaxStreamDataBidirectionalRemote())
        .field("initial_max_stream_data_uni", parameters.initialMaxStreamDataUnidirectional())
        .field("initial_max_streams_bidi", parameters.initialMaxStreamsBidirectional())
        .field("initial_max_streams_uni", parameters.initialMaxStreamsUnidirectional())
        .field("max_datagram_frame_size", parameters.maxDatagramFrameSize());
  }

  private static void id(JsonWriter json, String name, @Nullable ConnectionId id) {
    if (id != null) {
      json.field(name, id);
    }
  }

  /** The members of a TupleEndpointInfo. */
  static void address(JsonWriter json, InetSocketAddress address) {
    json.field("ip_v6", address.getAddress().getHostAddress()).field("port_v6", address.getPort());
  }
}
