package io.hypermesh.trustchain.store;

import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An append-only file of records: what {@link #append} returned for is found again after any crash.
 *
 * <p>The file is a header of {@value RecordFormat#HEADER_BYTES} bytes and then frames, one for each
 * append. A frame has its own header with its length, its first record's number and a checksum,
 * then the records, then a checksum over them. An append writes a frame, forces it to the disk, and
 * then notes in the file's header how far the file is acknowledged (the watermark: two slots
 * written in turn, so that one is always whole). The watermark itself is not forced: after the
 * crash of a process it is exact, after a loss of power it may lag.
 *
 * <p>What a start finds, and what it does:
 *
 * <ul>
 *   <li>a bad or incomplete frame below the watermark, or one that is followed by a good one: the
 *       file is damaged; the start is refused with the file and the offset;
 *   <li>a bad or incomplete last frame above the watermark: the append that was under way when the
 *       process died, never acknowledged; it is cut off.
 * </ul>
 *
 * <p>{@link #append} belongs to one thread at a time (the leader of a {@link GroupCommit}); {@link
 * #read} may be called by any thread. {@link RandomAccessFile} is used because an interrupted
 * thread closes a {@link java.nio.channels.FileChannel} for everybody.
 */
public final class RecordLog implements AutoCloseable {
  /** Gets the records of a file that is opened, in order. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * One record.
     *
     * @param ordinal its number, from 0
     * @param position where its content starts in the file
     * @param content its content
     * @throws TrustChainException where the content is not what it should be
     */
    void record(long ordinal, long position, byte[] content) throws TrustChainException;
  }

  private final Path file;
  private final RandomAccessFile writer;
  private final RandomAccessFile reader;
  private final ReentrantLock readLock = new ReentrantLock();
  private long recordCount;
  private long end;
  private int watermarkSlot;
  private volatile @Nullable String stopped;

  private RecordLog(Path file, RandomAccessFile writer, RandomAccessFile reader) {
    this.file = file;
    this.writer = writer;
    this.reader = reader;
  }

  /**
   * Opens a file, creates it where it is missing, and replays it.
   *
   * @param file the file
   * @param kind what the records are; a file of another kind is refused
   * @param visitor gets every acknowledged record, and perhaps some that were written but not yet
   *     acknowledged
   * @return the open file
   * @throws StoreException where it can't be opened or is damaged
   */
  public static RecordLog open(Path file, int kind, Visitor visitor) throws StoreException {
    RandomAccessFile writer = null;
    RandomAccessFile reader = null;
    boolean opened = false;
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      writer = new RandomAccessFile(file.toFile(), "rw");
      reader = new RandomAccessFile(file.toFile(), "r");
      RecordLog log = new RecordLog(file, writer, reader);
      log.recover(kind, visitor);
      opened = true;
      return log;
    } catch (IOException e) {
      throw StoreException.io("open", file, e);
    } finally {
      if (!opened) {
        closeQuietly(writer, file);
        closeQuietly(reader, file);
      }
    }
  }

  private static void closeQuietly(@Nullable RandomAccessFile opened, Path file)
      throws StoreException {
    if (opened != null) {
      try {
        opened.close();
      } catch (IOException e) {
        throw StoreException.io("close", file, e);
      }
    }
  }

  private void recover(int kind, Visitor visitor) throws IOException, StoreException {
    long length = writer.length();
    if (length < RecordFormat.HEADER_BYTES) {
      createHeader(kind, length);
      return;
    }
    byte[] header = new byte[RecordFormat.HEADER_BYTES];
    readFully(0, header);
    long watermark = RecordFormat.checkHeader(file, header, kind);
    if (watermark > length) {
      throw StoreException.damaged(
          file, length, "it ends before what was acknowledged, which ends at " + watermark);
    }
    end = RecordFormat.HEADER_BYTES;
    while (end < length) {
      String problem = replayFrame(length, visitor);
      if (problem != null) {
        cutTornTail(problem, watermark, length);
        break;
      }
    }
    // The watermark may lag behind good frames after a loss of power; it never leads.
    writeWatermark();
  }

  private void createHeader(int kind, long length) throws IOException, StoreException {
    if (length > 0) {
      byte[] begun = new byte[(int) length];
      readFully(0, begun);
      if (!RecordFormat.isPrefixOfHeader(begun, kind)) {
        throw StoreException.damaged(file, 0, "its header is cut short and not of this kind");
      }
    }
    writer.seek(0);
    writer.write(RecordFormat.header(kind));
    writer.getFD().sync();
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      DurableFiles.syncDirectory(directory);
    }
    end = RecordFormat.HEADER_BYTES;
  }

  /** Replays the frame at the end, or says what is wrong with it. */
  private @Nullable String replayFrame(long length, Visitor visitor)
      throws IOException, StoreException {
    if (length - end < RecordFormat.FRAME_HEADER_BYTES) {
      return "a frame header is cut short";
    }
    byte[] header = new byte[RecordFormat.FRAME_HEADER_BYTES];
    readFully(end, header);
    RecordFormat.FrameHeader frame = RecordFormat.frameHeader(header);
    if (frame == null) {
      return "a frame header has a wrong checksum";
    }
    if (frame.firstOrdinal() != recordCount) {
      return "a frame starts at record " + frame.firstOrdinal() + " instead of " + recordCount;
    }
    long payloadStart = end + RecordFormat.FRAME_HEADER_BYTES;
    if (frame.payloadBytes() + RecordFormat.CHECKSUM_BYTES > length - payloadStart) {
      return "a frame is cut short";
    }
    byte[] payload = new byte[frame.payloadBytes() + RecordFormat.CHECKSUM_BYTES];
    readFully(payloadStart, payload);
    if (!RecordFormat.isPayloadWhole(payload)) {
      return "a frame has a wrong checksum";
    }
    visit(frame, payload, payloadStart, visitor);
    recordCount += frame.recordCount();
    end = payloadStart + payload.length;
    return null;
  }

  private void visit(
      RecordFormat.FrameHeader frame, byte[] payload, long payloadStart, Visitor visitor)
      throws StoreException {
    ByteBuffer buffer = ByteBuffer.wrap(payload, 0, frame.payloadBytes());
    for (int i = 0; i < frame.recordCount(); i++) {
      int size = buffer.remaining() < Integer.BYTES ? -1 : buffer.getInt();
      if (size < 0 || size > buffer.remaining()) {
        throw StoreException.damaged(
            file, payloadStart + buffer.position(), "a record reaches past its frame");
      }
      byte[] content = new byte[size];
      long position = payloadStart + buffer.position();
      buffer.get(content);
      try {
        visitor.record(recordCount + i, position, content);
      } catch (StoreException e) {
        throw e;
      } catch (TrustChainException e) {
        throw StoreException.damaged(file, position, String.valueOf(e.getMessage()));
      }
    }
  }

  private void cutTornTail(String problem, long watermark, long length)
      throws IOException, StoreException {
    if (end < watermark) {
      throw StoreException.damaged(file, end, problem);
    }
    long torn = length - end;
    if (torn > RecordFormat.FRAME_BYTES_MAX) {
      throw StoreException.damaged(
          file, end, problem + ", and more follows than one append writes");
    }
    byte[] tail = new byte[(int) torn];
    readFully(end, tail);
    if (RecordFormat.containsLaterFrame(tail, recordCount)) {
      throw StoreException.damaged(file, end, problem + ", and a whole frame follows");
    }
    writer.setLength(end);
    writer.getFD().sync();
  }

  /**
   * Appends records and forces them to the disk.
   *
   * @param records their contents, at least one
   * @return where each record's content starts in the file, for {@link #read}
   * @throws StoreException where it failed; none of the records is acknowledged then
   */
  public long[] append(List<byte[]> records) throws StoreException {
    requireRunning();
    long[] positions = new long[records.size()];
    byte[] frame = RecordFormat.frame(recordCount, records, end, positions);
    try {
      writer.seek(end);
      writer.write(frame);
    } catch (IOException e) {
      cutFailedWrite();
      throw StoreException.io("write", file, e);
    }
    try {
      writer.getFD().sync();
    } catch (IOException e) {
      // After a failed sync nobody knows what is on the disk; only a new start can find out.
      stopped = "forcing it to the disk failed before: " + e.getMessage();
      throw StoreException.io("force to the disk", file, e);
    }
    end += frame.length;
    recordCount += records.size();
    try {
      writeWatermark();
    } catch (IOException e) {
      stopped = "noting its acknowledged length failed before: " + e.getMessage();
      throw StoreException.io("write", file, e);
    }
    return positions;
  }

  private void cutFailedWrite() {
    try {
      writer.setLength(end);
    } catch (IOException e) {
      stopped = "a failed write couldn't be cut off: " + e.getMessage();
    }
  }

  private void writeWatermark() throws IOException {
    watermarkSlot ^= 1;
    writer.seek(RecordFormat.watermarkOffset(watermarkSlot));
    writer.write(RecordFormat.watermark(end));
  }

  /**
   * Reads a record's content.
   *
   * @param position where it starts
   * @return its content
   * @throws StoreException where it can't be read
   */
  public byte[] read(long position) throws StoreException {
    requireRunning();
    readLock.lock();
    try {
      reader.seek(position - Integer.BYTES);
      int size = reader.readInt();
      if (size < 0 || size > RecordFormat.FRAME_BYTES_MAX) {
        throw StoreException.damaged(file, position, "a record's length is out of range: " + size);
      }
      byte[] content = new byte[size];
      reader.readFully(content);
      return content;
    } catch (IOException e) {
      throw StoreException.io("read", file, e);
    } finally {
      readLock.unlock();
    }
  }

  private void readFully(long position, byte[] target) throws IOException {
    reader.seek(position);
    reader.readFully(target);
  }

  private void requireRunning() throws StoreException {
    String why = stopped;
    if (why != null) {
      throw StoreException.stopped(file, why);
    }
  }

  /**
   * How many records there are. For the thread that appends.
   *
   * @return the number of records
   */
  public long recordCount() {
    return recordCount;
  }

  /** Closes the file. Everything acknowledged is on the disk already. */
  @Override
  public void close() throws StoreException {
    stopped = "it is closed";
    readLock.lock();
    try {
      closeQuietly(writer, file);
      closeQuietly(reader, file);
    } finally {
      readLock.unlock();
    }
  }

  @Override
  public String toString() {
    return "RecordLog[" + file + " " + Arrays.toString(new long[] {recordCount, end}) + "]";
  }
}
