package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.MinimalHttp3;
import io.hypermesh.stoq.StoqCloseReason;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * quic-go as caddy 2.6.2 has it: a server with HTTP/3 only. {@code /file} is a file, {@code /seen}
 * says what it knows of its client, and {@code /upload} is passed on to an HTTP server of ours,
 * which answers with the body's hash.
 */
final class CaddyServer implements Peer {
  /**
   * With more requests than this at once, caddy asks new clients for a token: the number is in its
   * {@code ListenQUIC}, in the function that it gives quic-go as {@code RequireAddressValidation}.
   */
  private static final int BUSY_REQUESTS = 1_000;

  private static final int STREAMS_MAX = 100;

  static final String VERSION_2 = "0x6b3343cf";
  private static final String DRAFT_VERSION_2 = "0x709a50c4";

  @Override
  public String title() {
    return "quic-go server";
  }

  @Override
  public @Nullable String limitation(Scenario scenario, Trial trial) throws Exception {
    if (scenario == Scenario.V2) {
      int port = Trial.freePort();
      startCaddy(scenario, trial, port, 0, trial.folder());
      try (StoqClient client = new StoqClient(Scenario.HANDSHAKE, "h3", trial)) {
        client.connect(Trial.loopback(port)).close();
      }
      Set<String> versions = VersionProbe.ask(Trial.loopback(port));
      assertThat(versions).contains(DRAFT_VERSION_2).doesNotContain(VERSION_2);
      return "caddy 2.6.2 has only a draft of version 2, under the number 0x709a50c4 and with other"
          + " keys (its Version Negotiation packet says so)";
    }
    if (scenario == Scenario.REBINDING) {
      int port = Trial.freePort();
      startCaddy(scenario, trial, port, 0, trial.folder());
      try (StoqClient client = new StoqClient(scenario, "h3", trial)) {
        StoqConnection connection = client.connect(Trial.loopback(port));
        MinimalHttp3.openControlStream(connection);
        client.requireLostAfterRebinding(
            () -> MinimalHttp3.ask(connection, authority(connection), "/seen", new byte[0]));
      }
      return "its connections go on sending to the address of the client's first packet: after the"
          + " client's port changed, nothing arrives on the new one (tried in each run)";
    }
    return null;
  }

  @Override
  public @Nullable String remark(Scenario scenario) {
    return scenario.resumes()
        ? "seen by STOQ alone; caddy's own `http.request.tls.resumed` is false for each request over"
            + " HTTP/3"
        : null;
  }

  @Override
  public void run(Scenario scenario, Trial trial) throws Exception {
    byte[] content = Trial.content(scenario.bytes());
    Path documents = Files.createDirectory(trial.folder().resolve("htdocs"));
    Files.write(documents.resolve("file"), content);
    int port = Trial.freePort();
    try (BodyHasher behind = new BodyHasher();
        StoqClient client = new StoqClient(scenario, "h3", trial);
        StoqClient crowd = new StoqClient(Scenario.HANDSHAKE, "h3", trial)) {
      startCaddy(scenario, trial, port, behind.port(), documents);
      if (scenario == Scenario.RETRY) {
        makeBusy(crowd, port, behind);
      }
      StoqConnection connection = client.connect(Trial.loopback(port));
      MinimalHttp3.openControlStream(connection);
      if (scenario.resumes()) {
        exchange(scenario, trial, client, connection, content);
        // A client may send its settings later than a request, which is to be the early data.
        connection = client.reconnect(connection);
      }
      exchange(scenario, trial, client, connection, content);
      client.check(connection);
      connection.close(0x100, "");
    }
  }

  private static void exchange(
      Scenario scenario, Trial trial, StoqClient client, StoqConnection connection, byte[] content)
      throws Exception {
    byte[] received =
        MinimalHttp3.exchange(
            connection,
            authority(connection),
            "/file",
            new byte[0],
            () -> client.meanwhile(connection));
    assertThat(Trial.sha256(received)).isEqualTo(Trial.sha256(content));
    trial.prove("STOQ received " + received.length + " bytes, SHA-256 alike");
    if (scenario == Scenario.TRANSFER || scenario == Scenario.KEY_UPDATE) {
      String hash =
          text(
              MinimalHttp3.exchange(
                  connection,
                  authority(connection),
                  "/upload",
                  content,
                  () -> client.meanwhile(connection)));
      assertThat(hash).isEqualTo(Trial.sha256(content));
      trial.prove("caddy received and passed on " + content.length + " bytes, SHA-256 " + hash);
    }
    String seen =
        text(
            MinimalHttp3.exchange(
                connection, authority(connection), "/seen", new byte[0], () -> {}));
    trial.prove("caddy saw: " + seen);
    assertThat(seen).startsWith("HTTP/3");
    if (scenario == Scenario.CLIENT_CERTIFICATE) {
      // It tells requests over HTTP/3 nothing of the certificate, but it does insist on one.
      try (StoqClient anonymous = new StoqClient(Scenario.HANDSHAKE, "h3", trial)) {
        // bad_certificate, as Go says, or certificate_required, as RFC 8446 does.
        StoqCloseReason refusal =
            anonymous.requireRefused(connection.remoteAddress(), 0x12a, 0x174);
        trial.prove("caddy refused a client without a certificate: " + refusal);
      }
    }
  }

  private static String authority(StoqConnection connection) {
    return Trial.PEER_NAME + ":" + connection.remoteAddress().getPort();
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8).strip();
  }

  private static void startCaddy(
      Scenario scenario, Trial trial, int port, int behind, Path documents) throws Exception {
    String clientAuthentication =
        scenario == Scenario.CLIENT_CERTIFICATE
            ? "{\n    client_auth {\n      mode require_and_verify\n      trusted_ca_cert_file "
                + trial.folder().resolve("authority.pem")
                + "\n    }\n  }"
            : "";
    String configuration =
        """
        {
          admin off
          auto_https off
          servers {
            strict_sni_host insecure_off
          }
          storage file_system FOLDER/caddy
        }
        https://localhost:PORT {
          bind ::1
          tls FOLDER/cert.pem FOLDER/key.pem CLIENT_AUTH
          handle /upload {
            reverse_proxy [::1]:BEHIND
          }
          handle /wait {
            reverse_proxy [::1]:BEHIND
          }
          handle /seen {
            respond "{http.request.proto} resumed={http.request.tls.resumed}"
          }
          log {
            output stderr
          }
          handle {
            root * DOCUMENTS
            file_server
          }
        }
        """
            .replace("FOLDER", trial.folder().toString())
            .replace("PORT", Integer.toString(port))
            .replace("BEHIND", Integer.toString(behind))
            .replace("DOCUMENTS", documents.toString())
            .replace("CLIENT_AUTH", clientAuthentication);
    Path file = Files.writeString(trial.folder().resolve("Caddyfile"), configuration);
    trial.startServer(
        "caddy",
        List.of(
            "env",
            "HOME=" + trial.folder(),
            "caddy",
            "run",
            "--config",
            file.toString(),
            "--adapter",
            "caddyfile"),
        port);
  }

  /**
   * Has so many requests wait for their answers that caddy thinks that it is under attack. It
   * counts a request before it passes it on, so those that have come through are counted.
   */
  private static void makeBusy(StoqClient crowd, int port, BodyHasher behind) throws Exception {
    for (int asked = 0; asked <= BUSY_REQUESTS; asked += STREAMS_MAX) {
      StoqConnection connection = crowd.connect(Trial.loopback(port));
      MinimalHttp3.openControlStream(connection);
      for (int i = 0; i < STREAMS_MAX; i++) {
        StoqStream _ = MinimalHttp3.ask(connection, authority(connection), "/wait", new byte[0]);
      }
    }
    behind.awaitWaiting(BUSY_REQUESTS + 1);
  }
}
