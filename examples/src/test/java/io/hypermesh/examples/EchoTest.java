package io.hypermesh.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.StoqEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EchoTest {
  @TempDir Path folder;

  private EchoOptions options(String... more) {
    String[] common = {"--identity", folder.resolve("identity").toString()};
    String[] all = Arrays.copyOf(common, common.length + more.length);
    System.arraycopy(more, 0, all, common.length, more.length);
    return EchoOptions.parse(all);
  }

  @Test
  void shouldEchoWithAThrowawayIdentityAndWithPemFiles() throws Exception {
    Path keyLog = folder.resolve("keys.txt");
    try (StoqEndpoint server = EchoServer.start(options("--port", "0"))) {
      String port = Integer.toString(server.localAddress().getPort());
      assertThat(EchoClient.run(options("--port", port, "--message", "over and out")))
          .isEqualTo("over and out");

      String identity = folder.resolve("identity").toString();
      EchoOptions files =
          EchoOptions.parse(
              "--port",
              port,
              "--cert",
              identity + "/cert.pem",
              "--key",
              identity + "/key.pem",
              "--ca",
              identity + "/cert.pem",
              "--keylog",
              keyLog.toString());
      assertThat(EchoClient.run(files)).isEqualTo("hello");
    }
    assertThat(keyLog).content().contains("CLIENT_TRAFFIC_SECRET_0 ");
  }

  @Test
  void shouldSayInOneLineWhatIsWrong() throws Exception {
    try (StoqEndpoint server = EchoServer.start(options("--port", "0"))) {
      String port = Integer.toString(server.localAddress().getPort());
      assertThatThrownBy(() -> EchoServer.start(options("--port", port)))
          .hasMessageContaining("the port is in use");
    }
    assertThatThrownBy(() -> EchoServer.start(options("--host", "127.0.0.1")))
        .hasMessageContaining("IPv6 only");
    assertThatThrownBy(() -> EchoOptions.parse("--prot", "1")).hasMessageContaining("--prot");
    assertThatThrownBy(() -> options("--port", "x").server())
        .hasMessage("couldn't use --port x: not a number");
    assertThatThrownBy(() -> options("--port", "99999").server())
        .hasMessageContaining("--port 99999");
    assertThatThrownBy(() -> options("--host", "nonsense").server())
        .hasMessageContaining("--host nonsense");
    assertThatThrownBy(() -> EchoClient.run(EchoOptions.parse("--identity", "nowhere")))
        .hasMessageContaining("start an EchoServer");
  }

  @Test
  void shouldNameTheFileThatItCannotRead() throws Exception {
    String missing = folder.resolve("missing.pem").toString();
    String text = Files.writeString(folder.resolve("text.pem"), "no PEM, but text").toString();
    PemIdentity.makeThrowaway(folder);
    String good = folder.resolve("cert.pem").toString();
    assertThatThrownBy(() -> endpoint(missing, missing, missing))
        .hasMessage("couldn't read " + missing + ": there is no such file");
    assertThatThrownBy(() -> endpoint(good, missing, good))
        .hasMessage("couldn't read " + missing + ": there is no such file");
    assertThatThrownBy(() -> endpoint(good, text, good))
        .hasMessage("couldn't read " + text + ": it is no PEM file");
    assertThatThrownBy(() -> endpoint(good, folder.toString(), good))
        .hasMessageStartingWith("couldn't read " + folder + ": ");
    Path empty = Files.createFile(folder.resolve("empty.pem"));
    assertThatThrownBy(() -> endpoint(empty.toString(), missing, good))
        .hasMessage("couldn't read " + empty + ": no certificate is in it");
    assertThatThrownBy(() -> PemIdentity.makeThrowaway(empty))
        .hasMessageStartingWith("couldn't make an identity in " + empty);
  }

  @Test
  void shouldKeepAThrowawayKeyToItsOwner() throws Exception {
    PemIdentity.makeThrowaway(folder);
    assertThat(Files.getPosixFilePermissions(folder.resolve("key.pem")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  private static void endpoint(String certificate, String key, String authority) throws Exception {
    EchoOptions.parse("--cert", certificate, "--key", key, "--ca", authority).endpoint();
  }

  @Test
  @Tag("interop")
  void gtlsclientShouldExchangeAStreamWithTheEchoServer() throws Exception {
    assumeTrue(
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
            .anyMatch(bin -> Files.isExecutable(Path.of(bin, "gtlsclient"))),
        "gtlsclient isn't installed (Debian: apt-get install ngtcp2-client)");
    Path log = folder.resolve("log.txt");
    try (StoqEndpoint server = EchoServer.start(options("--port", "0", "--alpn", "h3"))) {
      String port = Integer.toString(server.localAddress().getPort());
      Process client =
          new ProcessBuilder(
                  "gtlsclient",
                  "--exit-on-all-streams-close",
                  "--timeout=10s",
                  "--cert=" + folder.resolve("identity/cert.pem"),
                  "--key=" + folder.resolve("identity/key.pem"),
                  "::1",
                  port,
                  "https://[::1]:" + port + "/")
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
        String output = Files.readString(log);
        assertThat(client.exitValue()).as(output).isZero();
        // The request came back byte for byte, which as HTTP/3 is a stream error, and a stream's
        // end.
        assertThat(output).contains("QUIC handshake has been confirmed", "HTTP stream 0 closed");
      } finally {
        client.destroyForcibly();
      }
    }
  }
}
