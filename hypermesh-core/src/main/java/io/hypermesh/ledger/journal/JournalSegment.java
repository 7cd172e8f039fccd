package io.hypermesh.ledger.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of a journal as bytes, big-endian:
 *
 * <pre>
 *   header   magic 64 | context 256 | first index 64 | salt 64 | CRC32C of all before 32
 *   record   marker 32 | length 32 | CRC32C 32 | index 64 | body
 * </pre>
 *
 * <p>A record's checksum is over the file's salt, the length, the index and the body. The salt is
 * random and never leaves the file, so nobody who only chooses bodies can put something into one
 * that looks like a record of this file: {@link #recordAfter} tells by that whether a bad record is
 * the last one, torn, or damage in the middle.
 */
final class JournalSegment {
  static final int CONTEXT_BYTES = 32;
  static final int HEADER_BYTES = 8 + CONTEXT_BYTES + 8 + 8 + 4;
  static final int RECORD_HEADER_BYTES = 4 + 4 + 4 + 8;

  private static final long MAGIC = 0x484d4a524e4c3031L;
  private static final int MARKER_RECORD = 0x484d5231;
  private static final int MARKER_CLOSED = 0x484d4331;

  private final Path file;
  private final ByteBuffer bytes;
  private final long firstIndex;
  private final long salt;

  private JournalSegment(Path file, ByteBuffer bytes, long firstIndex, long salt) {
    this.file = file;
    this.bytes = bytes;
    this.firstIndex = firstIndex;
    this.salt = salt;
  }

  /** What stands at an offset. */
  sealed interface Entry {
    /** A whole record. */
    record Body(long index, int offset, int next) implements Entry {}

    /** The mark of an orderly close. */
    record Closed(int next) implements Entry {}

    /** Nothing that was written whole. */
    record Bad(String problem) implements Entry {}
  }

  static byte[] header(byte[] context, long firstIndex, long salt) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.putLong(MAGIC).put(context).putLong(firstIndex).putLong(salt);
    return header.putInt(crc(header.array(), 0, HEADER_BYTES - 4)).array();
  }

  static byte[] record(long salt, long index, byte[] body) {
    return entry(MARKER_RECORD, salt, index, body);
  }

  static byte[] closed(long salt, long index) {
    return entry(MARKER_CLOSED, salt, index, new byte[0]);
  }

  private static byte[] entry(int marker, long salt, long index, byte[] body) {
    ByteBuffer entry = ByteBuffer.allocate(RECORD_HEADER_BYTES + body.length);
    entry.putInt(marker).putInt(body.length).putInt(0).putLong(index).put(body);
    return entry.putInt(8, crc(marker, salt, entry, 0, body.length)).array();
  }

  /**
   * Reads the header.
   *
   * @return null if the file ends within its header, as after a crash while it was made
   */
  static @Nullable JournalSegment parse(
      Path file, ByteBuffer bytes, long expectedFirstIndex, byte[] context)
      throws JournalException, OtherContextException {
    if (bytes.limit() < HEADER_BYTES) {
      return null;
    }
    byte[] header = new byte[HEADER_BYTES];
    bytes.get(0, header);
    ByteBuffer fields = ByteBuffer.wrap(header);
    if (fields.getLong(0) != MAGIC
        || fields.getInt(HEADER_BYTES - 4) != crc(header, 0, HEADER_BYTES - 4)) {
      throw new JournalException(file, 0, "its header has a wrong checksum");
    }
    byte[] found = new byte[CONTEXT_BYTES];
    fields.get(8, found);
    if (!Arrays.equals(found, context)) {
      throw new OtherContextException(file);
    }
    long firstIndex = fields.getLong(8 + CONTEXT_BYTES);
    if (firstIndex != expectedFirstIndex) {
      throw new JournalException(
          file, 8 + CONTEXT_BYTES, "it begins with " + firstIndex + ", not " + expectedFirstIndex);
    }
    return new JournalSegment(file, bytes, firstIndex, fields.getLong(16 + CONTEXT_BYTES));
  }

  Path file() {
    return file;
  }

  long firstIndex() {
    return firstIndex;
  }

  long salt() {
    return salt;
  }

  int size() {
    return bytes.limit();
  }

  /** Reads what stands at an offset below {@link #size}. */
  Entry entryAt(int offset) {
    int left = bytes.limit() - offset;
    if (left < RECORD_HEADER_BYTES) {
      return new Entry.Bad("only " + left + " bytes are left of a record");
    }
    int marker = bytes.getInt(offset);
    if (marker != MARKER_RECORD && marker != MARKER_CLOSED) {
      return new Entry.Bad("no record begins there");
    }
    int length = bytes.getInt(offset + 4);
    if (length < 0 || length > left - RECORD_HEADER_BYTES) {
      return new Entry.Bad(
          "a record of " + Integer.toUnsignedString(length) + " bytes does not fit into the file");
    }
    if (crc(marker, salt, bytes, offset, length) != bytes.getInt(offset + 8)) {
      return new Entry.Bad("the record has a wrong checksum");
    }
    int next = offset + RECORD_HEADER_BYTES + length;
    if (marker == MARKER_CLOSED) {
      return new Entry.Closed(next);
    }
    return new Entry.Body(bytes.getLong(offset + 12), offset + RECORD_HEADER_BYTES, next);
  }

  /** Copies a record's body out. */
  byte[] body(Entry.Body record) {
    byte[] body = new byte[record.next() - record.offset()];
    bytes.get(record.offset(), body);
    return body;
  }

  /** Whether any whole entry stands anywhere behind an offset. */
  boolean recordAfter(int offset) {
    for (int at = offset + 1; at <= bytes.limit() - RECORD_HEADER_BYTES; at++) {
      if (!(entryAt(at) instanceof Entry.Bad)) {
        return true;
      }
    }
    return false;
  }

  private static int crc(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }

  private static int crc(int marker, long salt, ByteBuffer bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(16).putLong(salt).putInt(marker).putInt(length).flip());
    crc.update(bytes.slice(offset + 12, 8 + length));
    return (int) crc.getValue();
  }
}
