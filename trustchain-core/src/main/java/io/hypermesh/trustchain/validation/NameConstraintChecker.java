package io.hypermesh.trustchain.validation;

import io.hypermesh.trustchain.CertificateValidationException;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;

/**
 * Name constraints (RFC 5280 section 4.2.1.10) on DNS names, addresses, URIs, mailboxes and
 * directory names. A constraint on another kind of name rejects certificates that have names of
 * that kind. The number of comparisons is bounded: a chain can hold enough names and constraints to
 * keep a careless verifier busy for seconds.
 */
final class NameConstraintChecker {
  /** What RFC 5321 calls a mailbox, without quoted and internationalised local parts. */
  private static final Pattern MAILBOX =
      Pattern.compile(
          "[\\x21-\\x7e&&[^@\"(),:;<>\\[\\]\\\\]]{1,64}@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*");

  /** A local part, the sign and a domain, at their longest (RFC 5321 section 4.5.3.1). */
  private static final int MAILBOX_CHARS_MAX = 64 + 1 + 255;

  private final int comparisonsMax;
  private int comparisons;

  NameConstraintChecker(int comparisonsMax) {
    this.comparisonsMax = comparisonsMax;
  }

  void check(ParsedCertificate certificate, int index, NameConstraints constraints, int above)
      throws CertificateValidationException {
    GeneralSubtree[] permitted = constraints.getPermittedSubtrees();
    GeneralSubtree[] excluded = constraints.getExcludedSubtrees();
    if (certificate.subject().size() > 0) {
      checkName(new GeneralName(certificate.subject()), index, permitted, excluded, above);
    }
    for (GeneralName name : certificate.names()) {
      checkName(name, index, permitted, excluded, above);
    }
  }

  private void checkName(
      GeneralName name, int index, GeneralSubtree[] permitted, GeneralSubtree[] excluded, int above)
      throws CertificateValidationException {
    if (excluded != null) {
      for (GeneralSubtree subtree : excluded) {
        if (applies(name, subtree, index) && matches(name, subtree.getBase(), true, above)) {
          throw Rejection.of(
              Rule.NAME_CONSTRAINTS, index, "certificate " + above + " excludes a name of it");
        }
      }
    }
    if (permitted != null) {
      boolean constrained = false;
      for (GeneralSubtree subtree : permitted) {
        if (applies(name, subtree, index)) {
          if (matches(name, subtree.getBase(), false, above)) {
            return;
          }
          constrained = true;
        }
      }
      if (constrained) {
        throw Rejection.of(
            Rule.NAME_CONSTRAINTS, index, "certificate " + above + " does not permit a name of it");
      }
    }
  }

  private boolean applies(GeneralName name, GeneralSubtree subtree, int index)
      throws CertificateValidationException {
    if (++comparisons > comparisonsMax) {
      throw Rejection.of(
          Rule.WORK_LIMIT,
          index,
          "comparing names with constraints takes more than " + comparisonsMax + " comparisons");
    }
    return name.getTagNo() == subtree.getBase().getTagNo();
  }

  private static boolean matches(GeneralName name, GeneralName base, boolean excluding, int above)
      throws CertificateValidationException {
    try {
      return switch (name.getTagNo()) {
        case GeneralName.dNSName -> matchesDns(text(name), text(base), excluding, above);
        case GeneralName.iPAddress -> matchesAddress(octets(name), octets(base), above);
        case GeneralName.uniformResourceIdentifier -> matchesUri(text(name), text(base), excluding);
        case GeneralName.rfc822Name -> matchesMailbox(mailbox(name), mailbox(base));
        case GeneralName.directoryName ->
            isPrefix(X500Name.getInstance(base.getName()), X500Name.getInstance(name.getName()));
        // A kind that isn't compared here: what is excluded might match, what is permitted might
        // not.
        default -> excluding;
      };
    } catch (IllegalArgumentException e) {
      throw Rejection.of(Rule.MALFORMED, above, "a name or a constraint is malformed", e);
    }
  }

  private static boolean matchesDns(String name, String base, boolean excluding, int above)
      throws CertificateValidationException {
    if (base.startsWith(".") || base.startsWith("*")) {
      throw Rejection.of(Rule.MALFORMED, above, "a constraint on DNS names starts with . or *");
    }
    if (isBelow(name, base)) {
      return true;
    }
    // A wildcard reaches into an excluded subtree one label below its parent.
    return excluding
        && name.startsWith("*.")
        && base.endsWith(name.substring(1))
        && base.indexOf('.') == base.length() - (name.length() - 1);
  }

  private static boolean isBelow(String name, String base) {
    return base.isEmpty() || name.equals(base) || name.endsWith("." + base);
  }

  private static boolean matchesAddress(byte[] address, byte[] base, int above)
      throws CertificateValidationException {
    if (base.length != 8 && base.length != 32) {
      throw Rejection.of(Rule.MALFORMED, above, "a constraint on addresses has a wrong length");
    }
    int half = base.length / 2;
    boolean ended = false;
    for (int bit = 0; bit < half * 8; bit++) {
      boolean set = (base[half + bit / 8] & (0x80 >> (bit % 8))) != 0;
      if (set && ended) {
        throw Rejection.of(Rule.MALFORMED, above, "a constraint on addresses is no prefix");
      }
      ended |= !set;
    }
    if (address.length != half) {
      return false;
    }
    for (int i = 0; i < half; i++) {
      if ((address[i] & base[half + i]) != (base[i] & base[half + i])) {
        return false;
      }
    }
    return true;
  }

  /** A constraint is one mailbox, all of one host, or all below a domain. */
  private static boolean matchesMailbox(String name, String base) {
    int at = name.lastIndexOf('@');
    // The length first: the pattern's recursion grows with the number of labels.
    if (name.length() > MAILBOX_CHARS_MAX || !MAILBOX.matcher(name).matches()) {
      throw new IllegalArgumentException("not a mailbox");
    }
    String host = name.substring(at + 1).toLowerCase(Locale.ROOT);
    int baseAt = base.lastIndexOf('@');
    String baseHost = base.substring(baseAt + 1).toLowerCase(Locale.ROOT);
    if (baseAt >= 0) {
      return host.equals(baseHost) && name.substring(0, at).equals(base.substring(0, baseAt));
    }
    return baseHost.startsWith(".") ? host.endsWith(baseHost) : host.equals(baseHost);
  }

  private static String mailbox(GeneralName name) {
    return ASN1IA5String.getInstance(name.getName()).getString();
  }

  private static boolean matchesUri(String uri, String base, boolean excluding) {
    try {
      String host = new URI(uri).getHost();
      if (host == null || host.startsWith("[")) {
        return excluding;
      }
      String name = host.toLowerCase(Locale.ROOT);
      // Without a leading dot the constraint is one host (RFC 5280 section 4.2.1.10).
      return base.startsWith(".") ? name.endsWith(base) : name.equals(base);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not a URI", e);
    }
  }

  /** One by one, since BouncyCastle takes whole names for equal in whatever order. */
  private static boolean isPrefix(X500Name base, X500Name name) {
    RDN[] wanted = base.getRDNs();
    RDN[] found = name.getRDNs();
    if (wanted.length > found.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (!nameOf(wanted[i]).equals(nameOf(found[i]))) {
        return false;
      }
    }
    return true;
  }

  private static X500Name nameOf(RDN only) {
    return new X500Name(new RDN[] {only});
  }

  private static String text(GeneralName name) {
    return ASN1IA5String.getInstance(name.getName()).getString().toLowerCase(Locale.ROOT);
  }

  private static byte[] octets(GeneralName name) {
    return ASN1OctetString.getInstance(name.getName()).getOctets();
  }
}
