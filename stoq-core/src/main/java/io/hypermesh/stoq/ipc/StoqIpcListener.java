package io.hypermesh.stoq.ipc;

import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts the channels of processes that {@link StoqIpc#connect connect} to a directory. What was
 * accepted lives on when the listener is closed.
 *
 * <p>Threads: one thread at a time accepts; {@link #close} may be called by any.
 */
public final class StoqIpcListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoqIpcListener.class);

  /** Files of the directory that one attempt to accept looks at. */
  static final int FILES_EXAMINED_MAX = 256;

  /**
   * A file that is being made, and isn't finished after so long, was left by a process that died.
   */
  private static final long UNFINISHED_MILLIS_MAX = 10_000;

  private final ControlDirectory control;
  private final StoqIpcSettings settings;
  private final FileChannel lock;
  private volatile boolean closed;

  StoqIpcListener(ControlDirectory control, StoqIpcSettings settings) throws StoqIpcException {
    this.control = control;
    this.settings = settings;
    this.lock = control.listen();
  }

  /** Where this listens, without symbolic links. */
  public Path directory() {
    return control.path();
  }

  /**
   * Accepts a channel if one is offered; for duty cycles. Costs some system calls.
   *
   * @return null where none is
   * @throws InterruptedIOException where the thread was interrupted
   * @throws StoqException where the listener is closed or the directory can't be read
   */
  public @Nullable StoqIpcChannel tryAccept() throws IOException {
    if (closed) {
      throw new StoqException(
          StoqException.Category.CALLER_MISTAKE,
          "couldn't accept a channel because the listener is closed: " + control.path());
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(control.path(), "*.{new,offer}")) {
      int examined = 0;
      for (Path file : files) {
        StoqIpcChannel accepted =
            file.toString().endsWith(ControlDirectory.OFFER_SUFFIX)
                ? accept(file)
                : deleteIfLeft(file);
        if (accepted != null || ++examined == FILES_EXAMINED_MAX) {
          return accepted;
        }
      }
      return null;
    } catch (StoqException | InterruptedIOException e) {
      throw e;
    } catch (IOException | DirectoryIteratorException e) {
      throw ControlDirectory.refused(control.path(), e);
    }
  }

  /**
   * Waits for a channel; for virtual threads.
   *
   * @param timeout zero for no limit
   * @throws StoqTimeoutException where none was offered within the timeout
   * @throws InterruptedIOException where the thread was interrupted
   * @throws StoqException where the listener is closed or the directory can't be read
   */
  public StoqIpcChannel accept(Duration timeout) throws IOException {
    IdleStrategy idle = new BackoffIdleStrategy(0, 1, 100_000, 5_000_000);
    long startedAtNanos = System.nanoTime();
    while (true) {
      StoqIpcChannel accepted = tryAccept();
      if (accepted != null) {
        return accepted;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException(
            "couldn't accept a channel because the thread was interrupted");
      }
      if (!timeout.isZero() && System.nanoTime() - startedAtNanos >= timeout.toNanos()) {
        throw new StoqTimeoutException("accept a channel at " + control.path(), timeout);
      }
      idle.idle();
    }
  }

  /** Lets another listen; whoever is connecting then fails. Idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      control.stopListening(lock);
    }
  }

  private @Nullable StoqIpcChannel accept(Path offered) throws IOException {
    try {
      ChannelFile file =
          ChannelFile.open(
              offered, control.user(), ChannelHeader.memoryBytes(settings.ringBytesMax()));
      StoqIpcChannel accepted = null;
      try {
        accepted = accept(file);
      } finally {
        if (accepted == null) {
          refuse(file);
        }
        Files.deleteIfExists(offered);
      }
      return accepted;
    } catch (StoqIpcException e) {
      if (!(e.getCause() instanceof NoSuchFileException)) {
        LOG.warn("Refused the channel that {} offers: {}", offered, e.getMessage());
        Files.deleteIfExists(offered);
      }
      return null;
    } catch (NoSuchFileException e) {
      // Withdrawn since the directory was read.
      return null;
    }
  }

  private @Nullable StoqIpcChannel accept(ChannelFile file) throws IOException {
    ChannelHeader offer = ChannelHeader.readOffer(file.memory());
    if (!file.isAlive()) {
      LOG.debug("Deleted the offer of a process that is gone: {}", offer.peerProcessId());
      return null;
    }
    file.lockAsListener();
    ChannelHeader agreed =
        ChannelHeader.agree(file.memory(), offer, settings, ProcessHandle.current().pid());
    StoqIpcChannel channel = StoqIpc.channel(file, agreed, false, settings);
    ChannelHeader.answer(file.memory(), ChannelHeader.ACCEPTED);
    return ChannelHeader.isOffered(file.memory()) ? channel : null;
  }

  private static void refuse(ChannelFile file) {
    ChannelHeader.answer(file.memory(), ChannelHeader.REFUSED);
    file.close();
  }

  /** Deletes what a connecting side was making when it died. */
  private @Nullable StoqIpcChannel deleteIfLeft(Path file) throws IOException {
    try {
      long madeMillis = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toMillis();
      if (System.currentTimeMillis() - madeMillis > UNFINISHED_MILLIS_MAX) {
        LOG.debug("Deleted a file that was left: {}", file);
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      LOG.trace("Finished since the directory was read: {}", file);
    }
    return null;
  }
}
