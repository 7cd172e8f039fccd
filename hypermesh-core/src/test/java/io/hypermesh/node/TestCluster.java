package io.hypermesh.node;

import io.hypermesh.byzantine.ClientSettings;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ReplicaSettings;
import io.hypermesh.byzantine.Signer;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Four certified identities, and the nodes that tests start of them on the loopback interface. */
final class TestCluster implements AutoCloseable {
  static final int SIZE = 4;

  private final Path directory;
  private final CertificateAuthority authority;
  private final List<TrustChainIdentity> identities = new ArrayList<>();
  private final Map<Integer, HyperMeshNode> running = new HashMap<>();
  private final List<HyperMeshClient> clients = new ArrayList<>();
  private final Map<Integer, InetSocketAddress> addresses = new HashMap<>();
  private final Map<Integer, BlockingQueue<Event>> events = new HashMap<>();
  private final Membership membership;

  TestCluster(Path directory) throws Exception {
    this.directory = directory;
    authority =
        CertificateAuthority.builder()
            .directory(directory.resolve("authority"))
            .name("Test")
            .policy(IssuancePolicy.names(List.of("::1/128")))
            .open();
    Membership.Builder members = Membership.builder("test");
    for (int i = 0; i < SIZE; i++) {
      TrustChainIdentity identity = identity("node-" + i);
      identities.add(identity);
      events.put(i, new LinkedBlockingQueue<>());
      members.add("node-" + i, identity.certificate().getPublicKey().getEncoded());
    }
    membership = members.build();
  }

  TrustChainIdentity identity(String name) throws Exception {
    return authority.issueIdentity(name, KeyAlgorithm.ED25519, List.of(SubjectName.ip("::1")));
  }

  Membership membership() {
    return membership;
  }

  CertificateAuthority authority() {
    return authority;
  }

  Path home(int index) {
    return directory.resolve("node-" + index);
  }

  Signer signer(int index) throws Exception {
    return CertifiedKey.signer(identities.get(index).privateKey());
  }

  Map<Integer, InetSocketAddress> addresses() {
    return addresses;
  }

  HyperMeshNode.Builder builder(int index) throws Exception {
    return HyperMeshNode.builder()
        .membership(membership)
        .signer(signer(index))
        .keyManager(new LiveKeyManager(identities.get(index)))
        .trustManager(CertificateValidator.trusting(List.of(authority.root())).trustManager())
        .bindAddress(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0))
        .directory(home(index))
        .application(new EchoApplication())
        .settings(
            NodeSettings.defaults()
                .withReplica(ReplicaSettings.builder().viewTimeout(Duration.ofMillis(400)).build()))
        .listener(
            new NodeListener() {
              @Override
              public void onEvent(Event event) {
                events.get(index).add(event);
              }
            });
  }

  /** Starts all four, each as the function has it. */
  void startAll(Customizer customizer) throws Exception {
    for (int i = 0; i < SIZE; i++) {
      HyperMeshNode node = customizer.customize(i, builder(i)).bind();
      running.put(i, node);
      addresses.put(i, node.localAddress());
    }
    running.values().forEach(node -> node.start(addresses));
  }

  void startAll() throws Exception {
    startAll((index, builder) -> builder);
  }

  interface Customizer {
    HyperMeshNode.Builder customize(int index, HyperMeshNode.Builder builder) throws Exception;
  }

  HyperMeshNode node(int index) {
    return running.get(index);
  }

  void stop(int index) {
    running.remove(index).close();
  }

  void stopAll() {
    List.copyOf(running.keySet()).forEach(this::stop);
  }

  HyperMeshClient client(TrustChainIdentity identity, UnaryOperator<HyperMeshClient.Builder> more)
      throws Exception {
    HyperMeshClient client =
        more.apply(
                HyperMeshClient.builder()
                    .membership(membership)
                    .signer(CertifiedKey.signer(identity.privateKey()))
                    .keyManager(new LiveKeyManager(identity))
                    .trustManager(
                        CertificateValidator.trusting(List.of(authority.root())).trustManager())
                    .addresses(addresses)
                    .requests(
                        new ClientSettings(
                            Duration.ofMillis(300), Duration.ofSeconds(1), Duration.ofSeconds(20))))
            .start();
    clients.add(client);
    return client;
  }

  HyperMeshClient client(String name) throws Exception {
    return client(identity(name), builder -> builder);
  }

  /** Waits for an event of a node, passing over others. */
  <T extends Event> T await(int index, Class<T> type) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      Event event = events.get(index).poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (event == null) {
        throw new AssertionError("node " + index + " had no " + type.getSimpleName());
      }
      if (type.isInstance(event)) {
        return type.cast(event);
      }
    }
  }

  @Override
  public void close() throws IOException, TrustChainException {
    clients.forEach(HyperMeshClient::close);
    stopAll();
    authority.close();
  }
}
