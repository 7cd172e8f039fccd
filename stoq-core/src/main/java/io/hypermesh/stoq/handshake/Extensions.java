package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A block of extensions (RFC 8446, 4.2): every length checked, none twice. */
final class Extensions {
  private final Map<Integer, byte[]> contents = new LinkedHashMap<>();
  private final String structure;
  private int last = -1;

  private Extensions(String structure) {
    this.structure = structure;
  }

  /** Reads the block with its length field. */
  static Extensions parse(HandshakeReader reader, String structure) throws TransportException {
    Extensions extensions = new Extensions(structure);
    HandshakeReader block = reader.vector(2, 0, "extensions of " + structure);
    while (block.hasRemaining()) {
      int type = block.uint16();
      byte[] content = block.opaque(2, 0, "extension " + type);
      if (extensions.contents.putIfAbsent(type, content) != null) {
        throw Alert.ILLEGAL_PARAMETER.because(
            "couldn't read " + structure + ": extension " + type + " comes twice");
      }
      extensions.last = type;
    }
    return extensions;
  }

  boolean has(int type) {
    return contents.containsKey(type);
  }

  Set<Integer> types() {
    return contents.keySet();
  }

  /** The type of the last extension of the block, or -1 where it is empty. */
  int lastType() {
    return last;
  }

  /** The content of an extension, or null where it is absent. */
  byte @Nullable [] content(int type) {
    return contents.get(type);
  }

  /** A reader of an extension's content, or null where it is absent. */
  @Nullable HandshakeReader find(int type) {
    byte[] content = contents.get(type);
    return content == null ? null : read(type, content);
  }

  /** A reader of an extension's content; {@code missing_extension} where it is absent. */
  HandshakeReader require(int type, String name) throws TransportException {
    byte[] content = contents.get(type);
    if (content == null) {
      throw Alert.MISSING_EXTENSION.because(structure + " lacks the extension " + name);
    }
    return read(type, content);
  }

  /** True where both blocks say the same in all extensions but those of the given types. */
  boolean equalsExcept(Extensions other, Set<Integer> exceptions) {
    return contains(other, exceptions) && other.contains(this, exceptions);
  }

  private boolean contains(Extensions other, Set<Integer> exceptions) {
    for (Map.Entry<Integer, byte[]> entry : other.contents.entrySet()) {
      byte[] own = contents.get(entry.getKey());
      if (!exceptions.contains(entry.getKey())
          && (own == null || !Arrays.equals(own, entry.getValue()))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Checks an answer's extensions against what was offered (RFC 8446, 4.2): one that was not
   * offered is {@code unsupported_extension}, one that belongs in another message {@code
   * illegal_parameter}.
   */
  void requireOnly(Set<Integer> allowed, Set<Integer> offered) throws TransportException {
    for (int type : contents.keySet()) {
      if (!offered.contains(type)) {
        throw Alert.UNSUPPORTED_EXTENSION.because(
            structure + " has extension " + type + ", which was not offered");
      }
      if (!allowed.contains(type)) {
        throw Alert.ILLEGAL_PARAMETER.because(
            structure + " has extension " + type + ", which belongs elsewhere");
      }
    }
  }

  private static HandshakeReader read(int type, byte[] content) {
    return new HandshakeReader(content, 0, content.length, "extension " + type);
  }
}
