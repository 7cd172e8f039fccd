package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.VarInt;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.JcePacketProtection;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What an authenticated client does wrong ends the connection with the code that the RFC gives it:
 * a client's keys, taken from its key log, protect packets that no honest client sends.
 */
class RogueFrameTest {
  /** Writes frames at an offset; returns their length. */
  private interface Frames {
    int write(MemorySegment buffer, long offset);
  }

  private final List<String> keyLog = new ArrayList<>();
  private final SimulatedPair pair =
      new SimulatedPair(
          7,
          LinkConditions.PERFECT,
          settings ->
              settings
                  .streamWindowBytes(1_000)
                  .connectionWindowBytes(1_500)
                  .bidirectionalStreamsMax(2)
                  .unidirectionalStreamsMax(2)
                  .reassemblyRangesMax(8));
  private long packetNumber = 1_000;
  private PacketProtection keys;
  private byte[] lastDatagram = new byte[0];

  private void connect() {
    pair.client.readsStreams = false;
    pair.server.readsStreams = false;
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, TestTlsSettings.client(7, keyLog::add), 0);
    assertThat(pair.runUntil(() -> pair.server.isEstablished(), 60)).isTrue();
    pair.network.runFor(SimulatedPair.SECOND);
    String line =
        keyLog.stream()
            .filter(l -> l.startsWith("CLIENT_TRAFFIC_SECRET_0"))
            .findFirst()
            .orElseThrow();
    byte[] secret = HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1));
    keys = JcePacketProtection.of(CipherSuite.AES_128_GCM_SHA256, secret);
  }

  private void send(Frames frames) {
    send(frames, 0);
  }

  private void send(Frames frames, int firstByteBits) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    ConnectionId destination =
        ((ConnectionEvent.ConnectionIdIssued) pair.server.events.getFirst()).id();
    int header = PacketHeaders.putShort(buffer, 0, destination, false, false, packetNumber, 4);
    buffer.set(
        ValueLayout.JAVA_BYTE, 0, (byte) (buffer.get(ValueLayout.JAVA_BYTE, 0) | firstByteBits));
    int payload = frames.write(buffer, header);
    keys.seal(buffer, 0, header, 4, payload, packetNumber);
    packetNumber++;
    lastDatagram = buffer.asSlice(0, header + payload + 16).toArray(ValueLayout.JAVA_BYTE);
    pair.server.handleDatagram(
        buffer.asSlice(0, header + payload + 16),
        SimulatedPair.CLIENT_ADDRESS,
        pair.network.nowNanos());
  }

  private static Frames stream(long id, long offset, int length, boolean fin) {
    return (buffer, at) ->
        FrameEncoder.putStreamHeader(buffer, at, id, offset, length, fin, true) + length;
  }

  private void assertClosedWith(long code) {
    assertThat(pair.server.closeReason()).isNotNull();
    assertThat(pair.server.closeReason().origin()).isEqualTo(CloseReason.Origin.LOCAL);
    assertThat(pair.server.closeReason().errorCode())
        .as(pair.server.closeReason().reason())
        .isEqualTo(code);
    assertThat(pair.runUntil(() -> pair.client.closeReason() != null, 60)).isTrue();
    assertThat(pair.client.closeReason().origin()).isEqualTo(CloseReason.Origin.PEER);
    assertThat(pair.client.closeReason().errorCode()).isEqualTo(code);
    assertThat(pair.client.closeReason().reason()).isEqualTo(pair.server.closeReason().reason());
  }

  private void assertRefused(Frames frames, long code) {
    connect();
    send(frames);
    assertClosedWith(code);
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
  void shouldRefuseDatagramsThatWereNotOffered() {
    assertRefused(
        (buffer, at) -> FrameEncoder.putDatagramHeader(buffer, at, 4, true) + 4,
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
    send(FrameEncoder::putPing, 0x18);
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
    byte[] copy = lastDatagram;
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
    keys = JcePacketProtection.of(CipherSuite.AES_128_GCM_SHA256, new byte[32]);
    send(FrameEncoder::putHandshakeDone);
    assertThat(pair.server.closeReason()).isNull();
    assertThat(pair.server.isEstablished()).isTrue();
  }
}
