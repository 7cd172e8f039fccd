package io.hypermesh.examples.fullflow;

import static io.hypermesh.examples.fullflow.FlowException.check;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.byzantine.ClientSettings;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.examples.fullflow.FlowReport.Step;
import io.hypermesh.ledger.BatchResult;
import io.hypermesh.ledger.CertifiedOwnership;
import io.hypermesh.ledger.Operation;
import io.hypermesh.ledger.OperationId;
import io.hypermesh.node.HyperMeshClient;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Step 5: the creations and a transfer, ordered by four replicas over STOQ. */
final class ConsensusStep {
  /** The client gives up before the step's limit, so that a dead cluster ends in a clear error. */
  static final ClientSettings REQUESTS =
      new ClientSettings(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(20));

  /** How long nodes may take to execute what others have executed already. */
  private static final long CATCH_UP_NANOS_MAX = TimeUnit.SECONDS.toNanos(25);

  private final FlowReport report;
  private final FlowOptions options;
  private final Membership membership;
  private final Cluster cluster;
  private final HyperMeshClient client;

  ConsensusStep(
      FlowReport report,
      FlowOptions options,
      Membership membership,
      Cluster cluster,
      HyperMeshClient client) {
    this.report = report;
    this.options = options;
    this.membership = membership;
    this.cluster = cluster;
    this.client = client;
  }

  void run(AssetStep.Registered registered) throws FlowException, IOException {
    if (options.pause()) {
      waitForEnter();
    }
    report.working(Step.CONSENSUS, "ordering " + registered.creations().size() + " creations");
    long creationNanos = System.nanoTime();
    ReplyCertificate creation = submit(registered.request());
    creationNanos = System.nanoTime() - creationNanos;
    AssetStep.allApplied(decode(creation), registered.creations().size());
    for (int node = 0; node < options.kill(); node++) {
      cluster.kill(node);
      report.remark(cluster.describe(node) + " was killed, without warning");
    }
    Signer buyer = Ed25519.generate(new SecureRandom());
    report.working(Step.CONSENSUS, "ordering a transfer");
    long transferNanos = System.nanoTime();
    CertifiedOwnership proof = transfer(registered, 0, buyer);
    transferNanos = System.nanoTime() - transferNanos;
    FlowRun.checkWithin(Step.CONSENSUS, creationNanos + transferNanos);
    List<Integer> alive = sameRoots(proof.certificate(), List.of());
    report.passed(
        Step.CONSENSUS,
        transferNanos,
        String.format(
            "transfer ordered (%d creations before in %s); reply signed by %d replicas; ownership"
                + " proof verified offline; state roots of %d nodes equal at block %d",
            registered.creations().size(),
            FlowReport.millis(creationNanos / 1e6),
            proof.certificate().signers().length,
            alive.size(),
            proof.certificate().sequence()));
    if (alive.size() < NodeFiles.NODES) {
      report.remark(
          FlowRun.names(cluster, cluster.dead()) + " is dead; the other three went on without it");
    }
  }

  private void waitForEnter() throws IOException {
    List<String> names = new ArrayList<>();
    for (int node = 0; node < NodeFiles.NODES; node++) {
      names.add(cluster.describe(node));
    }
    report.remark("paused before step 5: " + String.join(", ", names) + "; press enter to go on");
    int typed = System.in.read();
    while (typed != '\n' && typed != -1) {
      typed = System.in.read();
    }
  }

  /** Gives an asset to the buyer and has it proved in the same block. */
  CertifiedOwnership transfer(AssetStep.Registered registered, int asset, Signer buyer)
      throws FlowException {
    SecureRandom random = new SecureRandom();
    Operation.Register what = registered.creations().get(asset);
    OwnerId to = OwnerId.ofPublicKey(buyer.publicKey());
    Operation.Prove prove = new Operation.Prove(OperationId.random(random), what.asset());
    List<Operation> operations =
        List.of(new Operation.Transfer(OperationId.random(random), what.asset(), to), prove);
    ReplyCertificate reply = submit(AssetStep.sign(registered.signer(), operations).encode());
    AssetStep.allApplied(decode(reply), operations.size());
    try {
      CertifiedOwnership proof = CertifiedOwnership.fromReply(reply, prove.id());
      // What a third party does, with nothing but the membership: nobody is asked.
      CertifiedOwnership carried = CertifiedOwnership.decode(proof.encode());
      check(
          carried.verify(membership, Ed25519.verifier()), "the proof of ownership does not verify");
      check(
          carried.proof().asset().owner().equals(to),
          "the proof says that " + carried.proof().asset().owner() + " is the owner");
      return proof;
    } catch (DecodingException e) {
      throw new FlowException("the reply is malformed: " + e.getMessage(), e);
    }
  }

  private ReplyCertificate submit(byte[] request) throws FlowException {
    try {
      ReplyCertificate reply =
          client.submit(request).get(REQUESTS.timeout().toMillis() + 5_000, TimeUnit.MILLISECONDS);
      check(reply.verify(membership, Ed25519.verifier()), "the reply's certificate does not hold");
      return reply;
    } catch (ExecutionException e) {
      FlowException failure = new FlowException(e);
      List<Integer> dead = cluster.dead();
      if (dead.size() <= membership.faultsMax()) {
        throw failure;
      }
      throw new FlowException(
          failure.getMessage()
              + "; "
              + FlowRun.names(cluster, dead)
              + " are dead, and consensus needs "
              + membership.quorum()
              + " of "
              + membership.size(),
          failure);
    } catch (TimeoutException e) {
      throw new FlowException("the client did not answer in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlowException("interrupted", e);
    }
  }

  private static BatchResult decode(ReplyCertificate reply) throws FlowException {
    try {
      return BatchResult.decode(reply.result());
    } catch (DecodingException e) {
      throw new FlowException("the reply is malformed: " + e.getMessage(), e);
    }
  }

  /**
   * Waits until every live node has executed that block, and compares their roots.
   *
   * @param except nodes whose state does not count
   * @return the nodes that have the root that the reply certifies
   */
  List<Integer> sameRoots(ReplyCertificate reply, List<Integer> except)
      throws FlowException, IOException {
    long deadline = System.nanoTime() + CATCH_UP_NANOS_MAX;
    List<Integer> agreeing = new ArrayList<>();
    for (int node = 0; node < NodeFiles.NODES; node++) {
      if (except.contains(node)) {
        continue;
      }
      String root = null;
      while (root == null && cluster.isAlive(node)) {
        check(
            System.nanoTime() < deadline,
            cluster.describe(node) + " has not executed block " + reply.sequence());
        root = cluster.status(node).roots().get(reply.sequence());
        FlowRun.pause();
      }
      if (root != null) {
        check(
            root.equals(reply.stateRoot().toString()),
            cluster.describe(node) + " has another state after block " + reply.sequence());
        agreeing.add(node);
      }
    }
    return agreeing;
  }
}
