package io.hypermesh.examples.fullflow;

import static io.hypermesh.examples.fullflow.FlowException.check;

import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.examples.fullflow.FlowReport.Step;
import io.hypermesh.ledger.CertifiedOwnership;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Step 6: the primary signs two proposals for one sequence number, and is found out. */
final class ByzantineStep {
  private static final long CATCH_UP_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

  private final FlowReport report;
  private final Membership membership;
  private final Cluster cluster;
  private final ConsensusStep consensus;

  ByzantineStep(
      FlowReport report, Membership membership, Cluster cluster, ConsensusStep consensus) {
    this.report = report;
    this.membership = membership;
    this.cluster = cluster;
    this.consensus = consensus;
  }

  void run(AssetStep.Registered registered) throws FlowException, IOException {
    restartTheDead();
    long view = highestView();
    int traitor = membership.primary(view);
    report.working(Step.BYZANTINE, cluster.describe(traitor) + " lies");
    cluster.equivocate(traitor);
    long startNanos = System.nanoTime();
    CertifiedOwnership proof =
        consensus.transfer(registered, 1, Ed25519.generate(new SecureRandom()));
    long orderedNanos = System.nanoTime() - startNanos;
    List<Integer> correct = new ArrayList<>();
    for (int node = 0; node < NodeFiles.NODES; node++) {
      if (node != traitor) {
        correct.add(node);
        awaitIsolation(node, traitor, startNanos);
      }
    }
    long nanos = System.nanoTime() - startNanos;
    long newView = view;
    for (int node : correct) {
      NodeStatus status = cluster.status(node);
      check(
          status.isolated().equals(List.of(traitor)),
          cluster.describe(node) + " isolates " + status.isolated());
      convictsExactly(node, traitor, status.evidence());
      check(status.view() > view, cluster.describe(node) + " is still in view " + view);
      newView = Math.max(newView, status.view());
    }
    check(
        consensus.sameRoots(proof.certificate(), List.of(traitor)).equals(correct),
        "a correct node is behind");
    FlowRun.checkWithin(Step.BYZANTINE, nanos);
    report.passed(
        Step.BYZANTINE,
        nanos,
        String.format(
            "primary %d equivocated: 3 of 3 hold evidence that verifies by the membership alone,"
                + " isolate it and nobody else; view %d → %d; next block ordered after %s",
            traitor, view, newView, FlowReport.millis(orderedNanos / 1e6)));
  }

  private void restartTheDead() throws IOException, FlowException {
    List<Integer> dead = cluster.dead();
    check(
        dead.size() <= membership.faultsMax(),
        FlowRun.names(cluster, dead)
            + " are dead, and consensus needs "
            + membership.quorum()
            + " of "
            + membership.size());
    for (int node : dead) {
      report.working(Step.BYZANTINE, "restarting node " + node);
      long target = 0;
      for (int other = 0; other < NodeFiles.NODES; other++) {
        if (cluster.isAlive(other)) {
          target = Math.max(target, cluster.status(other).executedSequence());
        }
      }
      long startNanos = System.nanoTime();
      cluster.restart(node);
      while (cluster.status(node).executedSequence() < target) {
        check(
            System.nanoTime() - startNanos < CATCH_UP_NANOS_MAX,
            cluster.describe(node) + " did not catch up with block " + target);
        FlowRun.pause();
      }
      report.remark(
          cluster.describe(node)
              + " was restarted from its disk and is at block "
              + target
              + " after "
              + FlowReport.millis((System.nanoTime() - startNanos) / 1e6));
    }
  }

  private long highestView() throws IOException {
    long view = 0;
    for (int node = 0; node < NodeFiles.NODES; node++) {
      view = Math.max(view, cluster.status(node).view());
    }
    return view;
  }

  private void awaitIsolation(int node, int traitor, long startNanos)
      throws FlowException, IOException {
    while (!cluster.status(node).isolated().contains(traitor)) {
      check(
          System.nanoTime() - startNanos < Step.BYZANTINE.limitMillis() * 1e6,
          cluster.describe(node) + " has not isolated node " + traitor);
      FlowRun.pause();
    }
  }

  private void convictsExactly(int node, int traitor, List<byte[]> evidence) throws FlowException {
    check(!evidence.isEmpty(), cluster.describe(node) + " holds no evidence");
    for (byte[] encoded : evidence) {
      try {
        Evidence decoded = Evidence.decode(encoded);
        check(
            decoded.accused() == traitor,
            cluster.describe(node) + " accuses node " + decoded.accused());
        check(
            decoded.verify(membership, Ed25519.verifier()),
            "the evidence of " + cluster.describe(node) + " does not verify");
      } catch (ProtocolException e) {
        throw new FlowException(
            "the evidence of " + cluster.describe(node) + " is malformed: " + e.getMessage(), e);
      }
    }
  }
}
