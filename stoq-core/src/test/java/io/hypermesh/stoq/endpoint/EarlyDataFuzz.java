package io.hypermesh.stoq.endpoint;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.handshake.CheapHandshakes;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.stream.ChunkPool;
import io.hypermesh.stoq.stream.Stream;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A server's endpoint gets the first datagrams of a client that resumes, in any order and more than
 * once, and among them 0-RTT packets: of any frames under the client's keys, under other keys, and
 * damaged, before their Initial packet and after it, to its connection ID and to others.
 *
 * <p>It sends no more than three times what it got, holds boundedly much, and has forgotten all of
 * it in the end.
 */
public final class EarlyDataFuzz implements FuzzTarget {
  private static final int DATAGRAMS_MAX = 16;
  private static final int CONNECTIONS_MAX = 4;
  private static final int CHUNKS_MAX = 200;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final ConnectionId CLIENT_ID = ConnectionId.of(new byte[] {7, 7, 7, 7});

  private final CheapHandshakes handshakes = new CheapHandshakes();
  private final List<byte[]> first;
  private final PacketHeader header = new PacketHeader();
  private final byte[] secret;

  /** Records what a client that resumes sends first. */
  public EarlyDataFuzz() {
    List<String> keyLog = new ArrayList<>();
    Side server = server();
    TlsSettings tls = handshakes.client(5, keyLog::add);
    Side client = new Side(endpoint(tls, false, 4), new ChunkPool(4_096, 1_000));
    client.endpoint.connect(EndpointPair.SERVER, TestTlsSettings.HOST, null, false, 1);
    for (int i = 0; i < 20; i++) {
      client.send(i).forEach(datagram -> server.receive(datagram, EndpointPair.CLIENT));
      server.send(i).forEach(datagram -> client.receive(datagram, EndpointPair.SERVER));
    }
    require(!client.sessions.isEmpty(), "a session");
    keyLog.clear();
    EndpointConnection resuming =
        client.endpoint.connect(
            EndpointPair.SERVER, TestTlsSettings.HOST, client.sessions.getFirst(), true, 100);
    client.work();
    if (resuming != null) {
      Stream stream = resuming.connection().openUnidirectional();
      if (stream != null) {
        stream.sendBuffer().write(MemorySegment.ofArray(new byte[700]), 0, 700);
        resuming.connection().handleStreamProgress(stream, 100);
        client.endpoint.touch(resuming);
        client.work();
      }
    }
    first = client.send(100);
    require(
        header.parse(MemorySegment.ofArray(first.getFirst()), 0, first.getFirst().length, 8)
            && header.type() == PacketType.INITIAL,
        "an Initial packet");
    first.forEach(datagram -> server.receive(datagram, EndpointPair.CLIENT));
    require(server.begun == 1, "early data that is taken");
    String line =
        keyLog.stream()
            .filter(each -> each.startsWith("CLIENT_EARLY_TRAFFIC_SECRET"))
            .findFirst()
            .orElseThrow();
    secret = HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1));
  }

  private static Endpoint endpoint(TlsSettings tls, boolean server, long seed) {
    return endpoint(tls, server, seed, 3, new ChunkPool(4_096, 1_000));
  }

  private static Endpoint endpoint(
      TlsSettings tls, boolean server, long seed, int retryThreshold, ChunkPool pool) {
    try (EndpointSecret kept = EndpointSecret.of(new byte[EndpointSecret.LENGTH])) {
      return new Endpoint(
          server
              // Without tokens, of which one would prove the client's address.
              ? new EndpointSettings(
                  CONNECTIONS_MAX,
                  3,
                  1_000,
                  retryThreshold,
                  10 * SECOND_NANOS,
                  0,
                  100,
                  100,
                  1_000,
                  1_000,
                  true)
              : new EndpointSettings(4, 1, 1, 1, 1, 0, 0, 100, 1_000, 1_000, false),
          ConnectionSettings.builder(pool)
              .streamWindowBytes(16 << 10)
              .connectionWindowBytes(64 << 10)
              .datagramFrameBytesMax(1_000)
              .build(),
          tls,
          kept,
          CheapHandshakes.random(seed),
          1,
          CheapHandshakes.NOW_MILLIS);
    }
  }

  private Side server() {
    return server(3);
  }

  private Side server(int retryThreshold) {
    ChunkPool pool = new ChunkPool(4_096, 1_000);
    TlsSettings tls = handshakes.server(6, 1, true);
    return new Side(endpoint(tls, true, 3, retryThreshold, pool), pool);
  }

  @Override
  public void run(FuzzInput input) {
    new Attack(input).run();
  }

  /** An endpoint that runs tasks at once. */
  private static final class Side implements EndpointHandler {
    private final Endpoint endpoint;
    private final ChunkPool pool;
    private final List<ClientSession> sessions = new ArrayList<>();
    private long nowNanos = 1;
    private int begun;

    Side(Endpoint endpoint, ChunkPool pool) {
      this.endpoint = endpoint;
      this.pool = pool;
    }

    @Override
    public void onAccepted(EndpointConnection connection) {}

    @Override
    public void onTask(EndpointConnection connection, HandshakeTask task) {
      task.run();
      connection.connection().handleTaskDone(task, nowNanos);
      endpoint.touch(connection);
    }

    @Override
    public void onEvent(EndpointConnection connection, ConnectionEvent event) {
      switch (event) {
        case ConnectionEvent.SessionKept kept -> sessions.add(kept.session());
        case ConnectionEvent.EarlyDataBegun _ -> begun++;
        default -> {}
      }
    }

    @Override
    public void onUpdated(EndpointConnection connection) {}

    @Override
    public void onRemoved(EndpointConnection connection, RuntimeException defect) {
      if (defect != null) {
        throw defect;
      }
    }

    void work() {
      while (endpoint.hasTouched()) {
        endpoint.pollEvents(this);
      }
    }

    void receive(byte[] datagram, java.net.InetSocketAddress from) {
      MemorySegment copy = MemorySegment.ofArray(datagram.clone());
      endpoint.handleDatagram(copy, 0, datagram.length, 0, from, 0, nowNanos);
      work();
    }

    List<byte[]> send(long atNanos) {
      nowNanos = Math.max(nowNanos, atNanos);
      List<byte[]> datagrams = new ArrayList<>();
      byte[] buffer = new byte[1_500];
      MemorySegment segment = MemorySegment.ofArray(buffer);
      DatagramPoll poll = new DatagramPoll(endpoint, buffer.length, 16);
      int length;
      while ((length = poll.poll(segment, nowNanos)) > 0) {
        datagrams.add(Arrays.copyOf(buffer, length));
      }
      work();
      return datagrams;
    }

    /** Lets time pass, deadline by deadline; gives how many bytes are sent meanwhile. */
    long runUntil(long endNanos) {
      long sent = 0;
      while (nowNanos < endNanos) {
        nowNanos = Math.max(nowNanos, Math.min(endpoint.nextDeadlineNanos(), endNanos));
        endpoint.handleTimeout(nowNanos);
        work();
        for (byte[] datagram : send(nowNanos)) {
          sent += datagram.length;
        }
      }
      return sent;
    }
  }

  private final class Attack {
    private final FuzzInput input;
    private final Side server;
    private final PacketProtection keys =
        PacketProtectionProviders.JCE.create(
            QuicVersion.V1, CipherSuite.AES_128_GCM_SHA256, secret.clone());
    private long packetNumber = 100;
    private long received;
    private long sent;

    Attack(FuzzInput input) {
      this.input = input;
      server = server(input.below(4) == 3 ? 0 : 3);
    }

    void run() {
      for (int i = 0; i < DATAGRAMS_MAX && input.hasRemaining(); i++) {
        byte[] datagram =
            switch (input.below(6)) {
              case 0 -> first.get(input.below(first.size()));
              case 1 -> coalesced();
              case 2 -> disturbed(first.get(input.below(first.size())));
              case 3 -> new byte[0];
              default -> zeroRtt();
            };
        if (datagram.length == 0) {
          sent += server.runUntil(server.nowNanos + input.uint16() * 1_000_000L);
        } else {
          received += datagram.length;
          server.receive(datagram, EndpointPair.CLIENT);
          server.send(server.nowNanos).forEach(answer -> sent += answer.length);
        }
        require(sent <= 3 * received, sent + " bytes for " + received);
        require(server.endpoint.size() <= CONNECTIONS_MAX, "too many connections");
        require(server.pool.acquired() <= CHUNKS_MAX, "too much memory");
      }
      sent += server.runUntil(server.nowNanos + 300 * SECOND_NANOS);
      require(sent <= 3 * received, sent + " bytes for " + received);
      require(server.endpoint.size() == 0, "connections that stay");
      require(EndpointProbe.routes(server.endpoint) == 0, "routes that stay");
    }

    private byte[] coalesced() {
      ByteArrayOutputStream datagram = new ByteArrayOutputStream();
      datagram.writeBytes(first.getFirst());
      datagram.writeBytes(zeroRtt());
      return Arrays.copyOf(datagram.toByteArray(), Math.min(datagram.size(), 1_500));
    }

    private byte[] disturbed(byte[] datagram) {
      byte[] changed = datagram.clone();
      changed[input.below(changed.length)] ^= (byte) (1 + input.below(255));
      return changed;
    }

    private byte[] zeroRtt() {
      int choice = input.uint8();
      MemorySegment packet = MemorySegment.ofArray(new byte[1_500]);
      int headerLength =
          PacketHeaders.putLong(
              packet,
              0,
              PacketType.ZERO_RTT,
              (choice & 7) == 7 ? QuicVersion.V2.wire() : QuicVersion.V1.wire(),
              (choice & 0x18) == 0x18
                  ? ConnectionId.of(input.bytes(input.below(21)))
                  : header.destinationConnectionId(),
              (choice & 0x60) == 0x60 ? CLIENT_ID : header.sourceConnectionId(),
              new byte[0],
              packetNumber,
              4);
      byte[] frames = input.piece();
      int payload = Math.min(frames.length, 1_300);
      MemorySegment.copy(frames, 0, packet, ValueLayout.JAVA_BYTE, headerLength, payload);
      if (payload < 4) {
        payload += FrameEncoder.putPadding(packet, headerLength + payload, 4);
      }
      PacketHeaders.patchLength(packet, 0, headerLength, 4, payload + 16);
      keys.seal(packet, 0, headerLength, 4, payload, packetNumber);
      packetNumber += 1 + (choice >>> 7);
      byte[] datagram =
          packet.asSlice(0, headerLength + payload + 16).toArray(ValueLayout.JAVA_BYTE);
      return input.below(8) == 7 ? disturbed(datagram) : datagram;
    }
  }
}
