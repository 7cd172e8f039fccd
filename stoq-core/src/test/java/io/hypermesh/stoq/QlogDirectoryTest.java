package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QlogDirectoryTest {
  private static final String RECORD = "\u001e{}\n";

  @TempDir Path temporary;

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void shouldWriteALogForEachConnectionAndSide() throws IOException {
    Path directory = temporary.resolve("a/b");
    Qlog qlog = Qlog.toDirectory(directory);
    QlogSink client = qlog.open("0a0b", true);
    QlogSink server = qlog.open("0a0b", false);
    assertThat(client.append(RECORD)).isTrue();
    assertThat(server.append("\u001e{\"\u00e9\":1}\n")).isTrue();
    client.close("\u001e[]\n");
    qlog.close();
    qlog.close();
    assertThat(names(directory)).containsExactly("0a0b_client.sqlog", "0a0b_server.sqlog");
    assertThat(directory.resolve("0a0b_client.sqlog")).hasContent(RECORD + "\u001e[]\n");
    assertThat(directory.resolve("0a0b_server.sqlog")).hasContent("\u001e{\"\u00e9\":1}\n");
    assertThat(server.append(RECORD)).isFalse();
    assertThat(qlog.open("0c", true)).isNull();
  }

  @Test
  void shouldNotWriteOverAFile() throws IOException {
    Files.writeString(temporary.resolve("aa_server.sqlog"), "kept");
    Qlog qlog = Qlog.toDirectory(temporary);
    qlog.open("aa", false).append(RECORD);
    qlog.close();
    assertThat(temporary.resolve("aa_server.sqlog")).hasContent("kept");
    assertThat(temporary.resolve("aa_server-2.sqlog")).hasContent(RECORD);
  }

  @Test
  void shouldRefuseWhatDoesNotFitIntoTheQueue() {
    Qlog qlog = new QlogDirectory(temporary, 1 << 20, 10);
    QlogSink sink = qlog.open("aa", false);
    assertThat(sink.append("0123456789a")).isFalse();
    assertThat(sink.append("0123456789")).isTrue();
    qlog.close();
  }

  @Test
  void shouldStopAtItsBytes() throws Exception {
    Qlog qlog = Qlog.toDirectory(temporary, 100);
    QlogSink sink = qlog.open("aa", false);
    int taken = 0;
    while (sink.append(RECORD)) {
      taken++;
      Thread.onSpinWait();
    }
    sink.close("last");
    qlog.close();
    String written = Files.readString(temporary.resolve("aa_server.sqlog"));
    assertThat(written).hasSize(taken * RECORD.length() + 4).endsWith("last");
    assertThat(written.length()).isGreaterThanOrEqualTo(100);
  }

  @Test
  void shouldOpenNoMoreLogsThanItsLimit() {
    Qlog qlog = Qlog.toDirectory(temporary);
    List<QlogSink> open = new ArrayList<>();
    for (int i = 0; i < QlogDirectory.OPEN_MAX; i++) {
      open.add(qlog.open("id" + i, true));
    }
    assertThat(open).doesNotContainNull();
    assertThat(qlog.open("more", true)).isNull();
    qlog.close();
  }

  @Test
  void shouldSurviveADiskThatFails() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "not a directory");
    Qlog qlog = Qlog.toDirectory(file);
    QlogSink sink = qlog.open("aa", true);
    // Accepted until the writer has found out.
    while (sink.append(RECORD)) {
      Thread.onSpinWait();
    }
    sink.close("last");
    qlog.close();
    assertThat(file).hasContent("not a directory");
  }
}
