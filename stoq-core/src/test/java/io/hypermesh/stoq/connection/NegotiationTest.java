package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.protection.RetryIntegrity;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** A client before a server that doesn't take its first packet as it is. */
class NegotiationTest {
  private static final InetSocketAddress CLIENT = SimulatedPair.CLIENT_ADDRESS;
  private static final InetSocketAddress SERVER = SimulatedPair.SERVER_ADDRESS;
  private static final ConnectionId RETRY_SOURCE =
      ConnectionId.of(new byte[] {9, 8, 7, 6, 5, 4, 3, 2});
  private static final byte[] TOKEN = {1, 2, 3, 4, 5};

  private SimulatedPair pair = new SimulatedPair(5, LinkConditions.PERFECT);
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
  private final PacketHeader first = new PacketHeader();

  /** The client's first packet, parsed. */
  private void start() {
    pair.client.connect(SERVER, 0);
    int length = pair.client.pollTransmit(buffer, 0);
    assertThat(first.parse(buffer, 0, length, 8)).isTrue();
  }

  private MemorySegment retry(ConnectionId integrityFor) {
    MemorySegment packet = MemorySegment.ofArray(new byte[200]);
    int length =
        PacketHeaders.putRetry(
            packet, 0, 0, PacketHeader.VERSION_1, first.sourceConnectionId(), RETRY_SOURCE, TOKEN);
    length += RetryIntegrity.putTag(packet, 0, length, integrityFor);
    return packet.asSlice(0, length);
  }

  @Test
  void shouldComeBackWithTheTokenOfARetry() {
    start();
    ConnectionId original = first.destinationConnectionId();
    byte[] retry = retry(original).toArray(ValueLayout.JAVA_BYTE);
    pair.client.handleDatagram(MemorySegment.ofArray(retry), SERVER, 0);

    int length = pair.client.pollTransmit(buffer, 0);
    PacketHeader second = new PacketHeader();
    assertThat(length).isEqualTo(1_200);
    assertThat(second.parse(buffer, 0, length, 8)).isTrue();
    assertThat(second.destinationConnectionId()).isEqualTo(RETRY_SOURCE);
    assertThat(second.token()).isEqualTo(TOKEN);
    // A second Retry is ignored (RFC 9000, 17.2.5.2).
    pair.client.handleDatagram(MemorySegment.ofArray(retry), SERVER, 0);
    assertThat(pair.client.pollTransmit(MemorySegment.ofArray(new byte[1_500]), 0)).isZero();

    pair.server.connection = server(original, RETRY_SOURCE);
    pair.server.handleDatagram(buffer.asSlice(0, length), CLIENT, 0);
    assertThat(pair.runUntil(() -> pair.client.isEstablished() && pair.server.isEstablished(), 60))
        .as("%s %s", pair.client.closeReason(), pair.server.closeReason())
        .isTrue();
  }

  private Connection server(ConnectionId original, ConnectionId retrySource) {
    return Connection.server(
        pair.server.settings,
        TestTlsSettings.server(2),
        new ServerStart(
            QuicVersion.V1, original, first.sourceConnectionId(), retrySource, true, CLIENT),
        pair.server.ids,
        new SimulatedPeer.SeededRandom(2),
        0);
  }

  @Test
  void shouldStartToWaitAnewWithARetry() {
    long timeoutNanos = 5 * SimulatedPair.SECOND;
    pair =
        new SimulatedPair(
            5, LinkConditions.PERFECT, settings -> settings.idleTimeoutNanos(timeoutNanos));
    start();
    MemorySegment retry = retry(first.destinationConnectionId());
    Connection client = pair.client.connection;
    client.handleDatagram(retry, 0, retry.byteSize(), 0, SERVER, 0, timeoutNanos - 1);

    client.handleTimeout(timeoutNanos + 1);

    // Else it would end just when the server has told it how to go on (RFC 9000, 10.1).
    assertThat(client.isClosed()).isFalse();
  }

  @Test
  void shouldIgnoreARetryWithAWrongTag() {
    start();
    pair.client.handleDatagram(retry(RETRY_SOURCE), SERVER, 0);

    assertThat(pair.client.pollTransmit(buffer, 0)).isZero();
  }

  @Test
  void shouldRefuseAServerThatConfirmsAnotherOriginalDestination() {
    start();
    ConnectionId original = first.destinationConnectionId();
    byte[] retry = retry(original).toArray(ValueLayout.JAVA_BYTE);
    pair.client.handleDatagram(MemorySegment.ofArray(retry), SERVER, 0);
    int length = pair.client.pollTransmit(buffer, 0);
    // A server that doesn't know what the client's first packet was sent to.
    pair.server.connection = server(ConnectionId.of(new byte[8]), RETRY_SOURCE);
    pair.server.handleDatagram(buffer.asSlice(0, length), CLIENT, 0);

    assertThat(pair.runUntil(() -> pair.client.closeReason() != null, 60)).isTrue();
    assertThat(pair.client.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.TRANSPORT_PARAMETER_ERROR);
    assertThat(pair.client.closeReason().reason()).contains("original_destination_connection_id");
  }

  @Test
  void shouldEndWithAClearReasonWhenTheServerDoesNotSpeakTheVersion() {
    start();
    pair.client.handleDatagram(versionNegotiation(0x1a2a3a4a), SERVER, 0);

    assertThat(pair.client.isDrained()).isTrue();
    assertThat(pair.client.closeReason().origin())
        .isEqualTo(CloseReason.Origin.VERSION_NEGOTIATION);
    assertThat(pair.client.closeReason().reason()).contains("version 1");
  }

  @Test
  void shouldIgnoreAVersionNegotiationThatOffersTheVersionItAskedFor() {
    start();
    pair.client.handleDatagram(versionNegotiation(0x6b3343cf, PacketHeader.VERSION_1), SERVER, 0);

    assertThat(pair.client.closeReason()).isNull();
  }

  @Test
  void shouldIgnoreAVersionNegotiationOnceTheServerHasAnswered() {
    start();
    MemorySegment late = versionNegotiation(0x6b3343cf);
    pair.server.handleDatagram(buffer.asSlice(0, 1_200), CLIENT, 0);
    assertThat(pair.runUntil(pair.client::isEstablished, 60)).isTrue();
    pair.client.handleDatagram(late, SERVER, pair.network.nowNanos());

    assertThat(pair.client.isEstablished()).isTrue();
  }

  private MemorySegment versionNegotiation(int... versions) {
    MemorySegment packet = MemorySegment.ofArray(new byte[200]);
    int length = PacketHeaders.putVersionNegotiation(packet, 0, 0, first, versions);
    return packet.asSlice(0, length);
  }
}
