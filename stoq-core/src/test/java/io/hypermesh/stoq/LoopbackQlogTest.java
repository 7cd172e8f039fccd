package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.qlog.QlogSchema;
import io.hypermesh.stoq.qlog.QlogSchema.Event;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopbackQlogTest extends LoopbackFixture {
  private static final byte[] PAYLOAD =
      "a payload that isn't to be found".getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;
  private final Queue<String> keys = new ConcurrentLinkedQueue<>();

  private StoqEndpointBuilder logged(StoqEndpointBuilder builder) {
    return builder
        .keyLog(keys::add)
        .wallClock(() -> Instant.parse("2026-01-02T03:04:05Z"))
        .qlog(Qlog.toDirectory(directory));
  }

  private void exchange(StoqEndpoint server, StoqEndpoint client) throws Exception {
    StoqConnection connection = get(client.connect(server.localAddress()));
    StoqStream stream = get(connection.openStream());
    try (OutputStream output = stream.outputStream(WAIT)) {
      output.write(PAYLOAD);
    }
    try (InputStream input = stream.inputStream(WAIT)) {
      assertThat(input.readAllBytes()).isEqualTo(PAYLOAD);
    }
  }

  @Test
  void shouldLogBothSidesWithoutSecrets() throws Exception {
    StoqEndpoint server = start(logged(serverBuilder(new Echo())));
    StoqEndpoint client = start(logged(clientBuilder()));
    exchange(server, client);
    client.close();
    server.close();

    List<String> logs;
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> sorted = files.sorted().toList();
      assertThat(sorted.stream().map(file -> file.getFileName().toString()))
          .satisfiesExactly(
              name -> assertThat(name).matches("[0-9a-f]{16,}_client\\.sqlog"),
              name -> assertThat(name).matches("[0-9a-f]{16,}_server\\.sqlog"));
      logs = sorted.stream().map(LoopbackQlogTest::text).toList();
    }
    for (String log : logs) {
      List<Event> events = QlogSchema.read(log);
      assertThat(log).contains("\"wall_clock_time\":\"2026-01-02T03:04:05Z\"");
      assertThat(events.stream().map(Event::name))
          .contains("quic:packet_sent", "quic:packet_received", "quic:connection_closed");
      assertHasNone(log, PAYLOAD);
    }
    assertThat(keys).isNotEmpty();
    for (String line : keys) {
      // Label, client random, secret.
      byte[] secret = HexFormat.of().parseHex(line.split(" ", -1)[2]);
      logs.forEach(log -> assertHasNone(log, secret));
    }
  }

  private static void assertHasNone(String log, byte[] bytes) {
    assertThat(log)
        .doesNotContainIgnoringCase(HexFormat.of().formatHex(bytes))
        .doesNotContainIgnoringCase(HexFormat.of().formatHex(bytes, 0, 8))
        .doesNotContain(Base64.getEncoder().withoutPadding().encodeToString(bytes))
        .doesNotContain(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldGoOnWhereTheHostsLogFails() throws Exception {
    Qlog broken =
        (id, client) -> {
          if (client) {
            throw new IllegalStateException("no log today");
          }
          return record -> {
            throw new IllegalStateException("no record today");
          };
        };
    StoqEndpoint server = start(serverBuilder(new Echo()).qlog(broken));
    StoqEndpoint client = start(clientBuilder().qlog(broken));
    exchange(server, client);
    client.close();
    server.close();
    get(server.ended());
  }
}
