package io.hypermesh.stoq.ipc;

import static io.hypermesh.stoq.ipc.StoqIpcException.Reason.NO_LISTENER;
import static io.hypermesh.stoq.ipc.StoqIpcException.Reason.REFUSED;

import io.hypermesh.stoq.StoqTimeoutException;
import io.hypermesh.stoq.ring.RingConsumer;
import io.hypermesh.stoq.ring.RingProducer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Message channels between processes of one host, through memory that they share. One process
 * listens at a directory, others connect to it, and each gets a {@link StoqIpcChannel}:
 *
 * {@snippet file="ipc/StoqIpcExamplesTest.java" region="ipcListen"}
 *
 * {@snippet file="ipc/StoqIpcExamplesTest.java" region="ipcConnect"}
 *
 * <p>Without blocking, in place:
 *
 * {@snippet file="ipc/StoqIpcExamplesTest.java" region="ipcPoll"}
 *
 * <p><b>Who the peer is:</b> a process of the same user, since directory and files are open to
 * their owner only, and refused where they aren't. That is all: there are no certificates, nothing
 * is encrypted, and whoever may read that user's memory may read the messages. Where processes of
 * one user mustn't trust each other, use a {@link io.hypermesh.stoq.StoqEndpoint} over {@code ::1}.
 *
 * <p><b>The directory</b> is made with permissions 0700 where it isn't there. Its parent has to be
 * one in which others can't rename it: {@code /dev/shm}, {@code /tmp} or {@code /run/user/UID}, or
 * one's own. Put it on a file system in memory (tmpfs, as those are on Linux): elsewhere messages
 * are written to the disk sooner or later. It isn't for network file systems. A channel's file is
 * deleted when the channel is there, so a process that is killed leaves none; what a connecting
 * side leaves that is killed in between is deleted by the next listener.
 *
 * <p>It runs where files have POSIX owners, permissions and locks (Linux, macOS), needs neither
 * native access nor other flags, and its two processes need the same byte order and version of this
 * protocol, not the same JDK.
 */
public final class StoqIpc {
  private static final SecureRandom RANDOM = new SecureRandom();

  private StoqIpc() {}

  /** As {@link #listen(Path, StoqIpcSettings)}, with the defaults. */
  public static StoqIpcListener listen(Path directory) throws StoqIpcException {
    return listen(directory, StoqIpcSettings.defaults());
  }

  /**
   * Listens at a directory, until the listener is closed or the process ends.
   *
   * @param directory made where it isn't there, not its parents
   * @throws StoqIpcException where somebody listens there already, or it is unsafe to
   */
  public static StoqIpcListener listen(Path directory, StoqIpcSettings settings)
      throws StoqIpcException {
    return new StoqIpcListener(ControlDirectory.make(directory, RANDOM), settings);
  }

  /** As {@link #connect(Path, StoqIpcSettings, Duration)}, with the defaults. */
  public static StoqIpcChannel connect(Path directory, Duration timeout) throws IOException {
    return connect(directory, StoqIpcSettings.defaults(), timeout);
  }

  /**
   * Connects to the process that listens at a directory, and waits until it accepts.
   *
   * @param timeout for the wait; zero for no limit
   * @throws StoqIpcException where nobody listens, or the listener refuses, or it is unsafe
   * @throws StoqTimeoutException where the listener didn't accept within the timeout
   * @throws InterruptedIOException where the thread was interrupted
   */
  public static StoqIpcChannel connect(Path directory, StoqIpcSettings settings, Duration timeout)
      throws IOException {
    ControlDirectory control = ControlDirectory.existing(directory, RANDOM);
    requireListener(control);
    String name = ControlDirectory.name(RANDOM);
    Path made = control.path().resolve(name + ControlDirectory.NEW_SUFFIX);
    Path offered = control.path().resolve(name + ControlDirectory.OFFER_SUFFIX);
    ChannelFile file =
        ChannelFile.create(made, ChannelHeader.memoryBytes(settings.ringBytes()), control.user());
    boolean accepted = false;
    try {
      ChannelHeader.offer(file.memory(), settings, ProcessHandle.current().pid());
      Files.move(made, offered, StandardCopyOption.ATOMIC_MOVE);
      awaitAnswer(control, offered, file.memory(), settings, timeout);
      StoqIpcChannel channel = connected(file, settings);
      accepted = true;
      return channel;
    } finally {
      if (!accepted) {
        withdraw(file, settings);
        Files.deleteIfExists(made);
        Files.deleteIfExists(offered);
      }
    }
  }

  /** Also for a listener that accepts at this very moment: it finds a channel that is closed. */
  private static void withdraw(ChannelFile file, StoqIpcSettings settings) {
    ChannelHeader.withdraw(file.memory());
    channel(
            file,
            new ChannelHeader(settings.messageLengthMax(), settings.ringBytes(), 0),
            true,
            settings)
        .close();
  }

  private static StoqIpcChannel connected(ChannelFile file, StoqIpcSettings settings)
      throws StoqIpcException {
    MemorySegment memory = file.memory();
    ChannelHeader header = ChannelHeader.readAnswer(memory, settings);
    return channel(file, header, true, settings);
  }

  /** A channel over memory whose header was agreed on. */
  static StoqIpcChannel channel(
      ChannelFile file, ChannelHeader header, boolean connector, StoqIpcSettings settings) {
    MemorySegment memory = file.memory();
    return new StoqIpcChannel(
        new RingProducer(
            ChannelHeader.ring(memory, header.ringBytes(), connector), header.messageLengthMax()),
        new RingConsumer(
            ChannelHeader.ring(memory, header.ringBytes(), !connector), header.messageLengthMax()),
        file,
        header,
        file.owner(),
        settings,
        SystemNanoClock.INSTANCE);
  }

  /** Returns once the offer is accepted. */
  private static void awaitAnswer(
      ControlDirectory control,
      Path offered,
      MemorySegment memory,
      StoqIpcSettings settings,
      Duration timeout)
      throws IOException {
    NanoClock clock = SystemNanoClock.INSTANCE;
    IdleStrategy idle = new BackoffIdleStrategy(100, 10, 10_000, 1_000_000);
    long startedAtNanos = clock.nanoTime();
    long checkedAtNanos = startedAtNanos;
    while (true) {
      int answer = ChannelHeader.answer(memory);
      if (answer == ChannelHeader.ACCEPTED) {
        return;
      }
      if (answer != ChannelHeader.UNANSWERED) {
        throw refused(settings);
      }
      long nowNanos = clock.nanoTime();
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("couldn't connect because the thread was interrupted");
      }
      if (!timeout.isZero() && nowNanos - startedAtNanos >= timeout.toNanos()) {
        throw new StoqTimeoutException("connect to " + control.path(), timeout);
      }
      if (nowNanos - checkedAtNanos >= settings.peerCheckInterval().toNanos()) {
        checkedAtNanos = nowNanos;
        requireListener(control);
        // A listener that refuses to open the file says so by deleting it.
        if (Files.notExists(offered, LinkOption.NOFOLLOW_LINKS)
            && ChannelHeader.answer(memory) == ChannelHeader.UNANSWERED) {
          throw refused(settings);
        }
      }
      idle.idle();
    }
  }

  private static StoqIpcException refused(StoqIpcSettings settings) {
    return new StoqIpcException(
        REFUSED,
        "couldn't connect because the listener refused a ring of "
            + settings.ringBytes()
            + " bytes; its log says why");
  }

  private static void requireListener(ControlDirectory control) throws StoqIpcException {
    if (!control.isListenedTo()) {
      throw new StoqIpcException(
          NO_LISTENER, "couldn't connect because nobody listens: " + control.path());
    }
  }
}
