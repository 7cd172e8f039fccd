package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.packet.VersionInformation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which version of QUIC a connection speaks (RFC 9368; RFC 9369, 4).
 *
 * <p>The client's first packet is of the <em>original</em> version. A server that prefers a later
 * one, which the client says it can be answered in too, goes over to it with its first packet that
 * carries a ServerHello: the <em>negotiated</em> version. Nobody but the two can choose: each says
 * in its transport parameters, which the handshake authenticates, what it chose and what it could
 * have chosen.
 *
 * <pre>
 *   client                                             server
 *   Initial (original) ──────────────────────────────► reads the ClientHello, chooses
 *   changes with the first    ◄─────────────────────── Initial (negotiated), Handshake, 1-RTT
 *   authentic packet
 *   Initial (negotiated) ────────────────────────────► reads Initial packets of both versions
 *                                                      until a Handshake packet has come
 * </pre>
 *
 * <p>A server goes over to a later version only: a client that starts with the later one is not
 * brought back to the earlier. Owned by the connection's thread.
 */
final class VersionNegotiation {
  private final boolean client;
  private final List<QuicVersion> preferred;
  private final QuicVersion original;
  private final boolean afterRefusal;
  private QuicVersion current;

  /**
   * @param preferred the versions that are spoken, the preferred one first
   * @param original the version of the client's first packet
   * @param afterRefusal whether the client chose it after a Version Negotiation packet
   */
  VersionNegotiation(
      boolean client, List<QuicVersion> preferred, QuicVersion original, boolean afterRefusal) {
    this.client = client;
    this.preferred = preferred;
    this.original = original;
    this.afterRefusal = afterRefusal;
    this.current = original;
  }

  /** The version of packets sent now, but for 0-RTT packets. */
  QuicVersion current() {
    return current;
  }

  /** The version of the client's first packets, and of all its 0-RTT packets (RFC 9369, 4.1). */
  QuicVersion original() {
    return original;
  }

  /** Whether this attempt is the answer to a Version Negotiation packet. */
  boolean isAfterRefusal() {
    return afterRefusal;
  }

  /** The versions spoken here, the preferred one first. */
  List<QuicVersion> preferred() {
    return preferred;
  }

  /**
   * Whether a long header may have this version now.
   *
   * @param handshakeKeys whether this side can read Handshake packets
   */
  boolean accepts(EncryptionLevel level, QuicVersion version, boolean handshakeKeys) {
    return switch (level) {
      case ZERO_RTT -> version == original;
      case INITIAL ->
          version == current
              || (client ? mayChangeTo(version, handshakeKeys) : version == original);
      case HANDSHAKE -> version == current || (client && mayChangeTo(version, handshakeKeys));
      case ONE_RTT -> true;
    };
  }

  private boolean mayChangeTo(QuicVersion version, boolean handshakeKeys) {
    return current == original && !handshakeKeys && preferred.contains(version);
  }

  /** An authentic packet showed the client that the server has chosen another version. */
  void change(QuicVersion negotiated) {
    current = negotiated;
  }

  /**
   * What this side says in its transport parameters.
   *
   * @param randomBits for a version that doesn't exist, so that peers stay used to such (RFC 9368,
   *     3)
   */
  VersionInformation own(int randomBits) {
    List<Integer> available = new ArrayList<>();
    for (QuicVersion version : preferred) {
      available.add(version.wire());
    }
    available.add(QuicVersion.reserved(randomBits));
    return new VersionInformation(current.wire(), available);
  }

  /**
   * Checks what a client says, and chooses (RFC 9368, 2.3 and 4).
   *
   * @return the version to speak from now on
   */
  QuicVersion chooseForClient(@Nullable VersionInformation peer) throws TransportException {
    if (peer == null) {
      return original;
    }
    if (peer.chosen() != original.wire()) {
      throw error("the client says that it chose another version than its packets have");
    }
    QuicVersion best = select(peer.available());
    return best != null && best.compareTo(original) > 0 ? best : original;
  }

  /** Checks what the server says: nobody may have made this side choose badly (RFC 9368, 4). */
  void checkServer(@Nullable VersionInformation peer) throws TransportException {
    if (peer == null) {
      // Version 1 is older than this rule: its servers may say nothing, and are then taken to speak
      // no other version (RFC 9368, 8).
      if (current != original || (afterRefusal && current != QuicVersion.V1)) {
        throw error("the server doesn't say which versions it speaks");
      }
      return;
    }
    if (peer.chosen() != current.wire()) {
      throw error("the server says that it chose another version than its packets have");
    }
    if (!afterRefusal) {
      return;
    }
    List<Integer> available = new ArrayList<>(peer.available());
    boolean none = available.isEmpty();
    available.add(current.wire());
    if (none || select(available) != original) {
      throw error("a Version Negotiation packet was forged: the server speaks a better version");
    }
  }

  /** The preferred one of a peer's versions, or null. */
  @Nullable QuicVersion select(List<Integer> available) {
    for (QuicVersion version : preferred) {
      if (available.contains(version.wire())) {
        return version;
      }
    }
    return null;
  }

  private static TransportException error(String reason) {
    return new TransportException(
        TransportErrorCode.VERSION_NEGOTIATION_ERROR, FrameType.CRYPTO, reason);
  }
}
