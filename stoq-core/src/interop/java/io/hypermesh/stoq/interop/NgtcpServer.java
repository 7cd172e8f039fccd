package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.MinimalHttp3;
import io.hypermesh.stoq.StoqCloseReason;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.TestAuthority;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/** ngtcp2's server with GnuTLS, {@code gtlsserver}. */
final class NgtcpServer implements Peer {
  /** TLS's alerts as QUIC's errors (RFC 9001, 4.8). */
  private static final long DECRYPT_ERROR = 0x133;

  private static final long CERTIFICATE_REQUIRED = 0x174;

  @Override
  public String title() {
    return "ngtcp2 server";
  }

  /** GnuTLS doesn't take the JDK's encoding of an EC key, which lacks its public half. */
  @Override
  public String keyAlgorithm() {
    return "Ed25519";
  }

  @Override
  public @Nullable String limitation(Scenario scenario, Trial trial) throws Exception {
    if (scenario != Scenario.V2) {
      return null;
    }
    Process help = trial.start("help", List.of("gtlsserver", "--help"));
    assertThat(help.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(trial.log("help")).contains("v2draft").doesNotContain("\"v2\"");
    return "0.12.1 has only a draft of version 2, under the number 0x709a50c4 and with other keys"
        + " (its `--help` knows `v1` and `v2draft`)";
  }

  @Override
  public @Nullable String remark(Scenario scenario) {
    return switch (scenario) {
      case CLIENT_CERTIFICATE ->
          "gtlsserver asks whether a client has a certificate and its key, and not who issued it (its"
              + " `--help` says so): it refuses one without a certificate, and one with another key";
      case RESUMPTION ->
          "STOQ says that the session was resumed; gtlsserver's log shows that its handshake was"
              + " shorter by a certificate";
      case ZERO_RTT ->
          "both say it: gtlsserver's log has the request in a 0-RTT packet, STOQ has the server's"
              + " word that it took it";
      default -> null;
    };
  }

  @Override
  public void run(Scenario scenario, Trial trial) throws Exception {
    byte[] content = Trial.content(scenario.bytes());
    Path documents = Files.createDirectory(trial.folder().resolve("htdocs"));
    Files.write(documents.resolve("file"), content);
    int port = Trial.freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                "gtlsserver",
                "--handshake-timeout=60s",
                "--no-quic-dump",
                "--no-http-dump",
                "-d",
                documents.toString()));
    command.addAll(
        switch (scenario) {
          case CLIENT_CERTIFICATE -> List.of("--verify-client");
          case RETRY -> List.of("--validate-addr");
          case CHACHA20 -> List.of(NgtcpClient.CHACHA20);
          case HANDSHAKE, TRANSFER, KEY_UPDATE, REBINDING, V2, RESUMPTION, ZERO_RTT ->
              List.<String>of();
        });
    command.addAll(
        List.of(
            "::1",
            Integer.toString(port),
            trial.folder().resolve("key.pem").toString(),
            trial.folder().resolve("cert.pem").toString()));
    trial.startServer("gtlsserver", command, port);
    try (StoqClient client = new StoqClient(scenario, "h3", trial)) {
      StoqConnection connection = client.connect(Trial.loopback(port));
      MinimalHttp3.openControlStream(connection);
      if (scenario.resumes()) {
        byte[] once = MinimalHttp3.exchange(connection, "[::1]", "/file", new byte[0], () -> {});
        assertThat(once).isEqualTo(content);
        connection = client.reconnect(connection);
      }
      StoqConnection last = connection;
      byte[] upload = scenario == Scenario.TRANSFER ? content : new byte[0];
      byte[] received =
          MinimalHttp3.exchange(last, "[::1]", "/file", upload, () -> client.meanwhile(last));
      assertThat(Trial.sha256(received)).isEqualTo(Trial.sha256(content));
      trial.prove("STOQ received " + received.length + " bytes, SHA-256 alike");
      if (scenario.resumes()) {
        // Not before the request, which is to be the early data.
        MinimalHttp3.openControlStream(last);
      }
      client.check(last);
      last.close(0x100, "");
      if (scenario == Scenario.CLIENT_CERTIFICATE) {
        requireRefusals(trial, Trial.loopback(port));
      }
      checkLog(scenario, trial, upload.length);
    }
  }

  /**
   * Its log says nothing of certificates. That it wants one, has it and has checked the client's
   * signature with it shows where it refuses.
   */
  private static void requireRefusals(Trial trial, InetSocketAddress server) throws Exception {
    try (StoqClient anonymous = new StoqClient(Scenario.HANDSHAKE, "h3", trial)) {
      StoqCloseReason refusal = anonymous.requireRefused(server, CERTIFICATE_REQUIRED);
      trial.prove("gtlsserver refused a client without a certificate: " + refusal);
    }
    TestAuthority.Identity ours = trial.ours();
    PrivateKey another = trial.authority().issue("EC", "another.test").key();
    try (StoqClient thief =
        new StoqClient(
            Scenario.CLIENT_CERTIFICATE,
            "h3",
            trial,
            new TestAuthority.Identity(another, ours.certificate(), ours.authority()))) {
      StoqCloseReason refusal = thief.requireRefused(server, DECRYPT_ERROR);
      trial.prove("gtlsserver refused a client with our certificate and another key: " + refusal);
    }
  }

  private static void checkLog(Scenario scenario, Trial trial, int uploaded) throws Exception {
    ProgramLog log = new ProgramLog("gtlsserver", trial.log("gtlsserver"), trial);
    log.contains("QUIC handshake has completed");
    switch (scenario) {
      case TRANSFER -> {
        // It throws a request's body away: that it took all of it is seen by the stream's end.
        Matcher end =
            log.matches(
                "frm rx \\d+ 1RTT STREAM\\(0x0\\w\\) id=0x0 fin=1 offset=(\\d+) len=(\\d+)");
        assertThat(Long.parseLong(end.group(1)) + Long.parseLong(end.group(2)))
            .isGreaterThan(uploaded);
      }
      case CLIENT_CERTIFICATE -> {
        log.contains("error_code=CRYPTO_ERROR(0x174)");
        log.contains("error_code=CRYPTO_ERROR(0x133)");
      }
      case RETRY -> {
        Matcher _ = log.matches("Sending Retry packet to .*");
        log.contains("Token was successfully validated");
      }
      case KEY_UPDATE -> {
        Matcher _ = log.matches("pkt rx pkn=\\d+ dcid=\\S+ type=1RTT k=1");
        Matcher _ = log.matches("pkt tx pkn=\\d+ dcid=\\S+ type=1RTT k=1");
      }
      case CHACHA20 -> log.contains("Negotiated cipher suite is CHACHA20-POLY1305");
      case REBINDING -> {
        Matcher _ = log.matches("frm tx \\d+ 1RTT PATH_CHALLENGE\\(0x1a\\) \\S+");
      }
      case RESUMPTION -> log.shorterHandshake("tx", trial.theirs().certificate());
      case ZERO_RTT -> {
        log.shorterHandshake("tx", trial.theirs().certificate());
        Matcher _ = log.matches("frm rx \\d+ 0RTT STREAM\\S* id=0x0 .*");
      }
      case HANDSHAKE, V2 -> {
        // Proven by the bytes.
      }
    }
  }
}
