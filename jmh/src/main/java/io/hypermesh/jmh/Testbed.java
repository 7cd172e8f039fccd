package io.hypermesh.jmh;

import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetType;
import io.hypermesh.asset.Capacity;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.node.CertifiedKey;
import io.hypermesh.node.HyperMeshClient;
import io.hypermesh.node.HyperMeshNode;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.NioDatagramDriver;
import io.hypermesh.trustchain.CertificateAuthority;
import io.hypermesh.trustchain.CertificateValidator;
import io.hypermesh.trustchain.IssuancePolicy;
import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.LiveKeyManager;
import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.TrustChainException;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What the benchmarks have in common: a directory that is deleted at the end, an authority on it,
 * and from that endpoints and clusters on {@code [::1]} with certificates on both sides.
 */
final class Testbed implements AutoCloseable {
  private static final String CLUSTER = "benchmark";

  private final Path directory;
  private final CertificateAuthority authority;
  private int issued;

  private Testbed(Path directory, CertificateAuthority authority) {
    this.directory = directory;
    this.authority = authority;
  }

  static Testbed open() throws IOException, TrustChainException {
    // Not /tmp, which may be memory: what is forced to the disk has to reach one.
    Path directory = Files.createTempDirectory(Path.of("").toAbsolutePath(), ".benchmark-");
    CertificateAuthority authority =
        CertificateAuthority.builder()
            .directory(directory.resolve("authority"))
            .name("Benchmark")
            .policy(IssuancePolicy.names(List.of("::1/128", ".benchmark.example")))
            .open();
    return new Testbed(directory, authority);
  }

  Path directory() {
    return directory;
  }

  CertificateAuthority authority() {
    return authority;
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
  }

  static List<SubjectName> names() {
    return List.of(SubjectName.ip("::1"), SubjectName.dns("node.benchmark.example"));
  }

  TrustChainIdentity identity() throws TrustChainException {
    return identity(KeyAlgorithm.ED25519);
  }

  private TrustChainIdentity identity(KeyAlgorithm keys) throws TrustChainException {
    return authority.issueIdentity("identity-" + issued++, keys, names());
  }

  /** Trusts the authority's certificates, and only those that its log vouches for. */
  X509ExtendedTrustManager trustManager() throws TrustChainException {
    try {
      return CertificateValidator.builder()
          .roots(List.of(authority.root()))
          .log(authority.log().identity())
          .build()
          .trustManager();
    } catch (CertificateException e) {
      throw new IllegalStateException("couldn't trust the authority that was just made", e);
    }
  }

  StoqEndpoint endpoint(StoqListener listener) throws IOException, TrustChainException {
    return endpoint(listener, NioDatagramDriver::open);
  }

  /** An endpoint with a certificate for a key of this kind, and all else as it is by default. */
  StoqEndpointBuilder builder(StoqListener listener, KeyAlgorithm keys) throws TrustChainException {
    return StoqEndpoint.builder()
        .bindAddress(anyPort())
        .keyManager(new LiveKeyManager(identity(keys)))
        .trustManager(trustManager())
        .listener(listener);
  }

  StoqEndpoint endpoint(StoqListener listener, DatagramDriver.Factory driver)
      throws IOException, TrustChainException {
    return StoqEndpoint.builder()
        .bindAddress(anyPort())
        .driver(driver)
        .keyManager(new LiveKeyManager(identity()))
        .trustManager(trustManager())
        .listener(listener)
        .start();
  }

  static AssetDescriptor asset(int number) {
    return new AssetDescriptor(
        AssetType.CPU,
        "cpu" + number,
        Digest.of(ByteBuffer.allocate(Digest.BYTES).putInt(number).array()),
        new Capacity(1, AssetType.CPU.unit()),
        new TreeMap<>());
  }

  Cluster cluster(int size) throws IOException, TrustChainException {
    return new Cluster(size);
  }

  /** A cluster in this JVM, each node with sockets, threads and files of its own, and a client. */
  final class Cluster implements AutoCloseable {
    private final List<HyperMeshNode> nodes = new ArrayList<>();
    private final TrustChainIdentity clientIdentity;
    private final HyperMeshClient client;
    private final Membership membership;

    private Cluster(int size) throws IOException, TrustChainException {
      List<TrustChainIdentity> identities = new ArrayList<>();
      Membership.Builder members = Membership.builder(CLUSTER);
      for (int node = 0; node < size; node++) {
        identities.add(identity());
        byte[] key = identities.get(node).certificate().getPublicKey().getEncoded();
        members.add("node-" + node, key);
      }
      membership = members.build();
      Map<Integer, InetSocketAddress> addresses = new HashMap<>();
      for (int index = 0; index < size; index++) {
        HyperMeshNode node =
            HyperMeshNode.builder()
                .membership(membership)
                .signer(CertifiedKey.signer(identities.get(index).privateKey()))
                .keyManager(new LiveKeyManager(identities.get(index)))
                .trustManager(trustManager())
                .bindAddress(anyPort())
                .directory(directory.resolve("node-" + index))
                .bind();
        nodes.add(node);
        addresses.put(index, node.localAddress());
      }
      nodes.forEach(node -> node.start(addresses));
      clientIdentity = identity();
      client =
          HyperMeshClient.builder()
              .membership(membership)
              .signer(CertifiedKey.signer(clientIdentity.privateKey()))
              .keyManager(new LiveKeyManager(clientIdentity))
              .trustManager(trustManager())
              .addresses(addresses)
              .start();
    }

    HyperMeshClient client() {
      return client;
    }

    TrustChainIdentity clientIdentity() {
      return clientIdentity;
    }

    String name() {
      return membership.cluster();
    }

    @Override
    public void close() {
      client.close();
      nodes.forEach(HyperMeshNode::close);
    }
  }

  @Override
  public void close() throws IOException, TrustChainException {
    authority.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
