package io.hypermesh.stoq.ipc;

import static io.hypermesh.stoq.ipc.StoqIpcException.Reason.ALREADY_LISTENING;
import static io.hypermesh.stoq.ipc.StoqIpcException.Reason.FILE_SYSTEM;
import static io.hypermesh.stoq.ipc.StoqIpcException.Reason.NO_LISTENER;
import static io.hypermesh.stoq.ipc.StoqIpcException.Reason.UNSAFE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory where a listener and those who connect meet. It holds
 *
 * <ul>
 *   <li>{@code listen.lock}, which stays: the listener locks its first byte, so that there is one
 *       listener, and its second, which connecting sides try to see whether there is one;
 *   <li>{@code NAME.new}, a channel's file that is being made;
 *   <li>{@code NAME.offer}, one that is offered. The listener deletes it when it accepts.
 * </ul>
 *
 * <p>Directory and files are their owner's only, and refused where they aren't, or where they are
 * symbolic links. What is above the directory is the host's: others must not be able to rename what
 * is in there, as they aren't in {@code /dev/shm}, {@code /tmp} or a directory of one's own.
 */
final class ControlDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(ControlDirectory.class);

  static final String NEW_SUFFIX = ".new";
  static final String OFFER_SUFFIX = ".offer";
  private static final String LOCK_NAME = "listen.lock";
  private static final int NAME_BYTES = 16;

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final Set<PosixFilePermission> OWNERS =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  /**
   * What this process listens at. A connecting side of the same process doesn't open the lock's
   * file then: closing it would let go of the listener's locks (POSIX, fcntl).
   */
  private static final Set<Path> LISTENING = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final UserPrincipal user;

  private ControlDirectory(Path path, UserPrincipal user) {
    this.path = path;
    this.user = user;
  }

  /** For a listener: makes the directory where it isn't there. */
  static ControlDirectory make(Path path, SecureRandom random) throws StoqIpcException {
    try {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // As it usually is; what it is, is looked at now.
      return existing(path, random);
    } catch (IOException e) {
      throw refused(path, e);
    } catch (UnsupportedOperationException e) {
      throw unsupported(path, e);
    }
    return existing(path, random);
  }

  /** For a connecting side. */
  static ControlDirectory existing(Path path, SecureRandom random) throws StoqIpcException {
    try {
      PosixFileAttributes attributes =
          Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isDirectory()) {
        throw new StoqIpcException(UNSAFE, "couldn't use " + path + " because it is no directory");
      }
      requireOwn(path, attributes, attributes.owner());
      Path real = path.toRealPath();
      ControlDirectory directory = new ControlDirectory(real, attributes.owner());
      directory.requireOwnedByThisProcess(random);
      return directory;
    } catch (StoqIpcException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new StoqIpcException(
          NO_LISTENER, "couldn't connect because nobody listens: there is no " + path, e);
    } catch (IOException e) {
      throw refused(path, e);
    } catch (UnsupportedOperationException e) {
      throw unsupported(path, e);
    }
  }

  /** The user of this process is the owner of what it makes, root's included. */
  private void requireOwnedByThisProcess(SecureRandom random) throws IOException {
    Path probe = path.resolve(name(random) + NEW_SUFFIX);
    Files.createFile(probe, OWNER_ONLY);
    try {
      UserPrincipal self = Files.getOwner(probe, LinkOption.NOFOLLOW_LINKS);
      if (!self.equals(user)) {
        throw new StoqIpcException(
            UNSAFE,
            "couldn't use "
                + path
                + " because it is of "
                + user.getName()
                + ", not of "
                + self.getName());
      }
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /** Fails unless it is the user's and open to nobody else. */
  static void requireOwn(Path path, PosixFileAttributes attributes, UserPrincipal user)
      throws StoqIpcException {
    if (!attributes.owner().equals(user)) {
      throw new StoqIpcException(
          UNSAFE, "couldn't use " + path + " because it is of " + attributes.owner().getName());
    }
    if (!OWNERS.containsAll(attributes.permissions())) {
      throw new StoqIpcException(
          UNSAFE,
          "couldn't use "
              + path
              + " because it is open to others: "
              + PosixFilePermissions.toString(attributes.permissions()));
    }
  }

  Path path() {
    return path;
  }

  UserPrincipal user() {
    return user;
  }

  /** A name that nobody else has. */
  static String name(SecureRandom random) {
    byte[] name = new byte[NAME_BYTES];
    random.nextBytes(name);
    return HexFormat.of().formatHex(name);
  }

  /**
   * Becomes the directory's listener.
   *
   * @return to be closed by {@link #stopListening}
   * @throws StoqIpcException ALREADY_LISTENING where somebody is
   */
  FileChannel listen() throws StoqIpcException {
    if (!LISTENING.add(path)) {
      throw new StoqIpcException(
          ALREADY_LISTENING, "couldn't listen because this process does already: " + path);
    }
    FileChannel opened = null;
    boolean listening = false;
    try {
      Path lockFile = path.resolve(LOCK_NAME);
      opened =
          FileChannel.open(
              lockFile,
              Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS),
              OWNER_ONLY);
      ChannelFile.requireOwnFile(lockFile, user);
      if (opened.tryLock(0, 1, false) == null) {
        throw new StoqIpcException(
            ALREADY_LISTENING, "couldn't listen because another process does already: " + path);
      }
      // Those who look whether somebody listens hold it for a moment.
      opened.lock(1, 1, false);
      listening = true;
      return opened;
    } catch (StoqIpcException e) {
      throw e;
    } catch (IOException | OverlappingFileLockException e) {
      throw refused(path, e);
    } finally {
      if (!listening) {
        stopListening(opened);
      }
    }
  }

  /** Lets another listen. */
  void stopListening(@Nullable FileChannel opened) {
    try {
      if (opened != null) {
        opened.close();
      }
    } catch (IOException e) {
      LOG.debug("Couldn't close the lock of {}: {}", path, e.toString());
    } finally {
      LISTENING.remove(path);
    }
  }

  /** Whether somebody listens, in this process or another. */
  boolean isListenedTo() throws StoqIpcException {
    if (LISTENING.contains(path)) {
      return true;
    }
    Path lockFile = path.resolve(LOCK_NAME);
    try (FileChannel opened =
            FileChannel.open(
                lockFile,
                Set.of(
                    StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        FileLock free = opened.tryLock(1, 1, true)) {
      return free == null;
    } catch (NoSuchFileException e) {
      return false;
    } catch (OverlappingFileLockException e) {
      // Another thread of this process is looking; that says nothing of listeners, so: not yet.
      return true;
    } catch (IOException e) {
      throw refused(path, e);
    }
  }

  static StoqIpcException refused(Path path, Exception cause) {
    return new StoqIpcException(
        FILE_SYSTEM, "couldn't use " + path + " because the file system refused: " + cause, cause);
  }

  private static StoqIpcException unsupported(Path path, UnsupportedOperationException cause) {
    return new StoqIpcException(
        UNSAFE,
        "couldn't use " + path + " because its file system has no owners and permissions (POSIX)",
        cause);
  }
}
