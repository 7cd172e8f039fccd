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
}
