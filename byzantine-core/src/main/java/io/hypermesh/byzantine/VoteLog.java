package io.hypermesh.byzantine;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A replica's log in a file: what {@link Output.Persist} and {@link Output.ReplaceLog} ask for.
 * Thin and blocking; owned by one thread.
 *
 * <p>Records are gathered by {@link #append} and written as one frame by {@link #sync}, which
 * returns when the disk has them. As a frame is written only after the one before it was forced, a
 * damaged frame with an intact one behind it is no torn write: {@link #open} refuses such a file. A
 * damaged or short frame at the end is what a crash in the middle of {@link #sync} leaves; nothing
 * in it was acted on, and it is cut. Checksums find what disks do by accident, not what an attacker
 * with access to the file does.
 *
 * <p>Records hold what clients sent. So each file has a marker of its own, drawn at random, by
 * which frames are found behind damage: nobody can send what looks like a frame, to have a torn
 * write taken for damage, or to make the search for one take forever.
 *
 * <pre>
 * file:  magic 4 | marker 8 | CRC-32C of both 4 | frame ...
 * frame: marker 8 | length 4 | CRC-32C of the payload 4 | payload: (length 4 | record) ...
 * </pre>
 */
public final class VoteLog implements AutoCloseable {
  /** The most bytes of records that are gathered; more are written and forced at once. */
  public static final int PENDING_BYTES_MAX = 16 << 20;

  private static final int MAGIC = 0x484D564C;
  private static final int FILE_HEADER_BYTES = 16;
  private static final int HEADER_BYTES = 16;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path file;
  private final FileChannel lockChannel;
  private final FileLock lock;
  private final List<byte[]> recovered;
  private final List<byte[]> pending = new ArrayList<>();
  private FileChannel channel;
  private long marker;
  private long pendingBytes;

  private VoteLog(Path file, FileChannel lockChannel, FileLock lock) throws IOException {
    this.file = file;
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.recovered = new ArrayList<>();
    Files.deleteIfExists(temporary());
    long intact = read();
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (channel.size() > intact) {
      channel.truncate(intact);
      channel.force(true);
    }
    channel.position(intact);
    if (intact == 0) {
      begin();
    }
  }

  /**
   * Opens a log and reads it; creates it if there is none.
   *
   * @throws VoteLogException if it is damaged before its end or another process or object has it
   *     open
   * @throws IOException if it cannot be read or written
   */
  public static VoteLog open(Path file) throws IOException {
    Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
    FileChannel lockChannel =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = lockChannel.tryLock();
      if (lock == null) {
        throw new VoteLogException(
            "couldn't open the vote log because another process has it open: " + file);
      }
      return new VoteLog(file, lockChannel, lock);
    } catch (OverlappingFileLockException e) {
      lockChannel.close();
      VoteLogException open =
          new VoteLogException(
              "couldn't open the vote log because this process has it open: " + file);
      open.initCause(e);
      throw open;
    } catch (IOException e) {
      lockChannel.close();
      throw e;
    }
  }

  private void begin() throws IOException {
    marker = RANDOM.nextLong();
    write(channel, fileHeader(marker));
    channel.force(true);
    // Forcing the file does not force its name: without this a power failure could take the whole
    // log with every vote in it, and the replica would begin again and contradict them.
    forceDirectory();
  }

  private static ByteBuffer fileHeader(long marker) {
    ByteBuffer header = ByteBuffer.allocate(FILE_HEADER_BYTES);
    header.putInt(MAGIC).putLong(marker);
    CRC32C crc = new CRC32C();
    crc.update(header.slice(0, FILE_HEADER_BYTES - 4));
    return header.putInt((int) crc.getValue()).rewind();
  }

  private Path temporary() {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  /** Reads the header and the intact frames; how long they are, 0 without a header. */
  private long read() throws IOException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      return 0;
    }
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      MemorySegment content = in.map(FileChannel.MapMode.READ_ONLY, 0, in.size(), arena);
      if (content.byteSize() < FILE_HEADER_BYTES) {
        // It is forced before any frame is written, so there was none.
        return 0;
      }
      marker = content.get(LONG, 4);
      if (content.asSlice(0, FILE_HEADER_BYTES).mismatch(MemorySegment.ofBuffer(fileHeader(marker)))
          >= 0) {
        throw damaged(content, 0);
      }
      long at = FILE_HEADER_BYTES;
      while (at < content.byteSize()) {
        long length = intactFrameBytes(content, at);
        if (length < 0) {
          requireTorn(content, at);
          return at;
        }
        readRecords(content.asSlice(at + HEADER_BYTES, length - HEADER_BYTES));
        at += length;
      }
      return at;
    }
  }

  private void readRecords(MemorySegment payload) throws VoteLogException {
    long at = 0;
    while (at < payload.byteSize()) {
      long left = payload.byteSize() - at - 4;
      int length = left < 0 ? -1 : payload.get(INT, at);
      if (length < 0 || length > left) {
        throw new VoteLogException(
            "couldn't open the vote log because a record's length is impossible: "
                + length
                + ": "
                + file);
      }
      recovered.add(payload.asSlice(at + 4, length).toArray(ValueLayout.JAVA_BYTE));
      at += 4 + length;
    }
  }

  /** The length of the frame at that place, header included, or -1 if it is short or damaged. */
  private long intactFrameBytes(MemorySegment content, long at) {
    long left = content.byteSize() - at;
    if (left < HEADER_BYTES || content.get(LONG, at) != marker) {
      return -1;
    }
    int length = content.get(INT, at + 8);
    if (length < 0 || length > left - HEADER_BYTES) {
      return -1;
    }
    CRC32C crc = new CRC32C();
    crc.update(content.asSlice(at + HEADER_BYTES, length).asByteBuffer());
    return (int) crc.getValue() == content.get(INT, at + 12) ? HEADER_BYTES + (long) length : -1;
  }

  private void requireTorn(MemorySegment content, long damagedAt) throws VoteLogException {
    for (long at = damagedAt + 1; at <= content.byteSize() - HEADER_BYTES; at++) {
      if (intactFrameBytes(content, at) >= 0) {
        throw damaged(content, damagedAt);
      }
    }
  }

  private VoteLogException damaged(MemorySegment content, long at) {
    return new VoteLogException(
        "couldn't open the vote log because it is damaged before its end, at byte "
            + at
            + " of "
            + content.byteSize()
            + ": "
            + file);
  }

  /** What the log held when it was opened, in order: give it to {@link Replica#recover}. */
  public List<byte[]> recovered() {
    return List.copyOf(recovered);
  }

  /** Gathers a record for the next {@link #sync}. */
  public void append(byte[] record) throws IOException {
    pending.add(record);
    pendingBytes += record.length;
    if (pendingBytes > PENDING_BYTES_MAX) {
      sync();
    }
  }

  /** Returns when everything appended so far is on the disk. */
  public void sync() throws IOException {
    if (pending.isEmpty()) {
      return;
    }
    write(channel, frame(marker, pending));
    channel.force(false);
    pending.clear();
    pendingBytes = 0;
  }

  /** Replaces the whole log, what was gathered included; after a crash it is the old or the new. */
  public void replace(List<byte[]> records) throws IOException {
    FileChannel fresh =
        FileChannel.open(
            temporary(),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    long freshMarker = RANDOM.nextLong();
    try {
      write(fresh, fileHeader(freshMarker));
      for (byte[] record : records) {
        write(fresh, frame(freshMarker, List.of(record)));
      }
      fresh.force(true);
      Files.move(
          temporary(), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceDirectory();
    } catch (IOException e) {
      fresh.close();
      throw e;
    }
    channel.close();
    channel = fresh;
    marker = freshMarker;
    pending.clear();
    pendingBytes = 0;
  }

  private void forceDirectory() throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      return;
    }
    try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
      opened.force(true);
    }
  }

  private static ByteBuffer frame(long marker, List<byte[]> records) {
    int length = 0;
    for (byte[] record : records) {
      length = Math.addExact(length, 4 + record.length);
    }
    ByteBuffer frame = ByteBuffer.allocate(Math.addExact(HEADER_BYTES, length));
    frame.position(HEADER_BYTES);
    for (byte[] record : records) {
      frame.putInt(record.length).put(record);
    }
    CRC32C crc = new CRC32C();
    crc.update(frame.slice(HEADER_BYTES, length));
    frame.putLong(0, marker).putInt(8, length).putInt(12, (int) crc.getValue());
    return frame.rewind();
  }

  private static void write(FileChannel to, ByteBuffer frame) throws IOException {
    while (frame.hasRemaining()) {
      to.write(frame);
    }
  }

  /** Closes the file; what was not synced is dropped, as a crash would. */
  @Override
  public void close() throws IOException {
    channel.close();
    lock.release();
    lockChannel.close();
  }
}
