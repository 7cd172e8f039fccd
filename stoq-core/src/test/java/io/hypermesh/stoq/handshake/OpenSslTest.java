package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeFixture.AUTHORITY;
import static io.hypermesh.stoq.handshake.HandshakeFixture.HOST;
import static io.hypermesh.stoq.handshake.HandshakeFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.HandshakeEvent.HandshakeComplete;
import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import io.hypermesh.stoq.protection.CipherSuite;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The client against OpenSSL's server, an implementation that shares nothing with ours. (Its client
 * refuses QUIC's extension in EncryptedExtensions, so our server is met by QUIC stacks only.)
 * Skipped where there is no {@code openssl} of version 3.
 */
class OpenSslTest {
  private static final int TIMEOUT_MILLIS = 10_000;

  @TempDir private Path directory;

  @BeforeAll
  static void requireOpenSsl() {
    String version = "";
    try {
      Process process = new ProcessBuilder("openssl", "version").start();
      version = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      version = e.getMessage();
    }
    String found = version;
    Assumptions.assumeTrue(
        found.startsWith("OpenSSL 3"), () -> "skipped: needs OpenSSL 3, found " + found);
  }

  private String pem(String file, String label, byte[]... contents) throws IOException {
    StringBuilder text = new StringBuilder();
    for (byte[] content : contents) {
      text.append("-----BEGIN ").append(label).append("-----\n");
      text.append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content));
      text.append("\n-----END ").append(label).append("-----\n");
    }
    Path path = directory.resolve(file);
    Files.writeString(path, text);
    return path.toString();
  }

  private List<String> identityOptions(Identity identity) throws Exception {
    byte[][] chain = new byte[identity.chain().size()][];
    for (int i = 0; i < chain.length; i++) {
      chain[i] = identity.chain().get(i).getEncoded();
    }
    String own = pem("own.pem", "CERTIFICATE", chain);
    return List.of(
        "-cert",
        own,
        "-cert_chain",
        own,
        "-key",
        pem("key.pem", "PRIVATE KEY", identity.key().getEncoded()),
        "-CAfile",
        pem("root.pem", "CERTIFICATE", AUTHORITY.root().getEncoded()),
        "-tls1_3",
        "-alpn",
        "stoq/1.0");
  }

  private static Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(5, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }

  /** The leaf and its issuer; this server repeats the leaf from its chain file. */
  private static void assertShown(HandshakeComplete complete, Identity identity) {
    X509Certificate own = identity.chain().getFirst();
    assertThat(complete.peerCertificates().getFirst()).isEqualTo(own);
    assertThat(complete.peerCertificates()).contains(identity.chain().getLast());
    assertThat(complete.applicationProtocol()).isEqualTo("stoq/1.0");
  }

  @ParameterizedTest
  @CsvSource({
    "AES_128_GCM_SHA256, X25519, ED25519",
    "AES_256_GCM_SHA384, P-256, P256",
    "CHACHA20_POLY1305_SHA256, X25519, P384",
    "AES_128_GCM_SHA256, P-256, RSA",
    "AES_256_GCM_SHA384, X25519, RSA_PSS",
  })
  void shouldConnectToItsServer(CipherSuite suite, String group, Kind kind) throws Exception {
    Identity server = AUTHORITY.issue(kind, HOST);
    Identity client = AUTHORITY.issue(kind, "client.example");
    // A QUIC server's extension, which this one repeats from a file (type 0x39, 2 bytes) where the
    // client's is empty.
    byte[] extension = {0, 0, 4, (byte) 0x80, 0, 0x39, 0, 2, 7, 7};
    List<String> command = new ArrayList<>(List.of("openssl", "s_server", "-accept", "0"));
    command.addAll(identityOptions(server));
    command.addAll(
        List.of(
            "-serverinfo",
            pem("info.pem", "SERVERINFOV2 FOR QUIC", extension),
            "-ciphersuites",
            "TLS_" + suite.name(),
            "-groups",
            group,
            "-Verify",
            "2",
            "-verify_return_error",
            "-rev"));
    Process process = start(command);
    try (BufferedReader output = process.inputReader(StandardCharsets.US_ASCII)) {
      int port = portOf(output);
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        TlsHandshake handshake =
            TlsHandshake.client(settings(client, 1).build(), HOST, port, new byte[0]);
        RecordConnection connection = new RecordConnection(handshake, socket);
        assertShown(connection.handshake(), server);
        connection.sendLine("stoq");
        assertThat(connection.readLine()).isEqualTo("qots");
      }
    } finally {
      end(process);
    }
  }

  private static int portOf(BufferedReader output) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("ACCEPT")) {
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).strip());
      }
    }
    throw new IOException("s_server ended before it listened");
  }
}
