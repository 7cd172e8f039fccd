package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;

/**
 * A view of one packet's header within a datagram (RFC 9000, 17; RFC 8999 for other versions).
 *
 * <p>A flyweight: {@link #parse} points it at a packet and reads the parts that header protection
 * leaves in the clear; nothing is copied or allocated, and what the accessors say holds until the
 * next call. Datagrams with several packets are walked by parsing again at {@link #packetEnd()}.
 *
 * <p>Bytes that are no packet are no error: anyone can send them, so {@link #parse} says false and
 * the rest of the datagram is dropped (RFC 9000, 5.2 and 12.2). Owned by one thread.
 */
public final class PacketHeader {
  /** The number of QUIC version 1; the other one is {@link QuicVersion#V2}. */
  public static final int VERSION_1 = 1;

  /** The version that marks a Version Negotiation packet. */
  public static final int VERSION_NEGOTIATION = 0;

  /** Length in bytes of a Retry packet's integrity tag. */
  public static final int RETRY_TAG_LENGTH = 16;

  static final int LONG_HEADER = 0x80;
  static final int FIXED_BIT = 0x40;

  private static final int KEY_PHASE = 0x04;
  private static final int SPIN = 0x20;
  private static final int RESERVED_LONG = 0x0c;
  private static final int RESERVED_SHORT = 0x18;

  private MemorySegment buffer = MemorySegment.NULL;
  private PacketType type = PacketType.UNSUPPORTED_VERSION;
  private int version;
  private long headerOffset;
  private long destinationOffset;
  private int destinationLength;
  private long sourceOffset;
  private int sourceLength;
  private long tokenOffset;
  private int tokenLength;
  private long packetNumberOffset;
  private long packetEnd;

  /** Makes a view of nothing yet. */
  public PacketHeader() {}

  /**
   * Points this view at the packet that starts at {@code offset}.
   *
   * @param datagram heap or native memory that holds the datagram
   * @param offset where the packet starts
   * @param limit where the datagram ends
   * @param shortHeaderConnectionIdLength length in bytes of the connection IDs that this endpoint
   *     gives out, which a short header does not repeat
   * @return false where this is no packet, and what is left of the datagram has to be dropped
   */
  public boolean parse(
      MemorySegment datagram, long offset, long limit, int shortHeaderConnectionIdLength) {
    if (offset < 0 || offset >= limit || limit > datagram.byteSize()) {
      return false;
    }
    buffer = datagram;
    headerOffset = offset;
    version = 0;
    sourceOffset = offset;
    sourceLength = 0;
    tokenOffset = offset;
    tokenLength = 0;
    int first = datagram.get(Wire.BYTE, offset) & 0xff;
    return (first & LONG_HEADER) == 0
        ? parseShort(limit, shortHeaderConnectionIdLength)
        : parseLong(first, limit);
  }

  private boolean parseShort(long limit, int connectionIdLength) {
    if (headerOffset + 1 + connectionIdLength >= limit) {
      return false;
    }
    type = PacketType.ONE_RTT;
    destinationOffset = headerOffset + 1;
    destinationLength = connectionIdLength;
    packetNumberOffset = destinationOffset + connectionIdLength;
    packetEnd = limit;
    return true;
  }

  private boolean parseLong(int first, long limit) {
    if (headerOffset + 7 > limit) {
      return false;
    }
    version = buffer.get(Wire.INT, headerOffset + 1);
    destinationOffset = headerOffset + 6;
    destinationLength = buffer.get(Wire.BYTE, headerOffset + 5) & 0xff;
    sourceOffset = destinationOffset + destinationLength + 1;
    if (sourceOffset > limit) {
      return false;
    }
    sourceLength = buffer.get(Wire.BYTE, sourceOffset - 1) & 0xff;
    long at = sourceOffset + sourceLength;
    if (at > limit) {
      return false;
    }
    packetNumberOffset = at;
    packetEnd = limit;
    if (version == VERSION_NEGOTIATION) {
      type = PacketType.VERSION_NEGOTIATION;
      return limit > at && (limit - at) % 4 == 0;
    }
    QuicVersion known = QuicVersion.ofWire(version);
    if (known == null) {
      type = PacketType.UNSUPPORTED_VERSION;
      return true;
    }
    if (destinationLength > ConnectionId.LENGTH_MAX || sourceLength > ConnectionId.LENGTH_MAX) {
      return false;
    }
    PacketType found = known.type((first >>> 4) & 3);
    return switch (found) {
      case INITIAL -> parseToken(at, limit);
      case RETRY -> parseRetry(at, limit);
      default -> parseLength(found, at, limit);
    };
  }

  private boolean parseToken(long at, long limit) {
    if (!hasVarInt(at, limit)) {
      return false;
    }
    long length = VarInt.get(buffer, at);
    tokenOffset = at + VarInt.lengthOf(buffer.get(Wire.BYTE, at));
    if (length > limit - tokenOffset) {
      return false;
    }
    tokenLength = (int) length;
    return parseLength(PacketType.INITIAL, tokenOffset + length, limit);
  }

  private boolean parseLength(PacketType found, long at, long limit) {
    if (!hasVarInt(at, limit)) {
      return false;
    }
    long length = VarInt.get(buffer, at);
    packetNumberOffset = at + VarInt.lengthOf(buffer.get(Wire.BYTE, at));
    if (length == 0 || length > limit - packetNumberOffset) {
      return false;
    }
    type = found;
    packetEnd = packetNumberOffset + length;
    return true;
  }

  private boolean parseRetry(long at, long limit) {
    // A Retry without a token is discarded (RFC 9000, 17.2.5.2).
    if (limit - at <= RETRY_TAG_LENGTH) {
      return false;
    }
    type = PacketType.RETRY;
    tokenOffset = at;
    tokenLength = (int) (limit - at - RETRY_TAG_LENGTH);
    packetNumberOffset = limit - RETRY_TAG_LENGTH;
    packetEnd = limit;
    return true;
  }

  private boolean hasVarInt(long at, long limit) {
    return at < limit && VarInt.lengthOf(buffer.get(Wire.BYTE, at)) <= limit - at;
  }

  /**
   * Whether the fixed bit is set, which it has to be but for peers that were told that it needn't
   * (RFC 9000, 17.2; RFC 9287, 3).
   */
  public boolean fixedBit() {
    return (buffer.get(Wire.BYTE, headerOffset) & FIXED_BIT) != 0;
  }

  /** Which kind of packet this is. */
  public PacketType type() {
    return type;
  }

  /** The version on the wire; 0 for a short header, which has none. */
  public int version() {
    return version;
  }

  /** The memory that the offsets count in. */
  public MemorySegment buffer() {
    return buffer;
  }

  /** Where the packet starts. */
  public long headerOffset() {
    return headerOffset;
  }

  /** Where the destination connection ID starts. */
  public long destinationConnectionIdOffset() {
    return destinationOffset;
  }

  /** Length in bytes of the destination connection ID; up to 255 in other versions' packets. */
  public int destinationConnectionIdLength() {
    return destinationLength;
  }

  /** A copy of the destination connection ID; of packets of versions spoken here only. */
  public ConnectionId destinationConnectionId() {
    return ConnectionId.of(buffer, destinationOffset, destinationLength);
  }

  /** Where the source connection ID starts; long headers only. */
  public long sourceConnectionIdOffset() {
    return sourceOffset;
  }

  /** Length in bytes of the source connection ID; 0 for short headers. */
  public int sourceConnectionIdLength() {
    return sourceLength;
  }

  /** A copy of the source connection ID; of versions spoken here only, empty for short headers. */
  public ConnectionId sourceConnectionId() {
    return ConnectionId.of(buffer, sourceOffset, sourceLength);
  }

  /** Where the token of an Initial or Retry packet starts. */
  public long tokenOffset() {
    return tokenOffset;
  }

  /** Length in bytes of the token of an Initial or Retry packet; 0 for others. */
  public int tokenLength() {
    return tokenLength;
  }

  /** A copy of the token. */
  public byte[] token() {
    byte[] token = new byte[tokenLength];
    MemorySegment.copy(buffer, Wire.BYTE, tokenOffset, token, 0, tokenLength);
    return token;
  }

  /**
   * Where the protected packet number starts. For a Retry packet, where its integrity tag starts;
   * for Version Negotiation, where the list of versions starts.
   */
  public long packetNumberOffset() {
    return packetNumberOffset;
  }

  /** Where the packet ends: its last byte's offset plus one. */
  public long packetEnd() {
    return packetEnd;
  }

  /** How many versions a Version Negotiation packet lists; 0 for others. */
  public int supportedVersionCount() {
    return type == PacketType.VERSION_NEGOTIATION
        ? (int) ((packetEnd - packetNumberOffset) / Integer.BYTES)
        : 0;
  }

  /** The version at this place in a Version Negotiation packet. */
  public int supportedVersion(int index) {
    if (index < 0 || index >= supportedVersionCount()) {
      throw new IndexOutOfBoundsException(index);
    }
    return buffer.get(Wire.INT, packetNumberOffset + (long) index * Integer.BYTES);
  }

  /** The length in bytes of the packet number, from a first byte without its protection. */
  public static int packetNumberLength(byte firstByte) {
    return (firstByte & 3) + 1;
  }

  /**
   * Whether the reserved bits are zero, from a first byte without its protection. Where they are
   * not and the packet proved authentic, the connection ends with PROTOCOL_VIOLATION (17.2, 17.3).
   */
  public static boolean reservedBitsAreZero(byte firstByte) {
    int reserved = (firstByte & LONG_HEADER) != 0 ? RESERVED_LONG : RESERVED_SHORT;
    return (firstByte & reserved) == 0;
  }

  /** Whether a first byte is one of a long header (RFC 8999, 5.1). */
  public static boolean isLong(byte firstByte) {
    return (firstByte & LONG_HEADER) != 0;
  }

  /** Whether a first byte has the fixed bit (RFC 9000, 17.2). */
  public static boolean fixedBit(byte firstByte) {
    return (firstByte & FIXED_BIT) != 0;
  }

  /** The key phase bit of a short header's first byte without its protection (RFC 9001, 6). */
  public static boolean keyPhase(byte firstByte) {
    return (firstByte & KEY_PHASE) != 0;
  }

  /** The spin bit of a short header's first byte (RFC 9000, 17.4). */
  public static boolean spin(byte firstByte) {
    return (firstByte & SPIN) != 0;
  }
}
