package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.recovery.PacketNumberSpace;
import io.hypermesh.stoq.recovery.ReceivedPackets;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One packet number space (RFC 9000, 12.3): its numbers both ways, its handshake bytes, its keys.
 *
 * <p>The application's space gets its keys from {@link OneRttKeys}; the others hold their own until
 * they are discarded, and with them everything else of the space (RFC 9001, 4.9).
 */
final class PacketSpace {
  private final PacketNumberSpace number;
  private final EncryptionLevel level;
  private @Nullable CryptoStream crypto;
  private @Nullable ReceivedPackets received;
  private @Nullable PacketProtection read;
  private @Nullable PacketProtection write;
  private @Nullable PacketProtection otherRead;
  private @Nullable PacketProtection otherWrite;
  private long nextPacketNumber;
  private long largestAcknowledged = PacketNumbers.NONE;
  private boolean discarded;

  PacketSpace(
      PacketNumberSpace number,
      EncryptionLevel level,
      int cryptoBufferBytesMax,
      ReceivedPackets received) {
    this.number = number;
    this.level = level;
    this.crypto = new CryptoStream(cryptoBufferBytesMax);
    this.received = received;
  }

  PacketNumberSpace number() {
    return number;
  }

  EncryptionLevel level() {
    return level;
  }

  /** Its handshake bytes, until it's discarded. */
  CryptoStream crypto() {
    return requireKept(crypto);
  }

  /** The packet numbers that came, and when to acknowledge them, until it's discarded. */
  ReceivedPackets received() {
    return requireKept(received);
  }

  private <T> T requireKept(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("couldn't use the space of " + level + ": it's discarded");
    }
    return part;
  }

  // ---- Keys of the Initial and Handshake levels ----

  void installRead(PacketProtection keys) {
    close(read);
    read = keys;
  }

  void installWrite(PacketProtection keys) {
    close(write);
    write = keys;
  }

  /** Keys of the version that isn't spoken (yet, or any more); erased with the others. */
  void installOther(PacketProtection readKeys, PacketProtection writeKeys) {
    close(otherRead);
    close(otherWrite);
    otherRead = readKeys;
    otherWrite = writeKeys;
  }

  /** The keys that open packets of the other version, or null. */
  @Nullable PacketProtection otherReader() {
    return otherRead;
  }

  /** Goes over to the other version's keys and keeps the present ones as the others. */
  void swapVersions() {
    PacketProtection formerRead = read;
    PacketProtection formerWrite = write;
    read = otherRead;
    write = otherWrite;
    otherRead = formerRead;
    otherWrite = formerWrite;
  }

  private static void close(@Nullable PacketProtection keys) {
    if (keys != null) {
      keys.close();
    }
  }

  @Nullable PacketProtection reader() {
    return read;
  }

  @Nullable PacketProtection writer() {
    return write;
  }

  /** Erases the keys for good, and lets go of everything else: a connection may idle for days. */
  void discard() {
    discarded = true;
    crypto = null;
    received = null;
    close(read);
    close(write);
    close(otherRead);
    close(otherWrite);
    read = null;
    write = null;
    otherRead = null;
    otherWrite = null;
  }

  boolean isDiscarded() {
    return discarded;
  }

  // ---- Packet numbers sent ----

  long nextPacketNumber() {
    return nextPacketNumber;
  }

  /** Takes a packet number, which is never used again. */
  long takePacketNumber() {
    return nextPacketNumber++;
  }

  long largestAcknowledged() {
    return largestAcknowledged;
  }

  void onAcknowledged(long largest) {
    largestAcknowledged = Math.max(largestAcknowledged, largest);
  }

  // ---- Hibernation ----

  /** Whether no handshake bytes and no acknowledgement are owed. */
  boolean isQuiet() {
    return discarded || (crypto().isQuiet() && received().isQuiet());
  }

  /** Writes what {@link #restore} needs, of a space that is quiet. */
  void save(ByteBuffer out) {
    out.putLong(nextPacketNumber).putLong(largestAcknowledged);
    out.putLong(crypto().received()).putLong(crypto().sent());
    received().save(out);
  }

  /** Takes over what another one knew. */
  void restore(ByteBuffer in, int cryptoBufferBytesMax) {
    nextPacketNumber = in.getLong();
    largestAcknowledged = in.getLong();
    crypto = new CryptoStream(cryptoBufferBytesMax, in.getLong(), in.getLong());
    received().restore(in);
  }
}
