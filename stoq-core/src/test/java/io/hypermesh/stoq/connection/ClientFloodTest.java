package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.fuzz.Fuzz;
import io.hypermesh.stoq.handshake.ResumptionSettings;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.InitialSecrets;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a server, or who claims to be one, can make a client do by sending a lot of what only
 * servers send. Counted, so that it doesn't depend on the machine.
 */
class ClientFloodTest {
  private static final int ROUNDS = 50;
  private static final int PAYLOAD_BYTES = 1_300;

  /** Frames and messages of a few bytes, each with a copy of what it carries. */
  private static final long ALLOCATED_PER_BYTE_MAX = 256;

  private final List<String> keyLog = new ArrayList<>();
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[4_096]);
  private final SimulatedPair pair = new SimulatedPair(7, LinkConditions.PERFECT);
  private PacketProtection keys;
  private long packetNumber = 1_000;

  private void connect() {
    ResumptionSettings keeping =
        new ResumptionSettings(
            null, 0, Duration.ofDays(1), null, true, InstantSource.fixed(Instant.now()));
    pair.client.connect(
        SimulatedPair.SERVER_ADDRESS, TestTlsSettings.client(7, keeping, keyLog::add), 0);
    assertThat(pair.runUntil(() -> pair.server.isEstablished(), 60)).isTrue();
    pair.network.runFor(SimulatedPair.SECOND);
    String line =
        keyLog.stream()
            .filter(l -> l.startsWith("SERVER_TRAFFIC_SECRET_0"))
            .findFirst()
            .orElseThrow();
    byte[] secret = HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1));
    keys =
        PacketProtectionProviders.JCE.create(
            QuicVersion.V1, CipherSuite.AES_128_GCM_SHA256, secret);
  }

  /** Sends the client a packet as its server would; tells what taking it has allocated. */
  private long send(RogueClient.Frames frames) {
    ConnectionId destination =
        ((ConnectionEvent.ConnectionIdIssued) pair.client.events.getFirst()).id();
    int header = PacketHeaders.putShort(buffer, 0, destination, false, false, packetNumber, 4);
    int payload = frames.write(buffer, header);
    keys.seal(buffer, 0, header, 4, payload, packetNumber++);
    return take(header + payload + 16);
  }

  private long take(int length) {
    MemorySegment datagram = buffer.asSlice(0, length);
    long before = Fuzz.allocatedBytes();
    pair.client.handleDatagram(datagram, SimulatedPair.SERVER_ADDRESS, pair.network.nowNanos());
    return Fuzz.allocatedBytes() - before;
  }

  @Test
  void shouldTakeFewTokens() {
    connect();
    int before = (int) pair.client.count(ConnectionEvent.NewToken.class);
    long allocated = 0;
    for (int i = 0; i < ROUNDS; i++) {
      allocated +=
          send((target, at) -> {
            int length = 0;
            while (length < PAYLOAD_BYTES) {
              length += FrameEncoder.putNewToken(target, at + length, new byte[] {1});
            }
            return length;
          });
    }
    assertThat(pair.client.closeReason()).isNull();
    assertThat(pair.client.count(ConnectionEvent.NewToken.class) - before)
        .isLessThanOrEqualTo(FrameReceiver.NEW_TOKENS_MAX);
    assertThat(allocated).isLessThan(ALLOCATED_PER_BYTE_MAX * ROUNDS * PAYLOAD_BYTES);
  }

  @Test
  void shouldKeepFewTickets() {
    connect();
    // Lifetime, age, no nonce, a ticket of a byte, no extensions.
    byte[] ticket = {4, 0, 0, 14, 0, 0, 14, 16, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0};
    long allocated = 0;
    long offset = 0;
    for (int i = 0; i < ROUNDS; i++) {
      long first = offset;
      int count = PAYLOAD_BYTES / ticket.length;
      allocated +=
          send((target, at) -> {
            int bytes = count * ticket.length;
            int length = FrameEncoder.putCryptoHeader(target, at, first, bytes);
            for (int j = 0; j < count; j++) {
              MemorySegment.copy(
                  ticket,
                  0,
                  target,
                  ValueLayout.JAVA_BYTE,
                  at + length + (long) j * ticket.length,
                  ticket.length);
            }
            return length + bytes;
          });
      offset += (long) count * ticket.length;
    }
    assertThat(pair.client.closeReason()).isNull();
    // As many as a client is ever given by a server of ours.
    assertThat(pair.client.count(ConnectionEvent.SessionKept.class))
        .isEqualTo(ResumptionSettings.TICKETS_PER_CONNECTION_MAX);
    assertThat(allocated).isLessThan(ALLOCATED_PER_BYTE_MAX * ROUNDS * PAYLOAD_BYTES);
  }

  /** Reads the Initial packet that the client begins with. */
  private PacketHeader first() {
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    MemorySegment sent = MemorySegment.ofArray(new byte[1_500]);
    int length = pair.client.pollTransmit(sent, 0);
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(sent, 0, length, 8)).isTrue();
    return header;
  }

  @Test
  void shouldReadLongListsOfVersionsForLittle() {
    PacketHeader first = first();
    int[] versions = new int[350];
    for (int i = 0; i < versions.length; i++) {
      versions[i] = 0x0a0a0a0a + i;
    }
    // Its own version, too: such a list means nothing (RFC 9000, 6.2), so that each is read.
    versions[versions.length - 1] = first.version();
    long allocated = 0;
    for (int i = 0; i < ROUNDS; i++) {
      allocated += take(PacketHeaders.putVersionNegotiation(buffer, 0, i, first, versions));
    }
    assertThat(pair.client.closeReason()).isNull();
    assertThat(allocated).isLessThan(ALLOCATED_PER_BYTE_MAX * ROUNDS * 4 * versions.length);
  }

  @Test
  void shouldAnswerManyTinyPacketsInADatagramOnce() {
    PacketHeader first = first();
    InitialSecrets secrets =
        InitialSecrets.derive(
            PacketProtectionProviders.JCE,
            QuicVersion.requireWire(first.version()),
            first.destinationConnectionId());
    while (pair.client.pollTransmit(MemorySegment.ofArray(new byte[1_500]), 0) > 0) {
      // What it has to say by itself.
    }
    long allocated = 0;
    long bytes = 0;
    for (int i = 0; i < ROUNDS; i++) {
      int length = 0;
      while (length + 60 < PAYLOAD_BYTES) {
        length += tinyInitial(length, first, secrets.server());
      }
      bytes += length;
      allocated += take(length);
      int answers = 0;
      while (pair.client.pollTransmit(MemorySegment.ofArray(new byte[1_500]), 0) > 0) {
        answers++;
      }
      assertThat(answers).isLessThanOrEqualTo(1);
    }
    assertThat(pair.client.closeReason()).isNull();
    assertThat(allocated).isLessThan(ALLOCATED_PER_BYTE_MAX * bytes);
  }

  /** A packet with a PING and what sampling needs. */
  private int tinyInitial(int at, PacketHeader first, PacketProtection serverKeys) {
    int header =
        PacketHeaders.putLong(
            buffer,
            at,
            PacketType.INITIAL,
            first.version(),
            first.sourceConnectionId(),
            ConnectionId.of(new byte[] {9}),
            new byte[0],
            packetNumber,
            2);
    int payload = FrameEncoder.putPing(buffer, at + header);
    payload += FrameEncoder.putPadding(buffer, at + header + payload, 3);
    PacketHeaders.patchLength(buffer, at, header, 2, payload + 16);
    serverKeys.seal(buffer, at, header, 2, payload, packetNumber++);
    return header + payload + 16;
  }
}
