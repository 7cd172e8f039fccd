package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.handshake.CheapHandshakes;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Either side of an established connection gets packets of any bytes, sealed with the other's keys.
 * It closes with an error that blames the peer, or it goes on: then it still acknowledges.
 */
public final class AuthenticFramesFuzz implements FuzzTarget {
  private static final int PACKETS_MAX = 24;
  private static final int PAYLOAD_MAX = 1_400;
  private static final int CHUNKS_MAX = 80;

  private final CheapHandshakes handshakes = new CheapHandshakes();
  private final byte[] session;

  /** Makes a first connection, whose session all others resume. */
  public AuthenticFramesFuzz() {
    session = SimulatedPair.session(handshakes, false);
  }

  @Override
  public void run(FuzzInput input) {
    new Attack(input).run();
  }

  private final class Attack {
    private final FuzzInput input;
    private final List<String> keyLog = new ArrayList<>();
    private final SimulatedPair pair =
        new SimulatedPair(
            7,
            LinkConditions.PERFECT,
            settings ->
                settings
                    .streamWindowBytes(16 << 10)
                    .streamWindowBytesMax(16 << 10)
                    .connectionWindowBytes(64 << 10)
                    .connectionWindowBytesMax(64 << 10)
                    .bidirectionalStreamsMax(4)
                    .unidirectionalStreamsMax(4)
                    .reassemblyRangesMax(16)
                    .datagramFrameBytesMax(1_200));
    private final boolean toServer;
    private final SimulatedPeer victim;
    private final MemorySegment buffer = MemorySegment.ofArray(new byte[1_500]);
    private PacketProtection keys;
    private long packetNumber = 1_000;

    Attack(FuzzInput input) {
      this.input = input;
      int start = input.uint8();
      toServer = (start & 1) == 0;
      victim = toServer ? pair.server : pair.client;
      pair.client.readsStreams = (start & 2) != 0;
      pair.server.readsStreams = (start & 2) != 0;
      pair.client.bytesPerStream = (start & 4) != 0 ? 5_000 : 0;
      pair.server.bytesPerStream = (start & 4) != 0 ? 5_000 : 0;
      pair.server.serverTls = handshakes.server(8, 0, false);
      pair.client.connect(
          SimulatedPair.SERVER_ADDRESS,
          handshakes.client(7, keyLog::add),
          ClientSession.decode(session),
          false,
          0);
      require(pair.runUntil(() -> pair.server.isEstablished(), 60), "a handshake");
      pair.network.runFor(SimulatedPair.SECOND);
      if ((start & 8) != 0) {
        victim.open((start & 16) != 0, pair.network.nowNanos());
      }
      String label = toServer ? "CLIENT_TRAFFIC_SECRET_0" : "SERVER_TRAFFIC_SECRET_0";
      String line = keyLog.stream().filter(l -> l.startsWith(label)).findFirst().orElseThrow();
      keys =
          PacketProtectionProviders.JCE.create(
              QuicVersion.V1,
              CipherSuite.AES_128_GCM_SHA256,
              HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1)));
    }

    void run() {
      for (int i = 0; i < PACKETS_MAX && input.hasRemaining(); i++) {
        int choice = input.uint8();
        packetNumber += 1 + (choice & 3);
        int length = (choice & 16) == 0 ? 1 + input.uint8() : 1 + input.below(PAYLOAD_MAX);
        send(input.bytes(length), choice >>> 5 == 7);
        if ((choice & 0x0c) == 0x0c) {
          pair.network.runFor(SimulatedPair.SECOND / 10);
        }
      }
      pair.network.runFor(SimulatedPair.SECOND);
      checkMemory();
      checkLiveness();
      pair.network.runFor(5 * SimulatedPair.SECOND);
      if (victim.closeReason() != null) {
        pair.network.runFor(60 * SimulatedPair.SECOND);
        require(victim.isDrained(), "closed for long and not drained");
      }
    }

    private void send(byte[] payload, boolean reserved) {
      if (payload.length == 0) {
        return;
      }
      ConnectionId destination =
          victim.events.stream()
              .filter(ConnectionEvent.ConnectionIdIssued.class::isInstance)
              .map(event -> ((ConnectionEvent.ConnectionIdIssued) event).id())
              .findFirst()
              .orElseThrow();
      int header = PacketHeaders.putShort(buffer, 0, destination, false, false, packetNumber, 4);
      if (reserved) {
        buffer.set(ValueLayout.JAVA_BYTE, 0, (byte) (buffer.get(ValueLayout.JAVA_BYTE, 0) | 8));
      }
      MemorySegment.copy(payload, 0, buffer, ValueLayout.JAVA_BYTE, header, payload.length);
      keys.seal(buffer, 0, header, 4, payload.length, packetNumber);
      InetSocketAddress from =
          toServer ? SimulatedPair.CLIENT_ADDRESS : SimulatedPair.SERVER_ADDRESS;
      victim.handleDatagram(
          buffer.asSlice(0, header + payload.length + 16), from, pair.network.nowNanos());
    }

    private void checkMemory() {
      int chunks = (toServer ? pair.serverPool : pair.clientPool).acquired();
      require(chunks <= CHUNKS_MAX, "the victim holds " + chunks + " chunks");
    }

    private void checkLiveness() {
      CloseReason reason = victim.closeReason();
      if (reason != null) {
        require(
            reason.origin() != CloseReason.Origin.LOCAL
                || reason.errorCode() != TransportErrorCode.INTERNAL_ERROR,
            "the victim blames itself: " + reason.reason());
        return;
      }
      packetNumber += 1_000;
      while (victim.pollTransmit(buffer, pair.network.nowNanos()) > 0) {
        // What is due anyway.
      }
      byte[] ping = {1, 0, 0, 0};
      send(ping, false);
      packetNumber++;
      send(ping, false);
      require(victim.closeReason() == null, "closed by a PING");
      require(
          victim.pollTransmit(buffer, pair.network.nowNanos()) > 0,
          "a PING isn't acknowledged any more");
    }
  }
}
