package io.hypermesh.examples.fullflow;

import static io.hypermesh.examples.fullflow.FlowException.check;

import io.hypermesh.adapter.AdapterException;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.examples.fullflow.FlowReport.Step;
import io.hypermesh.ledger.LedgerException;
import io.hypermesh.node.CertifiedKey;
import io.hypermesh.node.HyperMeshClient;
import io.hypermesh.trustchain.CertificateAuthority;
import io.hypermesh.trustchain.LiveKeyManager;
import io.hypermesh.trustchain.TrustChainException;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The whole flow once: certificate → connection → asset → consensus → detection, in a directory of
 * its own that is empty before.
 *
 * <p>Each step does its work, checks it, and reports a row; the first check that does not hold ends
 * the run.
 */
public final class FlowRun {
  /** How long is waited for connections that the flow can do without. */
  private static final long CONNECT_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

  private final FlowOptions options;
  private final FlowReport report;
  private final Path directory;

  /**
   * @param directory empty
   */
  public FlowRun(FlowOptions options, FlowReport report, Path directory) {
    this.options = options;
    this.report = report;
    this.directory = directory;
  }

  /**
   * Runs the six steps.
   *
   * @throws FlowException if one fails
   */
  public void run() throws FlowException {
    report.working(Step.INIT, "making a certificate authority");
    try (CertificateAuthority authority = new CertificateSteps(report, directory).init()) {
      CertificateSteps.Certified certified =
          new CertificateSteps(report, directory).certify(authority);
      runCluster(certified);
    } catch (IOException
        | TrustChainException
        | GeneralSecurityException
        | AdapterException
        | LedgerException e) {
      throw new FlowException(String.valueOf(e.getMessage()), e);
    }
  }

  private void runCluster(CertificateSteps.Certified certified)
      throws FlowException,
          IOException,
          TrustChainException,
          GeneralSecurityException,
          AdapterException {
    NodeFiles files = certified.files();
    report.working(Step.CONNECTION, "starting four nodes");
    try (Cluster cluster =
        options.processes()
            ? new ProcessCluster(files, (node, what) -> report.remark(what))
            : new InProcessCluster(files)) {
      awaitConnected(cluster);
      TrustChainIdentity identity = certified.client();
      new ConnectionStep(report, options, files).run(cluster, identity);
      AssetStep.Registered registered =
          new AssetStep(report, directory.resolve("client-ledger"))
              .run(CertifiedKey.signer(identity.privateKey()));
      try (HyperMeshClient client = client(files, cluster, identity)) {
        ConsensusStep consensus =
            new ConsensusStep(report, options, files.membership(), cluster, client);
        consensus.run(registered);
        new ByzantineStep(report, files.membership(), cluster, consensus).run(registered);
      }
    }
  }

  /**
   * Waits until the nodes have connected to each other, for as long as that may take at most: their
   * twelve handshakes would take the processors from the one whose time the next step tells.
   */
  private static void awaitConnected(Cluster cluster) throws FlowException, IOException {
    long deadlineNanos = System.nanoTime() + CONNECT_NANOS_MAX;
    for (int node = 0; node < NodeFiles.NODES; node++) {
      while (cluster.isAlive(node)
          && cluster.status(node).connectedMembers() < NodeFiles.NODES - 1
          && System.nanoTime() < deadlineNanos) {
        pause();
      }
    }
  }

  private static HyperMeshClient client(
      NodeFiles files, Cluster cluster, TrustChainIdentity identity)
      throws IOException, TrustChainException, GeneralSecurityException {
    return HyperMeshClient.builder()
        .membership(files.membership())
        .signer(CertifiedKey.signer(identity.privateKey()))
        .verifier(Ed25519.verifier())
        .keyManager(new LiveKeyManager(identity))
        .trustManager(files.trustManager())
        .addresses(cluster.addresses())
        .requests(ConsensusStep.REQUESTS)
        .start();
  }

  /** Waits a moment between two looks at something that other processes do. */
  static void pause() throws FlowException {
    try {
      TimeUnit.MILLISECONDS.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlowException("interrupted", e);
    }
  }

  /** The nodes of a list, for a person. */
  static String names(Cluster cluster, List<Integer> nodes) {
    return String.join(" and ", nodes.stream().map(cluster::describe).toList());
  }

  static void checkWithin(Step step, long nanos) throws FlowException {
    check(
        Double.isNaN(step.limitMillis()) || nanos / 1e6 <= step.limitMillis(),
        "it took "
            + FlowReport.millis(nanos / 1e6)
            + ", more than "
            + FlowReport.millis(step.limitMillis()));
  }
}
