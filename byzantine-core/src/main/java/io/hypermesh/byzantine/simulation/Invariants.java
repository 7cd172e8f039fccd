package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Verifier;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The promises, checked at every step and outside the replicas: agreement, validity, the chain
 * below each block, true certificates, and no conviction of a correct member.
 */
final class Invariants {
  private final Membership membership;
  private final Verifier verifier;
  private final Set<Integer> misbehaving;
  private final Function<String, InvariantViolation> violation;
  private final Map<Long, Executed> canonical = new HashMap<>();
  private final Set<Digest> submitted = new HashSet<>();

  private record Executed(Digest hash, Digest stateRoot, int replica) {}

  Invariants(
      Membership membership,
      Verifier verifier,
      Set<Integer> misbehaving,
      Function<String, InvariantViolation> violation) {
    this.membership = membership;
    this.verifier = verifier;
    this.misbehaving = misbehaving;
    this.violation = violation;
    canonical.put(0L, new Executed(membership.clusterId(), Digest.ZERO, -1));
  }

  void submitted(Request request) {
    submitted.add(request.hash());
  }

  void executed(int replica, Block block, Digest stateRoot) {
    if (misbehaving.contains(replica)) {
      return;
    }
    Executed known =
        canonical.putIfAbsent(block.sequence(), new Executed(block.hash(), stateRoot, replica));
    if (known != null && !known.hash().equals(block.hash())) {
      throw violation.apply(
          "agreement: replicas "
              + known.replica()
              + " and "
              + replica
              + " executed different blocks at sequence "
              + block.sequence());
    }
    if (known != null && !known.stateRoot().equals(stateRoot)) {
      throw violation.apply(
          "agreement: replicas "
              + known.replica()
              + " and "
              + replica
              + " have different states after sequence "
              + block.sequence());
    }
    Executed below = canonical.get(block.sequence() - 1);
    if (below == null || !below.hash().equals(block.previousHash())) {
      throw violation.apply(
          "prefix: replica " + replica + " executed a block on another chain: " + block);
    }
    for (Request request : block.requests()) {
      if (!submitted.contains(request.hash())) {
        throw violation.apply(
            "validity: replica " + replica + " executed what no client asked for: " + request);
      }
    }
  }

  void convicted(int observer, Evidence evidence) {
    if (misbehaving.contains(observer)) {
      return;
    }
    if (!misbehaving.contains(evidence.accused())) {
      throw violation.apply(
          "fairness: replica " + observer + " convicted a correct member: " + evidence);
    }
    if (!evidence.verify(membership, verifier)) {
      throw violation.apply(
          "fairness: replica " + observer + " holds evidence that does not verify: " + evidence);
    }
  }

  void completed(ReplyCertificate certificate) {
    Executed executed = canonical.get(certificate.sequence());
    if (!certificate.verify(membership, verifier)
        || executed == null
        || !executed.stateRoot().equals(certificate.stateRoot())) {
      throw violation.apply("reply: a client holds a false certificate: " + certificate);
    }
  }
}
