package io.hypermesh.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secret of a node's endpoint, kept in the node's directory: a node that was started anew tells
 * the peers of its lost connections so, and takes the tokens and session tickets that it gave out
 * before.
 *
 * <p>Only its owner may read the file, which never exists with wider permissions. One that others
 * may read, or that isn't whole, is replaced: what hangs on it, sessions and tokens, is cheap to
 * lose, and who knows the secret can end connections and pass for clients. Its loss is no damage
 * either, so it's not waited for until the directory is on the disk.
 */
final class NodeSecret {
  /** The name of the file. */
  static final String FILE = "endpoint.secret";

  /** In bytes, as an endpoint wants it. */
  static final int LENGTH = 32;

  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private static final Logger LOG = LoggerFactory.getLogger(NodeSecret.class);

  private NodeSecret() {}

  /**
   * The secret in a file, which is made where it isn't there.
   *
   * @return the caller's to erase
   * @throws NodeException where the file can't be read or written
   */
  static byte[] keptIn(Path directory, SecureRandom random) throws NodeException {
    Path file = directory.resolve(FILE);
    try {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        if (isTrustworthy(file)) {
          return Files.readAllBytes(file);
        }
        LOG.warn(
            "{} is replaced because others may read it, or because it doesn't have {} bytes",
            file,
            LENGTH);
      }
      byte[] secret = new byte[LENGTH];
      random.nextBytes(secret);
      write(file, secret);
      return secret;
    } catch (IOException e) {
      throw new NodeException(
          NodeException.Category.FATAL,
          "couldn't keep the endpoint's secret in " + file + ": " + e,
          e);
    }
  }

  private static boolean isTrustworthy(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != LENGTH) {
      return false;
    }
    PosixFileAttributeView view = posix(file);
    return view == null || OWNER_ONLY.containsAll(view.readAttributes().permissions());
  }

  private static @Nullable PosixFileAttributeView posix(Path file) {
    return Files.getFileAttributeView(
        file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static void write(Path file, byte[] secret) throws IOException {
    Path temporary = file.resolveSibling("." + FILE + ".new");
    Files.deleteIfExists(temporary);
    FileAttribute<?>[] attributes =
        posix(file) == null
            ? new FileAttribute<?>[0]
            : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)};
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            attributes)) {
      ByteBuffer bytes = ByteBuffer.wrap(secret);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Erases what {@link #keptIn} gave. */
  static void erase(byte[] secret) {
    Arrays.fill(secret, (byte) 0);
  }
}
