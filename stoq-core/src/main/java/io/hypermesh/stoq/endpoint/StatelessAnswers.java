package io.hypermesh.stoq.endpoint;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.InitialSecrets;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProvider;
import io.hypermesh.stoq.protection.RetryIntegrity;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers that need no connection: Version Negotiation (RFC 9000, 6), Retry (8.1), the refusal
 * of a connection (5.2.2) and the stateless reset (10.3).
 *
 * <p>Anybody can ask for them from a made-up address, so each is smaller than what asked for it,
 * and together they are bounded twice: by a rate, and by the {@link #SLOTS} that wait for the
 * socket. What is over a bound is dropped, which is all that a stranger can be owed. Half of both
 * is for Retry packets alone: in a flood they are what lets real clients in, and it must not be
 * enough to ask for other answers to use up theirs.
 *
 * <p>Owned by the endpoint's thread.
 */
final class StatelessAnswers {
  /** Answers that wait to be sent. */
  static final int SLOTS = 64;

  /** Once so many wait, only Retry packets are added. */
  static final int OTHER_SLOTS = SLOTS / 2;

  /** Longest answer: a Retry packet with the longest connection IDs and token fits. */
  private static final int SLOT_BYTES = 256;

  /**
   * Longest stateless reset. What it answers is longer: by so much that it could be any of a range
   * of small packets (RFC 9000, 10.3).
   */
  private static final int RESET_BYTES_MAX = 43 + 31;

  /** What a stateless reset is shortened by at random. */
  private static final int RESET_BYTES_SPREAD = 32;

  /** A shorter stateless reset would be recognised as none (RFC 9000, 10.3). */
  private static final int RESET_BYTES_MIN = 21;

  private static final int PACKET_NUMBER_LENGTH = 2;

  private final SecureRandom random;
  private final RandomConnectionIds ids;
  private final List<QuicVersion> versions;
  private final PacketProtectionProvider provider;
  private final RateLimiter limiter;
  private final RateLimiter othersLimiter;
  private final MemorySegment ring = MemorySegment.ofArray(new byte[SLOTS * SLOT_BYTES]);
  private final int[] lengths = new int[SLOTS];
  private final @Nullable InetSocketAddress[] destinations = new InetSocketAddress[SLOTS];
  private final int[] sockets = new int[SLOTS];
  private int socket;
  private int head;
  private int count;
  private long dropped;

  StatelessAnswers(
      SecureRandom random,
      RandomConnectionIds ids,
      List<QuicVersion> versions,
      PacketProtectionProvider provider,
      int answersPerSecondMax,
      long nowNanos) {
    this.random = random;
    this.ids = ids;
    this.versions = versions;
    this.provider = provider;
    this.limiter = new RateLimiter(answersPerSecondMax, nowNanos);
    this.othersLimiter = new RateLimiter((answersPerSecondMax + 1) / 2, nowNanos);
  }

  /** The answers that follow leave from this socket: the one that was asked. */
  void from(int number) {
    socket = number;
  }

  /** Answers a long header of a version that isn't spoken here. */
  void negotiateVersion(PacketHeader received, InetSocketAddress remote, long nowNanos) {
    // Connection IDs of other versions may be longer than any slot's answer needs to serve.
    int needed =
        7
            + received.sourceConnectionIdLength()
            + received.destinationConnectionIdLength()
            + Integer.BYTES * (versions.size() + 1);
    long slot = needed > SLOT_BYTES ? -1 : claimOther(nowNanos);
    if (slot >= 0) {
      int[] listed = new int[versions.size() + 1];
      for (int i = 0; i < versions.size(); i++) {
        listed[i] = versions.get(i).wire();
      }
      // One that doesn't exist, so that clients stay used to such (RFC 9000, 6.3).
      listed[versions.size()] = QuicVersion.reserved(random.nextInt());
      commit(
          PacketHeaders.putVersionNegotiation(ring, slot, random.nextInt(), received, listed),
          remote);
    }
  }

  /** Asks the client to come back with a token, in the version that it speaks (RFC 9369, 4.1). */
  void retry(
      QuicVersion version,
      ConnectionId clientSource,
      ConnectionId original,
      EndpointTokens tokens,
      InetSocketAddress remote,
      long nowNanos) {
    long slot = claim(nowNanos);
    if (slot < 0) {
      return;
    }
    ConnectionId retrySource = ids.next();
    byte[] token = tokens.sealRetry(original, retrySource, remote, nowNanos);
    int length =
        PacketHeaders.putRetry(
            ring, slot, random.nextInt(), version.wire(), clientSource, retrySource, token);
    commit(length + RetryIntegrity.putTag(ring, slot, length, original), remote);
  }

  /**
   * Refuses a connection with a CONNECTION_CLOSE in an Initial packet.
   *
   * @param destination the destination connection ID of the client's packet, from which the keys
   *     come
   */
  void refuse(
      QuicVersion version,
      ConnectionId clientSource,
      ConnectionId destination,
      long errorCode,
      String reason,
      InetSocketAddress remote,
      long nowNanos) {
    long slot = claimOther(nowNanos);
    if (slot < 0) {
      return;
    }
    int headerLength =
        PacketHeaders.putLong(
            ring,
            slot,
            PacketType.INITIAL,
            version.wire(),
            /* destination= */ clientSource,
            /* source= */ destination,
            new byte[0],
            0,
            PACKET_NUMBER_LENGTH);
    int payloadLength =
        FrameEncoder.putConnectionClose(
            ring, slot + headerLength, errorCode, 0, reason.getBytes(StandardCharsets.US_ASCII));
    PacketHeaders.patchLength(
        ring, slot, headerLength, PACKET_NUMBER_LENGTH, payloadLength + CipherSuite.TAG_LENGTH);
    InitialSecrets secrets = InitialSecrets.derive(provider, version, destination);
    try (PacketProtection server = secrets.server()) {
      server.seal(ring, slot, headerLength, PACKET_NUMBER_LENGTH, payloadLength, 0);
    } finally {
      secrets.client().close();
    }
    commit(headerLength + payloadLength + CipherSuite.TAG_LENGTH, remote);
  }

  /**
   * Answers a short header for an unknown connection.
   *
   * @param destination the connection ID that it was for
   * @param receivedLength length of the datagram in bytes; the answer is shorter, so that two
   *     endpoints that know nothing can't keep each other busy
   */
  void reset(
      ConnectionId destination, int receivedLength, InetSocketAddress remote, long nowNanos) {
    int varied = RESET_BYTES_MAX - (random.nextInt() & (RESET_BYTES_SPREAD - 1));
    int length = Math.min(receivedLength - 1, varied);
    long slot = length < RESET_BYTES_MIN ? -1 : claimOther(nowNanos);
    if (slot < 0) {
      return;
    }
    byte[] bytes = new byte[length - StatelessResetToken.LENGTH];
    random.nextBytes(bytes);
    // It has to look like any short header: fixed bit set, long header bit clear.
    bytes[0] = (byte) ((bytes[0] & 0x3f) | 0x40);
    MemorySegment.copy(bytes, 0, ring, ValueLayout.JAVA_BYTE, slot, bytes.length);
    byte[] token = ids.statelessResetToken(destination);
    MemorySegment.copy(token, 0, ring, ValueLayout.JAVA_BYTE, slot + bytes.length, token.length);
    commit(length, remote);
  }

  /**
   * Takes the oldest answer.
   *
   * @return its length in bytes, 0 where there is none
   */
  int poll(MemorySegment buffer, long offset) {
    if (count == 0) {
      return 0;
    }
    int length = lengths[head];
    MemorySegment.copy(ring, (long) head * SLOT_BYTES, buffer, offset, length);
    return length;
  }

  /** From which socket the answer that {@link #poll} gave goes. */
  int polledSocket() {
    return sockets[head];
  }

  /** Where the answer that {@link #poll} gave goes; forgets the answer. */
  InetSocketAddress remove() {
    InetSocketAddress destination = destinations[head];
    if (destination == null) {
      throw new IllegalStateException("no answer has been polled");
    }
    destinations[head] = null;
    head = (head + 1) % SLOTS;
    count--;
    return destination;
  }

  /** Answers that were over a bound. */
  long dropped() {
    return dropped;
  }

  /** For anything but a Retry. */
  private long claimOther(long nowNanos) {
    if (count >= OTHER_SLOTS || !othersLimiter.tryAcquire(nowNanos)) {
      dropped++;
      return -1;
    }
    return claim(nowNanos);
  }

  private long claim(long nowNanos) {
    if (count == SLOTS || !limiter.tryAcquire(nowNanos)) {
      dropped++;
      return -1;
    }
    return (long) ((head + count) % SLOTS) * SLOT_BYTES;
  }

  private void commit(int length, InetSocketAddress remote) {
    int slot = (head + count) % SLOTS;
    lengths[slot] = length;
    destinations[slot] = remote;
    sockets[slot] = socket;
    count++;
  }
}
