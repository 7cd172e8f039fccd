package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.CertificateProfile;
import io.hypermesh.trustchain.CertificateRequest;
import io.hypermesh.trustchain.IssuanceException;
import io.hypermesh.trustchain.IssuanceException.Rule;
import io.hypermesh.trustchain.IssuancePolicy;
import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.signature.KeyPairs;
import io.hypermesh.trustchain.transparency.MerkleHasher;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Map;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/**
 * The steps from a request to what will be signed: pure, but for the random bits of the serial
 * number that are passed in. Each step only refuses or goes on; none changes anything.
 *
 * <pre>
 *   request ─► profile ─► key ─► names ─► policy ─► template ─► lint ─► (sign, log, sign, store)
 * </pre>
 */
public final class IssuancePipeline {
  private final Map<String, CertificateProfile> profiles;
  private final IssuancePolicy policy;

  /**
   * Takes what the authority issues.
   *
   * @param profiles its profiles by name
   * @param policy what it allows
   */
  public IssuancePipeline(Map<String, CertificateProfile> profiles, IssuancePolicy policy) {
    this.profiles = Map.copyOf(profiles);
    this.policy = policy;
  }

  /**
   * Judges a request and lays out its certificate.
   *
   * @param request the request
   * @param issuer who will sign
   * @param now the time
   * @param random where the serial number comes from
   * @return what to sign
   * @throws IssuanceException where the request is refused
   */
  public CertificateTemplate template(
      CertificateRequest request, Issuer issuer, Instant now, SecureRandom random)
      throws IssuanceException {
    CertificateProfile profile = profiles.get(request.profile());
    if (profile == null) {
      throw new IssuanceException(
          Rule.PROFILE, "there is no profile " + request.profile() + " but " + profiles.keySet());
    }
    SubjectPublicKeyInfo key = requireKey(request.publicKey(), profile, issuer);
    requireNames(request, profile);
    policy.check(request, profile);
    Instant second = now.truncatedTo(ChronoUnit.SECONDS);
    CertificateTemplate template =
        CertificateTemplate.endEntity(
            issuer,
            profile,
            Issuer.serial(random),
            new CertificateTemplate.Validity(
                second.minus(profile.backdate()), second.plus(profile.lifetime())),
            key,
            request.names());
    PreIssuanceLint.check(template.plain(), issuer);
    return template;
  }

  private static SubjectPublicKeyInfo requireKey(
      PublicKey key, CertificateProfile profile, Issuer issuer) throws IssuanceException {
    KeyAlgorithm algorithm = KeyPairs.algorithmOf(key);
    if (algorithm == null || !profile.keyAlgorithms().contains(algorithm)) {
      throw new IssuanceException(
          Rule.PUBLIC_KEY,
          "the profile "
              + profile.name()
              + " certifies no keys of this kind: "
              + key.getAlgorithm()
              + " but "
              + profile.keyAlgorithms());
    }
    if (key.equals(issuer.key().publicKey())) {
      throw new IssuanceException(Rule.PUBLIC_KEY, "the public key is the issuer's own");
    }
    return SubjectPublicKeyInfo.getInstance(key.getEncoded());
  }

  private static void requireNames(CertificateRequest request, CertificateProfile profile)
      throws IssuanceException {
    int count = request.names().size();
    if (count < 1 || count > profile.namesMax()) {
      throw new IssuanceException(
          Rule.NAME, "a certificate has from 1 to " + profile.namesMax() + " names, not " + count);
    }
    if (new HashSet<>(request.names()).size() != count) {
      throw new IssuanceException(Rule.NAME, "a name is asked for twice");
    }
  }

  /**
   * The hash of what a request asks for, so that an id is not used twice for different requests.
   *
   * @param request the request
   * @return the hash over profile, key and names
   */
  public static MerkleHash hash(CertificateRequest request) {
    MessageDigest digest = MerkleHasher.sha256();
    update(digest, request.profile().getBytes(StandardCharsets.UTF_8));
    update(digest, request.publicKey().getEncoded());
    for (SubjectName name : request.names()) {
      update(
          digest,
          switch (name) {
            case SubjectName.Dns dns -> ("dns:" + dns.value()).getBytes(StandardCharsets.UTF_8);
            // Marked by its kind like the others: an address may have any bytes, those of a DNS
            // name
            // among them.
            case SubjectName.Ip ip -> ("ip:" + ip.canonical()).getBytes(StandardCharsets.UTF_8);
            case SubjectName.Uri uri -> ("uri:" + uri.value()).getBytes(StandardCharsets.UTF_8);
          });
    }
    return MerkleHash.of(digest.digest());
  }

  private static void update(MessageDigest digest, byte[] field) {
    digest.update((byte) (field.length >>> 16));
    digest.update((byte) (field.length >>> 8));
    digest.update((byte) field.length);
    digest.update(field);
  }
}
