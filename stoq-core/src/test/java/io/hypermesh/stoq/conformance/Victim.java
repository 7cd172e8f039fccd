package io.hypermesh.stoq.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.ClientStart;
import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionEvent;
import io.hypermesh.stoq.connection.ConnectionIdSource;
import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.ServerStart;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.HandshakeTask;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.stream.ChunkPool;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;

/** The honest side: a connection, its small limits, and what its host is told. */
final class Victim {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 4433);
  private static final int BUFFER_BYTES = 1_500;

  /** Connection IDs with a number in them. */
  private static final class Ids implements ConnectionIdSource {
    private int next;

    @Override
    public int length() {
      return 8;
    }

    @Override
    public ConnectionId next() {
      return ConnectionId.of(ByteBuffer.allocate(8).putInt(0x51c).putInt(next++).array());
    }

    @Override
    public byte[] statelessResetToken(ConnectionId id) {
      return new byte[16];
    }
  }

  private static final class SeededRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final Random random = new Random(7);

    @Override
    public void nextBytes(byte[] bytes) {
      random.nextBytes(bytes);
    }
  }

  Connection connection;
  CloseReason closeReason;
  Consumer<ConnectionSettings.Builder> settings = builder -> {};
  Consumer<TlsSettings.Builder> tlsSettings = builder -> {};

  /** What a client resumes; the last that it got. */
  ClientSession session;

  /** It answers a Version Negotiation packet. */
  boolean afterRefusal;

  private ConnectionSettings settings() {
    ConnectionSettings.Builder builder =
        ConnectionSettings.builder(new ChunkPool(1_024, 256))
            .streamWindowBytes(1_000)
            .connectionWindowBytes(1_500)
            .bidirectionalStreamsMax(2)
            .unidirectionalStreamsMax(2);
    settings.accept(builder);
    return builder.build();
  }

  void startClient(QuicVersion version) {
    ClientStart start =
        afterRefusal
            ? ClientStart.afterRefusal(TestTlsSettings.HOST, ADDRESS, version)
            : ClientStart.plain(TestTlsSettings.HOST, ADDRESS, version);
    connection =
        Connection.client(
            settings(),
            TestTlsSettings.changed(true, 5, tlsSettings),
            start.resuming(session, true),
            new Ids(),
            new SeededRandom(),
            0);
  }

  void startServer(QuicVersion version, ConnectionId destination, ConnectionId source) {
    connection =
        Connection.server(
            settings(),
            TestTlsSettings.changed(false, 6, tlsSettings),
            new ServerStart(version, destination, source, null, false, ADDRESS),
            new Ids(),
            new SeededRandom(),
            0);
  }

  void receive(byte[] datagram) {
    connection.handleDatagram(
        MemorySegment.ofArray(datagram), 0, datagram.length, 0, ADDRESS, 0, 0);
    work();
  }

  /** The next datagram, or null. */
  byte[] transmit() {
    work();
    byte[] buffer = new byte[BUFFER_BYTES];
    int length = connection.pollTransmit(MemorySegment.ofArray(buffer), 0, BUFFER_BYTES, 0);
    work();
    return length == 0 ? null : Arrays.copyOf(buffer, length);
  }

  private void work() {
    HandshakeTask task;
    while ((task = connection.pollTask()) != null) {
      task.run();
      connection.handleTaskDone(task, 0);
    }
    ConnectionEvent event;
    while ((event = connection.pollEvent()) != null) {
      if (event instanceof ConnectionEvent.Closed closed) {
        assertThat(closeReason).as("told twice that it is closed").isNull();
        closeReason = closed.reason();
      } else if (event instanceof ConnectionEvent.SessionKept kept) {
        session = kept.session();
      }
    }
  }
}
