package io.hypermesh.trustchain.store;

import io.hypermesh.trustchain.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@link RecordLog}, all big-endian.
 *
 * <pre>
 *   file header  0 magic(8) version(4) kind(4) crc32c(4)
 *              512 watermark slot 0: acknowledged length(8) crc32c(4)
 *             1024 watermark slot 1: acknowledged length(8) crc32c(4)
 *             4096 frames
 *   frame        magic(4) record count(4) payload length(4) first record's number(8) crc32c(4)
 *                payload: for each record its length(4) and its content
 *                crc32c of the payload(4)
 * </pre>
 */
final class RecordFormat {
  static final int HEADER_BYTES = 4096;
  static final int FRAME_HEADER_BYTES = 24;
  static final int CHECKSUM_BYTES = 4;

  /** The largest frame, and so the most that one append writes. */
  static final int FRAME_BYTES_MAX = 1 << 26;

  private static final byte[] MAGIC = "HMRECLOG".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int HEADER_CHECKED_BYTES = 16;
  private static final int WATERMARK_OFFSET = 512;
  private static final int FRAME_MAGIC = 0x484d4652;

  private RecordFormat() {}

  /** A frame's header, after its checksum was found right. */
  record FrameHeader(int recordCount, int payloadBytes, long firstOrdinal) {}

  static byte[] header(int kind) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.put(MAGIC).putInt(VERSION).putInt(kind);
    header.putInt(checksum(header.array(), 0, HEADER_CHECKED_BYTES));
    for (int slot = 0; slot < 2; slot++) {
      header.put(watermarkOffset(slot), watermark(HEADER_BYTES));
    }
    return header.array();
  }

  static boolean isPrefixOfHeader(byte[] begun, int kind) {
    return Arrays.equals(begun, Arrays.copyOf(header(kind), begun.length));
  }

  /** Checks a file's header and gives its watermark: the acknowledged length. */
  static long checkHeader(Path file, byte[] bytes, int kind) throws StoreException {
    ByteBuffer header = ByteBuffer.wrap(bytes);
    byte[] magic = new byte[MAGIC.length];
    header.get(magic);
    int version = header.getInt();
    int foundKind = header.getInt();
    if (!Arrays.equals(magic, MAGIC)
        || header.getInt() != checksum(bytes, 0, HEADER_CHECKED_BYTES)) {
      throw StoreException.damaged(file, 0, "its header is not that of a record log");
    }
    if (version != VERSION || foundKind != kind) {
      throw StoreException.damaged(
          file, MAGIC.length, "it is of version " + version + " and kind " + foundKind);
    }
    long watermark = -1;
    for (int slot = 0; slot < 2; slot++) {
      int offset = watermarkOffset(slot);
      if (header.getInt(offset + Long.BYTES) == checksum(bytes, offset, Long.BYTES)) {
        watermark = Math.max(watermark, header.getLong(offset));
      }
    }
    if (watermark < HEADER_BYTES) {
      throw StoreException.damaged(file, WATERMARK_OFFSET, "both of its watermarks are damaged");
    }
    return watermark;
  }

  static int watermarkOffset(int slot) {
    return WATERMARK_OFFSET * (1 + slot);
  }

  static byte[] watermark(long acknowledgedLength) {
    ByteBuffer slot = ByteBuffer.allocate(Long.BYTES + CHECKSUM_BYTES).putLong(acknowledgedLength);
    return slot.putInt(checksum(slot.array(), 0, Long.BYTES)).array();
  }

  /** Builds a frame that will start at an offset, and notes where each content will start. */
  static byte[] frame(long firstOrdinal, List<byte[]> records, long offset, long[] positions) {
    long payloadBytes = 0;
    for (byte[] content : records) {
      payloadBytes += Integer.BYTES + content.length;
    }
    long frameBytes = FRAME_HEADER_BYTES + payloadBytes + CHECKSUM_BYTES;
    if (frameBytes > FRAME_BYTES_MAX) {
      throw new IllegalArgumentException("an append of " + frameBytes + " bytes is too large");
    }
    ByteBuffer frame = ByteBuffer.allocate((int) frameBytes);
    frame.putInt(FRAME_MAGIC).putInt(records.size()).putInt((int) payloadBytes);
    frame.putLong(firstOrdinal);
    frame.putInt(checksum(frame.array(), 0, FRAME_HEADER_BYTES - CHECKSUM_BYTES));
    for (int i = 0; i < positions.length; i++) {
      byte[] content = records.get(i);
      frame.putInt(content.length);
      positions[i] = offset + frame.position();
      frame.put(content);
    }
    frame.putInt(checksum(frame.array(), FRAME_HEADER_BYTES, (int) payloadBytes));
    return frame.array();
  }

  static @Nullable FrameHeader frameHeader(byte[] bytes) {
    return frameHeader(bytes, 0);
  }

  private static @Nullable FrameHeader frameHeader(byte[] bytes, int start) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    int checked = FRAME_HEADER_BYTES - CHECKSUM_BYTES;
    if (buffer.getInt(start) != FRAME_MAGIC
        || buffer.getInt(start + checked) != checksum(bytes, start, checked)) {
      return null;
    }
    int count = buffer.getInt(start + 4);
    int payloadBytes = buffer.getInt(start + 8);
    long firstOrdinal = buffer.getLong(start + 12);
    boolean inRange = count >= 0 && payloadBytes >= 0 && payloadBytes <= FRAME_BYTES_MAX;
    return inRange ? new FrameHeader(count, payloadBytes, firstOrdinal) : null;
  }

  /** Whether the checksum at the end of a payload is right. */
  static boolean isPayloadWhole(byte[] payloadAndChecksum) {
    int payloadBytes = payloadAndChecksum.length - CHECKSUM_BYTES;
    return ByteBuffer.wrap(payloadAndChecksum).getInt(payloadBytes)
        == checksum(payloadAndChecksum, 0, payloadBytes);
  }

  /**
   * Whether a frame of a later append starts somewhere in a tail. An append starts only after the
   * one before was forced to the disk, so such a frame says that the bad one was whole once.
   */
  static boolean containsLaterFrame(byte[] tail, long afterOrdinal) {
    for (int start = 1; start + FRAME_HEADER_BYTES <= tail.length; start++) {
      if (tail[start] == (byte) (FRAME_MAGIC >>> 24)) {
        FrameHeader header = frameHeader(tail, start);
        if (header != null && header.firstOrdinal() > afterOrdinal) {
          return true;
        }
      }
    }
    return false;
  }

  private static int checksum(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }
}
