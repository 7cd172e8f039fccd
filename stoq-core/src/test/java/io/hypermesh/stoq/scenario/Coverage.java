package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionProbe;
import io.hypermesh.stoq.datagram.Datagrams;
import io.hypermesh.stoq.endpoint.EndpointProbe;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.recovery.PathMtu;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many schedules have really exercised each feature: one that isn't any more, because a draw or
 * the code has changed, is no longer tested, and would go unnoticed else.
 */
final class Coverage {
  /** Bytes that make a congestion controller do more than start. */
  private static final long BYTES_MIN = 20_000;

  private static final Feature[] FEATURES = Feature.values();

  private final Map<Feature, LongAdder> schedules = new EnumMap<>(Feature.class);

  Coverage() {
    for (Feature feature : FEATURES) {
      schedules.put(feature, new LongAdder());
    }
  }

  /** Counts one schedule's. */
  void add(Set<Feature> exercised) {
    exercised.forEach(feature -> schedules.get(feature).increment());
  }

  long count(Feature feature) {
    return schedules.get(feature).sum();
  }

  /** Features that fewer than enough of so many schedules have exercised, with their counts. */
  List<String> tooFew(long all) {
    List<String> missing = new ArrayList<>();
    for (Feature feature : FEATURES) {
      if (count(feature) < feature.atLeastOf(all)) {
        missing.add(feature + ": " + count(feature) + ", not " + feature.atLeastOf(all));
      }
    }
    return missing;
  }

  /** A line for each feature. */
  String table() {
    StringBuilder text = new StringBuilder("schedules that exercised each feature:");
    for (Feature feature : FEATURES) {
      String name = feature.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      text.append(String.format("%n  %-22s %,9d", name, count(feature)));
    }
    return text.toString();
  }

  // ---- What one run has exercised ----

  /** What happened on the connections of a run that is over. */
  static Set<Feature> exercised(Schedule schedule, Connections connections) {
    Set<Feature> seen = EnumSet.noneOf(Feature.class);
    for (Session client : connections.all()) {
      noteClient(client, schedule, seen);
      noteSide(client, schedule.clientSide, seen);
      List<Session> servers = connections.allServersOf(client);
      if (servers.size() > 1) {
        seen.add(Feature.REPLAY);
        note(
            servers.stream().anyMatch(server -> server.earlyDataBegun),
            Feature.REPLAY_OF_EARLY_DATA,
            seen);
      }
      for (Session server : servers) {
        noteServer(server, seen);
        noteSide(server, schedule.serverSide, seen);
        noteStreams(client, server, seen);
        noteStreams(server, client, seen);
      }
    }
    return seen;
  }

  private static void note(boolean happened, Feature feature, Set<Feature> seen) {
    if (happened) {
      seen.add(feature);
    }
  }

  private static void noteClient(Session client, Schedule schedule, Set<Feature> seen) {
    Connection connection = client.connection();
    note(client.resumed, Feature.RESUMPTION, seen);
    note(client.earlyDataAccepted, Feature.EARLY_DATA_ACCEPTED, seen);
    note(client.earlyDataRejected && client.established, Feature.EARLY_DATA_REJECTED, seen);
    note(client.migrated, Feature.MIGRATION, seen);
    note(ScheduleRun.PREFERRED.equals(client.movedTo), Feature.PREFERRED_ADDRESS, seen);
    note(client.wasRestarted() && client.established, Feature.VERSION_NEGOTIATION, seen);
    note(
        client.established && !schedule.serverGroups.contains(schedule.clientGroups.getFirst()),
        Feature.HELLO_RETRY_REQUEST,
        seen);
    if (client.established) {
      note(connection.version() == QuicVersion.V2, Feature.VERSION_2, seen);
      note(ConnectionProbe.changedVersion(connection), Feature.COMPATIBLE_VERSION, seen);
    }
  }

  private static void noteServer(Session server, Set<Feature> seen) {
    note(server.earlyFlows > 0, Feature.EARLY_DATA_DELIVERED, seen);
    note(server.pathChanges > 0, Feature.REBINDING, seen);
    if (server.established) {
      boolean retried = ConnectionProbe.wasRetried(server.connection());
      note(retried, Feature.RETRY, seen);
      note(!retried && EndpointProbe.wasAddressProved(server.core), Feature.ADDRESS_TOKEN, seen);
    }
  }

  private static void noteSide(Session session, Side side, Set<Feature> seen) {
    Connection connection = session.connection();
    note(connection.keyUpdates() > 0, Feature.KEY_UPDATE, seen);
    note(session.idsRotated, Feature.ID_ROTATION, seen);
    note(session.woke, Feature.HIBERNATION, seen);
    note(ConnectionProbe.wasAskedForFewerAcks(connection), Feature.ACK_FREQUENCY, seen);
    EcnValidation.State ecn = connection.path().ecn().state();
    note(ecn == EcnValidation.State.CAPABLE, Feature.ECN_CAPABLE, seen);
    note(ecn == EcnValidation.State.FAILED, Feature.ECN_FAILED, seen);
    PathMtu mtu = connection.path().mtu();
    note(mtu.currentBytes() > PathMtu.BASE_BYTES, Feature.LARGER_DATAGRAMS, seen);
    note(mtu.blackHoles() > 0, Feature.DATAGRAM_BLACK_HOLE, seen);
    Datagrams datagrams = connection.datagrams();
    note(!session.datagrams.received.isEmpty(), Feature.DATAGRAMS, seen);
    note(session.datagrams.early > 0, Feature.EARLY_DATAGRAMS, seen);
    note(datagrams.lost() + datagrams.sendDropped() > 0, Feature.DATAGRAMS_LOST, seen);
    if (session.bytesWritten() >= BYTES_MIN) {
      seen.add(
          switch (side.congestion()) {
            case NEW_RENO -> Feature.NEW_RENO;
            case CUBIC -> Feature.CUBIC;
            case BBR -> Feature.BBR;
          });
    }
    noteEnd(session.closeReason, seen);
  }

  private static void noteEnd(CloseReason reason, Set<Feature> seen) {
    if (reason != null) {
      note(reason.origin() == CloseReason.Origin.STATELESS_RESET, Feature.STATELESS_RESET, seen);
      note(reason.origin() == CloseReason.Origin.IDLE_TIMEOUT, Feature.IDLE_TIMEOUT, seen);
      note(
          reason.origin() == CloseReason.Origin.HANDSHAKE_TIMEOUT, Feature.HANDSHAKE_TIMEOUT, seen);
    }
  }

  private static void noteStreams(Session writer, Session reader, Set<Feature> seen) {
    long urgencies = 0;
    for (Flow sent : writer.flows.values()) {
      urgencies |= sent.plan.isPrioritized() ? 1L << sent.plan.urgency() : 0;
      Flow got = reader.flows.get(sent.stream.id());
      if (got != null) {
        note(sent.resetSent && got.aborted, Feature.STREAM_RESET, seen);
        note(got.stopSent && sent.sendClosed, Feature.STOP_SENDING, seen);
      }
    }
    note(Long.bitCount(urgencies) > 1, Feature.PRIORITIES, seen);
  }
}
