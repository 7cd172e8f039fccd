package io.hypermesh.stoq.scenario;

import static io.hypermesh.stoq.scenario.InteropRun.KB;
import static io.hypermesh.stoq.scenario.InteropRun.LINK;
import static io.hypermesh.stoq.scenario.InteropRun.MB;
import static io.hypermesh.stoq.scenario.InteropRun.MILLI;
import static io.hypermesh.stoq.scenario.InteropRun.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.MigrationStart;
import io.hypermesh.stoq.connection.PathSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.simulation.Corruption;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.LinkSchedule;
import io.hypermesh.stoq.simulation.LossModel;
import io.hypermesh.stoq.simulation.Nat;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The scenarios of the public QUIC interoperability runner, under their names there, with its
 * links, file sizes and checks. What the runner finds in packet captures with the secrets, these
 * find in a {@link Capture}.
 */
class InteropScenarioTest {
  private static final int ECT_0 = 2;
  private static final int CE = 3;
  private static final int CERTIFICATE = 11;
  private static final int FINISHED = 20;

  @Test
  @DisplayName("handshake")
  void shouldCompleteAHandshake() {
    InteropRun run = new InteropRun(1, KB);
    run.download();
    run.assertHandshakes(1);
    run.assertNoRetry();
    run.assertNoVersionNegotiation();
    run.assertAllDecrypted();
  }

  @Test
  @DisplayName("transfer")
  void shouldTransferFilesAndCloseWithoutAnError() {
    InteropRun run = new InteropRun(2, 2 * MB, 3 * MB, 5 * MB);
    run.download();
    run.assertHandshakes(1);
    run.assertNoVersionNegotiation();
    assertThat(run.capture.from(true)).anyMatch(p -> p.closeCode == 0);
  }

  @Test
  @DisplayName("longrtt")
  void shouldCompleteAHandshakeOverALongPath() {
    InteropRun run = new InteropRun(3, KB);
    run.schedule = LinkSchedule.always(LINK.withDelay(750 * MILLI, 0));
    run.download();
    run.assertHandshakes(1);
    // The first probe timeout is shorter than the round trip: the ClientHello is sent again.
    assertThat(run.capture.of(PacketType.INITIAL, true))
        .filteredOn(p -> p.crypto.containsKey(0L))
        .hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  @DisplayName("chacha20")
  void shouldTransferWithChaCha20() {
    InteropRun run = new InteropRun(4, CipherSuite.CHACHA20_POLY1305_SHA256, 3 * MB);
    run.clientSuites = List.of(CipherSuite.CHACHA20_POLY1305_SHA256);
    run.download();
    run.assertHandshakes(1);
    run.assertAllDecrypted();
    assertThat(offeredSuites(run.capture)).containsExactly(0x1303);
  }

  /** The cipher suites of the ClientHello (RFC 8446, 4.1.2). */
  private static List<Integer> offeredSuites(Capture capture) {
    byte[] hello = capture.crypto(PacketType.INITIAL, true);
    int at = 4 + 2 + 32;
    at += 1 + hello[at];
    int length = (hello[at] & 0xff) << 8 | (hello[at + 1] & 0xff);
    Integer[] suites = new Integer[length / 2];
    for (int i = 0; i < suites.length; i++) {
      suites[i] = (hello[at + 2 + 2 * i] & 0xff) << 8 | (hello[at + 3 + 2 * i] & 0xff);
    }
    return List.of(suites);
  }

  @Test
  @DisplayName("multiplexing")
  void shouldTransferThousandsOfFilesOverOneConnection() {
    InteropRun run = new InteropRun(5, Collections.nCopies(1_999, 32).toArray(Integer[]::new));
    run.serverSettings = settings -> settings.bidirectionalStreamsMax(1_000);
    run.download();
    run.assertHandshakes(1);
    // The limit that the server began with was not enough, and was raised.
    assertThat(run.capture.from(false))
        .anyMatch(p -> p.maxStreamsBidirectional.stream().anyMatch(limit -> limit > 1_000));
  }

  @Test
  @DisplayName("retry")
  void shouldProveItsAddressWithARetryToken() {
    InteropRun run = new InteropRun(6, 10 * KB);
    run.retry = true;
    run.download();
    run.assertHandshakes(1);
    run.assertAllDecrypted();
    List<Capture.Packet> retries = run.capture.of(PacketType.RETRY, false);
    assertThat(retries).hasSize(1);
    List<Capture.Packet> initials = run.capture.of(PacketType.INITIAL, true);
    long highestBefore = -1;
    boolean used = false;
    for (Capture.Packet packet : initials) {
      if (packet.token.length == 0) {
        highestBefore = Math.max(highestBefore, packet.number);
      } else {
        // RFC 9000, 17.2.5.3: packet numbers go on where they were.
        assertThat(packet.number).isGreaterThan(highestBefore);
        used |= Arrays.equals(packet.token, retries.getFirst().token);
      }
    }
    assertThat(used).isTrue();
  }

  @Test
  @DisplayName("http3")
  void shouldTransferTheFilesOfAPage() {
    InteropRun run = new InteropRun(7, 5 * KB, 10 * KB, 500 * KB);
    run.download();
    run.assertHandshakes(1);
  }

  @Test
  @DisplayName("blackhole")
  void shouldTransferThroughBlackouts() {
    InteropRun run = new InteropRun(8, 10 * MB);
    run.schedule = LinkSchedule.always(LINK).interrupted(5 * SECOND, 2 * SECOND);
    run.download();
    run.assertHandshakes(1);
    assertThat(run.network.nowNanos()).isGreaterThan(7 * SECOND);
  }

  @Test
  @DisplayName("keyupdate")
  void shouldUpdateKeys() {
    InteropRun run = new InteropRun(9, 3 * MB);
    run.start();
    run.connectAndRequest();
    run.network.runUntil(() -> run.session.confirmed, 60 * SECOND);
    run.client.updateKeys(run.session, run.network.nowNanos());
    run.finish();
    run.assertHandshakes(1);
    run.assertAllDecrypted();
    for (boolean fromClient : new boolean[] {true, false}) {
      assertThat(run.capture.of(PacketType.ONE_RTT, fromClient)).anyMatch(p -> p.keyPhase);
    }
    assertThat(run.session.connection().keyUpdates()).isEqualTo(1);
  }

  @Test
  @DisplayName("amplificationlimit")
  void shouldNotSendThreeTimesMoreThanItGot() {
    InteropRun run = new InteropRun(10, 5 * KB);
    run.serverKeys = Identities.SERVER_WITH_LONG_CHAIN;
    run.start();
    // The ClientHello passes; a bunch of what the client sends after it doesn't.
    run.network.setFilter(
        (datagram, number) -> !datagram.to().equals(InteropRun.SERVER) || number < 2 || number > 7);
    run.connectAndRequest();
    run.finish();
    run.assertHandshakes(1);
    run.assertNoVersionNegotiation();
    assertThat(run.capture.of(PacketType.HANDSHAKE, false))
        .anyMatch(packet -> packet.cryptoEnd >= 7_500);
    assertWithinAmplificationLimit(run.capture);
  }

  private static void assertWithinAmplificationLimit(Capture capture) {
    long allowed = 0;
    Capture.Packet before = null;
    int clientDatagrams = 0;
    for (Capture.Packet packet : capture.packets) {
      boolean sameDatagram =
          before != null
              && before.atNanos == packet.atNanos
              && before.fromClient == packet.fromClient
              && packet.type != PacketType.INITIAL;
      if (packet.fromClient && packet.type == PacketType.HANDSHAKE && clientDatagrams > 7) {
        assertThat(allowed).isGreaterThanOrEqualTo(0);
        return;
      }
      if (!sameDatagram) {
        if (!packet.fromClient) {
          allowed -= packet.datagramBytes;
        } else if (++clientDatagrams < 2 || clientDatagrams > 7) {
          allowed += 3L * packet.datagramBytes;
        }
        assertThat(allowed).as("what the server may send").isGreaterThanOrEqualTo(0);
      }
      before = packet;
    }
    throw new AssertionError("the client never sent a Handshake packet that passed");
  }

  @Test
  @DisplayName("handshakeloss")
  void shouldCompleteHandshakesUnderExtremeLoss() {
    fiftyHandshakes(11, LINK.withLoss(new LossModel.Independent(0.3, 3)));
  }

  @Test
  @DisplayName("handshakecorruption")
  void shouldCompleteHandshakesUnderExtremeCorruption() {
    fiftyHandshakes(12, LINK.withCorruption(new Corruption(0.3, 3, 50)));
  }

  private static void fiftyHandshakes(long seed, LinkConditions conditions) {
    InteropRun run = new InteropRun(seed, KB);
    run.schedule = LinkSchedule.always(conditions);
    run.limitNanos = 300 * SECOND;
    run.start();
    for (int i = 0; i < 50; i++) {
      run.connectAndRequest();
      run.finish();
    }
    assertThat(run.downloadNanos).isLessThan(run.limitNanos);
    // How they end isn't asked: a CONNECTION_CLOSE may be lost, too.
    run.assertEstablished(50);
  }

  @Test
  @DisplayName("transferloss")
  void shouldTransferUnderModerateLoss() {
    InteropRun run = new InteropRun(13, 2 * MB);
    run.schedule = LinkSchedule.always(LINK.withLoss(new LossModel.Independent(0.02, 3)));
    run.download();
    run.assertHandshakes(1);
    assertThat(run.network.lostCount()).isPositive();
  }

  @Test
  @DisplayName("transfercorruption")
  void shouldTransferUnderModerateCorruption() {
    InteropRun run = new InteropRun(14, 2 * MB);
    run.schedule = LinkSchedule.always(LINK.withCorruption(new Corruption(0.02, 3, 50)));
    run.download();
    run.assertHandshakes(1);
  }

  @Test
  @DisplayName("ipv6")
  void shouldTransferOverIpv6Alone() {
    InteropRun run = new InteropRun(15, 5 * KB, 10 * KB);
    run.download();
    run.assertHandshakes(1);
    assertThat(run.capture.packets)
        .allMatch(p ->
            p.from.getAddress() instanceof Inet6Address
                && p.to.getAddress() instanceof Inet6Address);
  }

  @Test
  @DisplayName("rebind-port")
  void shouldFollowFrequentPortRebindings() {
    Set<InetSocketAddress> paths = rebind(16, Nat.Rebinding.PORT);
    assertThat(paths.stream().map(InetSocketAddress::getAddress))
        .containsOnly(outside(0).getAddress());
  }

  @Test
  @DisplayName("rebind-addr")
  void shouldFollowFrequentAddressRebindings() {
    Set<InetSocketAddress> paths = rebind(17, Nat.Rebinding.ADDRESS);
    Set<InetAddress> addresses = new HashSet<>();
    paths.forEach(path -> addresses.add(path.getAddress()));
    assertThat(addresses).hasSizeGreaterThan(1);
  }

  private static InetSocketAddress outside(int port) {
    return InteropRun.address("fd00:1::1", port);
  }

  private static Set<InetSocketAddress> rebind(long seed, Nat.Rebinding what) {
    InteropRun run = new InteropRun(seed, 10 * MB);
    run.nat = Nat.rebindingEvery(outside(50_000), what, SECOND, 5 * SECOND);
    run.download();
    run.assertHandshakes(1);
    return assertChallenged(run.capture);
  }

  /** The first packet on each new path of the server's has a challenge, and all were answered. */
  private static Set<InetSocketAddress> assertChallenged(Capture capture) {
    Set<InetSocketAddress> paths = new HashSet<>();
    Set<Long> challenges = new HashSet<>();
    for (Capture.Packet packet : capture.from(false)) {
      if (paths.add(packet.to) && paths.size() > 1) {
        assertThat(packet.challenges).as("first packet to %s", packet.to).isNotEmpty();
        challenges.addAll(packet.challenges);
      }
    }
    assertThat(paths).hasSizeGreaterThan(1);
    Set<Long> responses = new HashSet<>();
    capture.from(true).forEach(packet -> responses.addAll(packet.responses));
    assertThat(responses).containsAll(challenges);
    return paths;
  }

  @Test
  @DisplayName("v2")
  void shouldAgreeOnVersion2() {
    InteropRun run = new InteropRun(18, KB);
    run.clientSettings = settings -> settings.versions(List.of(QuicVersion.V1, QuicVersion.V2));
    run.serverSettings = settings -> settings.versions(List.of(QuicVersion.V2, QuicVersion.V1));
    run.download();
    run.assertHandshakes(1);
    run.assertAllDecrypted();
    run.assertNoVersionNegotiation();
    assertThat(versions(run, PacketType.INITIAL, true)).contains(QuicVersion.V1.wire());
    assertThat(versions(run, PacketType.INITIAL, false)).contains(QuicVersion.V2.wire());
    assertThat(versions(run, PacketType.HANDSHAKE, true)).containsExactly(QuicVersion.V2.wire());
    assertThat(versions(run, PacketType.HANDSHAKE, false)).containsExactly(QuicVersion.V2.wire());
  }

  private static Set<Integer> versions(InteropRun run, PacketType type, boolean fromClient) {
    Set<Integer> versions = new HashSet<>();
    run.capture.of(type, fromClient).forEach(packet -> versions.add(packet.version));
    return versions;
  }

  @Test
  @DisplayName("ecn")
  void shouldMarkPacketsAndReportMarks() {
    InteropRun run = new InteropRun(19, 100 * KB);
    run.clientSettings = settings -> settings.paths(PathSettings.DEFAULTS.withEcn(true));
    run.serverSettings = settings -> settings.paths(PathSettings.DEFAULTS.withEcn(true));
    run.download();
    run.assertHandshakes(1);
    run.assertAllDecrypted();
    for (boolean fromClient : new boolean[] {true, false}) {
      List<Capture.Packet> packets = run.capture.from(fromClient);
      assertThat(packets).anyMatch(p -> p.ecn == ECT_0);
      // Congestion is the network's to say.
      assertThat(packets).noneMatch(p -> p.ecn == CE);
      assertThat(packets).anyMatch(p -> p.ackWithEcn);
    }
  }

  @Test
  @DisplayName("connectionmigration")
  void shouldMoveToAnotherAddressWithAnotherConnectionId() {
    InteropRun run = new InteropRun(20, 2 * MB);
    InetSocketAddress second = InteropRun.address("fd00::cc", 40_001);
    run.start();
    run.client.sockets.addAll(List.of(InteropRun.CLIENT, second));
    run.network.attach(second, run.client);
    run.connectAndRequest();
    run.network.runUntil(() -> run.session.confirmed, 60 * SECOND);
    run.network.runFor(200 * MILLI);
    assertThat(run.client.migrate(run.session, 1, run.network.nowNanos()))
        .isEqualTo(MigrationStart.STARTED);
    run.finish();
    run.assertHandshakes(1);
    run.assertAllDecrypted();
    assertChallenged(run.capture);
    Set<ConnectionId> before = new HashSet<>();
    Set<ConnectionId> after = new HashSet<>();
    for (Capture.Packet packet : run.capture.from(true)) {
      (packet.from.equals(second) ? after : before).add(packet.destination);
    }
    // RFC 9000, 9.5: who watches both paths can't tell that it's the same connection.
    assertThat(after).isNotEmpty().doesNotContainAnyElementsOf(before);
    assertThat(run.server.sessions.getFirst().pathChanges).isEqualTo(1);
  }

  @Test
  @DisplayName("resumption")
  void shouldResumeASessionWithoutACertificate() {
    InteropRun run = new InteropRun(21, 5 * KB, 10 * KB);
    Capture first = run.downloadByResumption();
    run.assertHandshakes(2);
    run.assertNoVersionNegotiation();
    assertThat(messages(first)).contains(CERTIFICATE);
    assertThat(messages(run.capture)).contains(FINISHED).doesNotContain(CERTIFICATE);
    assertThat(run.server.sessions.getLast().resumed).isTrue();
  }

  /** The types of the messages in a server's Handshake packets (RFC 8446, 4). */
  private static List<Integer> messages(Capture capture) {
    byte[] bytes = capture.crypto(PacketType.HANDSHAKE, false);
    List<Integer> types = new ArrayList<>();
    int at = 0;
    while (at + 4 <= bytes.length) {
      types.add((int) bytes[at]);
      int low = (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
      at += 4 + ((bytes[at + 1] & 0xff) << 16 | low);
    }
    return types;
  }

  @Test
  @DisplayName("zerortt")
  void shouldSendRequestsAsEarlyData() {
    InteropRun run = new InteropRun(22, Collections.nCopies(40, 32).toArray(Integer[]::new));
    run.earlyData = true;
    run.requestBytes = 250;
    run.downloadByResumption();
    run.assertHandshakes(2);
    run.assertNoVersionNegotiation();
    assertThat(run.capture.of(PacketType.ZERO_RTT, true)).isNotEmpty();
    // The requests can't have been in 1-RTT packets.
    assertThat(
            run.capture.of(PacketType.ONE_RTT, true).stream().mapToInt(p -> p.payloadBytes).sum())
        .isLessThanOrEqualTo(40 * 250 / 2);
    assertThat(run.server.sessions.getLast().earlyDataAccepted).isTrue();
  }
}
