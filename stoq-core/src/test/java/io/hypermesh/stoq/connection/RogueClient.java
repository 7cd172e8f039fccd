package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.KeyUpdate;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * An authenticated client that sends a server whatever frames a test makes up: its keys are taken
 * from its key log and protect packets that no honest client sends.
 */
final class RogueClient {
  /** Writes frames at an offset; returns their length. */
  interface Frames {
    int write(MemorySegment buffer, long offset);
  }

  final SimulatedPair pair;
  PacketProtection keys;
  byte[] lastDatagram = new byte[0];
  private final List<String> keyLog = new ArrayList<>();
  long packetNumber = 1_000;
  byte[] secret = new byte[0];

  RogueClient(Consumer<ConnectionSettings.Builder> change) {
    pair = new SimulatedPair(7, LinkConditions.PERFECT, change);
  }

  /** Connects; the honest part of the client is silent from then on unless it is answered. */
  void connect() {
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
    secret = HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1));
    keys =
        PacketProtectionProviders.JCE.create(
            QuicVersion.V1, CipherSuite.AES_128_GCM_SHA256, secret);
  }

  void send(Frames frames) {
    send(frames, 0);
  }

  /** Sends from some address. */
  void send(Frames frames, InetSocketAddress from) {
    send(frames, 0, from);
  }

  /** Leaves packet numbers out, or goes back. */
  void skip(int count) {
    packetNumber += count;
  }

  void send(Frames frames, int firstByteBits) {
    send(frames, firstByteBits, SimulatedPair.CLIENT_ADDRESS);
  }

  private void send(Frames frames, int firstByteBits, InetSocketAddress from) {
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
        buffer.asSlice(0, header + payload + 16), from, pair.network.nowNanos());
  }

  /** Goes on with the keys of the next phase; gives those before. */
  PacketProtection updateKeys() {
    PacketProtection before = keys;
    secret = KeyUpdate.nextSecret(QuicVersion.V1, CipherSuite.AES_128_GCM_SHA256, secret);
    keys = before.update(secret);
    return before;
  }

  static Frames stream(long id, long offset, int length, boolean fin) {
    return (buffer, at) ->
        FrameEncoder.putStreamHeader(buffer, at, id, offset, length, fin, true) + length;
  }

  /** The server has closed the connection with a code, and the client learns of it. */
  void assertClosedWith(long code) {
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

  void assertRefused(Frames frames, long code) {
    connect();
    send(frames);
    assertClosedWith(code);
  }

  void assertTaken() {
    assertThat(pair.server.closeReason()).isNull();
  }
}
