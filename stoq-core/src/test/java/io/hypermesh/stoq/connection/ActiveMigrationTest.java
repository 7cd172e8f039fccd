package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.connection.SimulatedPair.CLIENT_ADDRESS;
import static io.hypermesh.stoq.connection.SimulatedPair.SECOND;
import static io.hypermesh.stoq.connection.SimulatedPair.SERVER_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A client moves to another socket, or to its server's preferred address (RFC 9000, 9). */
class ActiveMigrationTest {
  private static final InetSocketAddress OTHER = SimulatedPair.address(5);
  private static final InetSocketAddress PREFERRED = SimulatedPair.address(8);

  private record Ends(InetSocketAddress from, InetSocketAddress to) {}

  /** The destination IDs of short headers between two addresses. */
  private final Map<Ends, Set<ConnectionId>> ids = new HashMap<>();

  private final Set<InetSocketAddress> dead = new HashSet<>();
  private final List<Integer> lengthsFromPreferred = new ArrayList<>();

  private SimulatedPair pair(long seed, Consumer<ConnectionSettings.Builder> change) {
    return pair(seed, change, change);
  }

  private SimulatedPair pair(
      long seed,
      Consumer<ConnectionSettings.Builder> clientChange,
      Consumer<ConnectionSettings.Builder> serverChange) {
    SimulatedPair pair =
        new SimulatedPair(seed, LinkConditions.PERFECT, clientChange, serverChange);
    pair.client.sockets.addAll(List.of(CLIENT_ADDRESS, OTHER));
    pair.network.attach(OTHER, pair.client);
    pair.server.sockets.addAll(List.of(SERVER_ADDRESS, PREFERRED));
    pair.network.attach(PREFERRED, pair.server);
    pair.client.bytesPerStream = 1_000_000;
    pair.server.bytesPerStream = 1_000_000;
    pair.network.setFilter((datagram, number) -> {
      byte first = datagram.payload().get(ValueLayout.JAVA_BYTE, 0);
      if (first >= 0) {
        ids.computeIfAbsent(new Ends(datagram.from(), datagram.to()), e -> new HashSet<>())
            .add(ConnectionId.of(datagram.payload(), 1, 8));
      }
      if (datagram.from().equals(PREFERRED)) {
        lengthsFromPreferred.add((int) datagram.payload().byteSize());
      }
      return !dead.contains(datagram.from()) && !dead.contains(datagram.to());
    });
    return pair;
  }

  private static MigrationStart migrate(SimulatedPair pair) {
    MigrationStart start = pair.client.connection.migrate(1, false, pair.network.nowNanos());
    pair.client.work(pair.network.nowNanos());
    return start;
  }

  private static void transferAll(SimulatedPair pair) {
    assertThat(pair.runUntil(() -> pair.client.streamsEnded + pair.server.streamsEnded == 2, 60))
        .isTrue();
    assertThat(pair.client.wrong + pair.server.wrong).isEmpty();
    assertThat(pair.client.closeReason()).isNull();
    assertThat(pair.server.closeReason()).isNull();
  }

  private static List<Boolean> movesEnded(SimulatedPair pair) {
    return pair.client.events.stream()
        .filter(ConnectionEvent.MigrationEnded.class::isInstance)
        .map(event -> ((ConnectionEvent.MigrationEnded) event).moved())
        .toList();
  }

  @Test
  void shouldMoveInTheMiddleOfATransferOnceThePathIsValid() {
    SimulatedPair pair = pair(1, settings -> {});
    pair.connect();
    pair.network.runFor(SECOND / 10);
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND / 20);
    assertThat(migrate(pair)).isEqualTo(MigrationStart.STARTED);
    assertThat(migrate(pair)).isEqualTo(MigrationStart.UNDERWAY);
    assertThat(pair.client.connection.usesSocket(1)).isTrue();
    transferAll(pair);

    assertThat(movesEnded(pair)).containsExactly(true);
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(OTHER);
    assertThat(pair.server.count(ConnectionEvent.PathChanged.class)).isEqualTo(1);
    // Packets of the old path may be late, but not for ever.
    pair.network.runFor(5 * SECOND);
    assertThat(pair.client.connection.usesSocket(0)).isFalse();
    // 9.5: nobody can tell by an ID that both paths are of one connection.
    Set<ConnectionId> before = ids.get(new Ends(CLIENT_ADDRESS, SERVER_ADDRESS));
    assertThat(ids.get(new Ends(OTHER, SERVER_ADDRESS))).isNotEmpty();
    assertThat(before).doesNotContainAnyElementsOf(ids.get(new Ends(OTHER, SERVER_ADDRESS)));
    assertThat(ids.get(new Ends(SERVER_ADDRESS, CLIENT_ADDRESS)))
        .doesNotContainAnyElementsOf(ids.get(new Ends(SERVER_ADDRESS, OTHER)));
  }

  @Test
  void shouldMoveToAndFroAsOftenAsItLikes() {
    SimulatedPair pair = pair(2, settings -> {});
    pair.connect();
    pair.network.runFor(SECOND);
    for (int i = 0; i < 10; i++) {
      int socket = (i + 1) % 2;
      assertThat(pair.client.connection.migrate(socket, false, pair.network.nowNanos()))
          .isEqualTo(MigrationStart.STARTED);
      pair.network.runFor(5 * SECOND);
      assertThat(pair.client.connection.usesSocket(1 - socket)).isFalse();
    }
    assertThat(movesEnded(pair)).hasSize(10).doesNotContain(false);
    pair.client.open(true, pair.network.nowNanos());
    transferAll(pair);
  }

  @Test
  void shouldStayWhereTheOtherPathIsDead() {
    SimulatedPair pair = pair(3, settings -> {});
    pair.connect();
    pair.network.runFor(SECOND / 10);
    dead.add(OTHER);
    pair.client.open(true, pair.network.nowNanos());
    assertThat(migrate(pair)).isEqualTo(MigrationStart.STARTED);
    transferAll(pair);
    pair.network.runFor(10 * SECOND);

    assertThat(movesEnded(pair)).containsExactly(false);
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(CLIENT_ADDRESS);
    assertThat(pair.client.connection.usesSocket(1)).isFalse();
    assertThat(pair.server.count(ConnectionEvent.PathChanged.class)).isZero();
  }

  @Test
  void shouldEndWhereItHasToLeaveAndCanNot() {
    SimulatedPair pair = pair(4, settings -> {});
    pair.connect();
    pair.network.runFor(SECOND / 10);
    dead.addAll(List.of(OTHER, CLIENT_ADDRESS));
    pair.client.connection.migrate(1, true, pair.network.nowNanos());
    pair.network.runFor(10 * SECOND);
    assertThat(pair.client.closeReason().errorCode())
        .isEqualTo(io.hypermesh.stoq.packet.TransportErrorCode.NO_VIABLE_PATH);
  }

  @Test
  void shouldValidateThroughLosses() {
    SimulatedPair pair = pair(5, settings -> {});
    pair.connect();
    pair.network.runFor(SECOND);
    pair.network.setConditions(LinkConditions.PERFECT.withLoss(0.4, 1));
    assertThat(migrate(pair)).isEqualTo(MigrationStart.STARTED);
    pair.network.runFor(4 * SECOND);
    assertThat(movesEnded(pair)).containsExactly(true);
  }

  @Test
  void shouldNotMoveBeforeTheHandshakeIsConfirmed() {
    SimulatedPair pair = pair(6, settings -> {});
    pair.client.connect(SERVER_ADDRESS, 0);
    assertThat(migrate(pair)).isEqualTo(MigrationStart.NOT_CONFIRMED);
    pair.runUntil(() -> pair.server.isEstablished(), 10);
    assertThat(pair.server.connection.migrate(1, false, pair.network.nowNanos()))
        .isEqualTo(MigrationStart.NOT_A_CLIENT);
  }

  @Test
  void shouldNotMoveWhereTheServerForbidsIt() {
    SimulatedPair pair =
        pair(7, settings -> settings.paths(PathSettings.DEFAULTS.withDisableActiveMigration(true)));
    pair.connect();
    pair.network.runFor(SECOND);
    assertThat(migrate(pair)).isEqualTo(MigrationStart.DISABLED_BY_PEER);
  }

  @Test
  void shouldIgnoreAClientThatMovesThoughItWasAskedNotTo() {
    SimulatedPair pair =
        pair(8, settings -> settings.paths(PathSettings.DEFAULTS.withDisableActiveMigration(true)));
    pair.connect();
    pair.network.runFor(SECOND);
    // Its packets come from another address, whatever it thinks.
    pair.client.sockets.set(0, OTHER);
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(5 * SECOND);
    assertThat(pair.server.count(ConnectionEvent.PeerStreamOpened.class)).isZero();
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(CLIENT_ADDRESS);
    // Only its port is another: that's a NAT's doing.
    InetSocketAddress rebound = new InetSocketAddress(CLIENT_ADDRESS.getAddress(), 40_000);
    pair.client.sockets.set(0, rebound);
    pair.network.attach(rebound, pair.client);
    transferAll(pair);
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(rebound);
  }

  /** RFC 9000, 5.1.2. */
  @Test
  void shouldReplaceItsConnectionIds() {
    SimulatedPair pair = pair(13, settings -> {});
    pair.connect();
    pair.network.runFor(SECOND);
    Set<ConnectionId> before = ids.remove(new Ends(SERVER_ADDRESS, CLIENT_ADDRESS));
    assertThat(pair.client.connection.rotateConnectionIds()).isTrue();
    assertThat(pair.client.connection.rotateConnectionIds()).as("not over yet").isFalse();
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND / 50);
    ids.clear();
    transferAll(pair);
    assertThat(ids.get(new Ends(SERVER_ADDRESS, CLIENT_ADDRESS)))
        .isNotEmpty()
        .doesNotContainAnyElementsOf(before);
    assertThat(pair.client.connection.rotateConnectionIds()).isTrue();
    pair.network.runFor(SECOND);
    // The other side is left with as many as before, and can still move.
    assertThat(migrate(pair)).isEqualTo(MigrationStart.STARTED);
    pair.network.runFor(SECOND);
    assertThat(movesEnded(pair)).containsExactly(true);
  }

  // ---- The preferred address (9.6) ----

  @Test
  void shouldFollowTheServerToItsPreferredAddress() {
    SimulatedPair pair =
        pair(9, settings -> settings.paths(PathSettings.DEFAULTS.withPreferredAddress(PREFERRED)));
    pair.connect();
    pair.network.runFor(SECOND);
    assertThat(pair.client.connection.remoteAddress()).isEqualTo(PREFERRED);
    assertThat(pair.server.connection.socket()).isEqualTo(1);
    assertThat(lengthsFromPreferred.getFirst()).as("it validates, too").isEqualTo(1_200);
    pair.client.open(true, pair.network.nowNanos());
    transferAll(pair);
    assertThat(pair.client.count(ConnectionEvent.PathChanged.class)).isEqualTo(1);
    assertThat(ids.get(new Ends(CLIENT_ADDRESS, PREFERRED)))
        .doesNotContainAnyElementsOf(ids.get(new Ends(CLIENT_ADDRESS, SERVER_ADDRESS)));
    // And a client that is there can go on to another address of its own.
    assertThat(migrate(pair)).isEqualTo(MigrationStart.STARTED);
    pair.network.runFor(SECOND);
    assertThat(movesEnded(pair)).containsExactly(true, true);
    assertThat(pair.server.connection.remoteAddress()).isEqualTo(OTHER);
    assertThat(pair.server.connection.socket()).isEqualTo(1);
  }

  @Test
  void shouldTellItsPreferredAddressAgainInAnotherVersion() {
    // The parameters are made twice, the second time for the version that the server prefers.
    SimulatedPair pair =
        pair(
            13,
            settings -> settings.versions(List.of(QuicVersion.V1, QuicVersion.V2)),
            settings ->
                settings
                    .versions(List.of(QuicVersion.V2, QuicVersion.V1))
                    .paths(PathSettings.DEFAULTS.withPreferredAddress(PREFERRED)));
    assertThat(pair.connect()).isTrue();
    assertThat(pair.server.connection.version()).isEqualTo(QuicVersion.V2);
    pair.network.runFor(SECOND);
    assertThat(pair.client.connection.remoteAddress()).isEqualTo(PREFERRED);
    assertThat(movesEnded(pair)).containsExactly(true);
  }

  @Test
  void shouldStayWhereThePreferredAddressCanNotBeReached() {
    SimulatedPair pair =
        pair(10, settings -> settings.paths(PathSettings.DEFAULTS.withPreferredAddress(PREFERRED)));
    dead.add(PREFERRED);
    pair.connect();
    pair.client.open(true, pair.network.nowNanos());
    transferAll(pair);
    pair.network.runFor(10 * SECOND);
    assertThat(pair.client.connection.remoteAddress()).isEqualTo(SERVER_ADDRESS);
    assertThat(movesEnded(pair)).containsExactly(false);
  }

  /** RFC 9000, 21.5.6: a server must not aim its clients at what only they can reach. */
  @Test
  void shouldNotSendToItselfBecauseAServerWantsItTo() {
    InetSocketAddress itself = new InetSocketAddress(InetAddress.ofLiteral("::1"), 9_200);
    List<InetSocketAddress> sentTo = new ArrayList<>();
    SimulatedPair pair =
        new SimulatedPair(
            14,
            LinkConditions.PERFECT,
            settings -> settings.paths(PathSettings.DEFAULTS.withPreferredAddress(itself)));
    pair.network.setFilter((datagram, number) -> sentTo.add(datagram.to()));
    pair.connect();
    pair.network.runFor(SECOND);
    assertThat(pair.client.isEstablished()).isTrue();
    assertThat(sentTo).contains(SERVER_ADDRESS).doesNotContain(itself);
    assertThat(movesEnded(pair)).isEmpty();
  }

  @Test
  void shouldStayWhereTheHostWantsItTo() {
    SimulatedPair pair =
        pair(
            11,
            settings ->
                settings.paths(
                    PathSettings.DEFAULTS
                        .withPreferredAddress(PREFERRED)
                        .withFollowPreferredAddress(false)));
    pair.connect();
    pair.network.runFor(SECOND);
    assertThat(pair.client.connection.remoteAddress()).isEqualTo(SERVER_ADDRESS);
    assertThat(lengthsFromPreferred).isEmpty();
  }

  @Test
  void shouldNotBelieveAnAddressThatIsNotTheServers() {
    SimulatedPair pair = pair(12, settings -> {});
    pair.connect();
    pair.network.runFor(SECOND / 10);
    // The server's packets come from elsewhere, though nobody asked for that (9).
    pair.server.sockets.set(0, PREFERRED);
    pair.client.open(true, pair.network.nowNanos());
    pair.network.runFor(SECOND);
    assertThat(pair.client.bytesRead).isZero();
    assertThat(pair.client.connection.remoteAddress()).isEqualTo(SERVER_ADDRESS);
    pair.server.sockets.set(0, SERVER_ADDRESS);
    transferAll(pair);
  }
}
