package io.hypermesh.trustchain.store;

import io.hypermesh.trustchain.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Replaces small files whole: after a crash there is the old content or the new, never a mix. */
public final class DurableFiles {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Set<PosixFilePermission> READABLE =
      PosixFilePermissions.fromString("rw-r--r--");

  private DurableFiles() {}

  /**
   * Writes a file that only its owner may read or write; it never exists with wider permissions.
   *
   * @param file the file
   * @param content its content
   * @throws StoreException where it can't be written
   */
  public static void replaceSecret(Path file, byte[] content) throws StoreException {
    replace(file, content, OWNER_ONLY);
  }

  /**
   * Writes a file that anyone may read.
   *
   * @param file the file
   * @param content its content
   * @throws StoreException where it can't be written
   */
  public static void replace(Path file, byte[] content) throws StoreException {
    replace(file, content, READABLE);
  }

  private static void replace(Path file, byte[] content, Set<PosixFilePermission> permissions)
      throws StoreException {
    Path target = file.toAbsolutePath();
    Path directory = target.getParent();
    if (directory == null) {
      throw StoreException.io("write", file, new IOException("it is not a file"));
    }
    Path temporary = directory.resolve("." + target.getFileName() + ".new");
    try {
      Files.createDirectories(directory);
      Files.deleteIfExists(temporary);
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              attributes(permissions))) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      syncDirectory(directory);
    } catch (IOException e) {
      throw StoreException.io("write", file, e);
    }
  }

  private static FileAttribute<?>[] attributes(Set<PosixFilePermission> permissions) {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  /** Makes a new name in a directory durable, where the platform lets a directory be opened. */
  static void syncDirectory(Path directory) throws IOException {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Whether others than the owner may read or write a file.
   *
   * @param file the file
   * @return true where the platform has permissions and they are wider than the owner's
   * @throws StoreException where they can't be read
   */
  public static boolean isOpenToOthers(Path file) throws StoreException {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      return false;
    }
    try {
      return !EnumSet.copyOf(OWNER_ONLY).containsAll(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw StoreException.io("read", file, e);
    }
  }

  /**
   * Reads a small file.
   *
   * @param file the file
   * @param bytesMax the most bytes it may have
   * @return its content
   * @throws StoreException where it can't be read or is larger
   */
  public static byte[] read(Path file, int bytesMax) throws StoreException {
    try {
      if (Files.size(file) > bytesMax) {
        throw StoreException.damaged(file, bytesMax, "it has more than " + bytesMax + " bytes");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw StoreException.io("read", file, e);
    }
  }
}
