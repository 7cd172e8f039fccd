package io.hypermesh.ledger.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

class JournalProperties {
  private static final byte[] CONTEXT = new byte[32];

  private Path directory = Path.of("");

  @BeforeTry
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("journal");
  }

  @AfterTry
  void deleteDirectory() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(JournalProperties::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<byte[]> records() throws IOException {
    List<byte[]> records = new ArrayList<>();
    open(records).close();
    return records;
  }

  private Journal open(List<byte[]> records) throws IOException {
    return Journal.open(
        directory,
        CONTEXT,
        new Random(1),
        (index, body, _, _) -> {
          assertThat(index).isEqualTo(records.size());
          records.add(body);
        });
  }

  private void write(List<byte[]> bodies, boolean close) throws IOException {
    Journal journal = open(new ArrayList<>());
    for (byte[] body : bodies) {
      journal.append(body);
    }
    if (close) {
      journal.close();
    }
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList().getLast();
    }
  }

  private void change(int at, int flip) throws IOException {
    byte[] bytes = Files.readAllBytes(file());
    bytes[at] ^= (byte) flip;
    Files.write(file(), bytes);
  }

  @Property(tries = 40)
  void shouldGiveBackWhatWasAppendedAcrossRestarts(
      @ForAll @Size(max = 6) List<@Size(max = 40) byte[]> bodies, @ForAll boolean close)
      throws IOException {
    write(bodies, close);
    List<byte[]> records = new ArrayList<>();
    try (Journal journal = open(records)) {
      assertThat(journal.tornBytes()).isZero();
      assertThat(journal.nextIndex()).isEqualTo(bodies.size());
      journal.append(new byte[] {42});
    }
    List<byte[]> all = new ArrayList<>(bodies);
    all.add(new byte[] {42});
    assertThat(records()).usingElementComparator(Arrays::compare).isEqualTo(all);
  }

  @Property(tries = 60)
  void shouldCutATornTailAndNothingElse(
      @ForAll @Size(min = 1, max = 5) List<@Size(max = 30) byte[]> bodies, @ForAll int cut)
      throws IOException {
    write(bodies, false);
    byte[] whole = Files.readAllBytes(file());
    int last = bodies.getLast().length + JournalSegment.RECORD_HEADER_BYTES;
    int torn = whole.length - last + Math.floorMod(cut, last);
    Files.write(file(), Arrays.copyOf(whole, torn));
    List<byte[]> acknowledged = bodies.subList(0, bodies.size() - 1);
    List<byte[]> records = new ArrayList<>();
    try (Journal journal = open(records)) {
      assertThat(journal.tornBytes()).isEqualTo(torn - (whole.length - last));
      journal.append(new byte[] {7});
    }
    assertThat(records).usingElementComparator(Arrays::compare).isEqualTo(acknowledged);
    assertThat(records()).hasSize(bodies.size()).last().isEqualTo(new byte[] {7});
  }

  @Property(tries = 60)
  void shouldCutATailThatTheDiskFilledWithZeros(
      @ForAll @Size(min = 1, max = 4) List<@Size(min = 1, max = 30) byte[]> bodies,
      @ForAll @IntRange(min = 1, max = 5_000) int zeros)
      throws IOException {
    write(bodies, false);
    byte[] whole = Files.readAllBytes(file());
    Files.write(file(), Arrays.copyOf(whole, whole.length + zeros));
    assertThat(records()).hasSameSizeAs(bodies);
  }

  @Property(tries = 80)
  void shouldStopAtDamageInTheMiddle(
      @ForAll @Size(min = 1, max = 5) List<@Size(max = 30) byte[]> bodies,
      @ForAll int place,
      @ForAll @IntRange(min = 1, max = 255) int flip,
      @ForAll boolean closed)
      throws IOException {
    List<byte[]> all = new ArrayList<>(bodies);
    if (!closed) {
      all.add(new byte[] {1});
    }
    write(all, closed);
    int end = JournalSegment.HEADER_BYTES;
    for (byte[] body : bodies) {
      end += JournalSegment.RECORD_HEADER_BYTES + body.length;
    }
    int at = Math.floorMod(place, end);
    change(at, flip);
    byte[] before = Files.readAllBytes(file());
    assertThatThrownBy(this::records)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining(file().toString())
        .hasMessageContaining("damaged at offset");
    assertThat(Files.readAllBytes(file())).as("nothing is repaired by guessing").isEqualTo(before);
  }

  @Example
  void shouldNotTakeABodyForARecord() throws IOException {
    // Whoever knows the format, but not the salt, sends a whole record as a body.
    byte[] fake = JournalSegment.record(12345, 1, new byte[] {1, 2, 3});
    write(List.of(new byte[] {1}, fake), false);
    byte[] whole = Files.readAllBytes(file());
    Files.write(file(), Arrays.copyOf(whole, whole.length - 1));
    assertThat(records()).hasSize(1);
  }

  @Example
  void shouldRefuseTheLogOfSomethingElse() throws IOException {
    write(List.of(), true);
    byte[] other = new byte[32];
    other[0] = 1;
    assertThatThrownBy(() -> Journal.open(directory, other, new Random(1), (_, _, _, _) -> {}))
        .isInstanceOf(OtherContextException.class)
        .hasMessageContaining("other settings");
    assertThatThrownBy(
            () -> Journal.open(directory, new byte[1], new Random(1), (_, _, _, _) -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void shouldDropOnlyWholeFilesThatNobodyNeeds() throws IOException {
    Journal journal = open(new ArrayList<>());
    journal.append(new byte[] {0});
    assertThat(journal.roll()).isEqualTo(1);
    assertThat(journal.roll()).as("an empty file is not followed by another").isEqualTo(1);
    journal.append(new byte[] {1});
    journal.roll();
    journal.append(new byte[] {2});
    journal.deleteBefore(1);
    journal.close();
    List<Long> indexes = new ArrayList<>();
    Journal.open(directory, CONTEXT, new Random(1), (index, _, _, _) -> indexes.add(index)).close();
    assertThat(indexes).containsExactly(1L, 2L);
    Files.delete(directory.resolve("log-0000000000000001"));
    Files.createFile(directory.resolve("log-0000000000000000"));
    assertThatThrownBy(() -> Journal.open(directory, CONTEXT, new Random(1), (_, _, _, _) -> {}))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("ends within its header");
  }

  @Example
  void shouldGoOnAfterACrashWhileAFileWasMade() throws IOException {
    write(List.of(new byte[] {1}), false);
    Files.write(directory.resolve("log-0000000000000001"), new byte[] {1, 2});
    assertThat(records()).hasSize(1);
    Files.createFile(directory.resolve("log-of-something"));
    assertThatThrownBy(this::records).hasMessageContaining("no file of a log has this name");
  }

  @Example
  void shouldTakeNothingAfterItWasClosed() throws IOException {
    Journal journal = open(new ArrayList<>());
    journal.close();
    journal.close();
    assertThatThrownBy(() -> journal.append(new byte[0])).hasMessageContaining("is closed");
  }

  @Property(tries = 60)
  void shouldReadAnyBytesAsAFileWithTypedErrorsOnly(@ForAll byte[] tail) throws IOException {
    write(List.of(new byte[] {1}), false);
    byte[] whole = Files.readAllBytes(file());
    byte[] bytes = ByteBuffer.allocate(whole.length + tail.length).put(whole).put(tail).array();
    Files.write(file(), bytes);
    assertThat(records()).hasSize(1);
  }
}
