package io.hypermesh.stoq.packet;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What an endpoint says about versions where nobody on the path can change it: in its transport
 * parameters (RFC 9368, 3). Immutable.
 *
 * @param chosen the version that its sender uses for the connection
 * @param available a client's: all versions that its first packets can be answered in, the
 *     preferred one first; a server's: all versions that it speaks everywhere
 */
public record VersionInformation(int chosen, List<Integer> available) {
  /** Available versions that are kept of what a peer sent; nobody speaks so many. */
  static final int VERSIONS_MAX = 64;

  /** Takes a copy of the list. */
  public VersionInformation {
    available = List.copyOf(available);
  }

  /** Reads the parameter's value; the rules are those of RFC 9368, 4. */
  static VersionInformation decode(MemorySegment value, boolean fromClient)
      throws TransportException {
    long length = value.byteSize();
    if (length == 0 || length % Integer.BYTES != 0) {
      throw error("has " + length + " bytes");
    }
    int chosen = value.get(Wire.INT, 0);
    List<Integer> available = new ArrayList<>();
    boolean chosenIsAvailable = false;
    boolean anyZero = chosen == 0;
    for (long at = Integer.BYTES; at < length; at += Integer.BYTES) {
      int version = value.get(Wire.INT, at);
      anyZero |= version == 0;
      chosenIsAvailable |= version == chosen;
      if (available.size() < VERSIONS_MAX) {
        available.add(version);
      }
    }
    if (anyZero) {
      throw error("has version 0");
    }
    if (fromClient && !chosenIsAvailable) {
      throw error("chooses a version that it doesn't make available");
    }
    return new VersionInformation(chosen, available);
  }

  private static TransportException error(String reason) {
    return new TransportException(
        TransportErrorCode.TRANSPORT_PARAMETER_ERROR,
        FrameType.CRYPTO,
        TransportParameterId.VERSION_INFORMATION.wireName() + " " + reason);
  }

  /** The parameter's value. */
  byte[] encode() {
    byte[] bytes = new byte[Integer.BYTES * (1 + available.size())];
    MemorySegment buffer = MemorySegment.ofArray(bytes);
    buffer.set(Wire.INT, 0, chosen);
    for (int i = 0; i < available.size(); i++) {
      buffer.set(Wire.INT, (long) Integer.BYTES * (1 + i), available.get(i));
    }
    return bytes;
  }
}
