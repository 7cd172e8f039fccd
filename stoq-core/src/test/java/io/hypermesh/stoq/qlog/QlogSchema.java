package io.hypermesh.stoq.qlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.json.JsonReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the drafts' CDDL says of the events that are written here: fields, whether they may be
 * missing ({@code ?}), types, values of enumerations. Transcribed by hand from
 * draft-ietf-quic-qlog-main-schema-14 and draft-ietf-quic-qlog-quic-events-13, so that a name that
 * the writer gets wrong is found.
 */
public final class QlogSchema {
  private static final String PACKET =
      "header:PacketHeader frames?:[Frame] supported_versions?:[+hex] raw?:RawInfo"
          + " datagram_payload_checksum?:uint32 is_mtu_probe_packet?:bool";
  private static final String ADDRESS =
      "ip_v4?:text port_v4?:uint16 ip_v6?:text port_v6?:uint16 connection_ids?:[+hex]";
  private static final String PARAMETERS =
      "disable_active_migration?:bool max_idle_timeout?:uint max_udp_payload_size?:uint"
          + " active_connection_id_limit?:uint initial_max_data?:uint"
          + " initial_max_stream_data_bidi_local?:uint initial_max_stream_data_bidi_remote?:uint"
          + " initial_max_stream_data_uni?:uint initial_max_streams_bidi?:uint"
          + " initial_max_streams_uni?:uint max_datagram_frame_size?:uint grease_quic_bit?:bool";
  private static final String STATES =
      "attempted|handshake_started|handshake_complete|closed|peer_validated|early_write"
          + "|handshake_confirmed|closing|draining";
  private static final String KEYS =
      "server_initial_secret|client_initial_secret|server_handshake_secret|client_handshake_secret"
          + "|server_0rtt_secret|client_0rtt_secret|server_1rtt_secret|client_1rtt_secret";
  private static final String TRANSPORT_ERRORS =
      "no_error|internal_error|connection_refused|flow_control_error|stream_limit_error"
          + "|stream_state_error|final_size_error|frame_encoding_error|transport_parameter_error"
          + "|connection_id_limit_error|protocol_violation|invalid_token|application_error"
          + "|crypto_buffer_exceeded|key_update_error|aead_limit_reached|no_viable_path|unknown";
  private static final String PACKET_TYPES =
      "initial|handshake|0RTT|1RTT|retry|version_negotiation|stateless_reset|unknown";
  private static final String STREAM_STATES =
      "idle|open|closed|half_closed_local|half_closed_remote|ready|send|data_sent|reset_sent"
          + "|reset_received|receive|size_known|data_read|reset_read|data_received|destroyed";
  private static final String STREAM_TYPES = "unidirectional|bidirectional";

  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry(
              "File",
              "file_schema:text serialization_format:text title?:text description?:text"
                  + " trace:Trace"),
          Map.entry(
              "Trace",
              "title?:text description?:text common_fields?:CommonFields vantage_point?:Vantage"
                  + " event_schemas:[+text]"),
          Map.entry(
              "CommonFields", "group_id?:text time_format?:text reference_time?:ReferenceTime"),
          Map.entry("ReferenceTime", "clock_type:text epoch:text wall_clock_time?:text"),
          Map.entry("Vantage", "name?:text type:client|server|network|unknown"),
          Map.entry("RawInfo", "length?:uint payload_length?:uint"),
          Map.entry("Address", ADDRESS),
          Map.entry("Token", "type?:retry|resumption raw?:RawInfo"),
          Map.entry("Alpn", "byte_value?:hex string_value?:text"),
          Map.entry("Preferred", "ip_v6?:text port_v6?:uint16 connection_id:hex"),
          Map.entry(
              "PacketHeader",
              "packet_type:"
                  + PACKET_TYPES
                  + " key_phase_bit?:bool packet_number_length?:uint8 packet_number?:uint"
                  + " token?:Token length?:uint version?:hex scil?:uint8 dcil?:uint8 scid?:hex"
                  + " dcid?:hex"),
          Map.entry("quic:connection_started", "local:Address remote:Address"),
          Map.entry(
              "quic:connection_closed",
              "initiator?:local|remote connection_error?:error application_error?:unknown|"
                  + " error_code?:uint reason?:text trigger?:idle_timeout|application|error"
                  + "|version_mismatch|stateless_reset|aborted|unspecified"),
          Map.entry("quic:connection_state_updated", "old?:" + STATES + " new:" + STATES),
          Map.entry(
              "quic:tuple_assigned", "tuple_id:text tuple_remote?:Address tuple_local?:Address"),
          Map.entry("quic:mtu_updated", "old?:uint32 new:uint32 done?:bool"),
          Map.entry(
              "quic:version_information",
              "server_versions?:[+hex] client_versions?:[+hex] chosen_version?:hex"),
          Map.entry(
              "quic:alpn_information",
              "server_alpns?:[Alpn] client_alpns?:[Alpn] chosen_alpn?:Alpn"),
          Map.entry(
              "quic:parameters_set",
              "initiator?:local|remote tls_cipher?:text original_destination_connection_id?:hex"
                  + " initial_source_connection_id?:hex retry_source_connection_id?:hex"
                  + " ack_delay_exponent?:uint max_ack_delay?:uint"
                  + " stoq_preferred_address?:Preferred "
                  + PARAMETERS),
          Map.entry("quic:parameters_restored", PARAMETERS),
          Map.entry("quic:connection_id_updated", "initiator:local|remote old?:hex new?:hex"),
          Map.entry(
              "quic:stream_state_updated",
              "stream_id:uint stream_type?:"
                  + STREAM_TYPES
                  + " old?:"
                  + STREAM_STATES
                  + " new:"
                  + STREAM_STATES
                  + " stream_side:sending|receiving trigger?:local|remote"),
          Map.entry("quic:packet_sent", PACKET),
          Map.entry("quic:packet_received", PACKET + " trigger?:keys_available|"),
          Map.entry(
              "quic:packet_dropped",
              "header?:PacketHeader raw?:RawInfo trigger?:internal_error|rejected|unsupported"
                  + "|invalid|duplicate|connection_unknown|decryption_failure|key_unavailable"
                  + "|general"),
          Map.entry(
              "quic:packet_buffered",
              "header?:PacketHeader raw?:RawInfo trigger?:backpressure|keys_unavailable"),
          Map.entry(
              "quic:packet_lost",
              "header?:PacketHeader frames?:[Frame] is_mtu_probe_packet?:bool"
                  + " trigger?:reordering_threshold|time_threshold|pto_expired"),
          Map.entry("quic:udp_datagrams_sent", "count?:uint16 raw?:[+RawInfo] ecn?:[+ecn]"),
          Map.entry("quic:udp_datagrams_received", "count?:uint16 raw?:[+RawInfo] ecn?:[+ecn]"),
          Map.entry(
              "quic:key_updated",
              "key_type:" + KEYS + " key_phase?:uint trigger?:tls|remote_update|local_update"),
          Map.entry(
              "quic:key_discarded",
              "key_type:" + KEYS + " key_phase?:uint trigger?:tls|remote_update|local_update"),
          Map.entry(
              "quic:recovery_parameters_set",
              "reordering_threshold?:uint16 time_threshold?:num timer_granularity:uint16"
                  + " initial_rtt?:num max_datagram_size?:uint32 initial_congestion_window?:uint"
                  + " minimum_congestion_window?:uint loss_reduction_factor?:num"
                  + " persistent_congestion_threshold?:uint16"),
          Map.entry(
              "quic:recovery_metrics_updated",
              "min_rtt?:num smoothed_rtt?:num latest_rtt?:num rtt_variance?:num pto_count?:uint16"
                  + " congestion_window?:uint bytes_in_flight?:uint ssthresh?:uint"
                  + " packets_in_flight?:uint pacing_rate?:uint"),
          Map.entry("quic:congestion_state_updated", "old?:text new:text trigger?:text"),
          Map.entry(
              "quic:ecn_state_updated",
              "old?:testing|unknown|failed|capable new:testing|unknown|failed|capable"),
          Map.entry(
              "quic:migration_state_updated",
              "old?:text new:probing_started|probing_abandoned|probing_successful"
                  + "|migration_started|migration_abandoned|migration_complete tuple_id?:text"),
          Map.entry("loglevel:warning", "code?:uint message?:text"),
          Map.entry("frame padding", "raw?:RawInfo"),
          Map.entry("frame ping", "raw?:RawInfo"),
          Map.entry(
              "frame ack",
              "ack_delay?:num acked_ranges?:[+range] ect1?:uint ect0?:uint ce?:uint raw?:RawInfo"),
          Map.entry(
              "frame reset_stream",
              "stream_id:uint error:unknown| error_code?:uint final_size:uint raw?:RawInfo"),
          Map.entry(
              "frame stop_sending", "stream_id:uint error:unknown| error_code?:uint raw?:RawInfo"),
          Map.entry("frame crypto", "offset:uint raw:RawInfo"),
          Map.entry("frame new_token", "token:Token raw?:RawInfo"),
          Map.entry("frame stream", "stream_id:uint offset?:uint fin?:bool raw?:RawInfo"),
          Map.entry("frame max_data", "maximum:uint raw?:RawInfo"),
          Map.entry("frame max_stream_data", "stream_id:uint maximum:uint raw?:RawInfo"),
          Map.entry(
              "frame max_streams", "stream_type:" + STREAM_TYPES + " maximum:uint raw?:RawInfo"),
          Map.entry("frame data_blocked", "limit:uint raw?:RawInfo"),
          Map.entry("frame stream_data_blocked", "stream_id:uint limit:uint raw?:RawInfo"),
          Map.entry(
              "frame streams_blocked", "stream_type:" + STREAM_TYPES + " limit:uint raw?:RawInfo"),
          Map.entry(
              "frame new_connection_id",
              "sequence_number:uint retire_prior_to:uint connection_id_length?:uint8"
                  + " connection_id:hex raw?:RawInfo"),
          Map.entry("frame retire_connection_id", "sequence_number:uint raw?:RawInfo"),
          Map.entry("frame path_challenge", "raw?:RawInfo"),
          Map.entry("frame path_response", "raw?:RawInfo"),
          Map.entry(
              "frame connection_close",
              "error_space?:transport|application error?:error error_code?:uint reason?:text"
                  + " trigger_frame_type?:uint raw?:RawInfo"),
          Map.entry("frame handshake_done", "raw?:RawInfo"),
          Map.entry("frame unknown", "frame_type_bytes:uint raw?:RawInfo"),
          Map.entry("frame datagram", "raw?:RawInfo"));

  private QlogSchema() {}

  /** An event that was read. */
  public record Event(double timeMillis, String name, Map<String, Object> data) {
    /** A member of a member. */
    @SuppressWarnings("unchecked") // The schema was checked.
    public Map<String, Object> object(String member) {
      return (Map<String, Object>) data.getOrDefault(member, Map.of());
    }
  }

  /** Reads a whole log, and asserts that each record is as the schema says. */
  @SuppressWarnings("unchecked") // The schema is checked on the way.
  public static List<Event> read(String log) {
    List<Event> events = new ArrayList<>();
    String[] records = log.split("\u001e", -1);
    assertThat(records[0]).isEmpty();
    check("File", JsonReader.read(framed(records[1])), "header");
    double before = 0;
    for (int i = 2; i < records.length; i++) {
      Map<String, Object> event = (Map<String, Object>) JsonReader.read(framed(records[i]));
      assertThat(event.keySet()).containsExactly("time", "name", "data");
      double time = ((Number) event.get("time")).doubleValue();
      assertThat(time).isGreaterThanOrEqualTo(before);
      before = time;
      String name = (String) event.get("name");
      check(name, event.get("data"), name);
      events.add(new Event(time, name, (Map<String, Object>) event.get("data")));
    }
    return events;
  }

  private static String framed(String record) {
    assertThat(record).endsWith("\n");
    String text = record.substring(0, record.length() - 1);
    assertThat(text).doesNotContain("\n");
    return text;
  }

  /** Asserts that frames are as the schema says. */
  static void checkFrames(Object frames) {
    check("[Frame]", frames, "frames");
  }

  private static void check(String type, Object value, String where) {
    if (type.startsWith("[")) {
      boolean some = type.startsWith("[+");
      List<?> elements = (List<?>) value;
      assertThat(elements.isEmpty() && some).as(where + " is empty").isFalse();
      for (Object element : elements) {
        check(type.substring(some ? 2 : 1, type.length() - 1), element, where);
      }
    } else if (type.contains("|")) {
      assertThat(List.of(type.split("\\|"))).as(where).contains((String) value);
    } else {
      checkSimple(type, value, where);
    }
  }

  private static void checkSimple(String type, Object value, String where) {
    switch (type) {
      case "uint", "uint8", "uint16", "uint32" -> {
        long number = value instanceof String text ? Long.parseLong(text) : (Long) value;
        long bits = type.equals("uint") ? 62 : Long.parseLong(type.substring(4));
        assertThat(number).as(where).isBetween(0L, (1L << bits) - 1);
      }
      case "num" -> assertThat(((Number) value).doubleValue()).as(where).isNotNegative();
      case "bool" -> assertThat(value).as(where).isInstanceOf(Boolean.class);
      case "text" -> assertThat(value).as(where).isInstanceOf(String.class);
      case "hex" -> assertThat((String) value).as(where).matches("([0-9a-f]{2})*");
      case "ecn" -> assertThat(value).as(where).isIn("Not-ECT", "ECT(1)", "ECT(0)", "CE");
      case "range" -> assertThat((List<?>) value).as(where).hasSizeBetween(1, 2);
      case "error" -> {
        String error = (String) value;
        assertThat(error.matches("crypto_error_0x1[0-9a-f]{2}"))
            .as(where + " " + error)
            .isNotEqualTo(List.of(TRANSPORT_ERRORS.split("\\|")).contains(error));
      }
      case "Frame" -> {
        Map<?, ?> frame = (Map<?, ?>) value;
        checkObject("frame " + frame.get("frame_type"), frame, where, Set.of("frame_type"));
      }
      default -> checkObject(type, value, where, Set.of());
    }
  }

  private static void checkObject(String type, Object value, String where, Set<String> known) {
    String fields = TYPES.get(type);
    assertThat(fields).as("the schema's " + type).isNotNull();
    Map<?, ?> members = (Map<?, ?>) value;
    Set<String> left = new HashSet<>();
    members.keySet().forEach(name -> left.add((String) name));
    left.removeAll(known);
    for (String field : fields.split(" ", -1)) {
      int colon = field.indexOf(':');
      boolean optional = field.charAt(colon - 1) == '?';
      String name = field.substring(0, optional ? colon - 1 : colon);
      if (left.remove(name)) {
        check(field.substring(colon + 1), members.get(name), where + "." + name);
      } else {
        assertThat(optional).as(where + "." + name + " may be missing").isTrue();
      }
    }
    assertThat(left).as("fields of " + where + " that the schema doesn't have").isEmpty();
  }
}
