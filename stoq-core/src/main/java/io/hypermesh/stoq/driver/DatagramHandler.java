package io.hypermesh.stoq.driver;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/** Takes received datagrams. */
@FunctionalInterface
public interface DatagramHandler {
  /**
   * Takes one datagram.
   *
   * @param buffer holds the datagram; valid only until this method returns, which may overwrite the
   *     datagram's bytes (packets are decrypted in place)
   * @param offset where it starts, in bytes
   * @param length its length in bytes
   * @param source where it came from; always IPv6
   * @param ecn the two ECN bits of its IP header (RFC 3168), 0 where the driver can't read them
   */
  void onDatagram(MemorySegment buffer, long offset, int length, InetSocketAddress source, int ecn);

  /**
   * Takes datagrams that came together: one behind the other, of one length but for the last, which
   * may be shorter, from one source and with the same ECN bits. A driver calls it with at least
   * two; one alone is {@link #onDatagram}'s. Override it to look at several in one go.
   *
   * <p>It takes the first of them at least. What it doesn't take comes again, and so does all but
   * the first where it throws.
   *
   * @param buffer holds the datagrams; valid only until this method returns, which may overwrite
   *     their bytes, those of the datagrams that it takes
   * @param offset where the first starts, in bytes
   * @param segmentLength the length of each but the last, in bytes, at least 1
   * @param totalLength of all together, in bytes, more than one segment's
   * @param source where they came from; always IPv6
   * @param ecn the two ECN bits of each one's IP header
   * @return how many it has taken, at least 1; the first alone unless overridden
   */
  default int onTrain(
      MemorySegment buffer,
      long offset,
      int segmentLength,
      int totalLength,
      InetSocketAddress source,
      int ecn) {
    onDatagram(buffer, offset, segmentLength, source, ecn);
    return 1;
  }
}
