package io.hypermesh.ledger.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An append-only log of byte records in a directory, each with the next index and a checksum.
 *
 * <p><b>Guarantee.</b> When {@link #append} has returned, the record is on the disk, and every
 * later {@link #open} gives it back, whole and in order, or says which file is damaged where.
 *
 * <p><b>How.</b> Records go one at a time: written, forced, acknowledged. So after a crash at most
 * the last one is not whole, and it was not acknowledged: it is cut off. A record that is not whole
 * and has a whole one behind it was acknowledged once, so that is damage, and the start stops. An
 * orderly close leaves a mark, so that damage to the last record is told from a torn one then too.
 * (Damage to the very last record after a crash looks like a torn one; the other replicas, or a
 * copy, have it.)
 *
 * <p>The log is a series of files {@code log-<first index>}; {@link #roll} begins a new one, so
 * that {@link #deleteBefore} can drop what a snapshot covers.
 *
 * <p>Owned by one thread. After an {@link IOException} from {@link #append} it takes no more
 * records: what an operating system does with a page that it failed to write cannot be relied on.
 */
public final class Journal implements AutoCloseable {
  /** The longest record. */
  public static final int BODY_BYTES_MAX = 256 << 20;

  private static final String PREFIX = "log-";

  /** Takes the records that are there when a journal is opened, in order. */
  @FunctionalInterface
  public interface Replay {
    /**
     * Takes one record.
     *
     * @param index the record's number
     * @param body what was appended
     * @param file where it is, for errors
     * @param offset where in the file it begins, for errors
     * @throws IOException if the record cannot be used; the start stops
     */
    void accept(long index, byte[] body, Path file, long offset) throws IOException;
  }

  private final Path directory;
  private final byte[] context;
  private final RandomGenerator salts;
  private @Nullable FileChannel channel;
  private long salt;
  private long nextIndex;
  private long tornBytes;

  private Journal(Path directory, byte[] context, RandomGenerator salts) {
    this.directory = directory;
    this.context = context.clone();
    this.salts = salts;
  }

  /**
   * Opens a journal, or makes one, and replays what is there.
   *
   * @param directory there and writable
   * @param context 32 bytes that say what the log is of; those of another log are refused
   * @param salts a source that others cannot predict
   * @param replay takes each record
   * @return the journal, ready to append
   * @throws JournalException if a file is damaged
   * @throws OtherContextException if the log is of something else
   * @throws IOException if a file cannot be read or written
   */
  public static Journal open(Path directory, byte[] context, RandomGenerator salts, Replay replay)
      throws IOException {
    if (context.length != JournalSegment.CONTEXT_BYTES) {
      throw new IllegalArgumentException("the context has 32 bytes, not " + context.length);
    }
    Journal journal = new Journal(directory, context, salts);
    try {
      journal.recover(replay);
      return journal;
    } catch (IOException | RuntimeException e) {
      journal.closeChannel();
      throw e;
    }
  }

  /**
   * Says whether a directory holds a journal.
   *
   * @param directory where
   * @return true if any file of one is there
   * @throws IOException if the directory cannot be read
   */
  public static boolean isIn(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*")) {
      return files.iterator().hasNext();
    }
  }

  private void recover(Replay replay) throws IOException {
    List<Path> files = segmentFiles();
    nextIndex = files.isEmpty() ? 0 : firstIndexOf(files.getFirst());
    for (Path file : files) {
      boolean last = file.equals(files.getLast());
      long first = firstIndexOf(file);
      if (first != nextIndex) {
        throw new JournalException(
            file, 0, "records " + nextIndex + " to " + first + " are missing");
      }
      recoverSegment(file, last, replay);
    }
    if (channel == null) {
      startSegment();
    }
  }

  private void recoverSegment(Path file, boolean last, Replay replay) throws IOException {
    if (Files.size(file) > Integer.MAX_VALUE) {
      throw new JournalException(file, Integer.MAX_VALUE, "the file is longer than 2 GiB");
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    JournalSegment segment = JournalSegment.parse(file, bytes, nextIndex, context);
    if (segment == null) {
      if (!last) {
        throw new JournalException(file, bytes.limit(), "it ends within its header");
      }
      // Made, but nothing was acknowledged from it: the crash came before its header was whole.
      tornBytes += bytes.limit();
      Files.delete(file);
      return;
    }
    int end = replaySegment(segment, last, replay);
    if (last) {
      salt = segment.salt();
      channel = FileChannel.open(file, StandardOpenOption.WRITE);
      if (end < segment.size()) {
        tornBytes += segment.size() - end;
        channel.truncate(end).force(true);
      }
      channel.position(end);
    }
  }

  /** Returns where the last whole record ends. */
  private int replaySegment(JournalSegment segment, boolean last, Replay replay)
      throws IOException {
    int offset = JournalSegment.HEADER_BYTES;
    while (offset < segment.size()) {
      switch (segment.entryAt(offset)) {
        case JournalSegment.Entry.Closed closed -> offset = closed.next();
        case JournalSegment.Entry.Body record -> {
          if (record.index() != nextIndex) {
            throw new JournalException(
                segment.file(), offset, "record " + record.index() + " follows " + (nextIndex - 1));
          }
          replay.accept(record.index(), segment.body(record), segment.file(), offset);
          nextIndex++;
          offset = record.next();
        }
        case JournalSegment.Entry.Bad bad -> {
          if (!last || segment.recordAfter(offset)) {
            throw new JournalException(segment.file(), offset, bad.problem());
          }
          return offset;
        }
      }
    }
    return offset;
  }

  /**
   * Appends a record and forces it to the disk.
   *
   * @param body up to {@value #BODY_BYTES_MAX} bytes
   * @return the record's index
   * @throws IOException if it may not be on the disk; the journal takes no more then
   */
  public long append(byte[] body) throws IOException {
    if (body.length > BODY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "couldn't append " + body.length + " bytes, limit " + BODY_BYTES_MAX);
    }
    FileChannel open = openChannel();
    boolean done = false;
    try {
      Durable.writeFully(open, ByteBuffer.wrap(JournalSegment.record(salt, nextIndex, body)));
      open.force(false);
      done = true;
    } finally {
      if (!done) {
        closeChannel();
      }
    }
    return nextIndex++;
  }

  /**
   * The index that the next record gets.
   *
   * @return 0 in an empty journal that nothing was deleted from
   */
  public long nextIndex() {
    return nextIndex;
  }

  /**
   * How much was cut off the end when the journal was opened.
   *
   * @return bytes; 0 after an orderly close
   */
  public long tornBytes() {
    return tornBytes;
  }

  /**
   * How long the file is that records are appended to now.
   *
   * @return bytes
   * @throws IOException if the journal is closed
   */
  public long segmentBytes() throws IOException {
    return openChannel().position();
  }

  /**
   * Goes on in a new file.
   *
   * @return the index that the new file begins with, to be given to {@link #deleteBefore}
   * @throws IOException if the file cannot be made
   */
  public long roll() throws IOException {
    if (segmentBytes() > JournalSegment.HEADER_BYTES) {
      closeChannel();
      startSegment();
    }
    return nextIndex;
  }

  /**
   * Deletes files that hold only records below an index.
   *
   * @param index what must stay
   * @throws IOException if a file cannot be deleted
   */
  public void deleteBefore(long index) throws IOException {
    List<Path> files = segmentFiles();
    for (int i = 0; i + 1 < files.size(); i++) {
      if (firstIndexOf(files.get(i + 1)) <= index) {
        Files.delete(files.get(i));
      }
    }
    Durable.forceDirectory(directory);
  }

  private void startSegment() throws IOException {
    Path file = directory.resolve(PREFIX + HexFormat.of().toHexDigits(nextIndex));
    salt = salts.nextLong();
    FileChannel made =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    channel = made;
    Durable.writeFully(made, ByteBuffer.wrap(JournalSegment.header(context, nextIndex, salt)));
    made.force(true);
    Durable.forceDirectory(directory);
  }

  private List<Path> segmentFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, PREFIX + "*")) {
      stream.forEach(files::add);
    }
    for (Path file : files) {
      firstIndexOf(file);
    }
    files.sort(null);
    return files;
  }

  private static long firstIndexOf(Path file) throws JournalException {
    String name = String.valueOf(file.getFileName());
    if (!name.matches(PREFIX + "[0-7][0-9a-f]{15}")) {
      throw new JournalException(file, 0, "no file of a log has this name");
    }
    return HexFormat.fromHexDigitsToLong(name, PREFIX.length(), name.length());
  }

  private FileChannel openChannel() throws IOException {
    FileChannel open = channel;
    if (open == null || !open.isOpen()) {
      throw new IOException("the log in " + directory + " is closed");
    }
    return open;
  }

  private void closeChannel() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }

  /** Marks the end as orderly and closes; does nothing more than once or after a failure. */
  @Override
  public void close() throws IOException {
    FileChannel open = channel;
    if (open != null && open.isOpen()) {
      try (open) {
        Durable.writeFully(open, ByteBuffer.wrap(JournalSegment.closed(salt, nextIndex)));
        open.force(false);
      }
    }
  }
}
