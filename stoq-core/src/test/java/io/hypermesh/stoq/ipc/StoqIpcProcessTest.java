package io.hypermesh.stoq.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two real processes, one of which is killed in the middle. */
@Timeout(120)
class StoqIpcProcessTest {
  private static final Duration WAIT = Duration.ofSeconds(60);
  private static final StoqIpcSettings SETTINGS =
      StoqIpcSettings.builder().ringBytes(64 << 10).messageLengthMax(8_000).build();
  private static final int MESSAGES = 20_000;

  @TempDir Path folder;

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private Process start(String role) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                role,
                folder.resolve("control").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output." + role).toFile())
            .start();
    started.add(process);
    return process;
  }

  private String output() throws IOException {
    StringBuilder output = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        output.append(file.getFileName()).append(": ").append(Files.readString(file));
      }
    }
    return output.toString();
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("control"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** The other process. */
  static final class Program {
    private Program() {}

    public static void main(String... arguments) throws IOException {
      Path directory = Path.of(arguments[1]);
      switch (arguments[0]) {
        case "echo" -> {
          try (StoqIpcChannel channel = StoqIpc.connect(directory, SETTINGS, WAIT)) {
            for (byte[] m = channel.receive(WAIT); m != null; m = channel.receive(WAIT)) {
              channel.send(m, WAIT);
            }
            channel.finish();
          }
        }
        case "listen" -> {
          try (StoqIpcListener listener = StoqIpc.listen(directory, SETTINGS);
              StoqIpcChannel channel = listener.accept(WAIT)) {
            channel.send(new byte[] {1}, WAIT);
            channel.receive(WAIT);
          }
        }
        case "offer" -> StoqIpc.connect(directory, SETTINGS, WAIT);
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  /** A message with a checksum of its bytes and its number. */
  private static byte[] message(long number) {
    Random random = new Random(number);
    byte[] message = new byte[16 + random.nextInt(number % 50 == 0 ? 7_000 : 200)];
    random.nextBytes(message);
    MemorySegment segment = MemorySegment.ofArray(message);
    segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, number);
    segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, checksum(message));
    return message;
  }

  private static long checksum(byte[] message) {
    CRC32C checksum = new CRC32C();
    checksum.update(message, 0, 8);
    checksum.update(message, 16, message.length - 16);
    return checksum.getValue();
  }

  @Test
  void shouldEchoBetweenTwoProcesses() throws Exception {
    try (StoqIpcListener listener = StoqIpc.listen(folder.resolve("control"), SETTINGS)) {
      Process peer = start("echo");
      try (StoqIpcChannel channel = listener.accept(WAIT)) {
        assertThat(channel.peerProcessId()).isEqualTo(peer.pid());
        Thread sender =
            Thread.startVirtualThread(() -> {
              try {
                for (long number = 0; number < MESSAGES; number++) {
                  channel.send(message(number), WAIT);
                }
                channel.finish();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
        long expected = 0;
        for (byte[] m = channel.receive(WAIT); m != null; m = channel.receive(WAIT)) {
          MemorySegment segment = MemorySegment.ofArray(m);
          assertThat(segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).isEqualTo(expected++);
          assertThat(segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 8)).isEqualTo(checksum(m));
        }
        assertThat(expected).as(output()).isEqualTo(MESSAGES);
        sender.join();
      }
      assertThat(peer.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(peer.exitValue()).as(output()).isZero();
      assertThat(left()).containsExactly("listen.lock");
    }
  }

  @Test
  void shouldReportAPeerThatWasKilledAndMeetTheNextOne() throws Exception {
    try (StoqIpcListener listener = StoqIpc.listen(folder.resolve("control"), SETTINGS)) {
      Process peer = start("echo");
      StoqIpcChannel channel = listener.accept(WAIT);
      channel.send(message(1), WAIT);
      assertThat(channel.receive(WAIT)).isEqualTo(message(1));
      peer.destroyForcibly();
      peer.waitFor();
      assertPeerDied(channel);
      channel.close();

      Process next = start("echo");
      try (StoqIpcChannel again = listener.accept(WAIT)) {
        again.send(message(2), WAIT);
        assertThat(again.receive(WAIT)).isEqualTo(message(2));
        again.finish();
        assertThat(again.receive(WAIT)).isNull();
      }
      assertThat(next.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(left()).containsExactly("listen.lock");
    }
  }

  @Test
  void shouldListenAgainAfterAListenerThatWasKilled() throws Exception {
    Process peer = start("listen");
    Path directory = folder.resolve("control");
    StoqIpcChannel channel = connectOnceItListens(directory, peer);
    assertThatThrownBy(() -> StoqIpc.listen(directory, SETTINGS))
        .asInstanceOf(type(StoqIpcException.class))
        .satisfies(
            e -> assertThat(e.reason()).isEqualTo(StoqIpcException.Reason.ALREADY_LISTENING));
    assertThat(channel.receive(WAIT)).containsExactly(1);
    peer.destroyForcibly();
    peer.waitFor();
    assertPeerDied(channel);
    channel.close();
    assertThatThrownBy(() -> StoqIpc.connect(directory, SETTINGS, WAIT))
        .asInstanceOf(type(StoqIpcException.class))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(StoqIpcException.Reason.NO_LISTENER));

    Process offering;
    try (StoqIpcListener listener = StoqIpc.listen(directory, SETTINGS)) {
      // One that is killed before it is accepted, and one that is accepted.
      offering = start("offer");
      while (left().stream().noneMatch(name -> name.endsWith(".offer"))) {
        assertThat(offering.isAlive()).as(output()).isTrue();
        Thread.onSpinWait();
      }
      offering.destroyForcibly();
      offering.waitFor();
      assertThat(listener.tryAccept()).isNull();
      assertThat(left()).containsExactly("listen.lock");
    }
  }

  private StoqIpcChannel connectOnceItListens(Path directory, Process peer) throws Exception {
    while (true) {
      try {
        return StoqIpc.connect(directory, SETTINGS, WAIT);
      } catch (StoqIpcException e) {
        assertThat(e.reason()).as(e.getMessage()).isEqualTo(StoqIpcException.Reason.NO_LISTENER);
        assertThat(peer.isAlive()).as(output()).isTrue();
        Thread.onSpinWait();
      }
    }
  }

  private static void assertPeerDied(StoqIpcChannel channel) {
    assertThatThrownBy(() -> channel.receive(WAIT))
        .asInstanceOf(type(StoqIpcException.class))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(StoqIpcException.Reason.PEER_DIED));
    assertThatThrownBy(() -> channel.send(new byte[1], WAIT))
        .asInstanceOf(type(StoqIpcException.class))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(StoqIpcException.Reason.PEER_DIED));
  }
}
