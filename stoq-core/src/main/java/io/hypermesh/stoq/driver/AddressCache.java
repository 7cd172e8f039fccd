package io.hypermesh.stoq.driver;

import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Java's objects for the kernel's socket addresses, and back, without making any for an address
 * that was used lately: the same peer gets the same object.
 *
 * <p>Peers choose their addresses, so both ways are tables of fixed size: {@link #SETS} sets of
 * {@link #WAYS} entries, in which a new one takes the place of the oldest. Who makes many addresses
 * fall into one set makes this allocate, and nothing else.
 *
 * <p>One thread owns it.
 */
final class AddressCache {
  /** Sets in a table; a power of two. */
  private static final int SETS = 256;

  private static final int WAYS = 4;

  /** Addresses that it holds at most, each way. */
  static final int ENTRIES_MAX = SETS * WAYS;

  /** One way: entries beside each other by their index. */
  private static final class Table {
    private final @Nullable InetSocketAddress[] addresses = new InetSocketAddress[ENTRIES_MAX];
    private final long[] high = new long[ENTRIES_MAX];
    private final long[] low = new long[ENTRIES_MAX];
    private final int[] scopes = new int[ENTRIES_MAX];
    private final byte[] oldest = new byte[SETS];

    /** Takes the place of the oldest of a set; returns the index. */
    private int put(int set, InetSocketAddress address, long high, long low, int scope) {
      int index = set * WAYS + oldest[set];
      oldest[set] = (byte) ((oldest[set] + 1) % WAYS);
      addresses[index] = address;
      this.high[index] = high;
      this.low[index] = low;
      scopes[index] = scope;
      return index;
    }
  }

  private final Table received = new Table();
  private final Table sent = new Table();

  /**
   * The address that the kernel wrote.
   *
   * @return null where it isn't IPv6, be it an IPv4 address in IPv6's form
   */
  @Nullable InetSocketAddress read(MemorySegment socketAddress) {
    long high = SocketAddressCodec.high(socketAddress);
    long low = SocketAddressCodec.low(socketAddress);
    if (!SocketAddressCodec.isIpv6(socketAddress) || SocketAddressCodec.isIpv4Mapped(high, low)) {
      return null;
    }
    int port = SocketAddressCodec.port(socketAddress);
    int scope = SocketAddressCodec.scope(socketAddress);
    int set = set(Long.hashCode(high * 31 + low) * 31 + port * 31 + scope);
    for (int i = set * WAYS; i < (set + 1) * WAYS; i++) {
      InetSocketAddress address = received.addresses[i];
      if (address != null
          && received.low[i] == low
          && received.high[i] == high
          && received.scopes[i] == scope
          && address.getPort() == port) {
        return address;
      }
    }
    InetSocketAddress address = address(high, low, port, scope);
    received.put(set, address, high, low, scope);
    return address;
  }

  /**
   * Writes an address for the kernel.
   *
   * @throws IllegalArgumentException where it isn't IPv6, or not resolved
   */
  void write(InetSocketAddress address, MemorySegment socketAddress) {
    int set = set(address.hashCode());
    int index = -1;
    for (int i = set * WAYS; i < (set + 1) * WAYS; i++) {
      InetSocketAddress known = sent.addresses[i];
      if (known != null && isSame(known, address)) {
        index = i;
        break;
      }
    }
    if (index < 0) {
      Inet6Address ipv6 = ipv6(address);
      ByteBuffer bytes = ByteBuffer.wrap(ipv6.getAddress());
      index = sent.put(set, address, bytes.getLong(), bytes.getLong(), ipv6.getScopeId());
    }
    SocketAddressCodec.write(
        socketAddress, sent.high[index], sent.low[index], address.getPort(), sent.scopes[index]);
  }

  /** Whether two addresses are the same; Java's comparison leaves out the scope. */
  @SuppressWarnings("ReferenceEquality") // Most often it's the same object.
  static boolean isSame(InetSocketAddress a, InetSocketAddress b) {
    return a == b
        || (a.equals(b)
            && a.getAddress() instanceof Inet6Address first
            && b.getAddress() instanceof Inet6Address second
            && first.getScopeId() == second.getScopeId());
  }

  /**
   * The IPv6 address in a socket address.
   *
   * @throws IllegalArgumentException where there is none
   */
  static Inet6Address ipv6(InetSocketAddress address) {
    if (address.getAddress() instanceof Inet6Address ipv6) {
      return ipv6;
    }
    throw new IllegalArgumentException(
        "couldn't use " + address + " because STOQ is IPv6 only and resolves no names here");
  }

  private static InetSocketAddress address(long high, long low, int port, int scope) {
    byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    try {
      // With scope 0 Java would print one; less than that is none.
      Inet6Address ipv6 = Inet6Address.getByAddress(null, bytes, scope == 0 ? -1 : scope);
      return new InetSocketAddress(ipv6, port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("couldn't make an address of 16 bytes", e);
    }
  }

  private static int set(int hash) {
    int mixed = hash * 0x9e3779b9;
    return (mixed ^ (mixed >>> 16)) & (SETS - 1);
  }
}
