package io.hypermesh.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.ledger.LedgerException.Reason;
import io.hypermesh.ledger.LedgerProperties.Traffic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

class DurableLedgerProperties {
  private Path directory = Path.of("");

  @BeforeTry
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("ledger");
  }

  @AfterTry
  void deleteDirectory() throws IOException {
    deleteAll(directory);
  }

  private static void deleteAll(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  private static Ledger open(Path directory, long snapshotEveryBytes) {
    return DurableLedger.open(
        directory, Scenario.SETTINGS, Scenario.VERIFIER, new Random(1), snapshotEveryBytes);
  }

  private Ledger open() {
    return open(directory, DurableLedger.SNAPSHOT_EVERY_BYTES);
  }

  private static void next(Traffic traffic, Ledger ledger) {
    traffic.scenario().block(ledger, traffic.block().toArray(byte[][]::new));
  }

  private static Path copyOf(Path directory) throws IOException {
    Path copy = Files.createTempDirectory("ledger-killed");
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(String.valueOf(file.getFileName())));
      }
    }
    return copy;
  }

  private static Path newestLog(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).startsWith("log-"))
          .sorted()
          .toList()
          .getLast();
    }
  }

  private static void assertFails(ThrowingCallable call, Reason reason, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            LedgerException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageStartingWith("couldn't ")
        .hasMessageContainingAll(words)
        .hasMessageNotContaining("\n");
  }

  /**
   * The directory is copied as a crash at that moment would leave it: after a number of
   * acknowledged blocks, with any part of the next one's record, or none, behind them.
   */
  @Property(tries = 40)
  void shouldLoseNothingAcknowledgedWhereverItIsKilled(
      @ForAll long seed,
      @ForAll @IntRange(max = 15) int blocks,
      @ForAll int torn,
      @ForAll boolean snapshots)
      throws IOException {
    long snapshotEveryBytes = snapshots ? 2_000 : DurableLedger.SNAPSHOT_EVERY_BYTES;
    Traffic traffic = new Traffic(seed);
    Ledger ledger = open(directory, snapshotEveryBytes);
    for (int i = 0; i < blocks; i++) {
      next(traffic, ledger);
    }
    Digest root = ledger.stateRoot();
    Path killed = copyOf(directory);
    Path log = newestLog(directory);
    long acknowledged = Files.size(log);
    next(traffic, ledger);
    if (newestLog(directory).equals(log)) {
      byte[] whole = Files.readAllBytes(log);
      int length = (int) acknowledged + Math.floorMod(torn, whole.length - (int) acknowledged);
      Files.write(killed.resolve(String.valueOf(log.getFileName())), Arrays.copyOf(whole, length));
    }
    try (Ledger reopened = open(killed, snapshotEveryBytes)) {
      assertThat(reopened.height()).isEqualTo(blocks);
      assertThat(reopened.stateRoot()).isEqualTo(root);
      assertThat(LedgerProperties.chunks(reopened.snapshot())).isNotEmpty();
    } finally {
      deleteAll(killed);
    }
    Digest last = ledger.stateRoot();
    ledger.close();
    try (Ledger reopened = open(directory, snapshotEveryBytes)) {
      assertThat(reopened.stateRoot()).isEqualTo(last);
    }
  }

  @Property(tries = 40)
  void shouldStopWithAClearErrorAtDamageInTheMiddle(
      @ForAll long seed, @ForAll int place, @ForAll @IntRange(min = 1, max = 255) int flip)
      throws IOException {
    Traffic traffic = new Traffic(seed);
    Ledger ledger = open();
    for (int i = 0; i < 4; i++) {
      next(traffic, ledger);
    }
    Path log = newestLog(directory);
    int size = (int) Files.size(log);
    ledger.close();
    byte[] bytes = Files.readAllBytes(log);
    bytes[Math.floorMod(place, size)] ^= (byte) flip;
    Files.write(log, bytes);
    assertFails(this::open, Reason.DAMAGED, log.toString(), "is damaged at offset");
    assertFails(this::open, Reason.DAMAGED, log.toString());
  }

  @Property(tries = 40)
  void shouldStopAtADamagedSnapshot(
      @ForAll long seed, @ForAll int place, @ForAll @IntRange(min = 1, max = 255) int flip)
      throws IOException {
    Traffic traffic = new Traffic(seed);
    try (Ledger ledger = open(directory, 1)) {
      next(traffic, ledger);
      next(traffic, ledger);
    }
    Path snapshot = directory.resolve("snapshot-0000000000000002");
    assertThat(directory.resolve("snapshot-0000000000000001")).doesNotExist();
    byte[] bytes = Files.readAllBytes(snapshot);
    bytes[Math.floorMod(place, bytes.length)] ^= (byte) flip;
    Files.write(snapshot, bytes);
    assertFails(this::open, Reason.DAMAGED, snapshot.toString());
    Files.delete(newestLog(directory));
    assertThatThrownBy(this::open).isInstanceOf(LedgerException.class);
  }

  @Example
  void shouldStopWhenTheLogIsMissing() throws IOException {
    Traffic traffic = new Traffic(1);
    try (Ledger ledger = open(directory, 1)) {
      next(traffic, ledger);
    }
    Files.delete(newestLog(directory));
    assertFails(this::open, Reason.DAMAGED, "log is missing");
  }

  @Example
  void shouldStopWhenTheSnapshotIsMissing() throws IOException {
    Traffic traffic = new Traffic(1);
    try (Ledger ledger = open(directory, 1)) {
      next(traffic, ledger);
    }
    try (Ledger ledger = open()) {
      next(traffic, ledger);
    }
    Files.delete(directory.resolve("snapshot-0000000000000001"));
    assertFails(this::open, Reason.DAMAGED, "cannot be replayed", "follows state");
  }

  @Example
  void shouldBeOpenOnce() {
    try (Ledger ledger = open()) {
      assertFails(this::open, Reason.IN_USE, "open already", directory.toString());
      assertThat(ledger.height()).isZero();
    }
    open().close();
  }

  @Example
  void shouldNotOpenWithOtherSettings() {
    open().close();
    LedgerSettings other = LedgerSettings.named("another").build();
    assertFails(
        () -> Ledger.open(directory, other, Scenario.VERIFIER),
        Reason.OTHER_SETTINGS,
        "other settings");
  }

  @Example
  void shouldSayWhenTheDirectoryCannotBeUsed() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertFails(() -> open(file, 1), Reason.IO, "open the ledger in " + file, "not a directory");
    assertFails(() -> open(file.resolve("below"), 1), Reason.IO, file.toString());
  }

  @Example
  void shouldRefuseABlockOfMorePayloadsThanAReplayReads() {
    List<byte[]> payloads = Collections.nCopies(DurableLedger.PAYLOADS_MAX + 1, new byte[0]);
    try (Ledger ledger = open()) {
      assertThatThrownBy(() -> ledger.execute(1, 0, payloads))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("payloads");
      ledger.execute(1, 0, List.of());
    }
    try (Ledger again = open()) {
      assertThat(again.height()).isEqualTo(1);
    }
  }

  /** Its log has the block by then: another one after it could not be replayed. */
  @Example
  void shouldTakeNothingAfterABlockThatItCouldNotExecute() {
    Traffic traffic = new Traffic(5);
    Verifier broken =
        (key, message, signature) -> {
          throw new IllegalStateException("a verifier that fails");
        };
    byte[][] block = traffic.block().toArray(byte[][]::new);
    try (Ledger ledger =
        DurableLedger.open(
            directory,
            Scenario.SETTINGS,
            broken,
            new Random(1),
            DurableLedger.SNAPSHOT_EVERY_BYTES)) {
      assertThatThrownBy(() -> traffic.scenario().block(ledger, block))
          .hasMessage("a verifier that fails");
      assertFails(
          () -> ledger.execute(9, 0, List.of()), Reason.CLOSED, "it stopped", "could not execute");
    }
    Ledger expected = Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER);
    Traffic same = new Traffic(5);
    same.scenario().block(expected, same.block().toArray(byte[][]::new));
    try (Ledger again = open()) {
      assertThat(again.stateRoot()).isEqualTo(expected.stateRoot());
    }
  }

  @Example
  void shouldTakeNothingAfterItWasClosed() {
    Ledger ledger = open();
    ledger.close();
    ledger.close();
    assertFails(() -> ledger.execute(1, 0, List.of()), Reason.CLOSED, "because it is closed");
  }

  @Example
  void shouldRestoreDurably() throws Exception {
    Traffic traffic = new Traffic(3);
    Ledger source = Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER);
    for (int i = 0; i < 6; i++) {
      next(traffic, source);
    }
    try (Ledger ledger = open()) {
      ledger.execute(1, 0, List.of());
      ledger.restore(source.snapshot());
      assertThat(ledger.stateRoot()).isEqualTo(source.stateRoot());
      next(traffic, source);
      Ledger older = Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER);
      assertThatThrownBy(() -> ledger.restore(older.snapshot()))
          .hasMessageContaining("couldn't go back from height 6 to 0");
    }
    try (Ledger reopened = open()) {
      assertThat(reopened.height()).isEqualTo(6);
      reopened.execute(7, 0, List.of());
    }
    try (Ledger reopened = open()) {
      assertThat(reopened.height()).isEqualTo(7);
    }
  }

  @Example
  void shouldTakeNothingWhenTheDirectoryGoesAway() throws IOException {
    List<Path> roots = new ArrayList<>();
    roots.add(Files.createDirectory(directory.resolve("ledger")));
    try (Ledger ledger = open(roots.getFirst(), 1)) {
      deleteAll(roots.getFirst());
      // The log's file is still there for who has it open; the snapshot is what fails.
      ledger.execute(1, 0, List.of());
      assertFails(() -> ledger.execute(2, 0, List.of()), Reason.CLOSED, "it stopped", "unfinished");
    }
  }
}
