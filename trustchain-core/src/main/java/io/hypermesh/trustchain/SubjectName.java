package io.hypermesh.trustchain;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A name that a certificate is for: a subjectAltName (RFC 5280 section 4.2.1.6) of one of the kinds
 * that are issued here, in its canonical form, so that equal names are equal values.
 */
public sealed interface SubjectName {
  /**
   * A DNS name.
   *
   * @param value the name, lower case, without a final dot; internationalised labels as A-labels;
   *     the first label may be "*"
   */
  record Dns(String value) implements SubjectName {
    private static final int LENGTH_MAX = 253;
    private static final Pattern NAME =
        Pattern.compile(
            "(\\*\\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern LAST_LABEL_IS_NUMBER = Pattern.compile("(.*\\.)?[0-9]+");

    /** Checks the syntax (RFC 1034 section 3.5, with digits anywhere). */
    public Dns {
      value = value.toLowerCase(Locale.ROOT);
      if (value.length() > LENGTH_MAX
          || !NAME.matcher(value).matches()
          || LAST_LABEL_IS_NUMBER.matcher(value).matches()) {
        throw new IllegalArgumentException("not a DNS name: " + abbreviated(value));
      }
    }
  }

  /**
   * An IPv6 address.
   *
   * @param address the address, without a scope; never an IPv4-mapped one
   */
  record Ip(Inet6Address address) implements SubjectName {
    private static final int GROUPS = 8;

    /** Checks that the address is usable in a certificate. */
    public Ip {
      if (address.getScopeId() != 0 || address.isAnyLocalAddress()) {
        throw new IllegalArgumentException(
            "a certificate's address has no scope and is not unspecified: "
                + address.getHostAddress());
      }
      byte[] bytes = address.getAddress();
      boolean mapped = bytes[10] == -1 && bytes[11] == -1;
      for (int i = 0; i < 10; i++) {
        mapped &= bytes[i] == 0;
      }
      if (mapped) {
        throw new IllegalArgumentException(
            "an IPv4-mapped address is not an IPv6 address: " + address.getHostAddress());
      }
    }

    /**
     * The address as RFC 5952 spells it.
     *
     * @return for example {@code 2001:db8::1}
     */
    public String canonical() {
      byte[] bytes = address.getAddress();
      int[] groups = new int[GROUPS];
      for (int i = 0; i < GROUPS; i++) {
        groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
      }
      int bestStart = -1;
      int bestLength = 1;
      for (int start = 0; start < GROUPS; start++) {
        int length = 0;
        while (start + length < GROUPS && groups[start + length] == 0) {
          length++;
        }
        if (length > bestLength) {
          bestStart = start;
          bestLength = length;
        }
      }
      if (bestStart < 0) {
        return joined(groups, 0, GROUPS);
      }
      return joined(groups, 0, bestStart) + "::" + joined(groups, bestStart + bestLength, GROUPS);
    }

    private static String joined(int[] groups, int from, int to) {
      StringBuilder text = new StringBuilder();
      for (int i = from; i < to; i++) {
        text.append(i == from ? "" : ":").append(Integer.toHexString(groups[i]));
      }
      return text.toString();
    }
  }

  /**
   * A URI, for example a SPIFFE id.
   *
   * @param value an absolute URI with a host, in ASCII
   */
  record Uri(String value) implements SubjectName {
    private static final int LENGTH_MAX = 2048;

    /** Checks that the URI is absolute and names a host, as name constraints need one. */
    public Uri {
      try {
        URI uri = new URI(value);
        if (value.length() > LENGTH_MAX
            || !value.chars().allMatch(c -> c > 0x20 && c < 0x7f)
            || uri.getScheme() == null
            || uri.getHost() == null) {
          throw new IllegalArgumentException(
              "a certificate's URI is absolute, in ASCII, and has a host: " + abbreviated(value));
        }
      } catch (URISyntaxException e) {
        throw new IllegalArgumentException("not a URI: " + abbreviated(value), e);
      }
    }
  }

  /**
   * A DNS name.
   *
   * @param name the name; a final dot is dropped
   * @return the name
   * @throws IllegalArgumentException where it is malformed
   */
  static SubjectName dns(String name) {
    return new Dns(name.endsWith(".") ? name.substring(0, name.length() - 1) : name);
  }

  /**
   * An IPv6 address.
   *
   * @param literal in any form of RFC 4291, without brackets
   * @return the address
   * @throws IllegalArgumentException where it is malformed or not IPv6
   */
  static SubjectName ip(String literal) {
    InetAddress address = InetAddress.ofLiteral(literal);
    if (!(address instanceof Inet6Address ipv6)) {
      throw new IllegalArgumentException("only IPv6 addresses are certified here: " + literal);
    }
    return new Ip(ipv6);
  }

  /**
   * An IPv6 address.
   *
   * @param address sixteen bytes
   * @return the address
   * @throws IllegalArgumentException where it is not a usable IPv6 address
   */
  static SubjectName ip(byte[] address) {
    try {
      if (InetAddress.getByAddress(address) instanceof Inet6Address ipv6) {
        return new Ip(ipv6);
      }
      throw new IllegalArgumentException(
          "only IPv6 addresses are certified here: " + HexFormat.of().formatHex(address));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 16 bytes: " + Arrays.toString(address), e);
    }
  }

  /**
   * A URI.
   *
   * @param uri an absolute URI with a host
   * @return the name
   * @throws IllegalArgumentException where it is malformed
   */
  static SubjectName uri(String uri) {
    return new Uri(uri);
  }

  /** Keeps hostile input from filling logs. */
  private static String abbreviated(String text) {
    StringBuilder visible = new StringBuilder();
    text.chars().limit(80).forEach(c -> visible.append(c > 0x1f && c < 0x7f ? (char) c : '?'));
    return visible.toString();
  }
}
