package io.hypermesh.stoq.qlog;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.ConnectionTrace;
import io.hypermesh.stoq.connection.RecoveryMetrics;
import io.hypermesh.stoq.connection.TracedPacket;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.recovery.CongestionController;
import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.recovery.Recovery;
import io.hypermesh.stoq.recovery.RttEstimator;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The qlog of one connection: each event becomes a record of a JSON text sequence.
 *
 * <pre>
 *   RS {"file_schema":…,"trace":{…}} LF          once
 *   RS {"time":…,"name":"quic:…","data":{…}} LF  for each event
 * </pre>
 *
 * <p>It guarantees: the names and values are the schema's; times are milliseconds since the
 * connection was made; a record that the sink has dropped is counted, and the next one that it
 * takes is preceded by a warning with the count; no key, token or data of a stream is in it. Owned
 * by the connection's thread.
 */
public final class QlogTrace implements ConnectionTrace {
  /** The drafts that the events are from. */
  static final String EVENT_SCHEMA = "urn:ietf:params:qlog:events:quic-13";

  static final String LOG_LEVEL_SCHEMA = "urn:ietf:params:qlog:events:loglevel-14";

  private static final String REORDERING_NAME = "reordering_threshold";
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final String LOCAL = "local";
  private static final String REMOTE = "remote";
  private static final long BITS_PER_BYTE = 8;

  private final boolean client;
  private final EventRecords records;
  private final JsonWriter json;
  private final FrameDescriber frames;
  private int ecnSent;
  private int ecnReceived;

  /**
   * Writes the first record.
   *
   * @param startNanos the connection's time when it was made
   * @param wallClock the time of day then
   */
  public QlogTrace(
      boolean client,
      ConnectionId originalDestination,
      RecordSink sink,
      long startNanos,
      Instant wallClock) {
    this.client = client;
    this.records = new EventRecords(sink, startNanos);
    this.json = records.beginFile();
    this.frames = new FrameDescriber(json);
    String side = client ? "client" : "server";
    json.field("file_schema", "urn:ietf:params:qlog:file:sequential")
        .field("serialization_format", "application/qlog+json-seq")
        .field("title", "STOQ " + side)
        .name("trace")
        .beginObject()
        .name("common_fields")
        .beginObject()
        .field("group_id", originalDestination)
        .field("time_format", "relative_to_epoch")
        .name("reference_time")
        .beginObject()
        .field("clock_type", "monotonic")
        .field("epoch", "unknown")
        .field("wall_clock_time", wallClock.toString())
        .endObject()
        .endObject()
        .name("vantage_point")
        .beginObject()
        .field("type", side)
        .endObject()
        .name("event_schemas")
        .beginArray()
        .value(EVENT_SCHEMA)
        .value(LOG_LEVEL_SCHEMA)
        .endArray();
    records.endFile();
  }

  private JsonWriter begin(String name, long nowNanos) {
    return records.begin(name, nowNanos);
  }

  private void end(long nowNanos) {
    records.end(nowNanos);
  }

  @Override
  public void onEnd(long nowNanos) {
    records.close(nowNanos);
  }

  // ---- The connection ----

  @Override
  public void onStarted(
      long nowNanos, InetSocketAddress remote, ConnectionId localId, ConnectionId remoteId) {
    begin("quic:connection_started", nowNanos).name("local").beginObject();
    ids(localId).endObject().name("remote").beginObject();
    ParameterDescriber.address(json, remote);
    ids(remoteId).endObject();
    end(nowNanos);
  }

  private JsonWriter ids(ConnectionId id) {
    return json.name("connection_ids").beginArray().value(id.toString()).endArray();
  }

  @Override
  public void onClosed(long nowNanos, CloseReason reason) {
    boolean peer =
        reason.origin() == CloseReason.Origin.PEER
            || reason.origin() == CloseReason.Origin.STATELESS_RESET;
    String error =
        reason.application() ? SchemaNames.UNKNOWN : SchemaNames.transportError(reason.errorCode());
    begin("quic:connection_closed", nowNanos)
        .field("initiator", peer ? REMOTE : LOCAL)
        .field(reason.application() ? "application_error" : "connection_error", error);
    if (error.equals(SchemaNames.UNKNOWN)) {
      json.field("error_code", reason.errorCode());
    }
    json.field("reason", reason.reason()).field("trigger", SchemaNames.trigger(reason));
    end(nowNanos);
  }

  @Override
  public void onPhase(long nowNanos, @Nullable Phase before, Phase now) {
    begin("quic:connection_state_updated", nowNanos);
    if (before != null) {
      json.field("old", SchemaNames.of(before));
    }
    json.field("new", SchemaNames.of(now));
    end(nowNanos);
  }

  @Override
  public void onVersion(
      long nowNanos, List<QuicVersion> own, List<Integer> peers, QuicVersion chosen) {
    begin("quic:version_information", nowNanos);
    versions(client ? "client_versions" : "server_versions", own.stream().map(QuicVersion::wire));
    if (!peers.isEmpty()) {
      versions(client ? "server_versions" : "client_versions", peers.stream());
    }
    json.version("chosen_version", chosen.wire());
    end(nowNanos);
  }

  private void versions(String name, java.util.stream.Stream<Integer> versions) {
    json.name(name).beginArray();
    versions.forEach(json::version);
    json.endArray();
  }

  @Override
  public void onApplicationProtocol(long nowNanos, String protocol) {
    begin("quic:alpn_information", nowNanos)
        .name("chosen_alpn")
        .beginObject()
        .field("string_value", protocol)
        .endObject();
    end(nowNanos);
  }

  @Override
  public void onParameters(
      long nowNanos, boolean local, TransportParameters parameters, @Nullable CipherSuite suite) {
    begin("quic:parameters_set", nowNanos).field("initiator", local ? LOCAL : REMOTE);
    if (suite != null) {
      json.field("tls_cipher", suite.name());
    }
    ParameterDescriber.describe(json, parameters);
    end(nowNanos);
  }

  @Override
  public void onParametersRestored(long nowNanos, TransportParameters parameters) {
    begin("quic:parameters_restored", nowNanos);
    ParameterDescriber.restored(json, parameters);
    end(nowNanos);
  }

  @Override
  public void onConnectionId(long nowNanos, boolean local, ConnectionId before, ConnectionId now) {
    begin("quic:connection_id_updated", nowNanos)
        .field("initiator", local ? LOCAL : REMOTE)
        .field("old", before)
        .field("new", now);
    end(nowNanos);
  }

  @Override
  public void onStreamPart(
      long nowNanos, long streamId, boolean local, boolean sending, boolean open) {
    begin("quic:stream_state_updated", nowNanos)
        .field("stream_id", streamId)
        .field("stream_type", SchemaNames.streamType(streamId))
        .field("old", open ? "idle" : "open")
        .field("new", open ? "open" : "closed")
        .field("stream_side", sending ? "sending" : "receiving");
    if (open) {
      json.field("trigger", local ? LOCAL : REMOTE);
    }
    end(nowNanos);
  }

  // ---- Packets ----

  @Override
  public void onPacketSent(long nowNanos, TracedPacket packet) {
    begin("quic:packet_sent", nowNanos);
    describe(packet);
    if (packet.mtuProbe()) {
      json.flag("is_mtu_probe_packet", true);
    }
    end(nowNanos);
  }

  @Override
  public void onPacketReceived(long nowNanos, TracedPacket packet) {
    begin("quic:packet_received", nowNanos);
    describe(packet);
    end(nowNanos);
  }

  private void describe(TracedPacket packet) {
    header(packet);
    EncryptionLevel level = packet.type().level();
    if (level != null) {
      frames.describe(
          packet.payload(),
          packet.payloadOffset(),
          packet.payloadBytes(),
          level,
          packet.ackDelayExponent());
    }
    if (!packet.supportedVersions().isEmpty()) {
      versions("supported_versions", packet.supportedVersions().stream());
    }
    json.name("raw").beginObject().field("length", packet.lengthBytes());
    if (level != null) {
      json.field("payload_length", packet.payloadBytes());
    }
    json.endObject();
  }

  private void header(TracedPacket packet) {
    json.name("header").beginObject().field("packet_type", SchemaNames.of(packet.type()));
    if (packet.number() != TracedPacket.NONE) {
      json.field("packet_number", packet.number())
          .field("packet_number_length", packet.numberBytes());
    }
    ConnectionId source = packet.source();
    if (source == null) {
      json.flag("key_phase_bit", packet.keyPhase());
    } else {
      json.version("version", packet.version())
          .field("scil", source.length())
          .field("scid", source);
    }
    if (packet.tokenBytes() > 0) {
      json.name("token").beginObject().rawLength(packet.tokenBytes()).endObject();
    }
    json.field("dcil", packet.destination().length())
        .field("dcid", packet.destination())
        .endObject();
  }

  private void header(PacketType type) {
    json.name("header").beginObject().field("packet_type", SchemaNames.of(type)).endObject();
  }

  @Override
  public void onPacketDropped(long nowNanos, PacketType type, long lengthBytes, Drop reason) {
    begin("quic:packet_dropped", nowNanos);
    header(type);
    json.rawLength(lengthBytes).field("trigger", SchemaNames.of(reason));
    end(nowNanos);
  }

  @Override
  public void onPacketBuffered(long nowNanos, PacketType type, long lengthBytes) {
    begin("quic:packet_buffered", nowNanos);
    header(type);
    json.rawLength(lengthBytes).field("trigger", "keys_unavailable");
    end(nowNanos);
  }

  @Override
  public void onPacketLost(
      long nowNanos, PacketType type, long packetNumber, boolean mtuProbe, boolean byReordering) {
    begin("quic:packet_lost", nowNanos)
        .name("header")
        .beginObject()
        .field("packet_type", SchemaNames.of(type))
        .field("packet_number", packetNumber)
        .endObject();
    if (mtuProbe) {
      json.flag("is_mtu_probe_packet", true);
    }
    json.field("trigger", byReordering ? REORDERING_NAME : "time_threshold");
    end(nowNanos);
  }

  @Override
  public void onDatagramSent(long nowNanos, long lengthBytes, int ecn) {
    begin("quic:udp_datagrams_sent", nowNanos);
    datagram(lengthBytes, ecn, ecn != ecnSent);
    ecnSent = ecn;
    end(nowNanos);
  }

  @Override
  public void onDatagramReceived(long nowNanos, long lengthBytes, int ecn) {
    begin("quic:udp_datagrams_received", nowNanos);
    datagram(lengthBytes, ecn, ecn != ecnReceived);
    ecnReceived = ecn;
    end(nowNanos);
  }

  private void datagram(long lengthBytes, int ecn, boolean otherEcn) {
    json.name("raw").beginArray().beginObject().field("length", lengthBytes).endObject().endArray();
    if (otherEcn) {
      json.name("ecn").beginArray().value(SchemaNames.ecn(ecn)).endArray();
    }
  }

  // ---- Keys ----

  @Override
  public void onKeyUpdated(
      long nowNanos, EncryptionLevel level, boolean read, long phase, KeyChange cause) {
    key("quic:key_updated", nowNanos, level, read, phase, cause);
  }

  @Override
  public void onKeyDiscarded(
      long nowNanos, EncryptionLevel level, boolean read, long phase, KeyChange cause) {
    key("quic:key_discarded", nowNanos, level, read, phase, cause);
  }

  private void key(
      String name,
      long nowNanos,
      EncryptionLevel level,
      boolean read,
      long phase,
      KeyChange cause) {
    begin(name, nowNanos).field("key_type", SchemaNames.keyType(level, read != client));
    if (level == EncryptionLevel.ONE_RTT) {
      json.field("key_phase", phase);
    }
    json.field("trigger", SchemaNames.of(cause));
    end(nowNanos);
  }

  // ---- Recovery ----

  @Override
  public void onRecoveryParameters(long nowNanos, int datagramBytes, long initialWindowBytes) {
    begin("quic:recovery_parameters_set", nowNanos)
        .field(REORDERING_NAME, Recovery.PACKET_THRESHOLD)
        .millisField("time_threshold", NANOS_PER_MILLI * 9 / 8)
        .field("timer_granularity", RttEstimator.GRANULARITY_NANOS / NANOS_PER_MILLI)
        .millisField("initial_rtt", RttEstimator.INITIAL_RTT_NANOS)
        .field("max_datagram_size", datagramBytes)
        .field("initial_congestion_window", initialWindowBytes);
    end(nowNanos);
  }

  @Override
  public void onMetrics(long nowNanos, @Nullable RecoveryMetrics before, RecoveryMetrics now) {
    begin("quic:recovery_metrics_updated", nowNanos);
    metric("min_rtt", before, now, RecoveryMetrics::minRttNanos, true);
    metric("smoothed_rtt", before, now, RecoveryMetrics::smoothedRttNanos, true);
    metric("latest_rtt", before, now, RecoveryMetrics::latestRttNanos, true);
    metric("rtt_variance", before, now, RecoveryMetrics::rttVariationNanos, true);
    metric("pto_count", before, now, RecoveryMetrics::ptoCount, false);
    metric("congestion_window", before, now, RecoveryMetrics::congestionWindowBytes, false);
    metric("bytes_in_flight", before, now, RecoveryMetrics::bytesInFlight, false);
    metric("ssthresh", before, now, RecoveryMetrics::slowStartThresholdBytes, false);
    metric(
        "pacing_rate",
        before,
        now,
        metrics -> {
          long rate = metrics.pacingBytesPerSecond();
          return rate == RecoveryMetrics.UNKNOWN ? rate : rate * BITS_PER_BYTE;
        },
        false);
    end(nowNanos);
  }

  /** Writes a metric where it's known and has changed. */
  private void metric(
      String name,
      @Nullable RecoveryMetrics before,
      RecoveryMetrics now,
      ToLongFunction<RecoveryMetrics> value,
      boolean time) {
    long present = value.applyAsLong(now);
    if (present == RecoveryMetrics.UNKNOWN
        || (before != null && value.applyAsLong(before) == present)) {
      return;
    }
    if (time) {
      json.millisField(name, present);
    } else {
      json.field(name, present);
    }
  }

  @Override
  public void onCongestionState(
      long nowNanos, CongestionController.@Nullable Phase before, CongestionController.Phase now) {
    begin("quic:congestion_state_updated", nowNanos);
    if (before != null) {
      json.field("old", SchemaNames.of(before));
    }
    json.field("new", SchemaNames.of(now));
    end(nowNanos);
  }

  // ---- Paths ----

  @Override
  public void onEcnState(
      long nowNanos, EcnValidation.@Nullable State before, EcnValidation.State now) {
    begin("quic:ecn_state_updated", nowNanos);
    if (before != null) {
      json.field("old", SchemaNames.of(before));
    }
    json.field("new", SchemaNames.of(now));
    end(nowNanos);
  }

  @Override
  public void onMtu(long nowNanos, int beforeBytes, int nowBytes) {
    begin("quic:mtu_updated", nowNanos).field("old", beforeBytes).field("new", nowBytes);
    end(nowNanos);
  }

  @Override
  public void onPath(long nowNanos, long pathNumber, InetSocketAddress remote) {
    begin("quic:tuple_assigned", nowNanos)
        .field("tuple_id", Long.toString(pathNumber))
        .name("tuple_remote")
        .beginObject();
    ParameterDescriber.address(json, remote);
    json.endObject();
    end(nowNanos);
  }

  @Override
  public void onMigration(long nowNanos, long pathNumber, Migration now) {
    begin("quic:migration_state_updated", nowNanos)
        .field("new", SchemaNames.of(now))
        .field("tuple_id", Long.toString(pathNumber));
    end(nowNanos);
  }
}
