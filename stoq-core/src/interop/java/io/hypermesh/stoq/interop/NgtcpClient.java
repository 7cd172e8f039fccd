package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/** ngtcp2's client with GnuTLS, {@code gtlsclient}. */
final class NgtcpClient implements Peer {
  static final String CHACHA20 =
      "--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305";

  @Override
  public String title() {
    return "ngtcp2 client";
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
    Process help = trial.start("help", List.of("gtlsclient", "--help"));
    assertThat(help.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(trial.log("help")).contains("v2draft").doesNotContain("\"v2\"");
    return "0.12.1 has only a draft of version 2, under the number 0x709a50c4 and with other keys"
        + " (its `--help` knows `v1` and `v2draft`)";
  }

  @Override
  public @Nullable String remark(Scenario scenario) {
    return switch (scenario) {
      case RESUMPTION ->
          "STOQ says that the session was resumed; gtlsclient's log shows that STOQ's handshake was"
              + " shorter by a certificate";
      case ZERO_RTT ->
          "both say it: STOQ took early data, gtlsclient's log has the request in a 0-RTT packet and"
              + " no rejection";
      default -> null;
    };
  }

  @Override
  public void run(Scenario scenario, Trial trial) throws Exception {
    try (StoqServer server = new StoqServer(scenario, "h3", trial)) {
      int port = server.address().getPort();
      List<String> command =
          new ArrayList<>(
              List.of(
                  "gtlsclient",
                  "--no-quic-dump",
                  "--no-http-dump",
                  "--exit-on-all-streams-close",
                  "--timeout=30s",
                  "--handshake-timeout=60s",
                  "--download=" + trial.folder()));
      // A rebound client that only receives can't be found by its server: it has nothing to send.
      boolean upload =
          scenario == Scenario.TRANSFER
              || scenario == Scenario.KEY_UPDATE
              || scenario == Scenario.REBINDING;
      if (upload) {
        Path file = trial.folder().resolve("upload");
        Files.write(file, Trial.content(scenario.bytes()));
        command.addAll(List.of("-d", file.toString()));
      }
      command.addAll(options(scenario, trial));
      command.addAll(List.of("::1", Integer.toString(port), "https://[::1]:" + port + "/file"));
      if (scenario.resumes()) {
        // The same again, with what the first run leaves in files.
        Process first = trial.start("first", command);
        assertThat(first.waitFor(Trial.WAIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(first.exitValue()).as(ProgramLog.tail(trial.log("first"))).isZero();
        Files.delete(trial.folder().resolve("file"));
      }
      Process process = trial.start("gtlsclient", command);
      boolean ended = process.waitFor(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
      String log = trial.log("gtlsclient");
      assertThat(ended && process.exitValue() == 0).as(ProgramLog.tail(log)).isTrue();
      byte[] downloaded = Files.readAllBytes(trial.folder().resolve("file"));
      assertThat(Trial.sha256(downloaded)).isEqualTo(Trial.sha256(Trial.content(scenario.bytes())));
      trial.prove("gtlsclient received " + downloaded.length + " bytes, SHA-256 alike");
      checkLog(scenario, trial, log);
      if (scenario.resumes()) {
        new ProgramLog("gtlsclient", trial.log("first") + log, trial)
            .shorterHandshake("rx", trial.ours().certificate());
      }
      server.check(upload);
    }
  }

  private static List<String> options(Scenario scenario, Trial trial) {
    return switch (scenario) {
      case CLIENT_CERTIFICATE ->
          List.of(
              "--cert=" + trial.folder().resolve("cert.pem"),
              "--key=" + trial.folder().resolve("key.pem"));
      case CHACHA20 -> List.of(CHACHA20);
      case KEY_UPDATE -> List.of("--key-update=1ms");
      case REBINDING -> List.of("--change-local-addr=5ms", "--nat-rebinding");
      case RESUMPTION ->
          List.of(
              "--session-file=" + trial.folder().resolve("session"),
              "--tp-file=" + trial.folder().resolve("parameters"),
              "--disable-early-data");
      case ZERO_RTT ->
          List.of(
              "--session-file=" + trial.folder().resolve("session"),
              "--tp-file=" + trial.folder().resolve("parameters"));
      case HANDSHAKE, TRANSFER, RETRY, V2 -> List.of();
    };
  }

  private static void checkLog(Scenario scenario, Trial trial, String log) {
    ProgramLog lines = new ProgramLog("gtlsclient", log, trial);
    lines.contains("QUIC handshake has completed");
    switch (scenario) {
      case RETRY -> {
        Matcher _ = lines.matches("pkt rx pkn=\\d+ dcid=\\S+ scid=\\S+ .*type=Retry");
      }
      case KEY_UPDATE -> {
        Matcher _ = lines.matches("pkt tx pkn=\\d+ dcid=\\S+ type=1RTT k=1");
        Matcher _ = lines.matches("pkt rx pkn=\\d+ dcid=\\S+ type=1RTT k=1");
      }
      case CHACHA20 -> lines.contains("Negotiated cipher suite is CHACHA20-POLY1305");
      case REBINDING -> {
        Matcher _ = lines.matches("Local address is now \\S+");
      }
      case ZERO_RTT -> {
        Matcher _ = lines.matches("frm tx \\d+ 0RTT STREAM\\S* id=0x0 .*");
        assertThat(log).doesNotContain("Early data was rejected by server");
      }
      case HANDSHAKE, TRANSFER, CLIENT_CERTIFICATE, V2, RESUMPTION -> {
        // Proven by the bytes, and by what STOQ saw.
      }
    }
  }
}
