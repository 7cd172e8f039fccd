package io.hypermesh.trustchain.store;

import io.hypermesh.trustchain.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a directory for one owner: a file lock that the system releases when the process ends,
 * however it ends.
 */
public final class StoreLock implements AutoCloseable {
  private final FileChannel channel;

  private StoreLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock of a directory, creating the directory where it is missing.
   *
   * @param directory the directory
   * @return the lock
   * @throws StoreException where somebody else has it or the directory can't be used
   */
  public static StoreLock acquire(Path directory) throws StoreException {
    Path file = directory.resolve("lock");
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = null;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        throw StoreException.locked(file, e);
      } finally {
        if (lock == null) {
          channel.close();
        }
      }
      if (lock == null) {
        throw StoreException.locked(file, null);
      }
      return new StoreLock(channel);
    } catch (IOException e) {
      throw StoreException.io("lock", file, e);
    }
  }

  /** Releases the lock. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("couldn't release the store's lock", e);
    }
  }
}
