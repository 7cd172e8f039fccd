package io.hypermesh.stoq;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * An address was given that STOQ doesn't speak: it is IPv6 only, so IPv4 and IPv4-mapped addresses
 * ({@code ::ffff:0:0/96}, RFC 4291, 2.5.5.2) are the caller's mistake, as are names that no look-up
 * has resolved.
 */
public final class StoqAddressException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private StoqAddressException(String message) {
    super(message);
  }

  /** Always {@link StoqException.Category#CALLER_MISTAKE}. */
  public StoqException.Category category() {
    return StoqException.Category.CALLER_MISTAKE;
  }

  /**
   * Checks an address before anything is done with it.
   *
   * @param purpose what was to be done, for the message: "bind" or "connect to"
   * @return the same address
   * @throws StoqAddressException where it is unresolved, IPv4 or IPv4-mapped
   */
  static InetSocketAddress requireIpv6(InetSocketAddress address, String purpose) {
    InetAddress ip = address.getAddress();
    String attempt = "couldn't " + purpose + ' ' + Ipv6Text.of(address) + " because ";
    if (ip == null) {
      throw new StoqAddressException(
          attempt + "the name is unresolved: give a resolved IPv6 address");
    }
    if (!(ip instanceof Inet6Address)) {
      throw new StoqAddressException(attempt + "STOQ speaks IPv6 only: this is an IPv4 address");
    }
    if (isIpv4Mapped(ip.getAddress())) {
      throw new StoqAddressException(
          attempt + "STOQ speaks IPv6 only: this is an IPv4-mapped address");
    }
    return address;
  }

  private static boolean isIpv4Mapped(byte[] address) {
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return address[10] == (byte) 0xff && address[11] == (byte) 0xff;
  }
}
