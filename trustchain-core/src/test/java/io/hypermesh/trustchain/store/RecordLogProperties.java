package io.hypermesh.trustchain.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.TransparencyException;
import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.AfterTry;
import org.junit.jupiter.api.Test;

/** A process that dies at any point, and a disk that lies, under a record log. */
class RecordLogProperties {
  private static final int KIND = 7;

  private final Path file;

  RecordLogProperties() throws IOException {
    file = Files.createTempDirectory("record-log").resolve("records.log");
  }

  @AfterTry
  @AfterProperty
  void removeFile() throws IOException {
    Files.deleteIfExists(file);
    Files.deleteIfExists(file.getParent());
  }

  private List<byte[]> reopen() throws StoreException {
    List<byte[]> found = new ArrayList<>();
    try (RecordLog log = RecordLog.open(file, KIND, (n, at, content) -> found.add(content))) {
      assertThat(log.recordCount()).isEqualTo(found.size());
    }
    return found;
  }

  /** Writes random batches, and gives back the records with the file's length after each batch. */
  private List<Long> writeBatches(Random random, List<byte[]> written) throws Exception {
    List<Long> lengths = new ArrayList<>();
    try (RecordLog log = RecordLog.open(file, KIND, (n, at, content) -> {})) {
      lengths.add(Files.size(file));
      for (int batch = 0; batch < 1 + random.nextInt(6); batch++) {
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(4); i++) {
          byte[] content = new byte[random.nextInt(200)];
          random.nextBytes(content);
          records.add(content);
        }
        long[] positions = log.append(records);
        for (int i = 0; i < positions.length; i++) {
          assertThat(log.read(positions[i])).isEqualTo(records.get(i));
        }
        written.addAll(records);
        lengths.add(Files.size(file));
      }
    }
    return lengths;
  }

  @Property(tries = 60)
  void shouldFindAllThatWasAcknowledgedAndCutAnAppendThatDiedHalfway(@ForAll long seed)
      throws Exception {
    Random random = new Random(seed);
    List<byte[]> written = new ArrayList<>();
    long end = writeBatches(random, written).getLast();
    byte[] unacknowledged = new byte[1 + random.nextInt(300)];
    random.nextBytes(unacknowledged);
    byte[] frame = RecordFormat.frame(written.size(), List.of(unacknowledged), end, new long[1]);
    int torn = random.nextInt(frame.length);
    boolean holes = random.nextBoolean();
    byte[] tail = holes ? frame.clone() : Arrays.copyOf(frame, torn);
    if (holes) {
      // A loss of power: the length reached the disk, some of the content did not.
      Arrays.fill(tail, torn, Math.min(frame.length, torn + 16), (byte) 0);
    }
    Files.write(file, tail, StandardOpenOption.APPEND);
    List<byte[]> found = reopen();
    assertThat(found.subList(0, written.size())).containsExactlyElementsOf(written);
    if (found.size() == written.size()) {
      assertThat(Files.size(file)).isEqualTo(end);
    } else {
      assertThat(found.getLast()).isEqualTo(unacknowledged);
    }
    assertThat(reopen()).hasSameSizeAs(found);
  }

  @Property(tries = 80)
  void shouldRefuseAFileThatLostWhatWasAcknowledged(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    List<Long> lengths = writeBatches(random, new ArrayList<>());
    long end = lengths.getLast();
    long header = RecordFormat.HEADER_BYTES;
    long cut = header + random.nextInt((int) (end - header));
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(cut);
    }
    assertThatThrownBy(this::reopen)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("offset " + cut);
    assertThat(Files.size(file)).as("a refused file is left as it is").isEqualTo(cut);
  }

  @Property(tries = 150)
  void shouldRefuseAFileThatIsDamagedAnywhere(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    List<byte[]> written = new ArrayList<>();
    List<Long> lengths = writeBatches(random, written);
    long end = lengths.getLast();
    int header = RecordFormat.HEADER_BYTES;
    int at = header + random.nextInt((int) (end - header));
    flipBit(at, random.nextInt(8));
    byte[] before = Files.readAllBytes(file);
    long frameStart = lengths.stream().filter(length -> length <= at).reduce((a, b) -> b).get();
    assertThatThrownBy(this::reopen)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.offset()).isEqualTo(frameStart))
        .hasMessageNotContaining("\n");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Property(tries = 40)
  void shouldRefuseADamagedMiddleThoughTheWatermarkLagsAfterALossOfPower(@ForAll long seed)
      throws Exception {
    Random random = new Random(seed);
    List<byte[]> written = new ArrayList<>();
    List<Long> lengths = writeBatches(random, written);
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      for (int slot = 0; slot < 2; slot++) {
        access.seek(RecordFormat.watermarkOffset(slot));
        access.write(RecordFormat.watermark(RecordFormat.HEADER_BYTES));
      }
    }
    assertThat(reopen()).as("whole frames above the watermark stay").hasSameSizeAs(written);
    if (lengths.size() > 2) {
      try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
        for (int slot = 0; slot < 2; slot++) {
          access.seek(RecordFormat.watermarkOffset(slot));
          access.write(RecordFormat.watermark(RecordFormat.HEADER_BYTES));
        }
      }
      int firstFrame = (int) (lengths.get(1) - lengths.get(0));
      flipBit(RecordFormat.HEADER_BYTES + random.nextInt(firstFrame), 0);
      assertThatThrownBy(this::reopen)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("damaged at offset " + RecordFormat.HEADER_BYTES);
    }
  }

  @Property(tries = 100)
  void shouldRefuseRandomBytesWithATypedErrorOnly(@ForAll byte[] content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    try {
      assertThat(reopen()).isEmpty();
      assertThat(RecordFormat.isPrefixOfHeader(content, KIND))
          .as("only the beginning of a log's header, or nothing, becomes a log")
          .isTrue();
    } catch (StoreException e) {
      assertThat(e).hasMessageContaining(file.toString());
    }
  }

  @Test
  void shouldStartAgainAfterDyingWhileTheFileWasCreated() throws Exception {
    byte[] header = RecordFormat.header(KIND);
    for (int length : new int[] {1, 8, 20, 600, header.length - 1}) {
      Files.write(file, Arrays.copyOf(header, length));
      assertThat(reopen()).isEmpty();
      assertThat(Files.size(file)).isEqualTo(header.length);
    }
    removeFile();
  }

  @Test
  void shouldRefuseAFileOfAnotherKind() throws Exception {
    reopen();
    assertThatThrownBy(() -> RecordLog.open(file, KIND + 1, (n, at, content) -> {}))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("kind " + KIND);
    removeFile();
  }

  @Test
  void shouldNameTheRecordThatItsOwnerDidNotUnderstand() throws Exception {
    try (RecordLog log = RecordLog.open(file, KIND, (n, at, content) -> {})) {
      log.append(List.of(new byte[3]));
    }
    RecordLog.Visitor strict =
        (n, at, content) -> {
          throw new TransparencyException("not an entry");
        };
    assertThatThrownBy(() -> RecordLog.open(file, KIND, strict))
        .isInstanceOf(TrustChainException.class)
        .hasMessageContaining("not an entry");
    removeFile();
  }

  private void flipBit(int at, int bit) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(at);
      int value = access.read();
      access.seek(at);
      access.write(value ^ (1 << bit));
    }
  }
}
