package io.hypermesh.examples.fullflow;

import io.hypermesh.byzantine.Membership;
import io.hypermesh.trustchain.CertificateValidator;
import io.hypermesh.trustchain.LogIdentity;
import io.hypermesh.trustchain.TrustChainException;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The files through which the nodes of one run get their identities: what an operator would copy to
 * each machine.
 *
 * <pre>
 *   roots.pem              whom to trust
 *   log.txt                the transparency log's name and public keys
 *   members/N.pem          member N's certificate, whose key votes
 *   node-N/key.pem         its private key, for its owner only
 *   node-N/chain.pem       its certificate and the issuer's
 *   node-N/replica/        what it must find again after a crash
 * </pre>
 */
record NodeFiles(Path directory) {
  /** How many nodes the flow has: one may misbehave. */
  static final int NODES = 4;

  static final String CLUSTER = "full-flow";

  void write(List<X509Certificate> roots, LogIdentity log, List<TrustChainIdentity> nodes)
      throws IOException, TrustChainException {
    TrustChainIdentity.writeCertificates(directory.resolve("roots.pem"), roots);
    Files.write(
        logFile(), List.of(log.origin(), base64(log.noteKey()), base64(log.timestampKey())));
    Files.createDirectories(directory.resolve("members"));
    for (int node = 0; node < nodes.size(); node++) {
      TrustChainIdentity identity = nodes.get(node);
      Files.createDirectories(home(node));
      identity.writePem(home(node).resolve("key.pem"), home(node).resolve("chain.pem"));
      TrustChainIdentity.writeCertificates(member(node), List.of(identity.certificate()));
    }
  }

  Path home(int node) {
    return directory.resolve("node-" + node);
  }

  private Path member(int node) {
    return directory.resolve("members").resolve(node + ".pem");
  }

  TrustChainIdentity identity(int node) throws TrustChainException {
    return TrustChainIdentity.readPem(
        home(node).resolve("key.pem"), home(node).resolve("chain.pem"));
  }

  List<X509Certificate> roots() throws TrustChainException {
    return TrustChainIdentity.readCertificates(directory.resolve("roots.pem"));
  }

  LogIdentity log() throws IOException, GeneralSecurityException {
    List<String> lines = Files.readAllLines(logFile());
    return new LogIdentity(lines.get(0), key("Ed25519", lines.get(1)), key("EC", lines.get(2)));
  }

  /** Trusts the authority's certificates, and only those that its log vouches for. */
  X509ExtendedTrustManager trustManager()
      throws IOException, TrustChainException, GeneralSecurityException {
    return CertificateValidator.builder().roots(roots()).log(log()).build().trustManager();
  }

  private Path logFile() {
    return directory.resolve("log.txt");
  }

  private static String base64(PublicKey key) {
    return Base64.getEncoder().encodeToString(key.getEncoded());
  }

  private static PublicKey key(String algorithm, String base64) throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm)
        .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }

  /** Who votes: the keys in the members' certificates. */
  Membership membership() throws TrustChainException {
    Membership.Builder members = Membership.builder(CLUSTER);
    List<X509Certificate> certificates = new ArrayList<>();
    for (int node = 0; node < NODES; node++) {
      certificates.addAll(TrustChainIdentity.readCertificates(member(node)));
    }
    for (int node = 0; node < NODES; node++) {
      members.add("node-" + node, certificates.get(node).getPublicKey().getEncoded());
    }
    return members.build();
  }
}
