package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.qlog.QlogSchema;
import io.hypermesh.stoq.qlog.QlogSchema.Event;
import io.hypermesh.stoq.qlog.QlogTrace;
import io.hypermesh.stoq.qlog.RecordSink;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a connection tells its trace, read from the qlog that is made of it. */
class TracingTest {
  private static final String SENT = "quic:packet_sent";
  private static final String RECEIVED = "quic:packet_received";

  /** A log in memory. */
  private static final class Log implements RecordSink {
    private final StringBuilder text = new StringBuilder();
    private boolean closed;
    private boolean slow;

    @Override
    public boolean append(String record) {
      if (!slow) {
        text.append(record);
      }
      return !slow;
    }

    @Override
    public void close(String last) {
      text.append(last);
      closed = true;
    }

    List<Event> events() {
      return QlogSchema.read(text.toString());
    }
  }

  private final Log clientLog = new Log();
  private final Log serverLog = new Log();

  private SimulatedPair pair(long seed, LinkConditions conditions) {
    return new SimulatedPair(seed, conditions, settings -> settings.trace(this::open));
  }

  private ConnectionTrace open(boolean client, ConnectionId original, long nowNanos) {
    return new QlogTrace(client, original, client ? clientLog : serverLog, nowNanos, Instant.EPOCH);
  }

  private static void transfer(SimulatedPair pair, long bytes) {
    assertThat(pair.connect()).isTrue();
    pair.client.bytesPerStream = bytes;
    pair.server.bytesPerStream = bytes;
    pair.client.open(true, pair.network.nowNanos());
    assertThat(
            pair.runUntil(
                () -> pair.client.bytesRead == bytes && pair.server.bytesRead == bytes, 100))
        .isTrue();
    pair.network.runFor(SimulatedPair.SECOND);
  }

  private static List<Event> named(List<Event> events, String name) {
    return events.stream().filter(event -> event.name().equals(name)).toList();
  }

  /** Packet types and numbers of events, sorted. */
  private static Set<String> packets(List<Event> events, String name) {
    return named(events, name).stream()
        .map(event -> event.object("header"))
        .map(header -> header.get("packet_type") + " " + header.get("packet_number"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void shouldTellAWholeConnectionAsTheSchemaSays() {
    SimulatedPair pair = pair(1, LinkConditions.PERFECT);
    transfer(pair, 100_000);
    pair.client.connection.close(7, "done \"quoted\"", pair.network.nowNanos());
    pair.network.runUntil(
        () -> pair.client.isDrained() && pair.server.isDrained(),
        pair.network.nowNanos() + 60 * SimulatedPair.SECOND);

    for (Log log : List.of(clientLog, serverLog)) {
      assertThat(log.closed).isTrue();
      List<Event> events = log.events();
      assertThat(events.stream().map(Event::name))
          .contains(
              "quic:connection_started",
              "quic:version_information",
              "quic:alpn_information",
              "quic:parameters_set",
              SENT,
              RECEIVED,
              "quic:udp_datagrams_sent",
              "quic:udp_datagrams_received",
              "quic:key_updated",
              "quic:key_discarded",
              "quic:recovery_parameters_set",
              "quic:recovery_metrics_updated",
              "quic:connection_closed")
          .doesNotContain("quic:packet_lost", "loglevel:warning");
      assertThat(named(events, "quic:parameters_set").stream().map(e -> e.data().get("initiator")))
          .containsExactlyInAnyOrder("local", "remote");
      assertThat(
              named(events, "quic:connection_state_updated").stream()
                  .map(event -> event.data().get("new")))
          .startsWith("attempted")
          .endsWith(log == clientLog ? "closing" : "draining", "closed");
      Map<String, Object> closed = named(events, "quic:connection_closed").getFirst().data();
      assertThat(closed)
          .containsEntry("application_error", "unknown")
          .containsEntry("error_code", 7L)
          .containsEntry("reason", "done \"quoted\"")
          .containsEntry("initiator", log == clientLog ? "local" : "remote");
    }
  }

  @Test
  void shouldTellTheSamePacketsOnBothSidesOfALosslessLink() {
    SimulatedPair pair = pair(2, LinkConditions.PERFECT);
    transfer(pair, 200_000);
    List<Event> client = clientLog.events();
    List<Event> server = serverLog.events();

    assertThat(packets(server, RECEIVED)).isNotEmpty().isEqualTo(packets(client, SENT));
    assertThat(packets(client, RECEIVED)).hasSizeGreaterThan(100).isEqualTo(packets(server, SENT));
    long streamBytes =
        named(client, RECEIVED).stream()
            .flatMap(event -> ((List<?>) event.data().get("frames")).stream())
            .map(frame -> (Map<?, ?>) frame)
            .filter(frame -> frame.get("frame_type").equals("stream"))
            .mapToLong(frame -> (Long) ((Map<?, ?>) frame.get("raw")).get("payload_length"))
            .sum();
    assertThat(streamBytes).isEqualTo(200_000);
  }

  @Test
  void shouldTellLostPackets() {
    SimulatedPair pair = pair(3, LinkConditions.PERFECT.withDelay(5_000_000, 0).withLoss(0.05, 1));
    transfer(pair, 300_000);
    for (Log log : List.of(clientLog, serverLog)) {
      List<Event> events = log.events();
      Set<String> lost = packets(events, "quic:packet_lost");
      assertThat(packets(events, SENT)).containsAll(lost);
      assertThat(named(events, "quic:packet_lost"))
          .allMatch(event -> event.data().containsKey("trigger"));
    }
    Set<String> lost = packets(serverLog.events(), "quic:packet_lost");
    assertThat((long) lost.size()).isPositive();
    assertThat(named(serverLog.events(), "quic:packet_lost"))
        .hasSize((int) pair.server.connection.recovery().lostPacketCount());
    // Nothing here is lost by mistake, so none of them arrived.
    assertThat(packets(clientLog.events(), RECEIVED)).doesNotContainAnyElementsOf(lost);
  }

  @Test
  void shouldTellKeyUpdatesAndWhoStartedThem() {
    SimulatedPair pair = pair(4, LinkConditions.PERFECT);
    transfer(pair, 10_000);
    assertThat(pair.client.connection.updateKeys()).isTrue();
    pair.client.open(false, pair.network.nowNanos());
    pair.network.runFor(5 * SimulatedPair.SECOND);
    assertThat(updates(clientLog)).containsExactly("1 local_update", "1 local_update");
    assertThat(updates(serverLog)).containsExactly("1 remote_update", "1 remote_update");
  }

  private static List<String> updates(Log log) {
    return named(log.events(), "quic:key_updated").stream()
        .map(Event::data)
        .filter(data -> !data.get("trigger").equals("tls"))
        .map(data -> data.get("key_phase") + " " + data.get("trigger"))
        .toList();
  }

  @Test
  void shouldTellWhichPartsOfStreamsAreOpen() {
    SimulatedPair pair = pair(8, LinkConditions.PERFECT);
    transfer(pair, 10_000);
    pair.client.bytesPerStream = 1_000;
    pair.client.open(false, pair.network.nowNanos());
    pair.network.runFor(SimulatedPair.SECOND);
    assertThat(streamStates(clientLog))
        .containsExactlyInAnyOrder(
            "0 bidirectional sending idle-open local",
            "0 bidirectional receiving idle-open local",
            "0 bidirectional sending open-closed null",
            "0 bidirectional receiving open-closed null",
            "2 unidirectional sending idle-open local",
            "2 unidirectional sending open-closed null");
    assertThat(streamStates(serverLog))
        .containsExactlyInAnyOrder(
            "0 bidirectional sending idle-open remote",
            "0 bidirectional receiving idle-open remote",
            "0 bidirectional sending open-closed null",
            "0 bidirectional receiving open-closed null",
            "2 unidirectional receiving idle-open remote",
            "2 unidirectional receiving open-closed null");
  }

  private static List<String> streamStates(Log log) {
    return named(log.events(), "quic:stream_state_updated").stream()
        .map(Event::data)
        .map(data ->
            "%s %s %s %s-%s %s"
                .formatted(
                    data.get("stream_id"),
                    data.get("stream_type"),
                    data.get("stream_side"),
                    data.get("old"),
                    data.get("new"),
                    data.get("trigger")))
        .toList();
  }

  @Test
  void shouldTellWhichConnectionIdsAreUsed() {
    SimulatedPair pair = pair(9, LinkConditions.PERFECT);
    InetSocketAddress other = new InetSocketAddress(Inet6Address.ofLiteral("fd00::7"), 777);
    pair.client.sockets.addAll(List.of(SimulatedPair.CLIENT_ADDRESS, other));
    pair.network.attach(other, pair.client);
    transfer(pair, 10_000);
    assertThat(pair.client.connection.migrate(1, false, pair.network.nowNanos()))
        .isEqualTo(MigrationStart.STARTED);
    pair.network.runFor(5 * SimulatedPair.SECOND);
    // The client learns the server's ID first; on the new path each side takes a fresh one.
    List<Object> ofServer = newIds(clientLog, "remote");
    List<Object> ofClient = newIds(serverLog, "remote");
    assertThat(ofServer).hasSize(2).doesNotHaveDuplicates();
    assertThat(ofClient).hasSize(1);
    // Packets are under way on both paths for a while.
    assertThat(newIds(serverLog, "local")).endsWith(ofServer.getLast());
    assertThat(newIds(clientLog, "local")).endsWith(ofClient.getLast());
  }

  private static List<Object> newIds(Log log, String initiator) {
    return named(log.events(), "quic:connection_id_updated").stream()
        .map(Event::data)
        .filter(data -> data.get("initiator").equals(initiator))
        .map(data -> data.get("new"))
        .toList();
  }

  @Test
  void shouldTellTheKeysOfEarlyDataAndTheLimitsThatHoldForIt() {
    ZeroRttFixture fixture = new ZeroRttFixture();
    ClientSession session = fixture.session();
    fixture.clientSettings = settings -> settings.trace(this::open);
    SimulatedPair pair =
        fixture.resume(2, session, LinkConditions.PERFECT, settings -> settings.trace(this::open));
    pair.client.bytesPerStream = 1_000;
    pair.client.open(false, pair.network.nowNanos());
    assertThat(pair.runUntil(() -> pair.server.streamsEnded == 1, 10)).isTrue();
    pair.network.runFor(5 * SimulatedPair.SECOND);
    for (Log log : List.of(clientLog, serverLog)) {
      assertThat(earlyKeys(log, "quic:key_updated")).containsExactly("client_0rtt_secret");
      assertThat(earlyKeys(log, "quic:key_discarded")).containsExactly("client_0rtt_secret");
    }
    assertThat(named(serverLog.events(), "quic:parameters_restored")).isEmpty();
    List<Event> client = clientLog.events();
    Map<String, Object> restored = named(client, "quic:parameters_restored").getFirst().data();
    Map<String, Object> set =
        named(client, "quic:parameters_set").stream()
            .map(Event::data)
            .filter(data -> data.get("initiator").equals("remote"))
            .findFirst()
            .orElseThrow();
    assertThat(set).containsAllEntriesOf(restored);
    assertThat(packets(client, SENT)).anyMatch(packet -> packet.startsWith("0RTT"));
  }

  private static List<Object> earlyKeys(Log log, String name) {
    return named(log.events(), name).stream()
        .map(event -> event.data().get("key_type"))
        .filter(type -> ((String) type).contains("0rtt"))
        .toList();
  }

  @Test
  void shouldTellNoResetTokens() {
    SimulatedPair pair = pair(5, LinkConditions.PERFECT);
    transfer(pair, 10_000);
    String all = clientLog.text.toString() + serverLog.text;
    List<String> ids = new ArrayList<>();
    Matcher matcher = Pattern.compile("\"([0-9a-f]{16})\"").matcher(all);
    while (matcher.find()) {
      ids.add(matcher.group(1));
    }
    assertThat(ids).isNotEmpty();
    for (String id : Set.copyOf(ids)) {
      ConnectionId parsed = ConnectionId.of(HexFormat.of().parseHex(id));
      for (SimulatedPeer peer : List.of(pair.client, pair.server)) {
        String token = HexFormat.of().formatHex(peer.ids.statelessResetToken(parsed));
        assertThat(all).doesNotContain(token);
      }
    }
  }

  @Test
  void shouldSayHowMuchALogThatIsTooSlowLacks() {
    SimulatedPair pair = pair(6, LinkConditions.PERFECT);
    assertThat(pair.connect()).isTrue();
    clientLog.slow = true;
    transferMore(pair);
    clientLog.slow = false;
    transferMore(pair);
    serverLog.slow = true;
    transferMore(pair);
    pair.server.connection.close(0, "", pair.network.nowNanos());
    pair.network.runUntil(pair.server::isDrained, Long.MAX_VALUE / 2);

    List<Event> events = clientLog.events();
    assertThat(named(events, "loglevel:warning")).hasSize(1);
    assertThat((Long) named(events, "loglevel:warning").getFirst().data().get("code"))
        .isGreaterThan(10);
    assertThat(events.getLast().name()).isNotEqualTo("loglevel:warning");
    // This one never came to itself again, so it ends with the warning.
    assertThat(serverLog.events().getLast().name()).isEqualTo("loglevel:warning");
  }

  private static void transferMore(SimulatedPair pair) {
    pair.client.bytesPerStream = 20_000;
    pair.client.open(false, pair.network.nowNanos());
    pair.network.runFor(2 * SimulatedPair.SECOND);
  }

  @Test
  void shouldChangeNothingInWhatTheConnectionDoes() {
    SimulatedPair traced =
        pair(7, LinkConditions.PERFECT.withDelay(5_000_000, 0).withLoss(0.03, 1));
    SimulatedPair silent =
        new SimulatedPair(7, LinkConditions.PERFECT.withDelay(5_000_000, 0).withLoss(0.03, 1));
    transfer(traced, 100_000);
    transfer(silent, 100_000);
    assertThat(traced.network.nowNanos()).isEqualTo(silent.network.nowNanos());
    assertThat(traced.server.connection.recovery().lostPacketCount())
        .isEqualTo(silent.server.connection.recovery().lostPacketCount());
    assertThat(traced.server.timeouts()).isEqualTo(silent.server.timeouts());
  }
}
