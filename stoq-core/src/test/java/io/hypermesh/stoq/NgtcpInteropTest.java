package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ngtcp2's programs with GnuTLS, on the other side of real sockets on {@code [::1]}. */
@Tag("interop")
@Timeout(60)
class NgtcpInteropTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("::1");
  private static final long TIMEOUT_SECONDS = 20;
  private static final TestAuthority AUTHORITY = new TestAuthority("interop");
  private static final TestAuthority.Identity OURS = AUTHORITY.issue("EC", "stoq.test", "::1");
  private static final TestAuthority.Identity THEIRS =
      AUTHORITY.issue("Ed25519", "ngtcp2.test", "::1");

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
  private static final class Http3Server implements StoqListener {
    private final byte[] body;
    private final CompletableFuture<StoqConnection> connected = new CompletableFuture<>();
    private final CompletableFuture<byte[]> uploaded = new CompletableFuture<>();
    private final CompletableFuture<StoqCloseReason> closed = new CompletableFuture<>();

    Http3Server(byte[] body) {
      this.body = body;
    }

    @Override
    public void onConnection(StoqConnection connection) {
      connected.complete(connection);
      MinimalHttp3.openControlStream(connection);
    }

    @Override
    public void onStream(StoqStream stream) {
      Thread.startVirtualThread(() -> {
        try {
          if (stream.hasOutput()) {
            uploaded.complete(MinimalHttp3.serve(stream, body));
          } else {
            stream.inputStream().transferTo(OutputStream.nullOutputStream());
          }
        } catch (IOException e) {
          // The control streams last as long as the connection, and end with it.
          if (stream.hasOutput()) {
            uploaded.completeExceptionally(e);
          }
        }
      });
    }

    @Override
    public void onClosed(StoqConnection connection, StoqCloseReason reason) {
      closed.complete(reason);
    }
  }

  static Stream<List<String>> clientOptions() {
    return Stream.of(
        List.of(),
        List.of("--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305"),
        List.of("--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM"),
        List.of("--groups=-GROUP-ALL:+GROUP-SECP256R1"),
        List.of("--tx-loss=0.05", "--rx-loss=0.05"));
  }

  @ParameterizedTest
  @MethodSource("clientOptions")
  void gtlsclientShouldFetchFromStoqWithAClientCertificate(List<String> options) throws Exception {
    byte[] body = randomBytes(300_000);
    Http3Server http3 = new Http3Server(body);
    try (StoqEndpoint server = start(http3, StoqSettings.defaults())) {
      Programs.Result result = fetch(server, options);

      assertThat(result.exitCode()).as(result.output()).isZero();
      assertThat(Files.readAllBytes(folder.resolve("file"))).isEqualTo(body);
      StoqConnection connection = http3.connected.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertThat(connection.peerCertificates().getFirst()).isEqualTo(THEIRS.certificate());
      assertThat(connection.alpn()).isEqualTo("h3");
    }
  }

  @Test
  void gtlsclientShouldConnectAfterAHelloRetryRequest() throws Exception {
    Http3Server http3 = new Http3Server(new byte[] {1});
    try (StoqEndpoint server = start(http3, StoqSettings.defaults())) {
      // It offers a share of the first group only, which is none of ours.
      Programs.Result result =
          fetch(server, List.of("--groups=-GROUP-ALL:+GROUP-SECP384R1:+GROUP-SECP256R1"));

      assertThat(result.exitCode()).as(result.output()).isZero();
      assertThat(result.output()).containsPattern("tx \\d+ Initial CRYPTO\\(0x06\\) offset=[1-9]");
    }
  }

  @Test
  void gtlsclientShouldFetchThroughARetry() throws Exception {
    byte[] body = randomBytes(1_000);
    Http3Server http3 = new Http3Server(body);
    StoqSettings retry = StoqSettings.builder().retryThreshold(0).build();
    try (StoqEndpoint server = start(http3, retry)) {
      Programs.Result result = fetch(server, List.of());

      assertThat(result.exitCode()).as(result.output()).isZero();
      assertThat(result.output()).contains("type=Retry");
      assertThat(Files.readAllBytes(folder.resolve("file"))).isEqualTo(body);
    }
  }

  @Test
  void gtlsclientShouldUploadToStoqAndUpdateKeysMeanwhile() throws Exception {
    byte[] upload = randomBytes(5_000_000);
    Path file = Files.write(folder.resolve("upload"), upload);
    Http3Server http3 = new Http3Server(new byte[] {1});
    try (StoqEndpoint server = start(http3, StoqSettings.defaults())) {
      Programs.Result result = fetch(server, List.of("-d", file.toString(), "--key-update=1ms"));

      assertThat(result.exitCode()).as(result.output()).isZero();
      assertThat(http3.uploaded.get(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isEqualTo(upload);
      // Both sides have sent with the keys of the next phase.
      assertThat(result.output())
          .containsPattern("pkt tx pkn=\\d+ dcid=\\S+ type=1RTT k=1")
          .containsPattern("pkt rx pkn=\\d+ dcid=\\S+ type=1RTT k=1");
    }
  }

  @Test
  void stoqShouldFetchFromGtlsserver() throws Exception {
    fetchFromServer(List.of("--verify-client"));
  }

  @Test
  void stoqShouldFetchFromGtlsserverThroughARetry() throws Exception {
    fetchFromServer(List.of("--validate-addr"));
  }

  @Test
  void stoqShouldFetchFromGtlsserverThatLosesDatagrams() throws Exception {
    fetchFromServer(List.of("--tx-loss=0.05", "--rx-loss=0.05"));
  }

  private void fetchFromServer(List<String> options) throws Exception {
    byte[] body = randomBytes(2_000_000);
    Path htdocs = Files.createDirectory(folder.resolve("htdocs"));
    Files.write(htdocs.resolve("file"), body);
    int port = freePort();
    List<String> command = new ArrayList<>(List.of("gtlsserver", "-q", "-d", htdocs.toString()));
    command.addAll(options);
    command.addAll(
        List.of(
            "::1",
            Integer.toString(port),
            folder.resolve("key.pem").toString(),
            folder.resolve("cert.pem").toString()));
    Process process = Programs.start(log, command);
    try (StoqEndpoint client =
        StoqEndpoint.builder()
            .clientOnly()
            .bindAddress(new InetSocketAddress(LOOPBACK, 0))
            .keyManager(OURS.keyManager())
            .trustManager(AUTHORITY.trustManager())
            .alpns("h3")
            .start()) {
      // Sent again by the client's own timers until the program listens.
      StoqConnection connection =
          client
              .connect(new InetSocketAddress(LOOPBACK, port))
              .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertThat(connection.peerCertificates().getFirst()).isEqualTo(THEIRS.certificate());
      MinimalHttp3.openControlStream(connection);

      assertThat(MinimalHttp3.get(connection, "[::1]", "/file")).isEqualTo(body);
      connection.close(0x100, "");
    } finally {
      process.destroy();
      assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
  }

  private StoqEndpoint start(StoqListener listener, StoqSettings settings) throws StoqException {
    return StoqEndpoint.builder()
        .bindAddress(new InetSocketAddress(LOOPBACK, 0))
        .keyManager(OURS.keyManager())
        .trustManager(AUTHORITY.trustManager())
        .alpns("h3")
        .settings(settings)
        .listener(listener)
        .start();
  }

  private Programs.Result fetch(StoqEndpoint server, List<String> options) throws Exception {
    int port = server.localAddress().getPort();
    List<String> command =
        new ArrayList<>(
            List.of(
                "gtlsclient",
                "--no-quic-dump",
                "--no-http-dump",
                "--exit-on-all-streams-close",
                "--timeout=" + Duration.ofSeconds(TIMEOUT_SECONDS).toMillis() + "ms",
                "--cert=" + folder.resolve("cert.pem"),
                "--key=" + folder.resolve("key.pem"),
                "--download=" + folder));
    command.addAll(options);
    command.addAll(List.of("::1", Integer.toString(port), "https://[::1]:" + port + "/file"));
    return Programs.run(log, TIMEOUT_SECONDS, command);
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
      return socket.getLocalPort();
    }
  }

  private static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
