package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.KeyUpdate;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProvider;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The keys of 1-RTT packets and their updates (RFC 9001, 6).
 *
 * <p>A packet says by one bit, its key phase, which of two neighbouring generations protects it.
 * Three generations of read keys are at hand, so that whichever packet comes next can be opened at
 * once and in the same time:
 *
 * <pre>
 *   previous          current                       next
 *   (until 3 PTO      (phase bit = ours)            (phase bit differs, packet number
 *    after the first                                 above the first of the current phase)
 *    current packet)
 * </pre>
 *
 * <p>An update starts with this side ({@link #initiate}) or with an authentic packet of the next
 * phase from the peer. Either way both directions move together, and not again before the peer has
 * acknowledged a packet of the phase (6.1, 6.2). A higher packet number never has older keys (6.4).
 * Owned by the connection's thread.
 */
final class OneRttKeys {
  /** One of the three generations of read keys. */
  enum Generation {
    PREVIOUS,
    CURRENT,
    NEXT
  }

  private final PacketProtectionProvider provider;
  private final long packetsMax;
  private QuicVersion version = QuicVersion.V1;
  private @Nullable CipherSuite suite;
  private byte @Nullable [] readSecret;
  private byte @Nullable [] writeSecret;
  private @Nullable PacketProtection read;
  private @Nullable PacketProtection write;
  private @Nullable PacketProtection nextRead;
  private @Nullable PacketProtection previousRead;

  private boolean phase;
  private long firstReceivedInPhase = Long.MAX_VALUE;
  private long largestReceivedInPhase = PacketNumbers.NONE;
  private long largestReceivedBefore = PacketNumbers.NONE;
  private long firstSentInPhase = Long.MAX_VALUE;
  private boolean acknowledgedInPhase;
  private long previousDeadlineNanos = Long.MAX_VALUE;
  private long updates;

  /**
   * @param provider who protects the packets
   * @param packetsMax packets sent after which an update is due; well below every suite's limit
   */
  OneRttKeys(PacketProtectionProvider provider, long packetsMax) {
    this.provider = provider;
    this.packetsMax = packetsMax;
  }

  void installRead(QuicVersion spoken, CipherSuite negotiated, byte[] secret) {
    version = spoken;
    suite = negotiated;
    readSecret = secret;
    read = provider.create(spoken, negotiated, secret);
    byte[] nextSecret = KeyUpdate.nextSecret(spoken, negotiated, secret);
    nextRead = read.update(nextSecret);
    erase(nextSecret);
  }

  void installWrite(QuicVersion spoken, CipherSuite negotiated, byte[] secret) {
    version = spoken;
    suite = negotiated;
    writeSecret = secret;
    write = provider.create(spoken, negotiated, secret);
  }

  @Nullable PacketProtection reader() {
    return read;
  }

  @Nullable PacketProtection writer() {
    return write;
  }

  /** The negotiated cipher suite, or null while there are no keys. */
  @Nullable CipherSuite suite() {
    return suite;
  }

  /** The key phase bit of packets sent now. */
  boolean phase() {
    return phase;
  }

  /** How many updates there were. */
  long updates() {
    return updates;
  }

  // ---- Receiving ----

  /** Which keys a packet is protected with. */
  Generation generationOf(boolean packetPhase, long packetNumber) {
    if (packetPhase == phase) {
      return Generation.CURRENT;
    }
    // Numbers grow with time: what is older than this phase belongs to the one before (6.5).
    return packetNumber < firstReceivedInPhase && previousRead != null
        ? Generation.PREVIOUS
        : Generation.NEXT;
  }

  /** The keys of a generation, or null where they aren't there. */
  @Nullable PacketProtection reader(Generation generation) {
    return switch (generation) {
      case PREVIOUS -> previousRead;
      case CURRENT -> read;
      case NEXT -> nextRead;
    };
  }

  /**
   * A packet was authentic.
   *
   * @param generation what {@link #generationOf} gave for it
   * @param retainNanos three probe timeouts
   * @throws TransportException with KEY_UPDATE_ERROR where the peer broke the rules of updates
   */
  void onOpened(Generation generation, long packetNumber, long retainNanos, long nowNanos)
      throws TransportException {
    if (generation == Generation.PREVIOUS) {
      largestReceivedBefore = Math.max(largestReceivedBefore, packetNumber);
      return;
    }
    long largestOfOlderKeys = largestReceivedBefore;
    if (generation == Generation.NEXT) {
      largestOfOlderKeys = Math.max(largestOfOlderKeys, largestReceivedInPhase);
    }
    if (packetNumber < largestOfOlderKeys) {
      throw olderKeysOnHigherNumber();
    }
    if (generation == Generation.NEXT) {
      if (updates > 0 && firstSentInPhase == Long.MAX_VALUE) {
        // Nothing was sent in this phase, so the peer has no acknowledgement that it needs (6.2).
        throw new TransportException(
            TransportErrorCode.KEY_UPDATE_ERROR,
            0,
            "a second key update before the first could be acknowledged");
      }
      advance();
    }
    if (packetNumber < firstReceivedInPhase) {
      if (firstReceivedInPhase == Long.MAX_VALUE && previousRead != null) {
        previousDeadlineNanos = nowNanos + retainNanos;
      }
      firstReceivedInPhase = packetNumber;
    }
    largestReceivedInPhase = Math.max(largestReceivedInPhase, packetNumber);
  }

  private static TransportException olderKeysOnHigherNumber() {
    // RFC 9001, 6.4.
    return new TransportException(
        TransportErrorCode.KEY_UPDATE_ERROR, 0, "older keys protect a higher packet number");
  }

  /**
   * Whether a packet, should it fail to open, may be one of the previous phase all the same: its
   * number says that it isn't, which no honest peer contradicts. Not a matter of the packet's phase
   * bit, so that what a forged packet costs doesn't tell the bit (RFC 9001, 9.5).
   */
  boolean mayBeMisnumbered() {
    return previousRead != null;
  }

  /**
   * Checks a packet that isn't of the phase that it seems to be of.
   *
   * @param packet a copy as it came, but for its header's protection; decrypted in place
   * @throws TransportException with KEY_UPDATE_ERROR where it is of the previous phase (6.4)
   */
  void requireNotPrevious(MemorySegment packet, int headerLength, long packetNumber)
      throws TransportException {
    int payloadLength = (int) packet.byteSize() - headerLength;
    if (previousRead != null
        && previousRead.open(packet, 0, headerLength, payloadLength, packetNumber) >= 0) {
      throw olderKeysOnHigherNumber();
    }
  }

  long previousDeadlineNanos() {
    return previousDeadlineNanos;
  }

  /** Packets of the previous phase are no longer expected (6.5). */
  void onTimeout(long nowNanos) {
    if (previousRead != null && nowNanos >= previousDeadlineNanos) {
      previousRead.close();
      previousRead = null;
      previousDeadlineNanos = Long.MAX_VALUE;
    }
  }

  // ---- Sending ----

  void onSent(long packetNumber) {
    firstSentInPhase = Math.min(firstSentInPhase, packetNumber);
  }

  void onAcknowledged(long largestAcknowledged) {
    acknowledgedInPhase |=
        largestAcknowledged != PacketNumbers.NONE && largestAcknowledged >= firstSentInPhase;
  }

  /** Whether this side may start an update now (6.1, 6.5). The handshake has to be confirmed. */
  boolean canInitiate() {
    return acknowledgedInPhase && previousRead == null && read != null && write != null;
  }

  /** Whether so many packets were sent that an update is due. */
  boolean isUpdateDue(PacketSealer sealer) {
    return write != null && packetsToUpdate(sealer) == 0;
  }

  /** How many packets may be sent before an update is due. */
  long packetsToUpdate(PacketSealer sealer) {
    return write == null ? 0 : Math.max(0, packetsMax - sealer.sealedCount(write));
  }

  /** Starts an update: the next packet sent has the next phase. */
  void initiate() {
    advance();
  }

  private void advance() {
    if (suite == null
        || readSecret == null
        || writeSecret == null
        || read == null
        || write == null
        || nextRead == null) {
      throw new IllegalStateException("couldn't update keys: there are none yet");
    }
    if (previousRead != null) {
      previousRead.close();
    }
    previousRead = read;
    read = nextRead;
    readSecret = replace(version, suite, readSecret);
    byte[] afterNext = KeyUpdate.nextSecret(version, suite, readSecret);
    nextRead = read.update(afterNext);
    erase(afterNext);
    PacketProtection oldWrite = write;
    writeSecret = replace(version, suite, writeSecret);
    write = oldWrite.update(writeSecret);
    oldWrite.close();
    phase = !phase;
    largestReceivedBefore = Math.max(largestReceivedBefore, largestReceivedInPhase);
    largestReceivedInPhase = PacketNumbers.NONE;
    firstReceivedInPhase = Long.MAX_VALUE;
    firstSentInPhase = Long.MAX_VALUE;
    acknowledgedInPhase = false;
    previousDeadlineNanos = Long.MAX_VALUE;
    updates++;
  }

  private static byte[] replace(QuicVersion version, CipherSuite suite, byte[] secret) {
    byte[] next = KeyUpdate.nextSecret(version, suite, secret);
    erase(secret);
    return next;
  }

  private static void erase(byte @Nullable [] secret) {
    if (secret != null) {
      Arrays.fill(secret, (byte) 0);
    }
  }

  // ---- Hibernation ----

  /** Whether there are keys for both directions, and none of a previous phase any more. */
  boolean isQuiet() {
    return read != null && write != null && nextRead != null && previousRead == null;
  }

  /** Keeps of the keys what they can be made from again, when the next packet needs them. */
  void shrink() {
    for (PacketProtection keys : new @Nullable PacketProtection[] {read, write, nextRead}) {
      if (keys != null) {
        keys.shrink();
      }
    }
  }

  /** Erases everything. */
  void close() {
    for (PacketProtection keys : new PacketProtection[] {read, write, nextRead, previousRead}) {
      if (keys != null) {
        keys.close();
      }
    }
    erase(readSecret);
    erase(writeSecret);
    read = null;
    write = null;
    nextRead = null;
    previousRead = null;
  }
}
