package io.hypermesh.examples.fullflow;

import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.simulation.Behaviour;
import io.hypermesh.byzantine.simulation.Behaviours;
import io.hypermesh.node.CertifiedKey;
import io.hypermesh.node.HyperMeshNode;
import io.hypermesh.node.NodeListener;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.trustchain.LiveKeyManager;
import io.hypermesh.trustchain.TrustChainException;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.X509ExtendedTrustManager;

/** One node of the flow: a member of the cluster and a receiver of files, and what it observed. */
final class FlowNode implements NodeListener, AutoCloseable {
  /** How many roots are remembered: the flow compares recent ones only. */
  private static final int ROOTS_MAX = 64;

  private final HyperMeshNode node;
  private final FileReceiver files;
  private final List<CuttableDriver> drivers = new ArrayList<>();
  private final List<MisbehavingTransport> transports = new ArrayList<>();

  // Written by the replica's thread, read by the flow's.
  private final Map<Long, String> roots =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
          return size() > ROOTS_MAX;
        }
      };
  private final Map<Integer, Evidence> convicted = new LinkedHashMap<>();
  private final List<Integer> isolated = new ArrayList<>();

  FlowNode(NodeFiles from, int index, InetSocketAddress bindAddress, InetSocketAddress filesAddress)
      throws IOException, TrustChainException, GeneralSecurityException {
    TrustChainIdentity identity = from.identity(index);
    Membership membership = from.membership();
    Signer signer = CertifiedKey.signer(identity.privateKey());
    X509ExtendedTrustManager trustManager = from.trustManager();
    node =
        HyperMeshNode.builder()
            .membership(membership)
            .signer(signer)
            .keyManager(new LiveKeyManager(identity))
            .trustManager(trustManager)
            .bindAddress(bindAddress)
            .directory(from.home(index).resolve("replica"))
            .listener(this)
            .endpoint(endpoint -> endpoint.driver(this::openDriver))
            .transport(transport -> {
              MisbehavingTransport wrapped =
                  new MisbehavingTransport(
                      transport,
                      new Behaviour.Misbehaving(index, membership, signer, new SecureRandom()));
              transports.add(wrapped);
              return wrapped;
            })
            .bind();
    try {
      files = new FileReceiver(filesAddress, new LiveKeyManager(identity), trustManager);
    } catch (IOException e) {
      node.close();
      throw e;
    }
  }

  private CuttableDriver openDriver(InetSocketAddress address) throws IOException {
    CuttableDriver driver = new CuttableDriver(DriverKind.preferred().open(address));
    drivers.add(driver);
    return driver;
  }

  InetSocketAddress address() {
    return node.localAddress();
  }

  InetSocketAddress filesAddress() {
    return files.localAddress();
  }

  void start(Map<Integer, InetSocketAddress> addresses) {
    node.start(addresses);
  }

  @Override
  public synchronized void onEvent(Event event) {
    switch (event) {
      case Event.BlockExecuted(var block, var stateRoot) ->
          roots.put(block.sequence(), stateRoot.toString());
      case Event.EvidenceFound(Evidence evidence) -> convicted.put(evidence.accused(), evidence);
      case Event.ReplicaIsolated(int replica, var evidence) -> isolated.add(replica);
      default -> {
        // The flow asks for no more than these.
      }
    }
  }

  synchronized NodeStatus status() {
    var progress = node.progress();
    return new NodeStatus(
        node.connectedMembers(),
        progress.view(),
        progress.executedSequence(),
        roots,
        isolated,
        convicted.values().stream().map(Evidence::encode).toList());
  }

  void equivocate() {
    transports.forEach(transport -> transport.misbehave(Behaviours.equivocate()));
  }

  /** Dies as if its cable and its power had been cut. */
  void kill() {
    drivers.forEach(CuttableDriver::cut);
    close();
  }

  @Override
  public void close() {
    files.close();
    node.close();
  }
}
