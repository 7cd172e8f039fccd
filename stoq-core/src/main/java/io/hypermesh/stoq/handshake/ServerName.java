package io.hypermesh.stoq.handshake;

import java.net.InetAddress;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;

/**
 * The server that a client means to reach.
 *
 * @param host the host name or IP literal that the certificate is checked for; no brackets, no zone
 * @param indication the name for the server_name extension, or null: an IP literal is never sent
 *     (RFC 6066, 3), nor is what the extension cannot carry
 */
record ServerName(String host, @Nullable String indication) {
  /**
   * Reads a host as users write it: {@code node.example}, {@code node.example.}, {@code ::1},
   * {@code [::1]}, {@code fe80::1%eth0}.
   *
   * @throws IllegalArgumentException where it is empty
   */
  static ServerName of(String text) {
    String host = text;
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    int zone = host.indexOf('%');
    if (zone >= 0) {
      host = host.substring(0, zone);
    }
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    if (host.isEmpty()) {
      throw new IllegalArgumentException("couldn't connect: the server's name is empty");
    }
    return new ServerName(host, isAddress(host) ? null : indicationOf(host));
  }

  private static boolean isAddress(String host) {
    if (host.indexOf(':') >= 0) {
      return true;
    }
    try {
      InetAddress.ofLiteral(host);
      return true;
    } catch (IllegalArgumentException e) {
      return false; // the answer to the question, and no failure
    }
  }

  private static @Nullable String indicationOf(String host) {
    try {
      return new SNIHostName(host).getAsciiName();
    } catch (IllegalArgumentException e) {
      return null; // such a name can't be indicated; the certificate is checked for it all the same
    }
  }
}
