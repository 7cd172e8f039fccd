package io.hypermesh.byzantine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VoteLogTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void setUp() {
    file = directory.resolve("votes");
  }

  private static byte[] record(int value, int length) {
    byte[] record = new byte[length];
    Arrays.fill(record, (byte) value);
    return record;
  }

  private void write(int... values) throws IOException {
    try (VoteLog log = VoteLog.open(file)) {
      for (int value : values) {
        log.append(record(value, 100 + value));
        log.sync();
      }
    }
  }

  private List<byte[]> read() throws IOException {
    try (VoteLog log = VoteLog.open(file)) {
      return log.recovered();
    }
  }

  @Test
  void shouldGiveBackWhatWasSynced() throws IOException {
    write(1, 2);
    write(3);
    assertThat(read()).hasSize(3);
    assertThat(read().get(2)).isEqualTo(record(3, 103));
  }

  @Test
  void shouldDropWhatWasNotSynced() throws IOException {
    try (VoteLog log = VoteLog.open(file)) {
      log.append(record(1, 10));
    }
    assertThat(read()).isEmpty();
  }

  @Test
  void shouldSyncBySelfWhenTooMuchIsGathered() throws IOException {
    try (VoteLog log = VoteLog.open(file)) {
      log.append(new byte[VoteLog.PENDING_BYTES_MAX + 1]);
    }
    assertThat(read()).hasSize(1);
  }

  @Test
  void shouldCutATornTailAtEveryLength() throws IOException {
    write(1, 2);
    byte[] whole = Files.readAllBytes(file);
    int firstFrame = 16 + 16 + 4 + 101;
    for (int length = firstFrame; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(read()).as("cut at %d", length).hasSize(1);
      assertThat(Files.size(file)).isEqualTo(firstFrame);
    }
  }

  @Test
  void shouldCutATornTailThatHoldsWhatLooksLikeAFrame() throws IOException {
    write(1);
    byte[] frame = Files.readAllBytes(directory.resolve("votes"));
    Path elsewhere = directory.resolve("elsewhere");
    try (VoteLog log = VoteLog.open(elsewhere)) {
      log.append(record(1, 101));
      log.sync();
    }
    // What a client can make: a request whose payload is the content of a log of its own.
    try (VoteLog log = VoteLog.open(file)) {
      log.append(Files.readAllBytes(elsewhere));
      log.append(record(2, 50));
      log.sync();
    }
    byte[] whole = Files.readAllBytes(file);

    Files.write(file, Arrays.copyOf(whole, whole.length - 1));

    assertThat(read()).hasSize(1);
    assertThat(Files.readAllBytes(file)).isEqualTo(frame);
  }

  @Test
  void shouldBeginAnewWhereNotEvenTheHeaderWasWritten() throws IOException {
    Files.write(file, new byte[] {0x48, 0x4D});
    write(1);
    assertThat(read()).hasSize(1);
  }

  @Test
  void shouldGoOnAfterACutTail() throws IOException {
    write(1, 2);
    Files.write(file, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
    write(4);
    assertThat(read()).hasSize(3);
  }

  @Test
  void shouldRefuseEveryDamageBeforeTheEnd() throws IOException {
    write(1, 2, 3);
    byte[] whole = Files.readAllBytes(file);
    int secondFrameEnd = 16 + 2 * (16 + 4 + 100) + 3;
    for (int at = 0; at < secondFrameEnd; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      assertThatThrownBy(this::read)
          .as("damage at %d", at)
          .isInstanceOf(VoteLogException.class)
          .hasMessageContaining("damaged before its end");
    }
  }

  @Test
  void shouldReplaceTheWholeLog() throws IOException {
    write(1, 2);
    try (VoteLog log = VoteLog.open(file)) {
      log.append(record(9, 9));
      log.replace(List.of(record(5, 5), record(6, 6)));
      log.append(record(7, 7));
      log.sync();
    }
    assertThat(read())
        .usingRecursiveComparison()
        .isEqualTo(List.of(record(5, 5), record(6, 6), record(7, 7)));
  }

  @Test
  void shouldIgnoreAReplacementThatWasNotFinished() throws IOException {
    write(1);
    Files.write(directory.resolve("votes.new"), new byte[] {1, 2, 3});
    assertThat(read()).hasSize(1);
    assertThat(directory.resolve("votes.new")).doesNotExist();
  }

  @Test
  void shouldBeOpenOnce() throws IOException {
    try (VoteLog log = VoteLog.open(file)) {
      assertThat(log.recovered()).isEmpty();
      assertThatThrownBy(this::read)
          .isInstanceOf(VoteLogException.class)
          .hasMessageContaining("has it open");
    }
  }

  @Test
  void shouldSurviveAnyBytesInItsFile() throws IOException {
    java.util.SplittableRandom random = new java.util.SplittableRandom(1);
    write(1, 2, 3);
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = i % 2 == 0 ? new byte[random.nextInt(300)] : whole.clone();
      int changes = i % 2 == 0 ? bytes.length : 1 + random.nextInt(20);
      for (int change = 0; change < changes; change++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Files.write(file, bytes);
      try {
        assertThat(read()).hasSizeLessThanOrEqualTo(3);
      } catch (VoteLogException expected) {
        assertThat(expected).hasMessageStartingWith("couldn't open the vote log");
      }
    }
  }
}
