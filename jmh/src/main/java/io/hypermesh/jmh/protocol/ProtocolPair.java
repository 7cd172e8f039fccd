package io.hypermesh.jmh.protocol;

import io.hypermesh.jmh.Certificates;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionIdSource;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.DatagramTrain;
import io.hypermesh.stoq.connection.ServerStart;
import io.hypermesh.stoq.connection.TransmitBatch;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.stream.ChunkPool;
import io.hypermesh.stoq.stream.ReceiveBuffer;
import io.hypermesh.stoq.stream.SendBuffer;
import io.hypermesh.stoq.stream.Stream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.List;

/**
 * A client that sends one stream to a server, both in this thread, over nothing: the server is
 * handed the memory that the client has written its datagrams to, and the client that of the
 * server's acknowledgements. Their packets are not protected ({@link NullProtection}).
 *
 * <p>The data goes in trains, which one side has done with before the other begins, as if a driver
 * had carried them, so that each side's work can be timed by itself:
 *
 * <pre>
 *   send()      host's write, acknowledgements of the last train, datagrams of the next one
 *   receive()   datagrams, host's read, acknowledgements
 * </pre>
 *
 * <p>Datagrams lie in native memory, as those of the Linux driver do. The host neither copies what
 * it writes nor what it reads: it fills the stream's own memory in place, and looks at it there.
 * Time is virtual, and moves on by a microsecond a datagram. Owned by one thread.
 */
public final class ProtocolPair implements AutoCloseable {
  /** Datagrams in a train: what one system call carries, and an agent takes in one cycle. */
  public static final int TRAIN = 64;

  private static final int DATAGRAM_BYTES = 1_452;

  /** Datagrams that the kernel hands over at once, of this size. */
  private static final int COALESCED_MAX = 65_535 / DATAGRAM_BYTES;

  private static final long NANOS_PER_DATAGRAM = 1_000;
  private static final long STEP_NANOS = 10_000;
  private static final int HANDSHAKE_STEPS_MAX = 100_000;
  private static final int WINDOW_BYTES = 16 << 20;

  /** What the host keeps written ahead: about three trains. */
  private static final int SEND_BUFFER_BYTES = 256 << 10;

  private static final int CHUNK_BYTES = 4_096;
  private static final InetSocketAddress CLIENT_ADDRESS = address(1);
  private static final InetSocketAddress SERVER_ADDRESS = address(2);

  private final Arena arena = Arena.ofConfined();
  private final Train forth = new Train();
  private final Train back = new Train();
  private final Connection client;
  private final Connection server;
  private final Stream outgoing;
  private final Stream incoming;
  private long nowNanos = 1;

  /** Datagrams that one side has written and the other takes. */
  private final class Train {
    private final MemorySegment[] spaces = new MemorySegment[TRAIN];
    private final int[] lengths = new int[TRAIN];
    private final MemorySegment memory;
    private final DatagramTrain datagrams = new DatagramTrain();
    private final TransmitBatch batch = new TransmitBatch();
    private final TransmitBatch.Spaces claims = this::space;
    private int size;

    Train() {
      memory = arena.allocate((long) TRAIN * DATAGRAM_BYTES, 64);
      for (int i = 0; i < TRAIN; i++) {
        spaces[i] = memory.asSlice((long) i * DATAGRAM_BYTES, DATAGRAM_BYTES);
      }
    }

    private MemorySegment space(int ahead) {
      return size + ahead < TRAIN ? spaces[size + ahead] : null;
    }

    /** Has a connection write what it has to send, up to a whole train. */
    void fill(Connection from, long atNanos) {
      size = 0;
      int count;
      do {
        batch.begin(claims, 0, TransmitBatch.DATAGRAMS_MAX);
        count = from.pollTransmit(batch, atNanos);
        for (int i = 0; i < count; i++) {
          lengths[size + i] = batch.length(i);
        }
        size += count;
      } while (count > 0 && size < TRAIN);
    }

    /** Delivers what lies there as UDP_GRO does: full datagrams together, up to 64 KiB. */
    void deliver(Connection to, InetSocketAddress from, long atNanos) {
      for (int i = 0; i < size; ) {
        int end = i + 1;
        while (end < size
            && end - i < COALESCED_MAX
            && lengths[end - 1] == DATAGRAM_BYTES
            && lengths[end] <= DATAGRAM_BYTES) {
          end++;
        }
        int total = (end - 1 - i) * DATAGRAM_BYTES + lengths[end - 1];
        datagrams.set(memory, (long) i * DATAGRAM_BYTES, lengths[i], total, 0, from, 0);
        int taken = end - i > 1 ? to.handleTrain(datagrams, atNanos) : 0;
        if (taken == 0) {
          to.handleDatagram(spaces[i], 0, lengths[i], 0, from, 0, atNanos);
        }
        i += Math.max(1, taken);
      }
      size = 0;
    }
  }

  private static final class Ids implements ConnectionIdSource {
    private final SecureRandom random;

    Ids(SecureRandom random) {
      this.random = random;
    }

    @Override
    public int length() {
      return 8;
    }

    @Override
    public ConnectionId next() {
      return ConnectionId.of(bytes(8));
    }

    @Override
    public byte[] statelessResetToken(ConnectionId id) {
      return bytes(16);
    }

    private byte[] bytes(int count) {
      byte[] made = new byte[count];
      random.nextBytes(made);
      return made;
    }
  }

  /** Connects them, with certificates on both sides. */
  public ProtocolPair() throws GeneralSecurityException, IOException {
    SecureRandom random = new SecureRandom();
    Certificates certificates = new Certificates();
    ConnectionSettings settings =
        ConnectionSettings.builder(new ChunkPool(CHUNK_BYTES, 2 * WINDOW_BYTES / CHUNK_BYTES))
            .sendBufferBytes(SEND_BUFFER_BYTES)
            .streamWindowBytes(WINDOW_BYTES)
            .connectionWindowBytes(WINDOW_BYTES)
            .datagramSendBytes(DATAGRAM_BYTES)
            .packetProtection(NullProtection.PROVIDER)
            .build();
    client =
        Connection.client(
            settings,
            tls(certificates, random),
            Certificates.NAME,
            SERVER_ADDRESS,
            new Ids(random),
            random,
            nowNanos);
    forth.fill(client, nowNanos);
    PacketHeader first = new PacketHeader();
    if (!first.parse(forth.spaces[0], 0, forth.lengths[0], 8)) {
      throw new IllegalStateException("couldn't parse a client's first packet");
    }
    server =
        Connection.server(
            settings,
            tls(certificates, random),
            new ServerStart(
                QuicVersion.requireWire(first.version()),
                first.destinationConnectionId(),
                first.sourceConnectionId(),
                null,
                false,
                CLIENT_ADDRESS),
            new Ids(random),
            random,
            nowNanos);
    connect();
    Stream opened = client.openUnidirectional();
    if (opened == null) {
      throw new IllegalStateException("couldn't open a stream on a connection that stands");
    }
    outgoing = opened;
    send();
    forth.deliver(server, CLIENT_ADDRESS, nowNanos);
    incoming = peerStream();
    // The congestion window starts with ten datagrams, and grows.
    for (int step = 0; send() < TRAIN; step++) {
      receive();
      if (step > HANDSHAKE_STEPS_MAX) {
        throw new IllegalStateException("couldn't get the window to a train of datagrams");
      }
    }
    receive();
  }

  private static TlsSettings tls(Certificates certificates, SecureRandom random)
      throws GeneralSecurityException, IOException {
    Certificates.Identity identity = certificates.issue();
    return TlsSettings.builder()
        .keyManager(identity.keyManager())
        .trustManager(identity.trustManager())
        .applicationProtocols(List.of("stoq/1.0"))
        .cipherSuites(List.of(CipherSuite.AES_128_GCM_SHA256))
        .random(random)
        .build();
  }

  private static InetSocketAddress address(int last) {
    return new InetSocketAddress(InetAddress.ofLiteral("fd00::" + last), 9292);
  }

  /** Handshake, confirmation, and the search for the path's largest datagram. */
  private void connect() {
    int confirmed = 0;
    for (int step = 0; step < HANDSHAKE_STEPS_MAX; step++) {
      forth.deliver(server, CLIENT_ADDRESS, nowNanos);
      confirmed += work(server);
      back.fill(server, nowNanos);
      back.deliver(client, SERVER_ADDRESS, nowNanos);
      confirmed += work(client);
      forth.fill(client, nowNanos);
      nowNanos += STEP_NANOS;
      timeout(client);
      timeout(server);
      if (confirmed == 2 && client.path().mtu().currentBytes() == DATAGRAM_BYTES) {
        return;
      }
    }
    throw new IllegalStateException("couldn't connect two connections in memory");
  }

  private int work(Connection connection) {
    int confirmed = 0;
    HandshakeTask task;
    while ((task = connection.pollTask()) != null) {
      task.run();
      connection.handleTaskDone(task, nowNanos);
    }
    ConnectionEvent event;
    while ((event = connection.pollEvent()) != null) {
      if (event instanceof ConnectionEvent.Closed closed) {
        throw new IllegalStateException("couldn't connect: " + closed.reason());
      }
      confirmed += event instanceof ConnectionEvent.HandshakeConfirmed ? 1 : 0;
    }
    return confirmed;
  }

  private Stream peerStream() {
    ConnectionEvent event;
    while ((event = server.pollEvent()) != null) {
      if (event instanceof ConnectionEvent.PeerStreamOpened opened) {
        return opened.stream();
      }
    }
    throw new IllegalStateException("couldn't see the stream that the client has opened");
  }

  private void timeout(Connection connection) {
    if (connection.nextDeadlineNanos() <= nowNanos) {
      connection.handleTimeout(nowNanos);
    }
  }

  private static void drain(Connection connection) {
    ConnectionEvent event;
    while ((event = connection.pollEvent()) != null) {
      if (event instanceof ConnectionEvent.Closed closed) {
        throw new IllegalStateException("couldn't go on: " + closed.reason());
      }
    }
  }

  // ---- The sending side ----

  /**
   * The sending side's part of a train: its three steps, one after the other.
   *
   * @return how many datagrams there are
   */
  public int send() {
    handleAcknowledgements();
    write();
    return transmit();
  }

  /** What the receiving side has answered to the last train is taken in. */
  public void handleAcknowledgements() {
    nowNanos += TRAIN * NANOS_PER_DATAGRAM;
    back.deliver(client, SERVER_ADDRESS, nowNanos);
    timeout(client);
    drain(client);
  }

  /** The host fills what room there is in the stream. */
  public void write() {
    SendBuffer buffer = outgoing.sendBuffer();
    boolean written = false;
    MemorySegment space;
    while ((space = buffer.claim()) != null) {
      buffer.commit((int) space.byteSize());
      written = true;
    }
    if (written) {
      client.handleStreamProgress(outgoing, nowNanos);
    }
  }

  /**
   * The datagrams are written.
   *
   * @return how many there are
   */
  public int transmit() {
    forth.fill(client, nowNanos);
    return forth.size;
  }

  // ---- The receiving side ----

  /**
   * The receiving side's part: its three steps, one after the other.
   *
   * @return bytes of the stream that the host has read
   */
  public long receive() {
    handleDatagrams();
    long read = read();
    acknowledge();
    return read;
  }

  /** The train is taken in. */
  public void handleDatagrams() {
    forth.deliver(server, CLIENT_ADDRESS, nowNanos);
    timeout(server);
    drain(server);
  }

  /**
   * The host reads all that there is.
   *
   * @return how many bytes
   */
  public long read() {
    ReceiveBuffer buffer = incoming.receiveBuffer();
    long bytes = 0;
    MemorySegment readable;
    while ((readable = buffer.peek()) != null) {
      bytes += readable.byteSize();
      buffer.consume((int) readable.byteSize());
    }
    if (bytes > 0) {
      server.handleStreamProgress(incoming, nowNanos);
    }
    return bytes;
  }

  /** Acknowledgements are written. */
  public void acknowledge() {
    back.fill(server, nowNanos);
  }

  /** Datagrams with acknowledgements that the receiving side has written last. */
  public int acknowledgements() {
    return back.size;
  }

  /** Packets that were lost, so far: none, where nothing is wrong. */
  public long lost() {
    return client.recovery().lostPacketCount();
  }

  @Override
  public void close() {
    arena.close();
  }
}
