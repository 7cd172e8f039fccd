package io.hypermesh.stoq.endpoint;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/**
 * Carries datagrams that came to one shard's sockets to another shard. It copies what it takes, and
 * may lose it, as the network may.
 */
public interface Forwarding {
  /** Of an endpoint that has no other shards. */
  Forwarding NONE =
      new Forwarding() {
        @Override
        public boolean forward(
            int shard,
            MemorySegment datagram,
            long offset,
            int length,
            int on,
            InetSocketAddress remote,
            int ecnBits) {
          return false;
        }

        @Override
        public void offerReset(
            MemorySegment datagram, long offset, int length, InetSocketAddress remote) {
          // There is nobody to offer it to.
        }
      };

  /**
   * Has another shard handle a datagram, by {@link Endpoint#handleDatagram}.
   *
   * @param on the number of the socket that it came to
   * @return false where the other shard has no part in that socket
   */
  boolean forward(
      int shard,
      MemorySegment datagram,
      long offset,
      int length,
      int on,
      InetSocketAddress remote,
      int ecnBits);

  /**
   * Has all other shards look at what may be a stateless reset, by {@link Endpoint#handleReset}:
   * its connection ID is made up, and so leads anywhere (RFC 9000, 10.3).
   */
  void offerReset(MemorySegment datagram, long offset, int length, InetSocketAddress remote);
}
