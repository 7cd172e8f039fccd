package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.util.ArrayList;
import java.util.List;

/**
 * The pre_shared_key extension of a ClientHello (RFC 8446, 4.2.11): identities, and for each a
 * binder that proves the key over the ClientHello up to the binders.
 *
 * @param identities in the client's order, each with its binder
 * @param bindersLength bytes of the list of binders with its length, which end the ClientHello
 */
record OfferedPsks(List<Identity> identities, int bindersLength) {
  /** No hash of TLS 1.3 is shorter. */
  private static final int BINDER_LENGTH_MIN = 32;

  /**
   * One of them.
   *
   * @param ticket as the server gave it
   * @param obfuscatedAge milliseconds since then, plus the ticket's secret summand
   */
  @SuppressWarnings("ArrayRecordComponent") // read only, never compared
  record Identity(byte[] ticket, long obfuscatedAge, byte[] binder) {}

  OfferedPsks {
    identities = List.copyOf(identities);
  }

  static OfferedPsks parse(HandshakeReader extension) throws TransportException {
    HandshakeReader list = extension.vector(2, 7, "identities");
    List<byte[]> tickets = new ArrayList<>();
    List<Long> ages = new ArrayList<>();
    while (list.hasRemaining()) {
      tickets.add(list.opaque(2, 1, "identity"));
      ages.add(list.uint32());
    }
    int bindersLength = extension.remaining();
    HandshakeReader binders = extension.vector(2, 1 + BINDER_LENGTH_MIN, "binders");
    extension.expectEnd();
    List<Identity> identities = new ArrayList<>();
    while (binders.hasRemaining()) {
      byte[] binder = binders.opaque(1, BINDER_LENGTH_MIN, "binder");
      int index = identities.size();
      if (index == tickets.size()) {
        throw unequal(tickets.size(), "more");
      }
      identities.add(new Identity(tickets.get(index), ages.get(index), binder));
    }
    if (identities.size() < tickets.size()) {
      throw unequal(tickets.size(), "fewer");
    }
    return new OfferedPsks(identities, bindersLength);
  }

  private static TransportException unequal(int identities, String binders) {
    return Alert.ILLEGAL_PARAMETER.because(
        "pre_shared_key has " + identities + " identities and " + binders + " binders");
  }

  /**
   * Writes the extension with one identity; the binder is left zero, and is at the message's end.
   */
  static void write(HandshakeWriter writer, byte[] ticket, long obfuscatedAge, int binderLength) {
    writer
        .extension(ExtensionType.PRE_SHARED_KEY)
        .open(2)
        .opaque(2, ticket)
        .uint32(obfuscatedAge)
        .close()
        .open(2)
        .opaque(1, new byte[binderLength])
        .close()
        .close();
  }

  /** Bytes of a list with one binder of this length, with the list's length. */
  static int bindersLength(int binderLength) {
    return 2 + 1 + binderLength;
  }
}
