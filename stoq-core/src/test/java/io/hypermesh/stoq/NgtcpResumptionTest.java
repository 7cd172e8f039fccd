package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Resumption and early data with ngtcp2's programs, in both directions. */
@Tag("interop")
@Timeout(60)
class NgtcpResumptionTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("::1");
  private static final long TIMEOUT_SECONDS = 20;
  private static final TestAuthority AUTHORITY = new TestAuthority("interop");
  private static final TestAuthority.Identity OURS = AUTHORITY.issue("EC", "stoq.test", "::1");
  private static final TestAuthority.Identity THEIRS =
      AUTHORITY.issue("Ed25519", "ngtcp2.test", "::1");
  private static final byte[] BODY = new byte[50_000];

  @TempDir Path folder;
  private Path log;

  @BeforeAll
  static void requirePrograms() {
    Programs.require("gtlsclient", "ngtcp2-client");
    Programs.require("gtlsserver", "ngtcp2-server");
  }

  @BeforeEach
  void writeIdentity() throws Exception {
    THEIRS.writeTo(folder);
    log = folder.resolve("log.txt");
  }

  /** Serves one body, whatever is asked for, and notes who asked. */
  private static final class Server implements StoqListener {
    private final BlockingQueue<StoqConnection> connections = new LinkedBlockingQueue<>();

    @Override
    public void onConnection(StoqConnection connection) {
      connections.add(connection);
      MinimalHttp3.openControlStream(connection);
    }

    @Override
    public void onStream(StoqStream stream) {
      Thread.startVirtualThread(() -> {
        try {
          if (stream.hasOutput()) {
            MinimalHttp3.serve(stream, BODY);
          } else {
            stream.inputStream().transferTo(OutputStream.nullOutputStream());
          }
        } catch (IOException e) {
          // The control streams end with their connection.
        }
      });
    }
  }

  /** A store that lets the test wait for a session. */
  private static final class WaitingStore implements StoqSessionStore {
    private final BlockingQueue<StoqSession> sessions = new LinkedBlockingQueue<>();

    @Override
    public void put(Key key, StoqSession session) {
      sessions.add(session);
    }

    @Override
    public @Nullable StoqSession take(Key key) {
      return sessions.poll();
    }

    void await() throws InterruptedException {
      StoqSession session = sessions.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertThat(session).as("a session").isNotNull();
      sessions.add(session);
    }
  }

  @Test
  void gtlsclientShouldResumeWithStoq() throws Exception {
    StoqConnection second = fetchTwice(StoqResumption.defaults());
    assertThat(second.isResumed()).isTrue();
    assertThat(second.earlyDataAccepted()).isFalse();
    assertThat(second.peerCertificates().getFirst()).isEqualTo(THEIRS.certificate());
  }

  @Test
  void gtlsclientShouldSendEarlyDataToStoq() throws Exception {
    StoqConnection second =
        fetchTwice(StoqResumption.builder().acceptReplayableEarlyData().build());
    assertThat(second.isResumed()).isTrue();
    assertThat(second.earlyDataAccepted()).isTrue();
    assertThat(second.peerCertificates().getFirst()).isEqualTo(THEIRS.certificate());
  }

  private StoqConnection fetchTwice(StoqResumption resumption) throws Exception {
    Server listener = new Server();
    try (StoqEndpoint server =
        StoqEndpoint.builder()
            .bindAddress(new InetSocketAddress(LOOPBACK, 0))
            .keyManager(OURS.keyManager())
            .trustManager(AUTHORITY.trustManager())
            .alpns("h3")
            .resumption(resumption)
            .listener(listener)
            .start()) {
      int port = server.localAddress().getPort();
      StoqConnection last = null;
      for (int i = 0; i < 2; i++) {
        Programs.Result result =
            Programs.run(
                log,
                TIMEOUT_SECONDS,
                List.of(
                    "gtlsclient",
                    "--no-quic-dump",
                    "--no-http-dump",
                    "--exit-on-all-streams-close",
                    "--cert=" + folder.resolve("cert.pem"),
                    "--key=" + folder.resolve("key.pem"),
                    "--session-file=" + folder.resolve("session"),
                    "--tp-file=" + folder.resolve("parameters"),
                    "--download=" + folder,
                    "::1",
                    Integer.toString(port),
                    "https://[::1]:" + port + "/file"));
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(Files.readAllBytes(folder.resolve("file"))).isEqualTo(BODY);
        Files.delete(folder.resolve("file"));
        last = listener.connections.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertThat(last).isNotNull();
      }
      return last;
    }
  }

  @Test
  void stoqShouldResumeWithGtlsserver() throws Exception {
    connectTwice(false);
  }

  @Test
  void stoqShouldSendEarlyDataToGtlsserver() throws Exception {
    connectTwice(true);
  }

  private void connectTwice(boolean earlyData) throws Exception {
    Path htdocs = Files.createDirectory(folder.resolve("htdocs"));
    Files.write(htdocs.resolve("file"), BODY);
    int port;
    try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
      port = socket.getLocalPort();
    }
    List<String> command = new ArrayList<>(List.of("gtlsserver", "-q", "-d", htdocs.toString()));
    command.addAll(List.of("::1", Integer.toString(port)));
    command.add(folder.resolve("key.pem").toString());
    command.add(folder.resolve("cert.pem").toString());
    Process process = Programs.start(log, command);
    WaitingStore store = new WaitingStore();
    try (StoqEndpoint client =
        StoqEndpoint.builder()
            .clientOnly()
            .bindAddress(new InetSocketAddress(LOOPBACK, 0))
            .keyManager(OURS.keyManager())
            .trustManager(AUTHORITY.trustManager())
            .alpns("h3")
            .resumption(StoqResumption.builder().sessionStore(store).build())
            .start()) {
      InetSocketAddress remote = new InetSocketAddress(LOOPBACK, port);
      StoqConnection first = client.connect(remote).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      fetch(first);
      store.await();
      first.close(0x100, "");
      StoqConnection second =
          (earlyData
                  ? client.connectWithReplayableEarlyData(remote, "::1")
                  : client.connect(remote))
              .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      fetch(second);
      second.handshakeConfirmed().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertThat(second.isResumed()).isTrue();
      assertThat(second.earlyDataAccepted()).isEqualTo(earlyData);
      assertThat(second.peerCertificates().getFirst()).isEqualTo(THEIRS.certificate());
      second.close(0x100, "");
    } finally {
      process.destroy();
      assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void fetch(StoqConnection connection) throws Exception {
    MinimalHttp3.openControlStream(connection);
    assertThat(MinimalHttp3.get(connection, "[::1]", "/file")).isEqualTo(BODY);
  }
}
