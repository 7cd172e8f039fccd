package io.hypermesh.ledger.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a directory to one holder: the operating system's lock on a file named {@code lock}, which
 * ends with the process however it dies.
 */
public final class DirectoryLock implements AutoCloseable {
  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Tries to take the lock.
   *
   * @param directory there and writable
   * @return the lock, or null if another holder has it
   * @throws IOException if the lock file cannot be made
   */
  public static @Nullable DirectoryLock tryAcquire(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean acquired = false;
    try {
      acquired = channel.tryLock() != null;
    } catch (OverlappingFileLockException _) {
      // This process has it: the same answer as if another had.
      acquired = false;
    } finally {
      if (!acquired) {
        channel.close();
      }
    }
    return acquired ? new DirectoryLock(channel) : null;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
