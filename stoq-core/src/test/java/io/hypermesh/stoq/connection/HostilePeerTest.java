package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.VarInt;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.NetworkListener;
import io.hypermesh.stoq.simulation.SimulatedDatagram;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What an authenticated client that means harm can have a server do, send and keep, within the
 * rules, is bounded (RFC 9000, 21). It speaks with the client's keys; the client itself is gone.
 */
class HostilePeerTest {
  private static final long SECOND = SimulatedPair.SECOND;
  private static final int CHUNK_BYTES = 4_096;
  private static final long SEND_BUFFER_BYTES = 200_000;
  private static final long WINDOW_BYTES = 100_000;

  /** Writes frames at an offset; returns their length. */
  private interface Frames {
    int write(MemorySegment buffer, long offset);
  }

  private final List<String> keyLog = new ArrayList<>();
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
  private SimulatedPair pair;
  private PacketProtection keys;
  private long packetNumber = 1_000;
  private long largestSent = PacketNumbers.NONE;

  private void connect(long seed, long serverBytes) {
    pair =
        new SimulatedPair(
            seed,
            LinkConditions.PERFECT,
            settings ->
                settings
                    .sendBufferBytes(SEND_BUFFER_BYTES)
                    .streamWindowBytes(WINDOW_BYTES)
                    .connectionWindowBytes(2 * WINDOW_BYTES));
    pair.server.bytesPerStream = serverBytes;
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, TestTlsSettings.client(seed, keyLog::add), 0);
    assertThat(pair.runUntil(() -> pair.server.isEstablished(), 60)).isTrue();
    pair.network.runFor(SECOND);
    pair.network.detach(SimulatedPair.CLIENT_ADDRESS);
    keys = protection("CLIENT_TRAFFIC_SECRET_0");
  }

  private PacketProtection protection(String label) {
    String line = keyLog.stream().filter(l -> l.startsWith(label)).findFirst().orElseThrow();
    byte[] secret = HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1));
    return PacketProtectionProviders.JCE.create(
        pair.server.connection.version(), CipherSuite.AES_128_GCM_SHA256, secret);
  }

  /** Reads the packet numbers of what the server sends. */
  private final class PacketNumberReader implements NetworkListener {
    private final PacketProtection serverKeys;
    private final PacketHeader header = new PacketHeader();

    PacketNumberReader(PacketProtection serverKeys) {
      this.serverKeys = serverKeys;
    }

    @Override
    public void onSent(SimulatedDatagram datagram) {
      byte[] bytes = datagram.payload().toArray(ValueLayout.JAVA_BYTE);
      MemorySegment copy = MemorySegment.ofArray(bytes);
      if (!header.parse(copy, 0, bytes.length, 8) || header.type() != PacketType.ONE_RTT) {
        return;
      }
      long offset = header.packetNumberOffset();
      int length = serverKeys.unprotectHeader(copy, 0, offset, bytes.length);
      long truncated = PacketNumbers.read(copy, offset, length);
      largestSent = PacketNumbers.decode(truncated, length * Byte.SIZE, largestSent);
    }
  }

  private void send(Frames frames) {
    ConnectionId destination =
        ((ConnectionEvent.ConnectionIdIssued) pair.server.events.getFirst()).id();
    int header = PacketHeaders.putShort(buffer, 0, destination, false, false, packetNumber, 4);
    int payload = frames.write(buffer, header);
    keys.seal(buffer, 0, header, 4, payload, packetNumber);
    packetNumber++;
    pair.server.handleDatagram(
        buffer.asSlice(0, header + payload + 16),
        SimulatedPair.CLIENT_ADDRESS,
        pair.network.nowNanos());
  }

  private static int ack(MemorySegment buffer, long at, long largest, long range) {
    int length = VarInt.put(buffer, at, FrameType.ACK);
    length += VarInt.put(buffer, at + length, largest);
    length += VarInt.put(buffer, at + length, 0);
    length += VarInt.put(buffer, at + length, 0);
    return length + VarInt.put(buffer, at + length, range);
  }

  @Test
  void shouldSendLittleToAPeerThatNeverAcknowledges() {
    connect(80, 10_000_000);
    pair.server.open(true, pair.network.nowNanos());
    long sentBefore = pair.network.sentBytes();
    for (int i = 0; i < 300; i++) {
      send(FrameEncoder::putPing);
      pair.network.runFor(SECOND);
    }
    assertThat(pair.server.isEstablished()).isTrue();
    // One window; two probes for each doubling of the timeout; an acknowledgement a second.
    assertThat(pair.network.sentBytes() - sentBefore).isLessThan(12_000 + 30 * 1_200 + 300 * 60);
    assertThat(pair.serverPool.acquired())
        .isLessThanOrEqualTo((int) (SEND_BUFFER_BYTES / CHUNK_BYTES) + 2);
    assertThat(pair.server.connection.bytesInFlight()).isLessThan(60_000);
  }

  @Test
  void shouldFindOutAPeerThatAcknowledgesWhatItHasNotReceived() {
    connect(81, 100_000_000);
    pair.network.setListener(new PacketNumberReader(protection("SERVER_TRAFFIC_SECRET_0")));
    Stream stream = pair.server.open(true, pair.network.nowNanos());
    send((target, at) -> {
      int length = FrameEncoder.putMaxData(target, at, 1L << 40);
      return length + FrameEncoder.putMaxStreamData(target, at + length, stream.id(), 1L << 40);
    });
    long sentBefore = pair.network.sentCount();
    for (int i = 0; i < 5_000 && pair.server.closeReason() == null; i++) {
      pair.network.runFor(SECOND / 1_000);
      long largest = Math.max(largestSent, 0);
      // Whatever was sent, however little of it has arrived.
      send((target, at) -> ack(target, at, largest, largest));
    }
    assertThat(pair.server.closeReason()).isNotNull();
    assertThat(pair.server.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.PROTOCOL_VIOLATION);
    assertThat(pair.network.sentCount() - sentBefore)
        .isLessThan(2L * PacketNumberGaps.DISTANCE_MAX);
  }

  @Test
  void shouldAnswerFewOfManyPathChallenges() {
    connect(82, 0);
    long sentBefore = pair.network.sentBytes();
    for (int i = 0; i < 500; i++) {
      send((target, at) -> {
        int length = 0;
        for (int j = 0; j < 100; j++) {
          length += FrameEncoder.putPathChallenge(target, at + length, j);
        }
        return length;
      });
      pair.network.runFor(SECOND / 1_000);
    }
    assertThat(pair.server.isEstablished()).isTrue();
    // 900 bytes of challenges each time, and one datagram for the last few of them.
    assertThat(pair.network.sentBytes() - sentBefore).isLessThan(500 * 1_200);
    assertThat(pair.network.sentCount()).isLessThan(700);
  }

  @Test
  void shouldKeepLittleOfManyTinyStreamFrames() {
    connect(83, 0);
    pair.server.readsStreams = false;
    long sentBefore = pair.network.sentBytes();
    for (int i = 0; i < 500; i++) {
      int first = i * 100;
      send((target, at) -> {
        int length = 0;
        for (int j = 0; j < 100; j++) {
          length +=
              FrameEncoder.putStreamHeader(target, at + length, 0, first + j, 1, false, true) + 1;
        }
        return length;
      });
    }
    pair.network.runFor(SECOND);
    assertThat(pair.server.isEstablished()).isTrue();
    assertThat(pair.serverPool.acquired()).isLessThanOrEqualTo(50_000 / CHUNK_BYTES + 1);
    // Acknowledgements alone.
    assertThat(pair.network.sentBytes() - sentBefore).isLessThan(500 * 50);
  }

  @Test
  void shouldKeepFewConnectionIdsHoweverManyAreRetired() {
    connect(84, 0);
    long retiredBefore = pair.server.count(ConnectionEvent.ConnectionIdRetired.class);
    for (int i = 1; i < 1_000 && pair.server.closeReason() == null; i++) {
      int number = i;
      send((target, at) -> FrameEncoder.putRetireConnectionId(target, at, number));
      pair.network.runFor(SECOND / 1_000);
      // It confirms the new ones, else no more would come.
      send((target, at) -> ack(target, at, pair.network.sentCount() % 8, 0));
      long active =
          pair.server.count(ConnectionEvent.ConnectionIdIssued.class)
              - pair.server.count(ConnectionEvent.ConnectionIdRetired.class);
      assertThat(active).isLessThanOrEqualTo(8);
    }
    assertThat(pair.server.count(ConnectionEvent.ConnectionIdRetired.class))
        .isGreaterThan(retiredBefore);
  }

  /** A packet of such frames would cost a key derivation, a random ID and two routes for each. */
  @Test
  void shouldNotMakeAnIdForEveryFrameThatRetiresOne() {
    connect(85, 0);
    int issuedBefore = (int) pair.server.count(ConnectionEvent.ConnectionIdIssued.class);
    send((target, at) -> {
      int length = 0;
      for (int number = 1; number < 300; number++) {
        length += FrameEncoder.putRetireConnectionId(target, at + length, number);
      }
      return length;
    });
    assertThat(pair.server.closeReason()).isNotNull();
    assertThat(pair.server.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.PROTOCOL_VIOLATION);
    assertThat((int) pair.server.count(ConnectionEvent.ConnectionIdIssued.class) - issuedBefore)
        .isLessThanOrEqualTo(LocalConnectionIds.ACTIVE_MAX);
  }
}
