package io.hypermesh.examples;

import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.simulation.LedgerApplication;
import io.hypermesh.node.CertifiedKey;
import io.hypermesh.node.HyperMeshClient;
import io.hypermesh.node.HyperMeshNode;
import io.hypermesh.trustchain.CertificateAuthority;
import io.hypermesh.trustchain.CertificateValidator;
import io.hypermesh.trustchain.IssuancePolicy;
import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.LiveKeyManager;
import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Four nodes in one JVM that agree on the order of requests. Stops the primary, goes on without it,
 * and starts it again from its disk. Run it with {@code scripts/run LocalCluster}; everything is
 * kept in a new temporary directory, which it names.
 */
public final class LocalCluster {
  private final List<TrustChainIdentity> identities = new ArrayList<>();
  private final List<HyperMeshNode> nodes = new ArrayList<>();
  private final Map<Integer, InetSocketAddress> addresses = new HashMap<>();
  private final CertificateAuthority authority;
  private final Membership membership;
  private final Path directory;

  private LocalCluster(Path directory) throws Exception {
    this.directory = directory;
    authority =
        CertificateAuthority.builder()
            .directory(directory.resolve("authority"))
            .name("Local")
            .policy(IssuancePolicy.names(List.of("::1/128")))
            .open();
    Membership.Builder members = Membership.builder("local");
    for (int i = 0; i < 4; i++) {
      identities.add(identity("node-" + i));
      members.add("node-" + i, identities.get(i).certificate().getPublicKey().getEncoded());
    }
    membership = members.build();
    for (int i = 0; i < 4; i++) {
      nodes.add(bind(i, new InetSocketAddress(InetAddress.ofLiteral("::1"), 0)));
      addresses.put(i, nodes.get(i).localAddress());
    }
    nodes.forEach(node -> node.start(addresses));
  }

  private TrustChainIdentity identity(String name) throws Exception {
    return authority.issueIdentity(name, KeyAlgorithm.ED25519, List.of(SubjectName.ip("::1")));
  }

  private HyperMeshNode bind(int index, InetSocketAddress address) throws Exception {
    return HyperMeshNode.builder()
        .membership(membership)
        .signer(CertifiedKey.signer(identities.get(index).privateKey()))
        .keyManager(new LiveKeyManager(identities.get(index)))
        .trustManager(CertificateValidator.trusting(List.of(authority.root())).trustManager())
        .bindAddress(address)
        .directory(directory.resolve("node-" + index))
        .application(new LedgerApplication()) // Yours goes here; the default is the asset ledger.
        .bind();
  }

  private HyperMeshClient client() throws Exception {
    TrustChainIdentity identity = identity("client");
    return HyperMeshClient.builder()
        .membership(membership)
        .signer(CertifiedKey.signer(identity.privateKey()))
        .keyManager(new LiveKeyManager(identity))
        .trustManager(CertificateValidator.trusting(List.of(authority.root())).trustManager())
        .addresses(addresses)
        .start();
  }

  private void order(HyperMeshClient client, String text) throws Exception {
    long startNanos = System.nanoTime();
    ReplyCertificate reply =
        client.submit(text.getBytes(StandardCharsets.UTF_8)).get(60, TimeUnit.SECONDS);
    if (!reply.verify(membership, Ed25519.verifier())) {
      throw new IllegalStateException("couldn't trust a reply: " + reply);
    }
    System.out.printf("%-28s %.1f ms, %s%n", text, (System.nanoTime() - startNanos) / 1e6, reply);
  }

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    LocalCluster cluster = new LocalCluster(Files.createTempDirectory("local-cluster-"));
    System.out.println("four nodes at " + cluster.addresses + " in " + cluster.directory);
    try (HyperMeshClient client = cluster.client()) {
      cluster.order(client, "with all four");
      cluster.nodes.get(0).close();
      cluster.order(client, "without the primary");
      cluster.nodes.set(0, cluster.bind(0, cluster.nodes.get(0).localAddress()));
      cluster.nodes.get(0).start(cluster.addresses);
      cluster.nodes.get(1).close();
      cluster.order(client, "node 0 is back, node 1 gone");
    } catch (Exception e) {
      System.err.println("LocalCluster: " + e);
      System.exit(1);
    }
    cluster.nodes.forEach(HyperMeshNode::close);
    cluster.authority.close();
  }
}
