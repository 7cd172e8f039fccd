package io.hypermesh.stoq.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.hypermesh.stoq.StoqProtocolException;
import io.hypermesh.stoq.StoqTimeoutException;
import io.hypermesh.stoq.ipc.StoqIpcException.Reason;
import io.hypermesh.stoq.ring.RingLayout;
import java.io.InterruptedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the two sides meet, and what becomes of files. Both sides are in this process. */
@Timeout(60)
class StoqIpcTest {
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(30);
  private static final StoqIpcSettings SMALL =
      StoqIpcSettings.builder()
          .ringBytes(4_096)
          .messageLengthMax(1_000)
          .peerCheckInterval(Duration.ofMillis(5))
          .build();

  @TempDir Path folder;

  private Path directory = Path.of("");
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void name() {
    directory = folder.resolve("control");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : opened) {
      resource.close();
    }
  }

  private StoqIpcListener listen(StoqIpcSettings settings) throws Exception {
    StoqIpcListener listener = StoqIpc.listen(directory, settings);
    opened.add(listener);
    return listener;
  }

  private static <T> CompletableFuture<T> inBackground(Callable<T> action) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return action.call();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        Thread::startVirtualThread);
  }

  private StoqIpcChannel connected(StoqIpcListener listener, List<StoqIpcChannel> accepted)
      throws Exception {
    CompletableFuture<StoqIpcChannel> far = inBackground(() -> listener.accept(WAIT));
    StoqIpcChannel near = StoqIpc.connect(directory, SMALL, WAIT);
    opened.add(near);
    opened.add(far.join());
    accepted.add(far.join());
    return near;
  }

  private List<String> files() throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void assertRefused(ThrowingCallable call, Reason reason, String... words) {
    assertThatThrownBy(call)
        .asInstanceOf(type(StoqIpcException.class))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.getMessage()).startsWith("couldn't ").contains(words));
  }

  // ---- Meeting -------------------------------------------------------------------------------

  @Test
  void shouldAgreeOnTheLesserLengthAndTellWhoThePeerIs() throws Exception {
    StoqIpcListener listener =
        listen(StoqIpcSettings.builder().ringBytes(4_096).messageLengthMax(500).build());
    List<StoqIpcChannel> accepted = new ArrayList<>();
    StoqIpcChannel near = connected(listener, accepted);
    for (StoqIpcChannel channel : List.of(near, accepted.getFirst())) {
      assertThat(channel.messageLengthMax()).isEqualTo(500);
      assertThat(channel.ringBytes()).isEqualTo(4_096);
      assertThat(channel.peerProcessId()).isEqualTo(ProcessHandle.current().pid());
      assertThat(channel.user()).isEqualTo(Files.getOwner(directory));
    }
  }

  @Test
  void shouldKeepDirectoryAndFilesToTheirOwnerAndLeaveNone() throws Exception {
    StoqIpcListener listener = listen(SMALL);
    assertThat(listener.directory()).isEqualTo(directory.toRealPath());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
    CompletableFuture<StoqIpcChannel> near =
        inBackground(() -> StoqIpc.connect(directory, SMALL, WAIT));
    while (files().stream().noneMatch(name -> name.endsWith(".offer"))) {
      Thread.onSpinWait();
    }
    assertThat(files()).hasSize(2).contains("listen.lock");
    for (String name : files()) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))))
          .isEqualTo("rw-------");
    }
    opened.add(listener.accept(WAIT));
    opened.add(near.join());
    assertThat(files()).containsExactly("listen.lock");
  }

  @Test
  void shouldServeManyChannelsAndOutliveTheListener() throws Exception {
    StoqIpcListener listener = listen(SMALL);
    List<StoqIpcChannel> far = new ArrayList<>();
    List<StoqIpcChannel> near = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      near.add(connected(listener, far));
    }
    listener.close();
    listener.close();
    for (int i = 0; i < 5; i++) {
      near.get(i).send(new byte[] {(byte) i}, WAIT);
      assertThat(far.get(i).receive(WAIT)).containsExactly(i);
    }
    assertThatThrownBy(listener::tryAccept).hasMessageContaining("listener is closed");
    assertThat(listen(SMALL).tryAccept()).isNull();
  }

  @Test
  void shouldLetOneListenOnly() throws Exception {
    StoqIpcListener first = listen(SMALL);
    assertRefused(() -> StoqIpc.listen(directory), Reason.ALREADY_LISTENING, "this process");
    first.close();
    listen(SMALL);
  }

  @Test
  void shouldSayThatNobodyListens() throws Exception {
    assertRefused(() -> StoqIpc.connect(directory, WAIT), Reason.NO_LISTENER, "there is no");
    StoqIpcListener listener = listen(SMALL);
    listener.close();
    assertRefused(() -> StoqIpc.connect(directory, WAIT), Reason.NO_LISTENER, "nobody listens");
    assertThat(files()).containsExactly("listen.lock");
  }

  @Test
  void shouldSayThatTheListenerWentWhileConnecting() throws Exception {
    StoqIpcListener listener = listen(SMALL);
    CompletableFuture<StoqIpcChannel> near =
        inBackground(() -> StoqIpc.connect(directory, SMALL, WAIT));
    while (files().size() < 2) {
      Thread.onSpinWait();
    }
    listener.close();
    assertThatThrownBy(near::join).hasStackTraceContaining("nobody listens");
    assertThat(files()).containsExactly("listen.lock");
  }

  @Test
  void shouldWaitNoLongerThanTold() throws Exception {
    StoqIpcListener listener = listen(SMALL);
    assertThatThrownBy(() -> StoqIpc.connect(directory, SMALL, SHORT))
        .isInstanceOf(StoqTimeoutException.class);
    assertThat(files()).containsExactly("listen.lock");
    assertThatThrownBy(() -> listener.accept(SHORT)).isInstanceOf(StoqTimeoutException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> listener.accept(WAIT)).isInstanceOf(InterruptedIOException.class);
    assertThatThrownBy(() -> StoqIpc.connect(directory, SMALL, WAIT))
        .isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void shouldRefuseRingsThatAreLargerThanTheListenerAllows() throws Exception {
    StoqIpcListener listener =
        listen(
            StoqIpcSettings.builder()
                .ringBytes(2_048)
                .ringBytesMax(2_048)
                .messageLengthMax(1_000)
                .build());
    CompletableFuture<Boolean> accepted =
        inBackground(() -> {
          while (!files().stream().anyMatch(name -> name.endsWith(".offer"))) {
            Thread.onSpinWait();
          }
          return listener.tryAccept() != null;
        });
    assertRefused(() -> StoqIpc.connect(directory, SMALL, WAIT), Reason.REFUSED, "4096 bytes");
    assertThat(accepted.join()).isFalse();
    assertThat(files()).containsExactly("listen.lock");
  }

  // ---- Files that are not what they should be -----------------------------------------------

  @Test
  void shouldRefuseADirectoryThatOthersCanEnterOrThatIsALink() throws Exception {
    Files.createDirectory(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-x---"));
    assertRefused(() -> StoqIpc.listen(directory), Reason.UNSAFE, "open to others: rwxr-x---");
    assertRefused(() -> StoqIpc.connect(directory, WAIT), Reason.UNSAFE, "open to others");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), directory);
    assertRefused(() -> StoqIpc.listen(link), Reason.UNSAFE, "no directory");
    assertRefused(() -> StoqIpc.connect(link, WAIT), Reason.UNSAFE, "no directory");
    Path file = Files.createFile(folder.resolve("file"));
    assertRefused(() -> StoqIpc.listen(file), Reason.UNSAFE, "no directory");
    assertRefused(() -> StoqIpc.listen(folder.resolve("a/b")), Reason.FILE_SYSTEM, "NoSuchFile");
  }

  @Test
  void shouldRefuseALockThatIsALinkOrOpenToOthers() throws Exception {
    Files.createDirectory(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path lock = directory.resolve("listen.lock");
    Path target = folder.resolve("target");
    Files.createSymbolicLink(lock, target);
    assertRefused(() -> StoqIpc.listen(directory), Reason.FILE_SYSTEM, "refused");
    assertRefused(() -> StoqIpc.connect(directory, WAIT), Reason.FILE_SYSTEM, "refused");
    assertThat(target).doesNotExist();
    Files.delete(lock);
    Files.createFile(lock);
    Files.setPosixFilePermissions(lock, PosixFilePermissions.fromString("rw-rw----"));
    assertRefused(() -> StoqIpc.listen(directory), Reason.UNSAFE, "open to others");
  }

  @Test
  void shouldRefuseAndDeleteOffersThatAreNone() throws Exception {
    StoqIpcListener listener = listen(SMALL);
    Path target = Files.writeString(folder.resolve("target"), "precious");
    Files.createSymbolicLink(directory.resolve("a.offer"), target);
    Files.createDirectory(directory.resolve("b.offer"));
    offer("c.offer", 10, "rw-------");
    offer("d.offer", 100_000, "rw-------");
    offer("e.offer", 100_000, "rw-r-----");
    offer("f.offer", 1L << 40, "rw-------");
    assertThat(listener.tryAccept()).isNull();
    assertThat(files()).containsExactly("listen.lock");
    assertThat(target).hasContent("precious");
  }

  private Path offer(String name, long length, String permissions) throws Exception {
    Path file =
        Files.createFile(
            directory.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), length - 1);
    }
    return file;
  }

  @Test
  void shouldDeleteWhatProcessesLeftThatWereKilledWhileConnecting() throws Exception {
    StoqIpcListener listener = listen(SMALL);
    Path old = offer("1.new", 100, "rw-------");
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(60)));
    offer("2.new", 100, "rw-------");
    offer("unrelated", 100, "rw-------");
    // A whole offer whose lock nobody holds.
    Path left = directory.resolve("3.offer");
    try (ChannelFile file =
        ChannelFile.create(left, ChannelHeader.memoryBytes(4_096), Files.getOwner(directory))) {
      ChannelHeader.offer(file.memory(), SMALL, 1);
    }
    assertThat(listener.tryAccept()).isNull();
    assertThat(files()).containsExactly("2.new", "listen.lock", "unrelated");
  }

  @Test
  void shouldLookAtNoMoreFilesAtOnceThanItSays() throws Exception {
    StoqIpcListener listener = listen(SMALL);
    for (int i = 0; i < StoqIpcListener.FILES_EXAMINED_MAX + 5; i++) {
      offer("%03d.offer".formatted(i), 10, "rw-------");
    }
    assertThat(listener.tryAccept()).isNull();
    assertThat(files()).hasSize(1 + 5);
    assertThat(listener.tryAccept()).isNull();
    assertThat(files()).containsExactly("listen.lock");
  }

  @Test
  void shouldKeepItsLocksWhenAThreadIsInterruptedThatLooksForThePeer() throws Exception {
    Path path = folder.resolve("channel");
    try (ChannelFile mine =
        ChannelFile.create(path, ChannelHeader.memoryBytes(1_024), Files.getOwner(folder))) {
      Thread.currentThread().interrupt();
      assertThat(mine.isAlive()).as("nobody holds the listener's lock").isFalse();
      assertThat(Thread.interrupted()).isTrue();
      assertThat(mine.isAlive()).as("the file is still open").isFalse();
      try (ChannelFile peers = ChannelFile.open(path, Files.getOwner(folder), 1 << 20)) {
        assertThat(peers.isAlive()).isTrue();
        peers.lockAsListener();
        assertThat(mine.isAlive()).isTrue();
      }
    }
  }

  @Test
  void shouldRefuseToUseSomebodyElsesFile() throws Exception {
    // Without root there is no file of another user to try; who compares is told another name.
    Path file = Files.createDirectory(directory);
    ControlDirectory.existing(
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------")),
        new SecureRandom());
    assertRefused(
        () ->
            ControlDirectory.requireOwn(
                file, Files.readAttributes(file, PosixFileAttributes.class), () -> "another"),
        Reason.UNSAFE,
        "is of ");
  }

  // ---- What a peer does to a channel that is open --------------------------------------------

  @Test
  void shouldEndAChannelWhosePeerWritesWhatCannotBe() throws Exception {
    ChannelFile mine = channelFile();
    StoqIpcChannel channel = StoqIpc.channel(mine, AGREED, true, SMALL);
    assertThat(channel.offer(new byte[10])).isTrue();
    // The peer's tail.
    ChannelHeader.ring(mine.memory(), 4_096, false).set(ValueLayout.JAVA_LONG, 0, 12);
    assertThatThrownBy(() -> channel.poll((buffer, offset, length) -> {}, 1))
        .isInstanceOf(StoqProtocolException.class)
        .hasMessageContaining("the producer's position can't be: 12");
    assertThatThrownBy(() -> channel.poll((buffer, offset, length) -> {}, 1))
        .isInstanceOf(StoqProtocolException.class)
        .hasMessageContaining("broke the channel before");
    assertThatThrownBy(() -> channel.offer(new byte[1])).isInstanceOf(StoqProtocolException.class);
    assertThat(channel.isEnd()).isFalse();
    assertThat(ChannelHeader.ring(mine.memory(), 4_096, true).get(ValueLayout.JAVA_INT, 128))
        .as("the peer is told")
        .isEqualTo(RingLayout.ABANDONED);
    channel.close();
    assertThatThrownBy(() -> mine.memory().get(ValueLayout.JAVA_INT, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldEndAChannelWhosePeerTakesWhatWasNeverSent() throws Exception {
    ChannelFile mine = channelFile();
    try (StoqIpcChannel channel = StoqIpc.channel(mine, AGREED, true, SMALL)) {
      ChannelHeader.ring(mine.memory(), 4_096, true).set(ValueLayout.JAVA_LONG, 256, 8_000);
      assertThatThrownBy(
              () -> {
                while (true) {
                  assertThat(channel.offer(new byte[1_000])).isTrue();
                }
              })
          .isInstanceOf(StoqProtocolException.class)
          .hasMessageContaining("the consumer's position can't be: 8000");
      assertThatThrownBy(() -> channel.poll((buffer, offset, length) -> {}, 1))
          .isInstanceOf(StoqProtocolException.class);
    }
  }

  /** The processor faults then; the JDK makes an InternalError of it, now or a little later. */
  @Test
  void shouldEndAChannelWhosePeerCutsTheMemoryShort() throws Exception {
    ChannelFile mine = channelFile();
    try (StoqIpcChannel channel = StoqIpc.channel(mine, AGREED, true, SMALL);
        FileChannel peers = FileChannel.open(folder.resolve("channel"), StandardOpenOption.WRITE)) {
      assertThat(channel.offer(new byte[10])).isTrue();
      peers.truncate(0);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(
                () -> {
                  while (true) {
                    channel.poll((buffer, offset, length) -> {}, 1);
                  }
                })
            .isInstanceOf(StoqProtocolException.class);
      }
    }
  }

  private static final ChannelHeader AGREED = new ChannelHeader(1_000, 4_096, 77);

  private ChannelFile channelFile() throws Exception {
    return ChannelFile.create(
        folder.resolve("channel"), ChannelHeader.memoryBytes(4_096), Files.getOwner(folder));
  }
}
