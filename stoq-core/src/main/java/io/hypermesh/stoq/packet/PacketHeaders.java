package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/**
 * Writes packet headers (RFC 9000, 17). Every method returns the bytes it wrote; the caller has
 * made sure that they fit. Stateless; safe for use by any thread.
 *
 * <p>A long header's Length field takes two bytes, so that it can be {@linkplain #patchLength set}
 * once the payload is there: good for packets of up to 16,383 bytes.
 */
public final class PacketHeaders {
  /** The longest packet that a two-byte Length field can count, from the packet number on. */
  public static final int LENGTH_FIELD_MAX = (1 << 14) - 1;

  private static final int LENGTH_FIELD_LENGTH = 2;
  private static final int KEY_PHASE = 0x04;
  private static final int SPIN = 0x20;

  private PacketHeaders() {}

  /**
   * The length in bytes of a long header, packet number included.
   *
   * @param tokenLength only counted for Initial packets
   */
  public static int sizeOfLong(
      PacketType type,
      ConnectionId destination,
      ConnectionId source,
      int tokenLength,
      int packetNumberLength) {
    int size = 7 + destination.length() + source.length();
    if (type == PacketType.INITIAL) {
      size += VarInt.sizeOf(tokenLength) + tokenLength;
    }
    return size + LENGTH_FIELD_LENGTH + packetNumberLength;
  }

  /**
   * Writes the header of an Initial, 0-RTT or Handshake packet, with its Length still to be {@link
   * #patchLength patched}.
   *
   * @param token only for Initial packets: the token from a Retry or NEW_TOKEN, or no bytes
   * @param packetNumberLength 1 to 4 bytes
   * @return the header's length, packet number included
   */
  public static int putLong(
      MemorySegment buffer,
      long offset,
      PacketType type,
      int version,
      ConnectionId destination,
      ConnectionId source,
      byte[] token,
      long packetNumber,
      int packetNumberLength) {
    if (type == PacketType.RETRY) {
      throw new IllegalArgumentException("couldn't write a packet number: a Retry has none");
    }
    int typeBits = QuicVersion.requireWire(version).typeBits(type);
    int first = PacketHeader.LONG_HEADER | PacketHeader.FIXED_BIT | typeBits << 4;
    long at = offset;
    buffer.set(Wire.BYTE, at, (byte) (first | packetNumberLength - 1));
    at = putVersionAndIds(buffer, at + 1, version, destination, source);
    if (type == PacketType.INITIAL) {
      at += VarInt.put(buffer, at, token.length);
      MemorySegment.copy(token, 0, buffer, Wire.BYTE, at, token.length);
      at += token.length;
    }
    at += VarInt.put(buffer, at, 0, LENGTH_FIELD_LENGTH);
    at += putPacketNumber(buffer, at, packetNumber, packetNumberLength);
    return (int) (at - offset);
  }

  /** Clears the fixed bit of a header, for a peer that takes it so (RFC 9287, 3). */
  public static void clearFixedBit(MemorySegment buffer, long headerOffset) {
    int first = buffer.get(Wire.BYTE, headerOffset);
    buffer.set(Wire.BYTE, headerOffset, (byte) (first & ~PacketHeader.FIXED_BIT));
  }

  /**
   * Sets the Length of a long header.
   *
   * @param headerLength what {@link #putLong} returned
   * @param payloadLength bytes after the header, the AEAD's tag included
   */
  public static void patchLength(
      MemorySegment buffer,
      long headerOffset,
      int headerLength,
      int packetNumberLength,
      int payloadLength) {
    long at = headerOffset + headerLength - packetNumberLength - LENGTH_FIELD_LENGTH;
    VarInt.put(buffer, at, (long) packetNumberLength + payloadLength, LENGTH_FIELD_LENGTH);
  }

  /** The length in bytes of a short header, packet number included. */
  public static int sizeOfShort(ConnectionId destination, int packetNumberLength) {
    return 1 + destination.length() + packetNumberLength;
  }

  /**
   * Writes the header of a 1-RTT packet.
   *
   * @param packetNumberLength 1 to 4 bytes
   * @return the header's length, packet number included
   */
  public static int putShort(
      MemorySegment buffer,
      long offset,
      ConnectionId destination,
      boolean spin,
      boolean keyPhase,
      long packetNumber,
      int packetNumberLength) {
    int first = PacketHeader.FIXED_BIT | packetNumberLength - 1;
    first |= (spin ? SPIN : 0) | (keyPhase ? KEY_PHASE : 0);
    buffer.set(Wire.BYTE, offset, (byte) first);
    destination.writeTo(buffer, offset + 1);
    long at = offset + 1 + destination.length();
    at += putPacketNumber(buffer, at, packetNumber, packetNumberLength);
    return (int) (at - offset);
  }

  /**
   * Writes a Version Negotiation packet in answer to a long header, of whatever version: its
   * connection IDs go back swapped (RFC 9000, 17.2.1).
   *
   * @param randomBits 7 bits for the first byte's unused part
   * @param received the packet to answer
   * @param versions those that the server speaks
   */
  public static int putVersionNegotiation(
      MemorySegment buffer, long offset, int randomBits, PacketHeader received, int... versions) {
    // The fixed bit is set so that the packet also passes where QUIC shares a port (17.2.1).
    int first = PacketHeader.LONG_HEADER | PacketHeader.FIXED_BIT | (randomBits & 0x3f);
    buffer.set(Wire.BYTE, offset, (byte) first);
    buffer.set(Wire.INT, offset + 1, PacketHeader.VERSION_NEGOTIATION);
    long at = offset + 5;
    at +=
        putBytes(
            buffer,
            at,
            received.buffer(),
            received.sourceConnectionIdOffset(),
            received.sourceConnectionIdLength());
    at +=
        putBytes(
            buffer,
            at,
            received.buffer(),
            received.destinationConnectionIdOffset(),
            received.destinationConnectionIdLength());
    for (int version : versions) {
      buffer.set(Wire.INT, at, version);
      at += Integer.BYTES;
    }
    return (int) (at - offset);
  }

  /**
   * Writes a Retry packet up to, but without, its integrity tag (RFC 9000, 17.2.5).
   *
   * @param unusedBits 4 bits for the first byte's unused part
   * @param destination the client's source connection ID
   * @param source the connection ID that the client has to use from now on
   * @param token at least one byte
   */
  public static int putRetry(
      MemorySegment buffer,
      long offset,
      int unusedBits,
      int version,
      ConnectionId destination,
      ConnectionId source,
      byte[] token) {
    int typeBits = QuicVersion.requireWire(version).typeBits(PacketType.RETRY);
    int first =
        PacketHeader.LONG_HEADER | PacketHeader.FIXED_BIT | typeBits << 4 | (unusedBits & 0xf);
    buffer.set(Wire.BYTE, offset, (byte) first);
    long at = putVersionAndIds(buffer, offset + 1, version, destination, source);
    MemorySegment.copy(token, 0, buffer, Wire.BYTE, at, token.length);
    return (int) (at + token.length - offset);
  }

  /** Writes the low bytes of a packet number. */
  static int putPacketNumber(MemorySegment buffer, long offset, long packetNumber, int length) {
    if (length < 1 || length > PacketNumbers.LENGTH_MAX) {
      throw new IllegalArgumentException(
          "couldn't write a packet number: its length is 1 to 4 bytes, not " + length);
    }
    for (int i = 0; i < length; i++) {
      buffer.set(Wire.BYTE, offset + i, (byte) (packetNumber >>> (8 * (length - 1 - i))));
    }
    return length;
  }

  private static long putVersionAndIds(
      MemorySegment buffer, long at, int version, ConnectionId destination, ConnectionId source) {
    buffer.set(Wire.INT, at, version);
    buffer.set(Wire.BYTE, at + 4, (byte) destination.length());
    destination.writeTo(buffer, at + 5);
    long next = at + 5 + destination.length();
    buffer.set(Wire.BYTE, next, (byte) source.length());
    source.writeTo(buffer, next + 1);
    return next + 1 + source.length();
  }

  private static int putBytes(
      MemorySegment buffer, long at, MemorySegment from, long fromOffset, int length) {
    buffer.set(Wire.BYTE, at, (byte) length);
    MemorySegment.copy(from, fromOffset, buffer, at + 1, length);
    return 1 + length;
  }
}
