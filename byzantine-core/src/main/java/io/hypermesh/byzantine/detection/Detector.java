package io.hypermesh.byzantine.detection;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.SignedStatement;
import io.hypermesh.byzantine.message.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what members signed and finds two statements that contradict each other.
 *
 * <p>It sees every verified vote whatever its view, and the primary's signed proposals that others'
 * PREPAREs carry: so two correct replicas that were shown different proposals find out by each
 * other's votes. The memory is bounded for each member apart, oldest first, so that a member that
 * floods evicts only its own statements. Owned by the replica's thread.
 */
public final class Detector {
  private final Membership membership;
  private final Verifier verifier;
  private final int statementsMax;
  private final List<Map<Slot, SignedStatement>> byMember = new ArrayList<>();
  private final @Nullable SignedStatement[] lastCommit;
  private final @Nullable SignedStatement[] lastViewChange;

  /** A detector that remembers that many statements of each member. */
  public Detector(Membership membership, Verifier verifier, int statementsMax) {
    this.membership = membership;
    this.verifier = verifier;
    this.statementsMax = statementsMax;
    this.lastCommit = new SignedStatement[membership.size()];
    this.lastViewChange = new SignedStatement[membership.size()];
    for (int i = 0; i < membership.size(); i++) {
      byMember.add(new LinkedHashMap<>());
    }
  }

  private record Slot(MessageType type, long view, long sequence) {
    static Slot of(Statement statement) {
      return new Slot(statement.type(), statement.view(), statement.sequence());
    }
  }

  /**
   * Takes a statement whose signature has been verified.
   *
   * @return evidence against its signer, or null
   */
  public @Nullable Evidence observe(SignedStatement signed) {
    Statement statement = signed.statement();
    return switch (statement.type()) {
      case PRE_PREPARE, PREPARE, CHECKPOINT -> remember(signed);
      case COMMIT -> {
        Evidence evidence = remember(signed);
        yield evidence != null ? evidence : observeCommit(signed);
      }
      case VIEW_CHANGE -> {
        Evidence evidence = remember(signed);
        yield evidence != null ? evidence : observeViewChange(signed);
      }
      default -> null;
    };
  }

  /**
   * Takes the primary's signed proposal out of somebody else's PREPARE. The signature is checked
   * here, and only if the proposal is news: in the usual case it is the one that is known.
   *
   * @return evidence against the primary, or null
   */
  public @Nullable Evidence observeProposal(
      long view, long sequence, Digest hash, byte[] signature) {
    int primary = membership.primary(view);
    Statement statement =
        new Statement(
            MessageType.PRE_PREPARE,
            membership.configurationHash(),
            view,
            sequence,
            primary,
            hash.bytes());
    SignedStatement known = byMember.get(primary).get(Slot.of(statement));
    if (known != null && Arrays.equals(known.statement().body(), statement.body())) {
      return null;
    }
    SignedStatement signed = new SignedStatement(statement, signature);
    // The attachment is nobody's statement until the primary's own signature holds.
    return signed.verify(membership, verifier) ? remember(signed) : null;
  }

  private @Nullable Evidence remember(SignedStatement signed) {
    Map<Slot, SignedStatement> statements = byMember.get(signed.statement().replica());
    SignedStatement known = statements.putIfAbsent(Slot.of(signed.statement()), signed);
    if (known != null) {
      return contradiction(known, signed);
    }
    if (statements.size() > statementsMax) {
      var oldest = statements.entrySet().iterator();
      oldest.next();
      oldest.remove();
    }
    return null;
  }

  private @Nullable Evidence observeCommit(SignedStatement commit) {
    int replica = commit.statement().replica();
    SignedStatement last = lastCommit[replica];
    if (last == null || isLater(commit.statement(), last.statement())) {
      lastCommit[replica] = commit;
    }
    SignedStatement change = lastViewChange[replica];
    return change == null ? null : contradiction(commit, change);
  }

  private @Nullable Evidence observeViewChange(SignedStatement change) {
    int replica = change.statement().replica();
    SignedStatement last = lastViewChange[replica];
    if (last == null || isLater(change.statement(), last.statement())) {
      lastViewChange[replica] = change;
    }
    SignedStatement commit = lastCommit[replica];
    return commit == null ? null : contradiction(commit, change);
  }

  private static boolean isLater(Statement offered, Statement known) {
    return offered.view() > known.view()
        || (offered.view() == known.view() && offered.sequence() > known.sequence());
  }

  private static @Nullable Evidence contradiction(SignedStatement first, SignedStatement second) {
    if (first.statement().equals(second.statement())) {
      return null;
    }
    try {
      return Evidence.of(first.encode(), second.encode());
    } catch (ProtocolException e) {
      // Two statements that go together, which is the rule.
      return null;
    }
  }
}
