package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.packet.VersionInformation;
import io.hypermesh.stoq.protection.RetryIntegrity;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The two versions of QUIC, and how two sides come to one of them. */
class VersionNegotiationTest {
  private static final List<QuicVersion> V1_ONLY = List.of(QuicVersion.V1);
  private static final List<QuicVersion> V1_FIRST = List.of(QuicVersion.V1, QuicVersion.V2);
  private static final List<QuicVersion> V2_FIRST = List.of(QuicVersion.V2, QuicVersion.V1);
  private static final int V1 = QuicVersion.V1.wire();
  private static final int V2 = QuicVersion.V2.wire();

  private static SimulatedPair pair(
      long seed,
      LinkConditions conditions,
      List<QuicVersion> clientVersions,
      List<QuicVersion> serverVersions) {
    return new SimulatedPair(
        seed,
        conditions,
        settings -> settings.versions(clientVersions),
        settings -> settings.versions(serverVersions));
  }

  private static void shouldSpeak(
      QuicVersion expected, List<QuicVersion> clientVersions, List<QuicVersion> serverVersions) {
    SimulatedPair pair = pair(1, LinkConditions.PERFECT, clientVersions, serverVersions);
    assertThat(pair.connect()).as("%s", pair.client.closeReason()).isTrue();
    assertThat(pair.client.connection.version()).isEqualTo(expected);
    assertThat(pair.server.connection.version()).isEqualTo(expected);
  }

  @Test
  void shouldStayWithTheClientsVersionUnlessTheServerPrefersALaterOneThatIsOffered() {
    shouldSpeak(QuicVersion.V1, V1_FIRST, V1_FIRST);
    shouldSpeak(QuicVersion.V2, V1_FIRST, V2_FIRST);
    shouldSpeak(QuicVersion.V1, V1_ONLY, V2_FIRST);
    shouldSpeak(QuicVersion.V1, V1_FIRST, V1_ONLY);
    shouldSpeak(QuicVersion.V2, V2_FIRST, V1_FIRST);
    shouldSpeak(QuicVersion.V2, List.of(QuicVersion.V2), V2_FIRST);
  }

  @Test
  void shouldSayTheNegotiatedVersionInEveryLongHeaderOnceItIsKnown() {
    SimulatedPair pair = pair(2, LinkConditions.PERFECT, V1_FIRST, V2_FIRST);
    TreeSet<Integer> fromServer = new TreeSet<>();
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    int length = pair.client.pollTransmit(buffer, 0);
    assertThat(version(buffer, length)).isEqualTo(V1);
    pair.server.handleDatagram(buffer.asSlice(0, length), SimulatedPair.CLIENT_ADDRESS, 0);
    pair.server.handleTimeout(0);
    while ((length = pair.server.pollTransmit(buffer, 0)) > 0) {
      fromServer.add(version(buffer, length));
      byte[] copy = buffer.asSlice(0, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
      pair.client.handleDatagram(MemorySegment.ofArray(copy), SimulatedPair.SERVER_ADDRESS, 0);
    }
    assertThat(fromServer).containsExactly(V2);
    assertThat(pair.client.pollTransmit(buffer, 0)).isPositive();
    assertThat(version(buffer, 1_200)).isEqualTo(V2);
  }

  private static int version(MemorySegment datagram, int length) {
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(datagram, 0, length, 8)).isTrue();
    return header.version();
  }

  @Test
  void shouldUpdateKeysInVersion2() {
    SimulatedPair pair = pair(3, LinkConditions.PERFECT, V1_FIRST, V2_FIRST);
    assertThat(pair.connect()).isTrue();
    pair.client.bytesPerStream = 10_000;
    assertThat(pair.client.open(false, pair.network.nowNanos())).isNotNull();
    pair.network.runFor(SimulatedPair.SECOND);
    assertThat(pair.client.connection.updateKeys()).isTrue();
    assertThat(pair.client.open(false, pair.network.nowNanos())).isNotNull();
    pair.network.runFor(SimulatedPair.SECOND);

    assertThat(pair.server.connection.keyUpdates()).isEqualTo(1);
    assertThat(pair.server.streamsEnded).isEqualTo(2);
    assertThat(pair.server.wrong).isEmpty();
  }

  @Property(tries = 60)
  void shouldAgreeWhateverTheNetworkLoses(
      @ForAll @IntRange(max = 100_000) int seed, @ForAll @IntRange(max = 30) int lossPercent) {
    LinkConditions lossy =
        LinkConditions.PERFECT
            .withLoss(lossPercent / 100.0, 1)
            .withDuplication(0.05)
            .withReordering(0.1);
    SimulatedPair pair =
        new SimulatedPair(
            seed,
            lossy,
            settings -> settings.versions(V1_FIRST).handshakeTimeoutNanos(600_000_000_000L),
            settings -> settings.versions(V2_FIRST).handshakeTimeoutNanos(600_000_000_000L));
    assertThat(pair.connect()).as("%s", pair.client.closeReason()).isTrue();
    assertThat(pair.client.connection.version()).isEqualTo(QuicVersion.V2);
    assertThat(pair.server.connection.version()).isEqualTo(QuicVersion.V2);
  }

  @Test
  void shouldTakeARetryOfTheOriginalVersionOnly() {
    SimulatedPair pair = pair(4, LinkConditions.PERFECT, V1_FIRST, V2_FIRST);
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    PacketHeader first = new PacketHeader();
    assertThat(first.parse(buffer, 0, pair.client.pollTransmit(buffer, 0), 8)).isTrue();

    pair.client.handleDatagram(retry(first, V2), SimulatedPair.SERVER_ADDRESS, 0);
    MemorySegment answer = MemorySegment.ofArray(new byte[1_500]);
    assertThat(pair.client.pollTransmit(answer, 0)).isZero();
    pair.client.handleDatagram(retry(first, V1), SimulatedPair.SERVER_ADDRESS, 0);
    assertThat(pair.client.pollTransmit(answer, 0)).isPositive();
  }

  private static MemorySegment retry(PacketHeader first, int version) {
    MemorySegment packet = MemorySegment.ofArray(new byte[200]);
    int length =
        PacketHeaders.putRetry(
            packet,
            0,
            0,
            version,
            first.sourceConnectionId(),
            io.hypermesh.stoq.packet.ConnectionId.of(new byte[] {1, 2, 3}),
            new byte[] {1});
    length += RetryIntegrity.putTag(packet, 0, length, first.destinationConnectionId());
    return packet.asSlice(0, length);
  }

  // ---- The rules of RFC 9368, 4 ----

  private static VersionNegotiation client(QuicVersion original, boolean afterRefusal) {
    return new VersionNegotiation(true, V2_FIRST, original, afterRefusal);
  }

  private static VersionInformation information(int chosen, Integer... available) {
    return new VersionInformation(chosen, List.of(available));
  }

  private static void shouldBeRefused(ThrowingCallable call) {
    assertThatExceptionOfType(TransportException.class)
        .isThrownBy(call)
        .satisfies(
            e -> assertThat(e.errorCode()).isEqualTo(TransportErrorCode.VERSION_NEGOTIATION_ERROR));
  }

  @Test
  void shouldRefuseAServerThatSaysAnotherVersionThanItsPacketsHave() throws TransportException {
    VersionNegotiation client = client(QuicVersion.V1, false);
    shouldBeRefused(() -> client.checkServer(information(V2, V1, V2)));
    client.checkServer(information(V1));
    client.change(QuicVersion.V2);
    client.checkServer(information(V2));
    shouldBeRefused(() -> client.checkServer(information(V1, V1, V2)));
    // Nothing said, but the version changed.
    shouldBeRefused(() -> client.checkServer(null));
  }

  @Test
  void shouldRefuseAServerWhoseVersionNegotiationPacketWasForged() throws TransportException {
    VersionNegotiation client = client(QuicVersion.V1, true);
    shouldBeRefused(() -> client.checkServer(information(V1, V1, V2)));
    shouldBeRefused(() -> client.checkServer(information(V1)));
    client.checkServer(information(V1, V1, QuicVersion.reserved(7)));
    // Version 1 alone may say nothing (RFC 9368, 8).
    client.checkServer(null);
    VersionNegotiation other = client(QuicVersion.V2, true);
    shouldBeRefused(() -> other.checkServer(null));
  }

  @Test
  void shouldRefuseAClientThatSaysAnotherVersionThanItsPacketsHave() throws TransportException {
    VersionNegotiation server =
        new VersionNegotiation(false, V2_FIRST, QuicVersion.V1, /* afterRefusal= */ false);
    shouldBeRefused(() -> server.chooseForClient(information(V2, V1, V2)));
    assertThat(server.chooseForClient(information(V1, V1, V2))).isEqualTo(QuicVersion.V2);
    assertThat(server.chooseForClient(information(V1, V1))).isEqualTo(QuicVersion.V1);
    assertThat(server.chooseForClient(null)).isEqualTo(QuicVersion.V1);
  }

  @Test
  void shouldTakePacketsOfTheOtherVersionOnlyWhereTheyCanBe() {
    VersionNegotiation client = client(QuicVersion.V1, false);
    assertThat(client.accepts(EncryptionLevel.INITIAL, QuicVersion.V2, false)).isTrue();
    assertThat(client.accepts(EncryptionLevel.INITIAL, QuicVersion.V2, true)).isFalse();
    client.change(QuicVersion.V2);
    assertThat(client.accepts(EncryptionLevel.INITIAL, QuicVersion.V1, false)).isFalse();
    assertThat(client.accepts(EncryptionLevel.HANDSHAKE, QuicVersion.V1, true)).isFalse();
    VersionNegotiation server =
        new VersionNegotiation(false, V2_FIRST, QuicVersion.V1, /* afterRefusal= */ false);
    assertThat(server.accepts(EncryptionLevel.INITIAL, QuicVersion.V2, false)).isFalse();
    server.change(QuicVersion.V2);
    assertThat(server.accepts(EncryptionLevel.INITIAL, QuicVersion.V1, false)).isTrue();
    assertThat(server.accepts(EncryptionLevel.HANDSHAKE, QuicVersion.V1, true)).isFalse();
    assertThat(server.accepts(EncryptionLevel.ZERO_RTT, QuicVersion.V1, true)).isTrue();
    assertThat(server.accepts(EncryptionLevel.ZERO_RTT, QuicVersion.V2, true)).isFalse();
  }
}
