package io.hypermesh.stoq.protection;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Packets of one key, to be sealed or opened in one call: where each lies, and what came of it.
 *
 * <p>A faster provider can work on several packets at a time, with a native library's buffers or on
 * several cores, only where it is given several at a time; this is how it is. Packets lie in place
 * in one {@link MemorySegment} each, the same or another, and must not overlap. They are
 * independent of each other: what is in one, or wrong with it, has no effect on the rest.
 *
 * <p>A sender adds packets and has them sealed. A receiver adds packets as they came, has their
 * headers' protection removed, says the number of each, and has them opened:
 *
 * <pre>
 *   add ──► {@link PacketProtection#seal(PacketBatch)}
 *   addProtected ──► {@link PacketProtection#unprotectHeaders} ──► packetNumber
 *                ──► {@link PacketProtection#open(PacketBatch)} ──► openedLength
 * </pre>
 *
 * <p>Filled again and again, it allocates nothing once it has been full. Owned by the thread of the
 * keys' connection.
 */
public final class PacketBatch {
  /** What became of a packet that can't be one of this key. */
  public static final int DROPPED = -1;

  private static final class Packet {
    private MemorySegment buffer = MemorySegment.NULL;
    private long headerOffset;
    private int headerLength;
    private int packetNumberLength;
    private int payloadLength;
    private long packetNumber;
    private int openedLength;
  }

  /** Made when they are first needed: most connections never fill it. */
  private final @Nullable Packet[] packets;

  private int size;

  /**
   * @param packetsMax how many it holds, at least 1
   */
  public PacketBatch(int packetsMax) {
    if (packetsMax < 1) {
      throw new IllegalArgumentException("couldn't make a batch of " + packetsMax + " packets");
    }
    packets = new @Nullable Packet[packetsMax];
  }

  /** How many packets there are. */
  public int size() {
    return size;
  }

  /** Whether there is room for no more. */
  public boolean isFull() {
    return size == packets.length;
  }

  /** Forgets all packets. */
  public void clear() {
    truncate(0);
  }

  /**
   * Forgets the packets behind the first ones.
   *
   * @param count how many remain, at most {@link #size()}
   */
  public void truncate(int count) {
    Objects.checkIndex(count, size + 1);
    for (int i = count; i < size; i++) {
      packet(i).buffer = MemorySegment.NULL;
    }
    size = count;
  }

  /**
   * Adds a packet to seal; parameters as in {@link PacketProtection#seal(MemorySegment, long, int,
   * int, int, long)}. What is wrong with them is found out here, so that sealing doesn't end
   * half-way.
   */
  public void add(
      MemorySegment buffer,
      long headerOffset,
      int headerLength,
      int packetNumberLength,
      int payloadLength,
      long packetNumber) {
    if (packetNumberLength + payloadLength < PacketProtection.SAMPLE_OFFSET) {
      throw new IllegalArgumentException(
          "couldn't seal a packet: " + payloadLength + " bytes of payload are too few to sample");
    }
    Objects.checkFromIndexSize(
        headerOffset,
        (long) headerLength + payloadLength + CipherSuite.TAG_LENGTH,
        buffer.byteSize());
    Packet packet = next(buffer, headerOffset);
    packet.headerLength = headerLength;
    packet.packetNumberLength = packetNumberLength;
    packet.payloadLength = payloadLength;
    packet.packetNumber = packetNumber;
  }

  /**
   * Adds a packet as it came; parameters as in {@link PacketProtection#unprotectHeader}. It is
   * {@link #DROPPED} unless it's opened.
   */
  public void addProtected(
      MemorySegment buffer, long headerOffset, long packetNumberOffset, long packetEnd) {
    Objects.checkFromToIndex(headerOffset, packetEnd, buffer.byteSize());
    Objects.checkFromToIndex(headerOffset, packetNumberOffset, packetEnd);
    Packet packet = next(buffer, headerOffset);
    packet.headerLength = (int) (packetNumberOffset - headerOffset);
    packet.packetNumberLength = 0;
    packet.payloadLength = (int) (packetEnd - packetNumberOffset);
    packet.packetNumber = 0;
  }

  private Packet next(MemorySegment buffer, long headerOffset) {
    Packet packet = packets[Objects.checkIndex(size, packets.length)];
    if (packet == null) {
      packet = new Packet();
      packets[size] = packet;
    }
    packet.buffer = buffer;
    packet.headerOffset = headerOffset;
    packet.openedLength = DROPPED;
    size++;
    return packet;
  }

  private Packet packet(int index) {
    return Objects.requireNonNull(packets[Objects.checkIndex(index, size)]);
  }

  /** The memory that a packet lies in. */
  public MemorySegment buffer(int index) {
    return packet(index).buffer;
  }

  /** Where a packet starts. */
  public long headerOffset(int index) {
    return packet(index).headerOffset;
  }

  /** Bytes of header, with the packet number where its length is known. */
  public int headerLength(int index) {
    return packet(index).headerLength;
  }

  /** Where the packet number starts. */
  public long packetNumberOffset(int index) {
    Packet packet = packet(index);
    return packet.headerOffset + packet.headerLength - Math.max(0, packet.packetNumberLength);
  }

  /**
   * Bytes of packet number; 0 where that isn't known yet, {@link #DROPPED} where the packet is too
   * short to find out.
   */
  public int packetNumberLength(int index) {
    return packet(index).packetNumberLength;
  }

  /** Bytes behind the header; of a packet to open, the tag included. */
  public int payloadLength(int index) {
    return packet(index).payloadLength;
  }

  /** The full packet number. */
  public long packetNumber(int index) {
    return packet(index).packetNumber;
  }

  /** Says the full packet number of a packet to open. */
  public void packetNumber(int index, long packetNumber) {
    packet(index).packetNumber = packetNumber;
  }

  /**
   * Bytes of decrypted payload, or {@link #DROPPED} where the packet is not authentic or wasn't
   * opened. Then what is said of {@link PacketProtection#open(MemorySegment, long, int, int, long)}
   * holds.
   */
  public int openedLength(int index) {
    return packet(index).openedLength;
  }

  // ---- What the protection found out ----

  /** A header's protection was removed, or {@link #DROPPED}: the packet can't be sampled. */
  void packetNumberLength(int index, int length) {
    Packet packet = packet(index);
    packet.packetNumberLength = length;
    if (length > 0) {
      packet.headerLength += length;
      packet.payloadLength -= length;
    }
  }

  void openedLength(int index, int length) {
    packet(index).openedLength = length;
  }
}
