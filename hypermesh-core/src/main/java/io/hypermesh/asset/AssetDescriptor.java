package io.hypermesh.asset;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.Sha256;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A piece of hardware as an adapter found it: what it is, what tells it from all other, how much it
 * is, and what else is known about it. The ledger keeps the {@link #digest} only, so attributes (a
 * model, a mount point) stay with the owner, who can show them to whom they choose and have them
 * checked against the ledger.
 *
 * @param type what it is
 * @param name how people call it, such as {@code node0}; 1 to {@value #NAME_BYTES_MAX} bytes
 * @param fingerprint the same at every discovery of the same hardware, different for all other
 * @param capacity how much it is, in the type's unit
 * @param attributes what else is known: at most {@value #ATTRIBUTES_MAX}, ordered by key
 */
public record AssetDescriptor(
    AssetType type,
    String name,
    Digest fingerprint,
    Capacity capacity,
    SortedMap<String, String> attributes) {
  /** The longest name, in UTF-8. */
  public static final int NAME_BYTES_MAX = 255;

  /** The most attributes. */
  public static final int ATTRIBUTES_MAX = 32;

  /** The longest key or value of an attribute, in UTF-8. */
  public static final int ATTRIBUTE_BYTES_MAX = 512;

  private static final int VERSION = 1;
  private static final String DOMAIN = "hypermesh asset-descriptor v1";

  /** Validates and copies. */
  public AssetDescriptor {
    checkText("name", name, NAME_BYTES_MAX);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an asset's name is empty");
    }
    if (capacity.unit() != type.unit()) {
      throw new IllegalArgumentException(
          type.label() + " is counted in " + type.unit() + ", not in " + capacity.unit());
    }
    if (attributes.size() > ATTRIBUTES_MAX) {
      throw new IllegalArgumentException(
          attributes.size() + " attributes, limit " + ATTRIBUTES_MAX);
    }
    // By natural order whatever the caller's was: the encoding depends on it.
    TreeMap<String, String> copy = new TreeMap<>();
    for (Map.Entry<String, String> attribute : attributes.entrySet()) {
      checkText("attribute", attribute.getKey(), ATTRIBUTE_BYTES_MAX);
      checkText("attribute " + attribute.getKey(), attribute.getValue(), ATTRIBUTE_BYTES_MAX);
      copy.put(attribute.getKey(), attribute.getValue());
    }
    attributes = Collections.unmodifiableSortedMap(copy);
  }

  /**
   * The id that this hardware has once the owner registers it.
   *
   * @param owner who claims it
   * @return the same id at every call
   */
  public AssetId idFor(OwnerId owner) {
    return AssetId.derive(type, owner, fingerprint);
  }

  /**
   * What the ledger keeps of this description.
   *
   * @return SHA-256 of {@link #encode}, domain separated
   */
  public Digest digest() {
    return Sha256.of(DOMAIN, encode());
  }

  /**
   * Encodes it; equal descriptors give equal bytes.
   *
   * @return a new array
   */
  public byte[] encode() {
    WireWriter writer =
        new WireWriter()
            .u8(VERSION)
            .u8(type.id())
            .text(name)
            .digest(fingerprint)
            .i64(capacity.amount())
            .u8(attributes.size());
    attributes.forEach((key, value) -> writer.text(key).text(value));
    return writer.toByteArray();
  }

  /**
   * Decodes what {@link #encode} wrote.
   *
   * @param bytes exactly one descriptor
   * @return the descriptor
   * @throws DecodingException if the bytes are anything else
   */
  public static AssetDescriptor decode(byte[] bytes) throws DecodingException {
    WireReader reader = new WireReader(bytes);
    int version = reader.readU8("descriptor version");
    if (version != VERSION) {
      throw new DecodingException("unknown descriptor version: " + version);
    }
    AssetType type = AssetType.fromId(reader.readU8("asset type"));
    String name = reader.readText(NAME_BYTES_MAX, "name");
    Digest fingerprint = reader.readDigest("fingerprint");
    long amount = reader.readNonNegative("capacity");
    TreeMap<String, String> attributes = new TreeMap<>();
    for (int left = reader.readU8("attribute count"); left > 0; left--) {
      String key = reader.readText(ATTRIBUTE_BYTES_MAX, "attribute key");
      if (!attributes.isEmpty() && attributes.lastKey().compareTo(key) >= 0) {
        throw new DecodingException("attributes are not in ascending order: " + attributes.size());
      }
      attributes.put(key, reader.readText(ATTRIBUTE_BYTES_MAX, "attribute value"));
    }
    reader.expectEnd("descriptor");
    try {
      Capacity capacity = new Capacity(amount, type.unit());
      return new AssetDescriptor(type, name, fingerprint, capacity, attributes);
    } catch (IllegalArgumentException e) {
      throw new DecodingException("descriptor: " + e.getMessage(), e);
    }
  }

  private static void checkText(String field, String text, int bytesMax) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(field + " is not valid Unicode text");
    }
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (length > bytesMax) {
      throw new IllegalArgumentException(field + " is " + length + " bytes, limit " + bytesMax);
    }
  }
}
