package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.connection.RogueClient.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.VarInt;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * What an authenticated client does wrong ends the connection with the code that the RFC gives it:
 * a client's keys, taken from its key log, protect packets that no honest client sends.
 */
class RogueFrameTest {
  private final RogueClient rogue =
      new RogueClient(settings ->
          settings
              .streamWindowBytes(1_000)
              .connectionWindowBytes(1_500)
              .bidirectionalStreamsMax(2)
              .unidirectionalStreamsMax(2)
              .reassemblyRangesMax(8));
  private final SimulatedPair pair = rogue.pair;

  private void connect() {
    rogue.connect();
  }

  private void send(RogueClient.Frames frames) {
    rogue.send(frames);
  }

  private void assertClosedWith(long code) {
    rogue.assertClosedWith(code);
  }

  private void assertRefused(RogueClient.Frames frames, long code) {
    rogue.assertRefused(frames, code);
  }

  @Test
  void shouldRefuseBytesBeyondTheStreamsCredit() {
    assertRefused(stream(0, 900, 101, false), TransportErrorCode.FLOW_CONTROL_ERROR);
  }

  @Test
  void shouldRefuseBytesBeyondTheConnectionsCredit() {
    connect();
    send(stream(0, 0, 1_000, false));
    send(stream(4, 0, 500, false));
    assertThat(pair.server.closeReason()).isNull();
    send(stream(4, 500, 1, false));
    assertClosedWith(TransportErrorCode.FLOW_CONTROL_ERROR);
  }

  @Test
  void shouldRefuseAStreamBeyondTheLimit() {
    assertRefused(stream(8, 0, 1, false), TransportErrorCode.STREAM_LIMIT_ERROR);
  }

  @Test
  void shouldRefuseAnotherFinalSize() {
    connect();
    send(stream(0, 0, 10, true));
    send(stream(0, 0, 11, true));
    assertClosedWith(TransportErrorCode.FINAL_SIZE_ERROR);
  }

  @Test
  void shouldRefuseToStopAStreamThatOnlyTheClientSendsOn() {
    assertRefused(
        (buffer, at) -> FrameEncoder.putStopSending(buffer, at, 2, 1),
        TransportErrorCode.STREAM_STATE_ERROR);
  }

  @Test
  void shouldRefuseCreditForAStreamThatTheServerDidNotOpen() {
    assertRefused(
        (buffer, at) -> FrameEncoder.putMaxStreamData(buffer, at, 1, 1),
        TransportErrorCode.STREAM_STATE_ERROR);
  }

  @Test
  void shouldRefuseHandshakeDoneFromAClient() {
    assertRefused(FrameEncoder::putHandshakeDone, TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldRefuseATokenFromAClient() {
    assertRefused(
        (buffer, at) -> FrameEncoder.putNewToken(buffer, at, new byte[8]),
        TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldRefuseTheAcknowledgementOfAPacketThatWasNotSent() {
    assertRefused(
        (buffer, at) -> {
          int length = VarInt.put(buffer, at, FrameType.ACK);
          length += VarInt.put(buffer, at + length, 5_000);
          length += VarInt.put(buffer, at + length, 0);
          length += VarInt.put(buffer, at + length, 0);
          return length + VarInt.put(buffer, at + length, 0);
        },
        TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldRefuseToRetireAnIdThatWasNotIssued() {
    assertRefused(
        (buffer, at) -> FrameEncoder.putRetireConnectionId(buffer, at, 99),
        TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldRefuseToRetireTheIdOfTheSamePacket() {
    assertRefused(
        (buffer, at) -> FrameEncoder.putRetireConnectionId(buffer, at, 0),
        TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldReplaceAnIdThatThePeerRetires() {
    connect();
    long issued = pair.server.count(ConnectionEvent.ConnectionIdIssued.class);
    send((buffer, at) -> FrameEncoder.putRetireConnectionId(buffer, at, 2));
    assertThat(pair.server.closeReason()).isNull();
    assertThat(pair.server.count(ConnectionEvent.ConnectionIdIssued.class)).isEqualTo(issued + 1);
  }

  @Test
  void shouldRefuseMoreConnectionIdsThanItOfferedToKeep() {
    assertRefused(
        (buffer, at) -> newConnectionId(buffer, at, 50, 0),
        TransportErrorCode.CONNECTION_ID_LIMIT_ERROR);
  }

  @Test
  void shouldRetireTheIdsThatThePeerAsksToRetire() {
    connect();
    send((buffer, at) -> newConnectionId(buffer, at, 50, 50));
    assertThat(pair.server.closeReason()).isNull();
    // The four old ones are retired; were more owed than is bearable, it would be an error.
    for (int i = 51; i < 200 && pair.server.closeReason() == null; i++) {
      int number = i;
      send((buffer, at) -> newConnectionId(buffer, at, number, number));
    }
    // The client doesn't hear of it: it doesn't have the IDs that were forged for it.
    assertThat(pair.server.closeReason()).isNotNull();
    assertThat(pair.server.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.CONNECTION_ID_LIMIT_ERROR);
  }

  private static int newConnectionId(MemorySegment buffer, long at, long number, long prior) {
    byte[] id = new byte[8];
    id[0] = (byte) number;
    return FrameEncoder.putNewConnectionId(
        buffer, at, number, prior, ConnectionId.of(id), StatelessResetToken.of(new byte[16]));
  }

  @Test
  void shouldRefuseAnUnknownFrame() {
    assertRefused(
        (buffer, at) -> VarInt.put(buffer, at, 0x21), TransportErrorCode.FRAME_ENCODING_ERROR);
  }

  @Test
  void shouldRefuseAPacketWithoutFrames() {
    assertRefused((buffer, at) -> 0, TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldRefuseReservedBits() {
    connect();
    rogue.send(FrameEncoder::putPing, 0x18);
    assertClosedWith(TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldRefuseHandshakeBytesTooFarAhead() {
    assertRefused(
        (buffer, at) -> FrameEncoder.putCryptoHeader(buffer, at, 65_536, 100) + 100,
        TransportErrorCode.CRYPTO_BUFFER_EXCEEDED);
  }

  @Test
  void shouldTreatAPacketThatMakesTooManyGapsAsLost() {
    connect();
    pair.network.runFor(SimulatedPair.SECOND);
    for (int i = 0; i < 20; i++) {
      send(stream(0, 1 + 2L * i, 1, false));
    }
    assertThat(pair.server.closeReason()).isNull();
    Stream stream =
        pair.server.events.stream()
            .filter(ConnectionEvent.PeerStreamOpened.class::isInstance)
            .map(event -> ((ConnectionEvent.PeerStreamOpened) event).stream())
            .findFirst()
            .orElseThrow();
    send(stream(0, 0, 17, false));
    // Eight pieces were kept, at 1, 3, … 15; the others count as lost.
    assertThat(stream.receiveBuffer().readable()).isEqualTo(17);
  }

  @Test
  void shouldAnswerAPathChallenge() {
    connect();
    send((buffer, at) -> FrameEncoder.putPathChallenge(buffer, at, 0x1234_5678_9abc_def0L));
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    // Filled up, as the challenge's datagram would have been (RFC 9000, 8.2.2).
    assertThat(pair.server.pollTransmit(buffer, pair.network.nowNanos())).isEqualTo(1_200);
    assertThat(pair.server.closeReason()).isNull();
  }

  @Test
  void shouldDrainWhenThePeerCloses() {
    connect();
    send((buffer, at) ->
        FrameEncoder.putConnectionClose(
            buffer,
            at,
            TransportErrorCode.INTERNAL_ERROR,
            6,
            "oops".getBytes(StandardCharsets.UTF_8)));
    assertThat(pair.server.closeReason())
        .isEqualTo(
            new CloseReason(
                CloseReason.Origin.PEER, false, TransportErrorCode.INTERNAL_ERROR, 6, "oops"));
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    assertThat(pair.server.pollTransmit(buffer, pair.network.nowNanos())).isZero();
  }

  @Test
  void shouldIgnoreADuplicate() {
    connect();
    send((buffer, at) -> FrameEncoder.putPathChallenge(buffer, at, 1));
    byte[] copy = rogue.lastDatagram;
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    assertThat(pair.server.pollTransmit(buffer, pair.network.nowNanos())).isPositive();

    pair.server.handleDatagram(
        MemorySegment.ofArray(copy), SimulatedPair.CLIENT_ADDRESS, pair.network.nowNanos());

    // The challenge isn't answered once more.
    assertThat(pair.server.pollTransmit(buffer, pair.network.nowNanos())).isLessThan(1_200);
    assertThat(pair.server.closeReason()).isNull();
  }

  @Test
  void shouldIgnoreAPacketThatIsNotAuthentic() {
    connect();
    rogue.keys =
        PacketProtectionProviders.JCE.create(
            QuicVersion.V1, CipherSuite.AES_128_GCM_SHA256, new byte[32]);
    send(FrameEncoder::putHandshakeDone);
    assertThat(pair.server.closeReason()).isNull();
    assertThat(pair.server.isEstablished()).isTrue();
  }
}
