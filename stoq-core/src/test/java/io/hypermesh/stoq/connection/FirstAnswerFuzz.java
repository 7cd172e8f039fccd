package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.handshake.HandshakeEvent;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.NamedGroup;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.handshake.TlsHandshake;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.InitialSecrets;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.protection.RetryIntegrity;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * A client whose first packet is answered by anyone: Version Negotiation, Retry, and Initial
 * packets of any frames, with the tags and keys that everyone can make.
 */
public final class FirstAnswerFuzz implements FuzzTarget {
  private static final int ANSWERS_MAX = 8;
  private static final int TIMEOUTS = 4;

  /** What one answer makes the client send at most: a flight of its own size. */
  private static final int DATAGRAMS_MAX = 20;

  private static final ConnectionId SERVER_ID =
      ConnectionId.of(new byte[] {9, 9, 9, 9, 9, 9, 9, 9});

  /** One group only: what costs most is to make the client's keys. */
  private static final List<NamedGroup> GROUPS = List.of(NamedGroup.X25519);

  private final byte[] serverHello = serverHello();

  private static byte[] serverHello() {
    try {
      TlsHandshake client =
          TlsHandshake.client(
              TestTlsSettings.client(3, GROUPS), TestTlsSettings.HOST, 1, new byte[0]);
      byte[] hello = ((HandshakeEvent.CryptoData) client.pollEvent()).data();
      TlsHandshake server = TlsHandshake.server(TestTlsSettings.server(4, GROUPS), new byte[0]);
      server.handleCrypto(EncryptionLevel.INITIAL, hello, 0, hello.length);
      for (HandshakeTask task = server.pollTask(); task != null; task = server.pollTask()) {
        task.run();
        server.handleTaskDone(task);
      }
      HandshakeEvent event = server.pollEvent();
      while (!(event instanceof HandshakeEvent.CryptoData)) {
        event = server.pollEvent();
      }
      return ((HandshakeEvent.CryptoData) event).data();
    } catch (TransportException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void run(FuzzInput input) {
    new Attack(input).run();
  }

  private final class Attack {
    private final FuzzInput input;
    private final SimulatedPair pair;
    private final MemorySegment sent = MemorySegment.ofArray(new byte[1_500]);
    private final MemorySegment packet = MemorySegment.ofArray(new byte[4_096]);
    private final PacketHeader last = new PacketHeader();
    private long packetNumber;

    Attack(FuzzInput input) {
      this.input = input;
      List<QuicVersion> versions =
          input.oneOf(
              List.of(QuicVersion.V1),
              List.of(QuicVersion.V1, QuicVersion.V2),
              List.of(QuicVersion.V2, QuicVersion.V1));
      pair = new SimulatedPair(5, LinkConditions.PERFECT, settings -> settings.versions(versions));
      pair.client.connect(SimulatedPair.SERVER_ADDRESS, TestTlsSettings.client(5, GROUPS), 0);
      drain(0);
    }

    void run() {
      for (int i = 0; i < ANSWERS_MAX && input.hasRemaining(); i++) {
        int length =
            switch (input.below(5)) {
              case 0 -> versionNegotiation();
              case 1 -> retry();
              case 2, 3 -> initial();
              default -> raw();
            };
        pair.client.handleDatagram(packet.asSlice(0, length), SimulatedPair.SERVER_ADDRESS, 0);
        drain(0);
      }
      CloseReason reason = pair.client.closeReason();
      require(
          reason == null
              || reason.origin() != CloseReason.Origin.LOCAL
              || reason.errorCode() != TransportErrorCode.INTERNAL_ERROR,
          "the client blames itself");
      long now = 0;
      for (int i = 0; i < TIMEOUTS && !pair.client.isDrained(); i++) {
        now = Math.max(now, pair.client.nextDeadlineNanos());
        pair.client.handleTimeout(now);
        drain(now);
      }
    }

    /** Takes what the client sends; remembers the last Initial's header. */
    private void drain(long nowNanos) {
      int datagrams = 0;
      int length;
      MemorySegment next = MemorySegment.ofArray(new byte[1_500]);
      PacketHeader header = new PacketHeader();
      while ((length = pair.client.pollTransmit(next, nowNanos)) > 0) {
        require(++datagrams <= DATAGRAMS_MAX, "datagrams without an end");
        if (header.parse(next, 0, length, 8) && header.type() == PacketType.INITIAL) {
          MemorySegment.copy(next, 0, sent, 0, length);
          last.parse(sent, 0, length, 8);
        }
      }
    }

    private int versionNegotiation() {
      int count = input.below(8);
      int[] versions = new int[count];
      for (int i = 0; i < count; i++) {
        versions[i] = input.oneOf(1, QuicVersion.V2.wire(), 0, 0x1a2a3a4a, (int) input.uint64());
      }
      int length = PacketHeaders.putVersionNegotiation(packet, 0, input.uint8(), last, versions);
      return disturb(length);
    }

    private int retry() {
      byte[] token = input.piece();
      int version = input.flag() ? last.version() : QuicVersion.V2.wire();
      int length =
          PacketHeaders.putRetry(
              packet,
              0,
              input.uint8(),
              version,
              last.sourceConnectionId(),
              input.flag() ? SERVER_ID : ConnectionId.of(input.bytes(input.below(21))),
              token);
      length += RetryIntegrity.putTag(packet, 0, length, last.destinationConnectionId());
      return disturb(length);
    }

    /** Sometimes one byte is another. */
    private int disturb(int length) {
      if (input.below(4) == 3) {
        packet.set(ValueLayout.JAVA_BYTE, input.below(length), (byte) input.uint8());
      }
      return length;
    }

    private int initial() {
      int choice = input.uint8();
      QuicVersion version = (choice & 1) == 0 ? QuicVersion.ofWire(last.version()) : QuicVersion.V2;
      int header =
          PacketHeaders.putLong(
              packet,
              0,
              PacketType.INITIAL,
              version.wire(),
              last.sourceConnectionId(),
              (choice & 2) == 0 ? SERVER_ID : ConnectionId.of(input.bytes(input.below(21))),
              (choice & 4) == 0 ? new byte[0] : input.piece(),
              packetNumber,
              2);
      int payload = 0;
      if ((choice & 8) != 0) {
        byte[] hello = serverHello.clone();
        if ((choice & 16) != 0) {
          hello[input.below(hello.length)] = (byte) input.uint8();
        }
        int from = input.below(hello.length);
        int to = (choice & 32) == 0 ? hello.length : Math.min(hello.length, from + input.uint8());
        from = (choice & 64) == 0 ? 0 : from;
        byte[] part = Arrays.copyOfRange(hello, Math.min(from, to), to);
        payload = FrameEncoder.putCryptoHeader(packet, header, from, part.length);
        MemorySegment.copy(part, 0, packet, ValueLayout.JAVA_BYTE, header + payload, part.length);
        payload += part.length;
      }
      byte[] frames = input.piece();
      int count = Math.min(frames.length, 1_200);
      MemorySegment.copy(frames, 0, packet, ValueLayout.JAVA_BYTE, header + payload, count);
      payload += count;
      if (payload < 4) {
        payload += FrameEncoder.putPadding(packet, header + payload, 4);
      }
      PacketHeaders.patchLength(packet, 0, header, 2, payload + 16);
      InitialSecrets secrets =
          InitialSecrets.derive(
              PacketProtectionProviders.JCE, version, last.destinationConnectionId());
      secrets.server().seal(packet, 0, header, 2, payload, packetNumber++);
      return header + payload + 16;
    }

    private int raw() {
      byte[] bytes = input.piece();
      int length = Math.min(bytes.length, 1_500);
      MemorySegment.copy(bytes, 0, packet, ValueLayout.JAVA_BYTE, 0, length);
      return length;
    }
  }
}
