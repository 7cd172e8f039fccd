package io.hypermesh.ledger.journal;

import io.hypermesh.byzantine.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A snapshot in a file {@code snapshot-<height>}, big-endian:
 *
 * <pre>
 *   magic 64 | number of chunks 32 | each chunk: length 32 | CRC32C 32 | bytes
 * </pre>
 *
 * <p>It is written under another name, forced, and then renamed, so a file with the name of a
 * snapshot was whole once. Chunks are read when they are asked for.
 */
public final class SnapshotFile implements Snapshot {
  private static final String PREFIX = "snapshot-";
  private static final String UNFINISHED = "unfinished-snapshot";
  private static final long MAGIC = 0x484d534e41503031L;

  private final Path file;
  private final FileChannel channel;
  private final long[] offsets;

  private SnapshotFile(Path file, FileChannel channel, long[] offsets) {
    this.file = file;
    this.channel = channel;
    this.offsets = offsets;
  }

  /**
   * Writes a snapshot and then deletes those of lower heights.
   *
   * @param directory where
   * @param height the block that the snapshot is of
   * @param snapshot what to write
   * @throws IOException if it cannot be written; earlier snapshots are still there
   */
  public static void write(Path directory, long height, Snapshot snapshot) throws IOException {
    Path unfinished = directory.resolve(UNFINISHED);
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer header = ByteBuffer.allocate(12).putLong(MAGIC).putInt(snapshot.chunkCount());
      Durable.writeFully(channel, header.flip());
      for (int i = 0; i < snapshot.chunkCount(); i++) {
        byte[] chunk = snapshot.chunk(i);
        ByteBuffer prefix = ByteBuffer.allocate(8).putInt(chunk.length).putInt(crc(chunk));
        Durable.writeFully(channel, prefix.flip());
        Durable.writeFully(channel, ByteBuffer.wrap(chunk));
      }
      channel.force(true);
    }
    Path file = directory.resolve(PREFIX + HexFormat.of().toHexDigits(height));
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    Durable.forceDirectory(directory);
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, PREFIX + "*")) {
      for (Path other : all) {
        if (!other.equals(file)) {
          Files.delete(other);
        }
      }
    }
  }

  /**
   * Opens the snapshot of the greatest height.
   *
   * @param directory where
   * @return the snapshot, to be closed, if there is one
   * @throws IOException if it cannot be read or is damaged
   */
  public static Optional<SnapshotFile> openLatest(Path directory) throws IOException {
    Path latest = null;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, PREFIX + "*")) {
      for (Path file : all) {
        if (latest == null || file.compareTo(latest) > 0) {
          latest = file;
        }
      }
    }
    return latest == null ? Optional.empty() : Optional.of(open(latest));
  }

  private static SnapshotFile open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      ByteBuffer header = read(file, channel, 0, 12);
      int chunks = header.getInt(8);
      if (header.getLong(0) != MAGIC || chunks < 1 || chunks > Snapshot.CHUNKS_MAX) {
        throw new JournalException(file, 0, "no snapshot begins there");
      }
      long[] offsets = new long[chunks];
      long offset = 12;
      for (int i = 0; i < chunks; i++) {
        offsets[i] = offset;
        int length = read(file, channel, offset, 8).getInt(0);
        if (length < 0 || length > Snapshot.CHUNK_BYTES_MAX) {
          throw new JournalException(file, offset, "a chunk has a length of " + length);
        }
        offset += 8L + length;
      }
      if (offset != channel.size()) {
        throw new JournalException(
            file, offset, "the file has " + channel.size() + " bytes, not " + offset);
      }
      return new SnapshotFile(file, channel, offsets);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Where it is.
   *
   * @return the file
   */
  public Path file() {
    return file;
  }

  @Override
  public int chunkCount() {
    return offsets.length;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the chunk cannot be read or is damaged
   */
  @Override
  public byte[] chunk(int index) {
    try {
      ByteBuffer prefix = read(file, channel, offsets[index], 8);
      byte[] chunk = read(file, channel, offsets[index] + 8, prefix.getInt(0)).array();
      if (crc(chunk) != prefix.getInt(4)) {
        throw new JournalException(
            file, offsets[index], "chunk " + index + " has a wrong checksum");
      }
      return chunk;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the operating system fails to
   */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ByteBuffer read(Path file, FileChannel channel, long offset, int length)
      throws IOException {
    if (offset + length > channel.size()) {
      throw new JournalException(file, offset, "the file ends before " + (offset + length));
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offset + bytes.position()) < 0) {
        throw new JournalException(file, offset, "the file ends before " + (offset + length));
      }
    }
    return bytes;
  }

  private static int crc(byte[] chunk) {
    CRC32C crc = new CRC32C();
    crc.update(chunk, 0, chunk.length);
    return (int) crc.getValue();
  }
}
