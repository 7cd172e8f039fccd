package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.datagram.Datagrams;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * The unreliable datagrams of one connection as one side's application has them: each is numbered
 * and says how long it is, and the rest is made from its number, so that the receiver finds out
 * what was altered, invented, or comes twice (RFC 9221).
 */
final class DatagramTraffic {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final int HEADER_BYTES = 2 * Integer.BYTES;
  private static final int BYTES_MAX = 1_500;

  private final boolean client;
  private final byte[] bytes = new byte[BYTES_MAX];
  private final MemorySegment segment = MemorySegment.ofArray(bytes);

  /** Datagrams that are to be sent once that's possible. */
  private int wanted;

  int sent;

  /** The numbers of those that came. */
  final BitSet received = new BitSet();

  /** Those of them that came before the handshake was complete. */
  int early;

  DatagramTraffic(boolean client) {
    this.client = client;
  }

  void want(int more) {
    wanted += more;
  }

  /**
   * Sends what is wanted, as far as there is room; true where something was sent.
   *
   * @param salt both sides' own, so that other connections' datagrams are known
   */
  boolean send(Connection connection, long salt) {
    Datagrams datagrams = connection.datagrams();
    boolean any = false;
    while (wanted > 0 && !datagrams.isClosed() && datagrams.payloadBytesMax() >= HEADER_BYTES) {
      int max = Math.min(BYTES_MAX, datagrams.payloadBytesMax());
      // Every fifth is as large as it may be.
      int length =
          sent % 5 == 4 ? max : HEADER_BYTES + (sent * 397 & 0x7ff) % (max - HEADER_BYTES + 1);
      fill(salt, sent, length, client);
      if (!datagrams.offer(segment, 0, length)) {
        return any;
      }
      sent++;
      wanted--;
      any = true;
    }
    return any;
  }

  private void fill(long salt, int number, int length, boolean byClient) {
    segment.set(INT, 0, number);
    segment.set(INT, Integer.BYTES, length);
    long mixed = (salt * 31 + number * 2L + (byClient ? 1 : 0)) * 0x9e3779b97f4a7c15L;
    int first = (int) (mixed >>> Integer.SIZE);
    for (int i = HEADER_BYTES; i < length; i++) {
      bytes[i] = (byte) (first + i * 7);
    }
  }

  /** Takes what came, and checks it. */
  void receive(Connection connection, long salt, boolean established) {
    Datagrams datagrams = connection.datagrams();
    while (datagrams.next()) {
      check(datagrams.buffer(), datagrams.offset(), datagrams.length(), salt);
      early += established ? 0 : 1;
      datagrams.remove();
    }
  }

  private void check(MemorySegment buffer, long offset, int length, long salt) {
    int number = length < HEADER_BYTES || length > BYTES_MAX ? -1 : buffer.get(INT, offset);
    if (number >= 0) {
      fill(salt, number, length, !client);
    }
    if (number < 0
        || MemorySegment.mismatch(buffer, offset, offset + length, segment, 0, length) >= 0) {
      throw new IllegalStateException(
          "a datagram of " + length + " bytes, number " + number + ", is none of the peer's");
    }
    if (received.get(number)) {
      throw new IllegalStateException("datagram " + number + " came twice");
    }
    received.set(number);
  }

  @Override
  public String toString() {
    return sent + " datagrams sent, " + received.cardinality() + " received";
  }
}
