package io.hypermesh.stoq.endpoint;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.TestAuthority;
import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.handshake.HandshakeEvent;
import io.hypermesh.stoq.handshake.TlsHandshake;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.protection.InitialSecrets;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/**
 * A server's endpoint that gets datagrams of a stranger: Initial packets of any frames under the
 * keys that everyone can derive, with any token; other versions; any bytes.
 *
 * <p>Whatever they are, it sends no more than three times what it got, holds no more connections
 * than it may, and has forgotten all of them in the end.
 */
public final class FirstDatagramFuzz implements FuzzTarget {
  private static final int DATAGRAMS_MAX = 10;
  private static final int CONNECTIONS_MAX = 4;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final ConnectionId CLIENT_ID =
      ConnectionId.of(new byte[] {7, 7, 7, 7, 7, 7, 7, 7});

  private final byte[] hello;

  /** Makes the good ClientHello. */
  public FirstDatagramFuzz() {
    TlsSettings settings =
        TlsSettings.builder()
            .trustManager(new TestAuthority("strangers").trustManager())
            .applicationProtocols(List.of("test"))
            .random(new SecureRandom())
            .build();
    byte[] parameters =
        TransportParameters.builder().initialSourceConnectionId(CLIENT_ID).build().encode();
    TlsHandshake client = TlsHandshake.client(settings, "server.test", 1, parameters);
    hello = ((HandshakeEvent.CryptoData) client.pollEvent()).data();
  }

  @Override
  public void run(FuzzInput input) {
    new Attack(input).run();
  }

  private final class Attack {
    private final FuzzInput input;
    private final EndpointPair pair;
    private byte[] token = new byte[0];
    private ConnectionId retrySource = ConnectionId.EMPTY;
    private boolean tokenSent;
    private long received;
    private long sent;
    private long packetNumber;

    Attack(FuzzInput input) {
      this.input = input;
      pair = new EndpointPair(EndpointPair.settings(CONNECTIONS_MAX, 3, input.flag() ? 0 : 3));
    }

    void run() {
      for (int i = 0; i < DATAGRAMS_MAX && input.hasRemaining(); i++) {
        int choice = input.below(8);
        if (choice == 7) {
          pair.runUntil(pair.nowNanos + SECOND_NANOS);
          continue;
        }
        byte[] datagram =
            switch (choice) {
              case 4 -> input.piece();
              case 5 -> otherVersion();
              case 6 -> shortHeader();
              default -> initials();
            };
        if (datagram.length == 0) {
          continue;
        }
        received += datagram.length;
        pair.toServer(datagram);
        drain();
        require(pair.server.size() <= CONNECTIONS_MAX, "connections: " + pair.server.size());
      }
      pair.runUntil(pair.nowNanos + 300 * SECOND_NANOS);
      require(pair.server.size() == 0, "connections that stay: " + pair.server.size());
      require(EndpointProbe.routes(pair.server) == 0, "routes that stay");
    }

    private void drain() {
      PacketHeader header = new PacketHeader();
      for (byte[] answer = pair.pollServer(); answer != null; answer = pair.pollServer()) {
        sent += answer.length;
        if (header.parse(MemorySegment.ofArray(answer), 0, answer.length, 8)
            && header.type() == PacketType.RETRY) {
          token = header.token();
          retrySource = header.sourceConnectionId();
        }
      }
      require(tokenSent || sent <= 3 * received, sent + " bytes for " + received);
    }

    private byte[] otherVersion() {
      byte[] bytes = new byte[input.flag() ? 1_200 : 600];
      bytes[0] = (byte) (0x80 | input.uint8());
      byte[] start = input.piece();
      System.arraycopy(start, 0, bytes, 1, Math.min(start.length, bytes.length - 1));
      return bytes;
    }

    private byte[] shortHeader() {
      byte[] bytes = Arrays.copyOf(input.piece(), 20 + input.uint8());
      bytes[0] = (byte) (bytes[0] & 0x7f);
      return bytes;
    }

    private byte[] initials() {
      ByteArrayOutputStream datagram = new ByteArrayOutputStream();
      int choice = input.uint8();
      if ((choice & 1) != 0) {
        datagram.writeBytes(initial(0, choice >>> 4));
      }
      int least = (choice & 6) == 6 ? input.uint16() % 1_200 : 1_200;
      datagram.writeBytes(initial(Math.max(0, least - datagram.size()), choice >>> 4));
      if ((choice & 8) != 0) {
        datagram.writeBytes(input.piece());
      }
      return datagram.size() > 1_500
          ? Arrays.copyOf(datagram.toByteArray(), 1_500)
          : datagram.toByteArray();
    }

    private ConnectionId destination(int choice) {
      if ((choice & 8) != 0 && retrySource.length() > 0) {
        return retrySource;
      }
      byte[] id = new byte[(choice & 4) != 0 ? input.below(21) : 8];
      Arrays.fill(id, (byte) (choice & 3));
      return ConnectionId.of(id);
    }

    private byte[] initial(int least, int choice) {
      int which = input.uint8();
      QuicVersion version = (which & 1) == 0 ? QuicVersion.V1 : QuicVersion.V2;
      ConnectionId destination = destination(choice);
      byte[] sentToken =
          switch ((which >>> 1) & 3) {
            case 0, 1 -> (choice & 8) != 0 ? token : new byte[0];
            case 2 -> Arrays.copyOf(input.piece(), input.below(80));
            default -> disturbed(token);
          };
      tokenSent |= sentToken.length > 0;
      int packetNumberLength = 1 + ((which >>> 3) & 3);
      MemorySegment packet = MemorySegment.ofArray(new byte[8_192]);
      int header =
          PacketHeaders.putLong(
              packet,
              0,
              (which & 0xe0) == 0xe0 ? PacketType.HANDSHAKE : PacketType.INITIAL,
              version.wire(),
              destination,
              (which & 0xe0) == 0xc0 ? ConnectionId.of(input.bytes(input.below(21))) : CLIENT_ID,
              sentToken,
              packetNumber,
              packetNumberLength);
      int payload = frames(packet, header);
      int padded = Math.max(payload, Math.max(4, least - header - 16));
      FrameEncoder.putPadding(packet, header + payload, padded - payload);
      PacketHeaders.patchLength(packet, 0, header, packetNumberLength, padded + 16);
      InitialSecrets.deriveClient(PacketProtectionProviders.JCE, version, destination)
          .seal(packet, 0, header, packetNumberLength, padded, packetNumber++);
      return packet.asSlice(0, header + padded + 16).toArray(ValueLayout.JAVA_BYTE);
    }

    private byte[] disturbed(byte[] bytes) {
      byte[] changed = bytes.clone();
      if (changed.length > 0) {
        changed[input.below(changed.length)] = (byte) input.uint8();
      }
      return changed;
    }

    private int frames(MemorySegment packet, int header) {
      int at = header;
      for (int i = input.below(5); i > 0 && at < 3_000; i--) {
        byte[] data = new byte[0];
        switch (input.below(4)) {
          case 0 -> {
            int from = input.uint16() % hello.length;
            data =
                Arrays.copyOfRange(
                    hello, from, Math.min(hello.length, from + input.uint16() % 1_100));
            at += FrameEncoder.putCryptoHeader(packet, at, from, data.length);
          }
          case 1 -> {
            data = hello;
            at += FrameEncoder.putCryptoHeader(packet, at, 0, data.length);
          }
          case 2 -> {
            data = disturbed(hello);
            at += FrameEncoder.putCryptoHeader(packet, at, 0, data.length);
          }
          default -> {
            data = input.piece();
            data = data.length > 1_100 ? Arrays.copyOf(data, 1_100) : data;
          }
        }
        MemorySegment.copy(data, 0, packet, ValueLayout.JAVA_BYTE, at, data.length);
        at += data.length;
      }
      return at - header;
    }
  }
}
