package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.CertificateProfile;
import io.hypermesh.trustchain.CertificateRequest;
import io.hypermesh.trustchain.IssuanceException;
import io.hypermesh.trustchain.IssuancePolicy;
import io.hypermesh.trustchain.SubjectName;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Allows names that match one of its patterns. */
public final class NamePolicy implements IssuancePolicy {
  private static final int ADDRESS_BITS = 128;

  private final List<String> patterns;
  private final List<Predicate<SubjectName>> allowed;

  private NamePolicy(List<String> patterns) {
    this.patterns = List.copyOf(patterns);
    this.allowed = patterns.stream().map(NamePolicy::parse).toList();
  }

  /**
   * Parses the patterns.
   *
   * @param patterns as {@link IssuancePolicy#names} describes them
   * @return the policy
   */
  public static NamePolicy of(List<String> patterns) {
    return new NamePolicy(patterns);
  }

  private static Predicate<SubjectName> parse(String pattern) {
    if (pattern.contains("://")) {
      SubjectName.Uri uri = new SubjectName.Uri(pattern);
      String below = pattern.endsWith("/") ? pattern : pattern + "/";
      return name ->
          name instanceof SubjectName.Uri other
              && (other.equals(uri) || isBelow(other.value(), below));
    }
    if (pattern.contains(":")) {
      return prefix(pattern);
    }
    if (pattern.startsWith(".")) {
      String suffix = pattern.toLowerCase(Locale.ROOT);
      SubjectName.Dns checked = new SubjectName.Dns(suffix.substring(1));
      return name ->
          name instanceof SubjectName.Dns dns && dns.value().endsWith("." + checked.value());
    }
    SubjectName.Dns exact = new SubjectName.Dns(pattern);
    return exact::equals;
  }

  /** A path with dot segments may end up anywhere, so it is below nothing. */
  private static boolean isBelow(String uri, String prefix) {
    String path = String.valueOf(URI.create(uri).getRawPath()).toLowerCase(Locale.ROOT);
    return uri.startsWith(prefix)
        && !path.contains("%2e")
        && Stream.of(path.split("/", -1)).noneMatch(part -> part.equals(".") || part.equals(".."));
  }

  private static Predicate<SubjectName> prefix(String pattern) {
    int slash = pattern.indexOf('/');
    String literal = slash < 0 ? pattern : pattern.substring(0, slash);
    int bits = slash < 0 ? ADDRESS_BITS : Integer.parseInt(pattern.substring(slash + 1));
    if (!(InetAddress.ofLiteral(literal) instanceof Inet6Address address)
        || bits < 0
        || bits > ADDRESS_BITS) {
      throw new IllegalArgumentException("not an IPv6 prefix: " + pattern);
    }
    byte[] wanted = address.getAddress();
    return name ->
        name instanceof SubjectName.Ip ip && sharesPrefix(wanted, ip.address().getAddress(), bits);
  }

  private static boolean sharesPrefix(byte[] wanted, byte[] found, int bits) {
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit & 7);
      if ((wanted[bit >> 3] & mask) != (found[bit >> 3] & mask)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void check(CertificateRequest request, CertificateProfile profile)
      throws IssuanceException {
    for (SubjectName name : request.names()) {
      if (allowed.stream().noneMatch(pattern -> pattern.test(name))) {
        throw new IssuanceException(
            IssuanceException.Rule.POLICY, "the policy does not allow the name " + name);
      }
    }
  }

  @Override
  public String toString() {
    return "NamePolicy" + patterns;
  }
}
