package io.hypermesh.asset;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.Sha256;
import java.nio.ByteBuffer;

/**
 * The permanent name of an asset, 128 bits:
 *
 * <pre>
 *   fd | type, 4 bits | the first 116 bits of SHA-256(domain, type, first owner, fingerprint)
 * </pre>
 *
 * <p>It is self-certifying: it binds the first owner's key and the hardware's fingerprint, so
 * nobody can register an asset under an id that belongs to another owner, and the same machine in
 * the hands of the same owner always gets the same ids. It stays the same through transfers.
 *
 * <p>The text is Bech32m (BIP 350) with the type's label as its human-readable part, such as {@code
 * cpu1qqqsyqcyq5rqwzqfpg9scrgw2txj4y}. Six characters of it are a checksum that finds any four
 * wrong characters, so an id can be checked from its own text. {@link #parse} takes lower case
 * only: every id has exactly one text.
 *
 * <p>The 128 bits are also a unique local IPv6 address (RFC 4193, prefix fd00::/8).
 *
 * @param high the first 64 bits, big-endian
 * @param low the last 64 bits, big-endian
 */
public record AssetId(long high, long low) implements Comparable<AssetId> {
  /** How many bytes an id has. */
  public static final int BYTES = 16;

  private static final String DOMAIN = "hypermesh asset-id v1";
  private static final int PREFIX = 0xfd;
  private static final int TYPE_SHIFT = 52;
  private static final int DATA_BYTES = BYTES - 1;

  /** Refuses bits that are no asset id. */
  public AssetId {
    if (high >>> 56 != PREFIX || (high >>> TYPE_SHIFT & 0xf) >= AssetType.values().length) {
      throw new IllegalArgumentException(
          "not an asset id: " + Long.toHexString(high) + " " + Long.toHexString(low));
    }
  }

  /**
   * Derives the id of hardware that an owner claims.
   *
   * @param type what it is
   * @param firstOwner who registers it
   * @param fingerprint what tells this hardware from all other, the same at every discovery
   * @return the id
   */
  public static AssetId derive(AssetType type, OwnerId firstOwner, Digest fingerprint) {
    Digest hash =
        Sha256.of(
            DOMAIN,
            new byte[] {(byte) type.id()},
            firstOwner.digest().bytes(),
            fingerprint.bytes());
    ByteBuffer bits = ByteBuffer.wrap(hash.bytes());
    long first = bits.getLong();
    long second = bits.getLong();
    long high = (long) PREFIX << 56 | (long) type.id() << TYPE_SHIFT | first >>> 12;
    return new AssetId(high, first << 52 | second >>> 12);
  }

  /**
   * Parses what {@link #toString} prints.
   *
   * @param text the type's label, {@code 1}, and 30 characters
   * @return the id
   * @throws DecodingException if a character is wrong or missing, or if the label is not that of
   *     the type inside
   */
  public static AssetId parse(String text) throws DecodingException {
    int separator = text.lastIndexOf('1');
    if (separator < 1) {
      throw new DecodingException("not an asset id: " + printable(text));
    }
    AssetType type = AssetType.fromLabel(text.substring(0, separator));
    byte[] data = Bech32.decode(type.label(), text, DATA_BYTES);
    ByteBuffer bits = ByteBuffer.allocate(BYTES).put((byte) PREFIX).put(data).flip();
    AssetId id = fromBits(bits.getLong(), bits.getLong());
    if (id.type() != type) {
      throw new DecodingException(
          "the asset id says " + type.label() + " and holds " + id.type().label());
    }
    return id;
  }

  /**
   * Takes an id from its two halves.
   *
   * @param high the first 64 bits
   * @param low the last 64 bits
   * @return the id
   * @throws DecodingException if the bits are no asset id
   */
  public static AssetId fromBits(long high, long low) throws DecodingException {
    try {
      return new AssetId(high, low);
    } catch (IllegalArgumentException e) {
      throw new DecodingException("asset id: " + e.getMessage(), e);
    }
  }

  /**
   * What kind of hardware it names.
   *
   * @return the type
   */
  public AssetType type() {
    return AssetType.ofValidId((int) (high >>> TYPE_SHIFT & 0xf));
  }

  @Override
  public int compareTo(AssetId other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    byte[] data = new byte[DATA_BYTES];
    ByteBuffer bits = ByteBuffer.allocate(BYTES).putLong(high).putLong(low);
    bits.get(1, data);
    return Bech32.encode(type().label(), data);
  }

  /** Cuts text from outside to what can be shown in one line. */
  static String printable(String text) {
    String cut = text.length() > 48 ? text.substring(0, 48) + "..." : text;
    return cut.replaceAll("[^ -~]", "?");
  }
}
