package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A {@code sockaddr_in6} (ipv6(7), {@code linux/in6.h}), field by field. */
final class SocketAddressCodec {
  /** {@code sizeof(struct sockaddr_in6)}. */
  static final int BYTES = 28;

  /** From one to the next where several lie in a row. */
  static final int STRIDE_BYTES = 32;

  /** {@code AF_INET6} (socket(2), {@code bits/socket.h}). */
  static final int AF_INET6 = 10;

  private static final long FAMILY_OFFSET = 0;
  private static final long PORT_OFFSET = 2;
  private static final long FLOW_INFO_OFFSET = 4;
  private static final long ADDRESS_OFFSET = 8;
  private static final long SCOPE_OFFSET = 24;

  /** The port and the address are in network byte order, everything else in the machine's. */
  private static final ValueLayout.OfShort NETWORK_SHORT =
      JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  private static final ValueLayout.OfLong NETWORK_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** What comes before an IPv4 address in IPv6's form (RFC 4291, 2.5.5.2). */
  private static final long IPV4_MAPPED = 0xffff;

  private SocketAddressCodec() {}

  static void write(MemorySegment to, long high, long low, int port, int scope) {
    to.set(JAVA_SHORT, FAMILY_OFFSET, (short) AF_INET6);
    to.set(NETWORK_SHORT, PORT_OFFSET, (short) port);
    to.set(JAVA_INT, FLOW_INFO_OFFSET, 0);
    to.set(NETWORK_LONG, ADDRESS_OFFSET, high);
    to.set(NETWORK_LONG, ADDRESS_OFFSET + Long.BYTES, low);
    to.set(JAVA_INT, SCOPE_OFFSET, scope);
  }

  static boolean isIpv6(MemorySegment from) {
    return from.get(JAVA_SHORT, FAMILY_OFFSET) == AF_INET6;
  }

  static boolean isIpv4Mapped(long high, long low) {
    return high == 0 && low >>> Integer.SIZE == IPV4_MAPPED;
  }

  /** The address's first eight bytes. */
  static long high(MemorySegment from) {
    return from.get(NETWORK_LONG, ADDRESS_OFFSET);
  }

  /** The address's last eight bytes. */
  static long low(MemorySegment from) {
    return from.get(NETWORK_LONG, ADDRESS_OFFSET + Long.BYTES);
  }

  static int port(MemorySegment from) {
    return Short.toUnsignedInt(from.get(NETWORK_SHORT, PORT_OFFSET));
  }

  /** The interface of a link-local address, or 0. */
  static int scope(MemorySegment from) {
    return from.get(JAVA_INT, SCOPE_OFFSET);
  }
}
