package io.hypermesh.trustchain.validation;

import io.hypermesh.trustchain.CertificateValidationException;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;

/**
 * Compares the name that was asked for with those of a certificate (RFC 9525 section 6): an address
 * literal with iPAddress names, byte for byte, whatever its spelling; a DNS name with dNSName
 * names, where a wildcard stands for exactly the first label. The subject's common name counts for
 * nothing.
 */
final class NameMatcher {
  private static final Pattern DNS_NAME =
      Pattern.compile(
          "(?=.{1,253}$)(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
              + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");

  private NameMatcher() {}

  static void check(ParsedCertificate leaf, String host) throws CertificateValidationException {
    String wanted = canonical(host);
    byte[] address = addressOf(wanted);
    for (GeneralName name : leaf.names()) {
      if (address != null
          ? name.getTagNo() == GeneralName.iPAddress
              && Arrays.equals(address, ASN1OctetString.getInstance(name.getName()).getOctets())
          : name.getTagNo() == GeneralName.dNSName
              && matchesDns(
                  ASN1IA5String.getInstance(name.getName()).getString().toLowerCase(Locale.ROOT),
                  wanted)) {
        return;
      }
    }
    throw Rejection.of(Rule.NAME_MISMATCH, 0, "it is not for " + printable(host));
  }

  /** Without brackets, scope and final dot, in lower case. */
  private static String canonical(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.startsWith("[") && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
    }
    int scope = name.indexOf('%');
    if (scope > 0 && name.indexOf(':') >= 0) {
      name = name.substring(0, scope);
    }
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static byte @Nullable [] addressOf(String name) {
    boolean literal =
        name.indexOf(':') >= 0
            || (!name.isEmpty() && name.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9')));
    if (!literal) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(name).getAddress();
    } catch (IllegalArgumentException malformed) {
      // Looks like an address and is none: it can match nothing, not even a DNS name.
      return new byte[0];
    }
  }

  private static boolean matchesDns(String presented, String wanted) {
    if (wanted.isEmpty() || wanted.indexOf('*') >= 0) {
      // Only certificates have wildcards; nobody connects to one.
      return false;
    }
    if (!presented.startsWith("*.")) {
      return presented.equals(wanted);
    }
    int firstDot = wanted.indexOf('.');
    String parent = presented.substring(1);
    // A wildcard right below the top would stand for the names of strangers.
    return firstDot > 0
        && wanted.substring(firstDot).equals(parent)
        && parent.indexOf('.', 1) > 0
        && parent.indexOf('*') < 0;
  }

  /** Rejects names that are no DNS names: a comparison with them means nothing (RFC 1034). */
  static void requireWellFormed(ParsedCertificate leaf) throws CertificateValidationException {
    for (GeneralName name : leaf.names()) {
      if (name.getTagNo() == GeneralName.dNSName
          && !DNS_NAME.matcher(ASN1IA5String.getInstance(name.getName()).getString()).matches()) {
        throw Rejection.of(Rule.MALFORMED, 0, "one of its DNS names is malformed");
      }
    }
  }

  private static String printable(String host) {
    StringBuilder text = new StringBuilder();
    host.chars().limit(255).forEach(c -> text.append(c > 0x20 && c < 0x7f ? (char) c : '?'));
    return text.toString();
  }
}
