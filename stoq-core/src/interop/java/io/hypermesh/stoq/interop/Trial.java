package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.Programs;
import io.hypermesh.stoq.TestAuthority;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One cell being tried: its folder, its identities, and the evidence found. */
final class Trial implements AutoCloseable {
  static final InetAddress LOOPBACK = InetAddress.ofLiteral("::1");
  static final Duration WAIT = Duration.ofSeconds(60);

  /** The ALPN protocol of peers that are libraries: every stream's bytes are sent back on it. */
  static final String ECHO = "stoq-echo";

  /** kwik gives no IP literal to TLS, so certificates have names as well. */
  static final String PEER_NAME = "localhost";

  private static final TestAuthority AUTHORITY = new TestAuthority("interop");
  private static final TestAuthority.Identity OURS =
      AUTHORITY.issue("EC", "stoq.test", PEER_NAME, "::1");

  private final Path folder;
  private final TestAuthority.Identity theirs;
  private final List<String> evidence = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();

  Trial(Path folder, String keyAlgorithm) throws Exception {
    this.folder = folder;
    this.theirs = AUTHORITY.issue(keyAlgorithm, "peer.test", PEER_NAME, "::1");
    theirs.writeTo(folder);
    Files.writeString(
        folder.resolve("authority.pem"),
        TestAuthority.pem("CERTIFICATE", AUTHORITY.certificate().getEncoded()));
  }

  TestAuthority authority() {
    return AUTHORITY;
  }

  TestAuthority.Identity ours() {
    return OURS;
  }

  TestAuthority.Identity theirs() {
    return theirs;
  }

  /** A folder of this cell's own, with {@code key.pem}, {@code cert.pem}, {@code authority.pem}. */
  Path folder() {
    return folder;
  }

  /** Notes what proves the scenario. */
  void prove(String fact) {
    evidence.add(fact);
  }

  List<String> evidence() {
    return List.copyOf(evidence);
  }

  /** Starts a program that ends with this trial; its output is in {@link #log(String)}. */
  Process start(String name, List<String> command) throws IOException {
    Process process = Programs.start(logFile(name), command);
    processes.add(process);
    return process;
  }

  /**
   * Starts a server program, and waits until it has bound its UDP port: how long that takes is no
   * part of any scenario.
   */
  void startServer(String name, List<String> command, int port)
      throws IOException, InterruptedException {
    Process process = start(name, command);
    String bound = String.format(" %032X:%04X ", 1 << 24, port);
    long deadlineNanos = System.nanoTime() + WAIT.toNanos();
    while (!Files.readString(Path.of("/proc/net/udp6")).contains(bound)) {
      assertThat(process.isAlive()).as(ProgramLog.tail(log(name))).isTrue();
      assertThat(System.nanoTime()).as(ProgramLog.tail(log(name))).isLessThan(deadlineNanos);
      LockSupport.parkNanos(10_000_000);
    }
  }

  Path logFile(String name) {
    return folder.resolve(name + ".log");
  }

  /** What a program has written so far. */
  String log(String name) throws IOException {
    return Files.readString(logFile(name));
  }

  /** A UDP port that nobody uses. */
  static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
      return socket.getLocalPort();
    }
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(LOOPBACK, port);
  }

  /** Bytes that are the same for the same length. */
  static byte[] content(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.destroy();
      try {
        if (process.waitFor(10, TimeUnit.SECONDS)) {
          continue;
        }
      } catch (InterruptedException e) {
        // The cell took too long; its programs must not outlive it.
        Thread.currentThread().interrupt();
      }
      process.destroyForcibly();
    }
  }
}
