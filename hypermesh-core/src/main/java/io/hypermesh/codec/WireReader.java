package io.hypermesh.codec;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads big-endian fields from a byte array, and refuses with a {@link DecodingException} whatever
 * is not exactly as written: input that ends early, lengths beyond their named limit, text that is
 * not UTF-8, bytes left over. A length is compared with what is there before anything is allocated,
 * so hostile input costs no more memory than it brings. Not thread-safe.
 */
public final class WireReader {
  private final ByteBuffer input;

  /**
   * Reads from the start of the array, which is not copied.
   *
   * @param input what to read
   */
  public WireReader(byte[] input) {
    this.input = ByteBuffer.wrap(input);
  }

  /**
   * Reads an unsigned byte.
   *
   * @param field the field's name, for the error
   * @return 0 to 255
   * @throws DecodingException if the input ended
   */
  public int readU8(String field) throws DecodingException {
    need(1, field);
    return Byte.toUnsignedInt(input.get());
  }

  /**
   * Reads an unsigned 16-bit number.
   *
   * @param field the field's name, for the error
   * @return 0 to 65,535
   * @throws DecodingException if the input ended
   */
  public int readU16(String field) throws DecodingException {
    need(2, field);
    return Short.toUnsignedInt(input.getShort());
  }

  /**
   * Reads a 32-bit count or length that may not be above a limit.
   *
   * @param max the largest value allowed
   * @param field the field's name, for the error
   * @return 0 to {@code max}
   * @throws DecodingException if the input ended or the value is above the limit
   */
  public int readCount(int max, String field) throws DecodingException {
    need(4, field);
    int count = input.getInt();
    if (count < 0 || count > max) {
      throw new DecodingException(
          field + " is " + Integer.toUnsignedString(count) + ", above the limit of " + max);
    }
    return count;
  }

  /**
   * Reads 64 bits as they are.
   *
   * @param field the field's name, for the error
   * @return the value
   * @throws DecodingException if the input ended
   */
  public long readI64(String field) throws DecodingException {
    need(8, field);
    return input.getLong();
  }

  /**
   * Reads a 64-bit number that may not be negative: a height, an amount, a time.
   *
   * @param field the field's name, for the error
   * @return 0 or more
   * @throws DecodingException if the input ended or the value is negative
   */
  public long readNonNegative(String field) throws DecodingException {
    long value = readI64(field);
    if (value < 0) {
      throw new DecodingException(field + " is negative: " + value);
    }
    return value;
  }

  /**
   * Reads a number of bytes that both sides know.
   *
   * @param length how many
   * @param field the field's name, for the error
   * @return a new array
   * @throws DecodingException if the input ended
   */
  public byte[] readBytes(int length, String field) throws DecodingException {
    need(length, field);
    byte[] bytes = new byte[length];
    input.get(bytes);
    return bytes;
  }

  /**
   * Reads bytes behind a 32-bit length.
   *
   * @param bytesMax the largest length allowed
   * @param field the field's name, for the error
   * @return a new array
   * @throws DecodingException if the input ended or the length is above the limit
   */
  public byte[] readBlob(int bytesMax, String field) throws DecodingException {
    return readBytes(readCount(bytesMax, field + " length"), field);
  }

  /**
   * Reads a SHA-256 value.
   *
   * @param field the field's name, for the error
   * @return the digest
   * @throws DecodingException if the input ended
   */
  public Digest readDigest(String field) throws DecodingException {
    return Digest.of(readBytes(Digest.BYTES, field));
  }

  /**
   * Reads UTF-8 text behind a 16-bit length in bytes.
   *
   * @param bytesMax the largest length allowed
   * @param field the field's name, for the error
   * @return the text
   * @throws DecodingException if the input ended, the length is above the limit, or the bytes are
   *     not UTF-8
   */
  public String readText(int bytesMax, String field) throws DecodingException {
    int length = readU16(field + " length");
    if (length > bytesMax) {
      throw new DecodingException(field + " is " + length + " bytes, limit " + bytesMax);
    }
    byte[] bytes = readBytes(length, field);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new DecodingException(field + " is not UTF-8", e);
    }
  }

  /**
   * Says how many bytes are left.
   *
   * @return 0 or more
   */
  public int remaining() {
    return input.remaining();
  }

  /**
   * Says how many bytes were read.
   *
   * @return 0 or more
   */
  public int position() {
    return input.position();
  }

  /**
   * Makes sure that nothing follows, so that each value has one encoding only.
   *
   * @param what the decoded thing's name, for the error
   * @throws DecodingException if bytes are left over
   */
  public void expectEnd(String what) throws DecodingException {
    if (input.hasRemaining()) {
      throw new DecodingException(input.remaining() + " bytes follow the " + what);
    }
  }

  private void need(int length, String field) throws DecodingException {
    if (input.remaining() < length) {
      throw new DecodingException(
          field + " needs " + length + " bytes, " + input.remaining() + " are left");
    }
  }
}
