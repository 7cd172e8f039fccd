package io.hypermesh.stoq.ipc;

import static io.hypermesh.stoq.ipc.StoqIpcException.Reason.FILE_SYSTEM;
import static io.hypermesh.stoq.ipc.StoqIpcException.Reason.UNSAFE;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A channel's file, mapped. Each side holds a lock on a byte of its own as long as it is there: the
 * kernel lets it go when the process ends in whatever way, and so whoever can lock the other's byte
 * knows that the other is gone. Process ids, which are used again and differ between namespaces,
 * play no part.
 *
 * <p>The memory is shared between threads and closed once; who uses it afterwards meets an {@link
 * IllegalStateException}, by the JDK.
 */
final class ChannelFile implements Peer {
  private static final Logger LOG = LoggerFactory.getLogger(ChannelFile.class);

  /** The bytes that the two sides lock. */
  static final long CONNECTOR = 0;

  static final long LISTENER = 1;

  private static final int ZEROS_LENGTH = 64 << 10;

  private final FileChannel channel;
  private final Arena arena;
  private final MemorySegment memory;
  private final UserPrincipal owner;
  private final long peerByte;

  /** Kept, because the JDK forgets locks that nobody refers to, though the kernel doesn't. */
  private @Nullable FileLock lock;

  @SuppressWarnings("MustBeClosedChecker") // close() closes it
  private ChannelFile(FileChannel channel, long length, UserPrincipal owner, long peerByte)
      throws IOException {
    this.channel = channel;
    this.owner = owner;
    this.peerByte = peerByte;
    this.arena = Arena.ofShared();
    try {
      this.memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, length, arena);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Makes a new file, for its owner only, all zero, and locks the connecting side's byte.
   *
   * @param length in bytes; so much is free, or there is an exception
   * @param user whose it is
   * @throws InterruptedIOException where the thread was interrupted
   */
  static ChannelFile create(Path path, long length, UserPrincipal user) throws IOException {
    FileChannel opened = null;
    try {
      opened =
          FileChannel.open(
              path,
              Set.of(
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      FileLock lock = opened.tryLock(CONNECTOR, 1, false);
      if (lock == null) {
        throw new IOException("another process holds the lock of a new file");
      }
      // Written rather than left out: a full file system is an exception here, and a fault later.
      ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(length, ZEROS_LENGTH));
      for (long at = 0; at < length; ) {
        zeros.limit((int) Math.min(zeros.capacity(), length - at)).position(0);
        at += opened.write(zeros, at);
      }
      ChannelFile file = new ChannelFile(opened, length, user, LISTENER);
      file.lock = lock;
      return file;
    } catch (ClosedByInterruptException e) {
      throw new InterruptedIOException("couldn't connect because the thread was interrupted");
    } catch (IOException e) {
      closeQuietly(opened);
      throw new StoqIpcException(
          FILE_SYSTEM, "couldn't make a channel's file because the file system refused: " + e, e);
    }
  }

  /**
   * Opens a file that a connecting side has made.
   *
   * @param user whose it has to be
   * @param lengthMax longer ones are refused unread
   * @throws InterruptedIOException where the thread was interrupted
   * @throws StoqIpcException UNSAFE where it is a symbolic link, somebody else's, or open to others
   */
  static ChannelFile open(Path path, UserPrincipal user, long lengthMax) throws IOException {
    FileChannel opened = null;
    try {
      requireOwnFile(path, user);
      opened =
          FileChannel.open(
              path,
              Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
      long length = opened.size();
      if (length < ChannelHeader.LENGTH || length > lengthMax) {
        opened.close();
        throw new StoqIpcException(
            StoqIpcException.Reason.REFUSED,
            "couldn't use a channel's file because its length is out of "
                + ChannelHeader.LENGTH
                + " to "
                + lengthMax
                + ": "
                + length);
      }
      return new ChannelFile(opened, length, user, CONNECTOR);
    } catch (StoqIpcException e) {
      throw e;
    } catch (ClosedByInterruptException e) {
      throw new InterruptedIOException(
          "couldn't accept a channel because the thread was interrupted");
    } catch (IOException e) {
      closeQuietly(opened);
      throw new StoqIpcException(
          FILE_SYSTEM, "couldn't open a channel's file because the file system refused: " + e, e);
    }
  }

  /** Fails unless it is a plain file of the user's that is open to nobody else. */
  static void requireOwnFile(Path path, UserPrincipal user) throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()) {
      throw new StoqIpcException(UNSAFE, "couldn't use " + path + " because it is no plain file");
    }
    ControlDirectory.requireOwn(path, attributes, user);
  }

  MemorySegment memory() {
    return memory;
  }

  UserPrincipal owner() {
    return owner;
  }

  /**
   * Locks the listener's byte: from then on, the connecting side sees that the listener is there.
   */
  void lockAsListener() throws IOException {
    lock = channel.tryLock(LISTENER, 1, false);
    if (lock == null) {
      throw new StoqIpcException(
          StoqIpcException.Reason.REFUSED,
          "couldn't use a channel's file because another process holds its listener's lock");
    }
  }

  /** Tried, not waited for: a wait that is interrupted closes the file, and with it every lock. */
  @Override
  public boolean isAlive() {
    try (FileLock gone = channel.tryLock(peerByte, 1, false)) {
      return gone == null;
    } catch (OverlappingFileLockException e) {
      // It's in this very process, or another thread is looking.
      return true;
    } catch (IOException e) {
      // Closed meanwhile, and then it doesn't matter; or the file system fails, which says nothing.
      LOG.debug("Couldn't look whether the peer of a channel is there: {}", e.toString());
      return true;
    }
  }

  @Override
  public boolean isMemoryIntact() {
    try {
      return channel.size() >= memory.byteSize();
    } catch (IOException e) {
      LOG.debug("Couldn't look how long a channel's file is: {}", e.toString());
      return true;
    }
  }

  @Override
  public void close() {
    // Before the lock goes: who sees that the lock is free looks at the memory for the last time.
    arena.close();
    closeQuietly(channel);
  }

  private static void closeQuietly(@Nullable FileChannel opened) {
    if (opened != null) {
      try {
        opened.close();
      } catch (IOException e) {
        LOG.debug("Couldn't close a channel's file: {}", e.toString());
      }
    }
  }
}
