package io.hypermesh.stoq.packet;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The address that a server asks the client to move to after the handshake (RFC 9000, 9.6 and
 * 18.2).
 *
 * @param ipv4 an IPv4 address and port, or null for none; kept for completeness, never dialled by
 *     an endpoint that speaks IPv6 only
 * @param ipv6 an IPv6 address and port, or null for none
 * @param connectionId the connection ID to use there, at least one byte; sequence number 1
 * @param resetToken the stateless reset token that goes with it
 */
public record PreferredAddress(
    @Nullable InetSocketAddress ipv4,
    @Nullable InetSocketAddress ipv6,
    ConnectionId connectionId,
    StatelessResetToken resetToken) {

  /** Checks the addresses' families and the connection ID's length. */
  public PreferredAddress {
    if (ipv4 != null && !(ipv4.getAddress() instanceof Inet4Address)) {
      throw new IllegalArgumentException(
          "couldn't make a preferred address: " + ipv4 + " is not an IPv4 address");
    }
    if (ipv6 != null && !(ipv6.getAddress() instanceof Inet6Address)) {
      throw new IllegalArgumentException(
          "couldn't make a preferred address: " + ipv6 + " is not an IPv6 address");
    }
    if (connectionId.length() == 0) {
      throw new IllegalArgumentException(
          "couldn't make a preferred address: its connection ID is empty");
    }
  }
}
