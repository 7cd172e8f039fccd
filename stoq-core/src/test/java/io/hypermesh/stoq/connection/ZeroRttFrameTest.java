package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Frames that have no place in a 0-RTT packet, from a client that puts them there (RFC 9000, 12.4
 * and 12.5; RFC 9001, 8.3): its keys come from its key log.
 */
class ZeroRttFrameTest {
  private static final int NUMBER_LENGTH = 4;

  private final ZeroRttFixture fixture = new ZeroRttFixture();
  private SimulatedPair pair;
  private PacketProtection keys;
  private long packetNumber = 1_000;

  /** A server that takes early data, before its handshake is complete. */
  @BeforeEach
  void begin() {
    ClientSession session = fixture.session();
    pair = fixture.resume(5, session, LinkConditions.PERFECT, settings -> {});
    assertThat(
            pair.runUntil(() -> pair.server.count(ConnectionEvent.EarlyDataBegun.class) == 1, 10))
        .isTrue();
    assertThat(pair.server.isEstablished()).isFalse();
    String line =
        fixture.keyLog.stream()
            .filter(each -> each.startsWith("CLIENT_EARLY_TRAFFIC_SECRET"))
            .findFirst()
            .orElseThrow();
    byte[] secret = HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1));
    keys =
        PacketProtectionProviders.JCE.create(
            QuicVersion.V1, CipherSuite.AES_128_GCM_SHA256, secret);
  }

  /** A packet from another one isn't the client's (RFC 9000, 7.2). */
  private ConnectionId clientId() {
    return pair.client.events.stream()
        .filter(ConnectionEvent.ConnectionIdIssued.class::isInstance)
        .map(event -> ((ConnectionEvent.ConnectionIdIssued) event).id())
        .findFirst()
        .orElseThrow();
  }

  private void send(RogueClient.Frames frames) {
    MemorySegment buffer = MemorySegment.ofArray(new byte[1_200]);
    int header =
        PacketHeaders.putLong(
            buffer,
            0,
            PacketType.ZERO_RTT,
            QuicVersion.V1.wire(),
            pair.server.acceptedFor,
            clientId(),
            new byte[0],
            packetNumber,
            NUMBER_LENGTH);
    int payload = frames.write(buffer, header);
    payload += FrameEncoder.putPadding(buffer, header + payload, 20);
    PacketHeaders.patchLength(buffer, 0, header, NUMBER_LENGTH, payload + CipherSuite.TAG_LENGTH);
    keys.seal(buffer, 0, header, NUMBER_LENGTH, payload, packetNumber++);
    pair.server.handleDatagram(
        buffer.asSlice(0, header + payload + CipherSuite.TAG_LENGTH),
        SimulatedPair.CLIENT_ADDRESS,
        pair.network.nowNanos());
  }

  private static RogueClient.Frames frame(int type) {
    return switch (type) {
      case FrameType.CRYPTO -> (buffer, at) -> FrameEncoder.putCryptoHeader(buffer, at, 0, 4) + 4;
      case FrameType.NEW_TOKEN -> (buffer, at) -> FrameEncoder.putNewToken(buffer, at, new byte[8]);
      case FrameType.HANDSHAKE_DONE -> FrameEncoder::putHandshakeDone;
      case FrameType.PATH_RESPONSE -> (buffer, at) -> FrameEncoder.putPathResponse(buffer, at, 1);
      case FrameType.RETIRE_CONNECTION_ID ->
          (buffer, at) -> FrameEncoder.putRetireConnectionId(buffer, at, 0);
      // The rest are numbers only: ACK of packet 0, and with ECN counts.
      default ->
          (buffer, at) -> {
            buffer.asSlice(at, 8).fill((byte) 0);
            buffer.set(ValueLayout.JAVA_BYTE, at, (byte) type);
            return 8;
          };
    };
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        FrameType.ACK,
        FrameType.ACK_ECN,
        FrameType.CRYPTO,
        FrameType.NEW_TOKEN,
        FrameType.HANDSHAKE_DONE,
        FrameType.PATH_RESPONSE,
        FrameType.RETIRE_CONNECTION_ID
      })
  void shouldRefuseWhatHasNoPlaceInZeroRtt(int type) {
    send(frame(type));

    assertThat(pair.server.closeReason()).isNotNull();
    assertThat(pair.server.closeReason().origin()).isEqualTo(CloseReason.Origin.LOCAL);
    assertThat(pair.server.closeReason().errorCode())
        .as(pair.server.closeReason().reason())
        .isEqualTo(TransportErrorCode.PROTOCOL_VIOLATION);
    assertThat(pair.runUntil(() -> pair.client.closeReason() != null, 60)).isTrue();
    assertThat(pair.client.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.PROTOCOL_VIOLATION);
  }

  @Test
  void shouldTakeAStreamFromTheSameClient() {
    send(RogueClient.stream(0, 0, 100, false));

    assertThat(pair.server.closeReason()).isNull();
    assertThat(pair.server.streams()).hasSize(1);
    assertThat(pair.server.streams().getFirst().receiveBuffer().isEarly()).isTrue();
  }
}
