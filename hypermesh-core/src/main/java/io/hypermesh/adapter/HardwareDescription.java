package io.hypermesh.adapter;

import io.hypermesh.adapter.AdapterException.Reason;
import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetType;
import io.hypermesh.asset.Capacity;
import io.hypermesh.byzantine.Digest;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

/**
 * Collects what an adapter finds out about a piece of hardware. Text of the kernel may be longer
 * than a descriptor takes, and is cut; everything else that does not fit is an {@link
 * AdapterException}. Not thread-safe.
 */
public final class HardwareDescription {
  private final AssetType type;
  private final String name;
  private final TreeMap<String, String> attributes = new TreeMap<>();

  /**
   * Begins a description.
   *
   * @param type what it is
   * @param name how people call it
   */
  public HardwareDescription(AssetType type, String name) {
    this.type = type;
    this.name = name;
  }

  /**
   * Adds what is known; empty values are left out.
   *
   * @param key what it is called
   * @param value what it is
   * @return this
   */
  public HardwareDescription with(String key, String value) {
    if (!value.isEmpty()) {
      attributes.put(key, cut(value, AssetDescriptor.ATTRIBUTE_BYTES_MAX));
    }
    return this;
  }

  /**
   * Ends the description.
   *
   * @param fingerprint what tells it from all other
   * @param amount how much it is, in the type's unit
   * @return the descriptor
   * @throws AdapterException if it cannot be one
   */
  public AssetDescriptor toDescriptor(Digest fingerprint, long amount) throws AdapterException {
    try {
      return new AssetDescriptor(
          type,
          cut(name, AssetDescriptor.NAME_BYTES_MAX),
          fingerprint,
          new Capacity(amount, type.unit()),
          attributes);
    } catch (IllegalArgumentException e) {
      throw new AdapterException(
          Reason.MALFORMED,
          "couldn't describe " + Host.printable(name) + " because " + e.getMessage(),
          e);
    }
  }

  private static String cut(String text, int bytesMax) {
    String cut = text;
    while (cut.getBytes(StandardCharsets.UTF_8).length > bytesMax) {
      cut = cut.substring(0, cut.offsetByCodePoints(cut.length(), -1));
    }
    return cut;
  }
}
