package io.hypermesh.stoq.packet;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The versions of QUIC that are spoken here, and all that differs between them (RFC 9000, 17.2; RFC
 * 9001, 5; RFC 9369, 3): the number on the wire, the bits of a long header's type, and the
 * constants that keys come from. Everything else is the same, which is the point of version 2: that
 * what lies between two endpoints doesn't learn to take version 1 for granted.
 */
public enum QuicVersion {
  /** RFC 9000 and 9001. */
  V1(
      0x0000_0001,
      0,
      "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
      "quic ",
      "be0c690b9f66575a1d766b54e368c84e",
      "461599d35d632bf2239825bb"),
  /** RFC 9369. */
  V2(
      0x6b33_43cf,
      1,
      "0dede3def700a6db819381be6e269dcbf9bd2ed9",
      "quicv2 ",
      "8fb4b01b56ac48e260fbcbcead7ccc92",
      "d86969bc2d7c6d9990efb04a");

  private static final QuicVersion[] VALUES = values();
  private static final int TYPES = 4;

  private final int wire;
  private final int typeShift;
  private final String initialSalt;
  private final String keyLabel;
  private final String ivLabel;
  private final String headerProtectionLabel;
  private final String keyUpdateLabel;
  private final String retryKey;
  private final String retryNonce;

  QuicVersion(
      int wire,
      int typeShift,
      String initialSalt,
      String labelPrefix,
      String retryKey,
      String retryNonce) {
    this.wire = wire;
    this.typeShift = typeShift;
    this.initialSalt = initialSalt;
    this.keyLabel = labelPrefix + "key";
    this.ivLabel = labelPrefix + "iv";
    this.headerProtectionLabel = labelPrefix + "hp";
    this.keyUpdateLabel = labelPrefix + "ku";
    this.retryKey = retryKey;
    this.retryNonce = retryNonce;
  }

  /** The version with this number, or null where it is none of ours. */
  public static @Nullable QuicVersion ofWire(int version) {
    for (QuicVersion known : VALUES) {
      if (known.wire == version) {
        return known;
      }
    }
    return null;
  }

  /**
   * The version with this number.
   *
   * @throws IllegalArgumentException where it is none of ours
   */
  public static QuicVersion requireWire(int version) {
    QuicVersion known = ofWire(version);
    if (known == null) {
      throw new IllegalArgumentException(
          "couldn't use QUIC version 0x" + Integer.toHexString(version) + ": it isn't spoken here");
    }
    return known;
  }

  /**
   * A version that nobody will ever speak, to keep peers used to unknown ones (RFC 9000, 15: the
   * pattern {@code 0x?a?a?a?a}).
   *
   * @param randomBits where its free bits come from
   */
  public static int reserved(int randomBits) {
    return (randomBits & 0xf0f0f0f0) | 0x0a0a0a0a;
  }

  /** For people. */
  @Override
  public String toString() {
    return this == V1 ? "version 1" : "version 2";
  }

  /** The number on the wire. */
  public int wire() {
    return wire;
  }

  /** The two bits that say a long header's type (RFC 9000, 17.2; RFC 9369, 3.2). */
  int typeBits(PacketType type) {
    int number =
        switch (type) {
          case INITIAL -> 0;
          case ZERO_RTT -> 1;
          case HANDSHAKE -> 2;
          case RETRY -> 3;
          case ONE_RTT, VERSION_NEGOTIATION, UNSUPPORTED_VERSION ->
              throw new IllegalArgumentException(
                  "couldn't write a long header: " + type + " has no type bits");
        };
    return (number + typeShift) % TYPES;
  }

  /** The type that two bits of a long header stand for. */
  PacketType type(int typeBits) {
    return switch ((typeBits + TYPES - typeShift) % TYPES) {
      case 0 -> PacketType.INITIAL;
      case 1 -> PacketType.ZERO_RTT;
      case 2 -> PacketType.HANDSHAKE;
      default -> PacketType.RETRY;
    };
  }

  /** The salt of the Initial secrets (RFC 9001, 5.2; RFC 9369, 3.3.1). */
  public byte[] initialSalt() {
    return HexFormat.of().parseHex(initialSalt);
  }

  /** The label of the AEAD's key (RFC 9001, 5.1; RFC 9369, 3.3.2). */
  public String keyLabel() {
    return keyLabel;
  }

  /** The label of the AEAD's IV. */
  public String ivLabel() {
    return ivLabel;
  }

  /** The label of the header protection key. */
  public String headerProtectionLabel() {
    return headerProtectionLabel;
  }

  /** The label of the next key phase's secret (RFC 9001, 6.1). */
  public String keyUpdateLabel() {
    return keyUpdateLabel;
  }

  /** The key of a Retry packet's tag (RFC 9001, 5.8; RFC 9369, 3.3.3). */
  public byte[] retryKey() {
    return HexFormat.of().parseHex(retryKey);
  }

  /** The nonce of a Retry packet's tag. */
  public byte[] retryNonce() {
    return HexFormat.of().parseHex(retryNonce);
  }
}
