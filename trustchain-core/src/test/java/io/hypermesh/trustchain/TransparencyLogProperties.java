package io.hypermesh.trustchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import org.junit.jupiter.api.Test;

/** The log on disk: proofs after restarts, crashes at any point, damage, and lies. */
class TransparencyLogProperties {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-24T06:00:00Z"));
  private static final List<X509Certificate> CHAIN = chain();

  private final Path home;

  TransparencyLogProperties() throws IOException {
    home = Files.createTempDirectory("transparency-log");
  }

  @AfterTry
  void removeFiles() throws IOException {
    TestFiles.remove(home);
  }

  /** A few certificates to log; each entry differs by its index anyway. */
  private static List<X509Certificate> chain() {
    try {
      Path directory = Files.createTempDirectory("chain");
      try (CertificateAuthority authority =
          CertificateAuthority.builder()
              .directory(directory)
              .name("Chain")
              .policy(IssuancePolicy.anyName())
              .open()) {
        return List.of(authority.issuer(), authority.root());
      } finally {
        TestFiles.remove(directory);
      }
    } catch (IOException | TrustChainException e) {
      throw new AssertionError(e);
    }
  }

  private TransparencyLog open(Path directory) throws Exception {
    return TransparencyLog.builder()
        .directory(directory)
        .origin("log.example/test")
        .clock(CLOCK)
        .random(new SecureRandom())
        .open();
  }

  private static LogEntry entry() throws TransparencyException {
    return LogEntry.certificate(CHAIN.get(0), CHAIN.subList(1, 2));
  }

  @Property(tries = 25)
  void shouldKeepEveryAcknowledgedEntryAcrossACrashAtAnyPoint(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Path live = home.resolve("live");
    Path crashed = home.resolve("crashed");
    List<MerkleHash> acknowledged = new ArrayList<>();
    Checkpoint checkpoint = null;
    LogIdentity identity;
    try (TransparencyLog log = open(live)) {
      identity = log.identity();
      int appends = 1 + random.nextInt(12);
      for (int i = 0; i < appends; i++) {
        acknowledged.add(log.append(entry()).leafHash());
        if (random.nextInt(3) == 0) {
          checkpoint = log.checkpoint();
        }
      }
      // The process dies here: nothing is closed, and an append was half written.
      TestFiles.copy(live, crashed);
    }
    byte[] half = new byte[random.nextInt(600)];
    random.nextBytes(half);
    Files.write(crashed.resolve("entries.log"), half, StandardOpenOption.APPEND);
    damageNodes(crashed, random);
    try (TransparencyLog log = open(crashed)) {
      assertThat(log.size()).isEqualTo(acknowledged.size());
      assertThat(log.identity()).isEqualTo(identity);
      acknowledged.add(log.append(entry()).leafHash());
      Checkpoint now = identity.verifyCheckpoint(log.checkpoint().note());
      for (int i = 0; i < acknowledged.size(); i++) {
        log.inclusionProof(i, now.treeSize()).verify(acknowledged.get(i), now);
      }
      if (checkpoint != null) {
        log.consistencyProof(checkpoint.treeSize(), now.treeSize()).verify(checkpoint, now);
      }
    }
  }

  /** The file of hashes is derived: a start finds its way whatever became of it. */
  private static void damageNodes(Path directory, Random random) throws IOException {
    Path nodes = directory.resolve("nodes.bin");
    try (RandomAccessFile access = new RandomAccessFile(nodes.toFile(), "rw")) {
      switch (random.nextInt(4)) {
        case 0 -> access.setLength(random.nextLong(access.length() + 1));
        case 1 -> access.setLength(access.length() + random.nextInt(100));
        case 2 -> {
          access.seek(random.nextLong(access.length()));
          access.write(random.nextInt(256));
        }
        default -> Files.exists(nodes);
      }
    }
  }

  @Property(tries = 25)
  void shouldRefuseToStartOnDamagedEntries(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Path directory = home.resolve("log");
    try (TransparencyLog log = open(directory)) {
      for (int i = 0; i <= random.nextInt(5); i++) {
        log.append(entry());
      }
    }
    Path file = directory.resolve("entries.log");
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      long at = 4096 + random.nextLong(access.length() - 4096);
      if (random.nextBoolean()) {
        access.setLength(at);
      } else {
        access.seek(at);
        int value = access.read();
        access.seek(at);
        access.write(value ^ (1 + random.nextInt(255)));
      }
    }
    assertThatThrownBy(() -> open(directory))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> {
              assertThat(e.file()).isEqualTo(file);
              assertThat(e.offset()).isNotNegative();
              assertThat(e.category()).isEqualTo(TrustChainException.Category.FATAL);
            })
        .hasMessageContaining("damaged at offset")
        .hasMessageNotContaining("\n");
  }

  @Test
  void shouldRefuseToStartWhereEntriesThatWereSignedAreGone() throws Exception {
    Path directory = home.resolve("log");
    Path early = home.resolve("early");
    try (TransparencyLog log = open(directory)) {
      log.append(entry());
      TestFiles.copy(directory, early);
      log.append(entry());
      log.checkpoint();
    }
    // An older backup of the entries, beside the newer checkpoint.
    Files.copy(
        early.resolve("entries.log"),
        directory.resolve("entries.log"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("signed a checkpoint of size 2");
    removeFiles();
  }

  @Test
  void shouldSignACheckpointOfTheEmptyLogAndGrowFromIt() throws Exception {
    try (TransparencyLog log = open(home.resolve("log"))) {
      Checkpoint empty = log.checkpoint();
      assertThat(empty.note())
          .startsWith(
              "log.example/test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u2014 log.example/test ");
      assertThat(log.identity().verifyCheckpoint(empty.note()).treeSize()).isZero();
      for (int i = 0; i < 5; i++) {
        log.append(entry());
      }
      Checkpoint grown = log.checkpoint();
      assertThat(log.checkpoint()).isSameAs(grown);
      log.consistencyProof(0, 5).verify(empty, grown);
      assertThatThrownBy(() -> log.consistencyProof(0, 5).verify(grown, empty))
          .isInstanceOf(TransparencyException.class);
      assertThatThrownBy(() -> log.inclusionProof(5, 5))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> log.inclusionProof(0, 6))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> log.entry(5)).isInstanceOf(IllegalArgumentException.class);
    }
    removeFiles();
  }

  @Test
  void shouldRejectCheckpointsThatAreNotTheLogs() throws Exception {
    try (TransparencyLog log = open(home.resolve("log"));
        TransparencyLog other = open(home.resolve("other"))) {
      log.append(entry());
      String note = log.checkpoint().note();
      LogIdentity identity = log.identity();
      assertThatThrownBy(() -> other.identity().verifyCheckpoint(note))
          .isInstanceOf(TransparencyException.class)
          .hasMessageContaining("no signature by");
      assertThatThrownBy(() -> identity.verifyCheckpoint(note.replaceFirst("\n1\n", "\n2\n")))
          .isInstanceOf(TransparencyException.class)
          .hasMessageContaining("signature on it is wrong");
      LogIdentity renamed =
          new LogIdentity("other.example", identity.noteKey(), identity.timestampKey());
      assertThatThrownBy(() -> renamed.verifyCheckpoint(note))
          .hasMessageContaining("its origin is");
      String foreign = note + other.checkpoint().note().replaceFirst("(?s).*\n\n", "");
      assertThat(identity.verifyCheckpoint(foreign).treeSize()).isEqualTo(1);
      assertThat(identity.verifierKey()).startsWith("log.example/test+").contains("+A");
    }
    removeFiles();
  }

  @Test
  void shouldRefuseAppendsOnceItIsClosed() throws Exception {
    TransparencyLog log = open(home.resolve("log"));
    log.close();
    assertThatThrownBy(() -> log.append(entry())).isInstanceOf(StoreException.class);
    removeFiles();
  }
}
