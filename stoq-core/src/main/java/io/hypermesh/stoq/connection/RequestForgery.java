package io.hypermesh.stoq.connection;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Keeps a server from aiming its clients at somebody else (RFC 9000, 21.5.3 and 21.5.6): what a
 * client is told to send to a preferred address starts with bytes that the server has chosen, and
 * comes from inside the client's network.
 *
 * <p>So a client goes only to one host, by IPv6, and not from a wider scope into a narrower one:
 * neither to itself, nor to its link, nor into its private network, unless the server is there
 * already. Stateless.
 */
final class RequestForgery {
  private static final int UNIQUE_LOCAL = 0xfc;
  private static final int UNIQUE_LOCAL_MASK = 0xfe;
  private static final int MAPPED_PREFIX_BYTES = 10;

  /** How far an address reaches; the further down, the wider. */
  private enum Scope {
    HOST,
    LINK,
    PRIVATE,
    GLOBAL
  }

  private RequestForgery() {}

  /**
   * Whether a server at one address may have its client send to another one.
   *
   * @param present where the handshake was, which the host has chosen
   * @param wanted what the server prefers
   */
  static boolean isHarmless(InetSocketAddress present, InetSocketAddress wanted) {
    InetAddress address = wanted.getAddress();
    return wanted.getPort() != 0
        && !address.isAnyLocalAddress()
        && !address.isMulticastAddress()
        && !isOfIpv4(address.getAddress())
        && scopeOf(address).compareTo(scopeOf(present.getAddress())) >= 0;
  }

  private static Scope scopeOf(InetAddress address) {
    if (address.isLoopbackAddress()) {
      return Scope.HOST;
    }
    if (address.isLinkLocalAddress()) {
      return Scope.LINK;
    }
    boolean uniqueLocal = (address.getAddress()[0] & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL;
    return uniqueLocal || address.isSiteLocalAddress() ? Scope.PRIVATE : Scope.GLOBAL;
  }

  /** An IPv4-mapped or IPv4-compatible address: the system may send to the IPv4 host. */
  private static boolean isOfIpv4(byte[] address) {
    int sum = 0;
    for (int i = 0; i < MAPPED_PREFIX_BYTES; i++) {
      sum |= address[i];
    }
    int next =
        (address[MAPPED_PREFIX_BYTES] & 0xff) << 8 | (address[MAPPED_PREFIX_BYTES + 1] & 0xff);
    boolean loopback = (address[12] | address[13] | address[14]) == 0;
    return sum == 0 && (next == 0xffff || (next == 0 && !loopback));
  }
}
