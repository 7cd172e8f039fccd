package io.hypermesh.trustchain;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What kind of certificate an authority issues.
 *
 * @param name how requests ask for it: lower-case letters, digits and hyphens
 * @param lifetime from the issuance on, at most 398 days; short lives need no revocation
 * @param backdate how long before the issuance the validity starts, for peers whose clock is slow
 * @param purposes what the key may be used for, at least one
 * @param keyAlgorithms which kinds of subject key are certified, at least one
 * @param namesMax the most names in one certificate, 1 to 100
 */
public record CertificateProfile(
    String name,
    Duration lifetime,
    Duration backdate,
    Set<Purpose> purposes,
    Set<KeyAlgorithm> keyAlgorithms,
    int namesMax) {
  /** The name of the profile that requests get where they ask for none. */
  public static final String DEFAULT_NAME = "default";

  /** The longest life: what browsers accept of public certificates. */
  public static final Duration LIFETIME_MAX = Duration.ofDays(398);

  private static final Duration BACKDATE_MAX = Duration.ofHours(1);
  private static final int NAMES_MAX = 100;
  private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,32}");

  /** What a certified key may be used for (extended key usage, RFC 5280 section 4.2.1.12). */
  public enum Purpose {
    /** To be the server of a TLS connection. */
    SERVER,
    /** To be the client of a TLS connection. */
    CLIENT
  }

  /** Checks the ranges and copies the sets. */
  public CertificateProfile {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a profile's name has lower-case letters, digits and hyphens: " + name);
    }
    if (lifetime.compareTo(Duration.ofSeconds(1)) < 0 || lifetime.compareTo(LIFETIME_MAX) > 0) {
      throw new IllegalArgumentException("a lifetime is from 1 s to 398 days: " + lifetime);
    }
    if (backdate.isNegative() || backdate.compareTo(BACKDATE_MAX) > 0) {
      throw new IllegalArgumentException("a backdate is from nothing to one hour: " + backdate);
    }
    if (purposes.isEmpty() || keyAlgorithms.isEmpty()) {
      throw new IllegalArgumentException("a profile allows a purpose and a kind of key");
    }
    if (namesMax < 1 || namesMax > NAMES_MAX) {
      throw new IllegalArgumentException("a certificate has from 1 to 100 names: " + namesMax);
    }
    purposes = Set.copyOf(purposes);
    keyAlgorithms = Set.copyOf(keyAlgorithms);
  }

  /**
   * The default: 24 hours, backdated by one minute, for both ends of TLS, any kind of key.
   *
   * @return the profile
   */
  public static CertificateProfile shortLived() {
    return new CertificateProfile(
        DEFAULT_NAME,
        Duration.ofHours(24),
        Duration.ofMinutes(1),
        EnumSet.allOf(Purpose.class),
        EnumSet.allOf(KeyAlgorithm.class),
        NAMES_MAX);
  }

  /**
   * The same profile with another lifetime.
   *
   * @param value the lifetime
   * @return the changed profile
   */
  public CertificateProfile withLifetime(Duration value) {
    return new CertificateProfile(name, value, backdate, purposes, keyAlgorithms, namesMax);
  }

  /**
   * The same profile for other purposes.
   *
   * @param value the purposes
   * @return the changed profile
   */
  public CertificateProfile withPurposes(Set<Purpose> value) {
    return new CertificateProfile(name, lifetime, backdate, value, keyAlgorithms, namesMax);
  }

  /**
   * The same profile under another name.
   *
   * @param value the name
   * @return the changed profile
   */
  public CertificateProfile withName(String value) {
    return new CertificateProfile(value, lifetime, backdate, purposes, keyAlgorithms, namesMax);
  }
}
