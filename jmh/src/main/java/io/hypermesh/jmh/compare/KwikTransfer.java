package io.hypermesh.jmh.compare;

import io.hypermesh.jmh.Certificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.X509TrustManager;
import tech.kwik.agent15.TlsConstants;
import tech.kwik.core.QuicClientConnection;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicStream;
import tech.kwik.core.log.NullLogger;
import tech.kwik.core.server.ApplicationProtocolConnection;
import tech.kwik.core.server.ApplicationProtocolConnectionFactory;
import tech.kwik.core.server.ServerConnectionConfig;
import tech.kwik.core.server.ServerConnector;
import tech.kwik.core.stream.FlowControlUpdateListener;

/**
 * kwik's transfer, with buffers as large as it lets them be. It chooses the size of its datagrams
 * itself; its server asks for no certificate; and it looks for servers by a name, which {@code
 * -Djdk.net.hosts.file} makes {@code ::1}.
 */
final class KwikTransfer {
  private static final String PROTOCOL = "benchmark";
  private static final int BUFFER_BYTES = 16 << 20;
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;
  private static final int CHUNK_BYTES = 64 << 10;
  private static final Duration CONNECT_MAX = Duration.ofSeconds(20);

  /** How often kwik is reminded of what it has to send. */
  private static final long REMIND_NANOS = 20_000_000;

  private KwikTransfer() {}

  static Role server(Parameters parameters) throws Exception {
    return new Server(parameters);
  }

  static Role client(Parameters parameters) throws Exception {
    return new Client(parameters);
  }

  private static DatagramSocket tuned(DatagramSocket socket) throws SocketException {
    socket.setReceiveBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
    return socket;
  }

  private static final class Server
      implements Role, ApplicationProtocolConnectionFactory, ApplicationProtocolConnection {
    private final AtomicLong bytes = new AtomicLong();
    private final DatagramSocket socket;
    private final ServerConnector connector;

    Server(Parameters parameters) throws Exception {
      Certificates.Identity identity = Keys.load(parameters, "server");
      socket = tuned(new DatagramSocket(0, StoqEndpoints.LOOPBACK));
      connector =
          ServerConnector.builder()
              .withSocket(socket)
              .withKeyStore(
                  identity.keyStore(), Certificates.ALIAS, identity.password(), "secp256r1")
              .withConfiguration(
                  ServerConnectionConfig.builder()
                      .maxIdleTimeoutInSeconds((int) StoqEndpoints.IDLE_MAX.toSeconds())
                      .maxConnectionBufferSize(BUFFER_BYTES)
                      .maxUnidirectionalStreamBufferSize(BUFFER_BYTES)
                      .maxBidirectionalStreamBufferSize(BUFFER_BYTES)
                      .maxOpenPeerInitiatedUnidirectionalStreams(10)
                      .maxOpenPeerInitiatedBidirectionalStreams(10)
                      .build())
              .withSupportedVersion(QuicConnection.QuicVersion.V1)
              .withLogger(new NullLogger())
              .build();
      connector.registerApplicationProtocol(PROTOCOL, this);
      connector.start();
    }

    @Override
    public Parameters describe() {
      return Parameters.NONE.with("port", Integer.toString(socket.getLocalPort()));
    }

    @Override
    public ApplicationProtocolConnection createConnection(
        String protocol, QuicConnection connection) {
      return this;
    }

    @Override
    public int maxConcurrentPeerInitiatedUnidirectionalStreams() {
      return 10;
    }

    @Override
    public int maxConcurrentPeerInitiatedBidirectionalStreams() {
      return 10;
    }

    @Override
    public void acceptPeerInitiatedStream(QuicStream stream) {
      Thread.ofPlatform().daemon().name("reader").start(() -> drain(stream));
    }

    private void drain(QuicStream stream) {
      byte[] buffer = new byte[CHUNK_BYTES];
      try (InputStream in = stream.getInputStream()) {
        int count;
        while ((count = in.read(buffer)) >= 0) {
          bytes.addAndGet(count);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("couldn't read from kwik", e);
      }
    }

    @Override
    public long bytes() {
      return bytes.get();
    }

    @Override
    public void close() {
      connector.close();
      socket.close();
    }
  }

  /** kwik names a key exchange that no platform's trust manager knows. */
  private record Verdict(X509TrustManager manager) implements X509TrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyExchange)
        throws java.security.cert.CertificateException {
      manager.checkServerTrusted(chain, "UNKNOWN");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyExchange)
        throws java.security.cert.CertificateException {
      throw new java.security.cert.CertificateException("couldn't verify a client: this is one");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return manager.getAcceptedIssuers();
    }
  }

  private static final class Client implements Role {
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private final QuicClientConnection connection;
    private final QuicStream stream;
    private final Thread writer =
        Thread.ofPlatform().daemon().name("writer").unstarted(this::write);
    private final Thread reminder =
        Thread.ofPlatform().daemon().name("reminder").unstarted(this::remind);
    private volatile boolean sending;

    Client(Parameters parameters) throws GeneralSecurityException, IOException {
      Certificates.Identity identity = Keys.load(parameters, "client");
      connection =
          QuicClientConnection.newBuilder()
              .host(Certificates.NAME)
              .port(parameters.number("port"))
              .preferIPv6()
              .applicationProtocol(PROTOCOL)
              .connectTimeout(CONNECT_MAX)
              .maxIdleTimeout(StoqEndpoints.IDLE_MAX)
              .cipherSuite(TlsConstants.CipherSuite.TLS_AES_128_GCM_SHA256)
              .customTrustManager(new Verdict(identity.trustManager()))
              .socketFactory(_ -> tuned(new DatagramSocket(0, StoqEndpoints.LOOPBACK)))
              .logger(new NullLogger())
              .build();
      connection.connect();
      stream = connection.createStream(false);
      writer.start();
      reminder.start();
    }

    private void write() {
      try {
        OutputStream out = stream.getOutputStream();
        while (true) {
          if (sending) {
            out.write(chunk);
          } else {
            LockSupport.park();
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("couldn't write to kwik", e);
      }
    }

    /**
     * kwik can forget a stream whose writer loses its core at the wrong moment, and wait for ever;
     * what a MAX_STREAM_DATA frame calls makes it look again, and costs nothing where all is well.
     */
    private void remind() {
      while (true) {
        LockSupport.parkNanos(REMIND_NANOS);
        if (sending) {
          ((FlowControlUpdateListener) stream.getOutputStream())
              .streamNotBlocked(stream.getStreamId());
        } else {
          LockSupport.park();
        }
      }
    }

    @Override
    public Parameters run(String verb, Parameters arguments) {
      sending = TransferDiscipline.isGo(verb);
      LockSupport.unpark(writer);
      LockSupport.unpark(reminder);
      return Parameters.NONE;
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
