package io.hypermesh.stoq;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** IPv6 addresses as people write them (RFC 5952), for messages and for certificates' names. */
final class Ipv6Text {
  private static final int GROUPS = 8;

  private Ipv6Text() {}

  /** For example {@code [::1]:9292}; what isn't a resolved IPv6 address in the JDK's form. */
  static String of(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    if (ip == null) {
      return address.getHostString() + ':' + address.getPort();
    }
    return ip instanceof Inet6Address
        ? '[' + of(ip) + "]:" + address.getPort()
        : ip.getHostAddress() + ':' + address.getPort();
  }

  /** For example {@code 2001:db8::1}, without a zone. */
  static String of(InetAddress address) {
    byte[] bytes = address.getAddress();
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
    }
    int zerosAt = -1;
    int zeros = 1; // A single group of zeros isn't shortened.
    for (int at = 0; at < GROUPS; at++) {
      int end = at;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - at > zeros) {
        zerosAt = at;
        zeros = end - at;
      }
      at = end;
    }
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < GROUPS; at++) {
      if (at == zerosAt) {
        text.append("::");
        at += zeros - 1;
      } else {
        if (at > 0 && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[at]));
      }
    }
    return text.toString();
  }
}
