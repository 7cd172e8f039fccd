package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.Payload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The three phases within one view (Castro and Liskov, OSDI '99), over blocks chained by hash.
 *
 * <p>What a correct replica guarantees by its votes in a view: it accepts one block a sequence
 * number, only on top of a block that it accepted in the same view, that the view began at, or that
 * is committed; and it says COMMIT only with a PREPARE certificate in hand, which it has persisted.
 * Nothing at or below the view's base is voted on again: a certificate covers its prefix.
 *
 * <pre>
 *   PRE-PREPARE ──► accept (persist, PREPARE) ──► certificate (persist, COMMIT) ──► Execution
 * </pre>
 *
 * Owned by the replica's thread.
 */
final class Ordering {
  private final ReplicaState state;
  private final Execution execution;
  private final NavigableMap<Long, Slot> slots = new TreeMap<>();

  /**
   * The highest sequence number at which we accepted or proposed in this view: never again below.
   */
  private long votedSequence;

  Ordering(ReplicaState state, Execution execution) {
    this.state = state;
    this.execution = execution;
  }

  /** Forgets the votes of a view that is over. */
  void clear() {
    slots.clear();
    votedSequence = 0;
  }

  long votedSequence() {
    return votedSequence;
  }

  /** After a restart: we voted up to there in the view. */
  void recoverVoted(long sequence) {
    votedSequence = Math.max(votedSequence, sequence);
  }

  Collection<Slot> slots() {
    return slots.values();
  }

  /** Whether a proposal of this view is not executed yet. */
  boolean isInFlight() {
    for (Slot slot : slots.values()) {
      if (slot.proposal() != null) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Slot slot(Message.OfMember message) {
    long sequence = message.sequence();
    // Votes for a view that we wait for are kept, so that its first block is not delayed.
    if (message.view() != state.view
        || sequence <= state.executed()
        || sequence > state.windowEnd()) {
      return null;
    }
    return slots.computeIfAbsent(sequence, any -> new Slot(state.view, any));
  }

  void onPrePrepare(Message.OfMember message) {
    Slot slot = slot(message);
    if (slot != null) {
      slot.propose(message);
    }
  }

  void onPrepare(Message.OfMember message) {
    Slot slot = slot(message);
    if (slot != null) {
      slot.addPrepare(message);
    }
  }

  void onCommit(Message.OfMember message) {
    Slot slot = slot(message);
    if (slot != null) {
      slot.addCommit(message);
    }
  }

  /** Goes as far as what has arrived allows. */
  void advance(long nowNanos) {
    if (state.active && state.transfer == null) {
      propose(nowNanos);
      accept();
    }
    for (Slot slot : new ArrayList<>(slots.values())) {
      if (state.active && slot.isAccepted() && slot.prepared() == null) {
        prepare(slot);
      }
      commit(slot, nowNanos);
    }
    slots.headMap(state.executed(), true).clear();
  }

  /** The block on which the one with that sequence number is built, if it may be. */
  private Chain.@Nullable Tip parent(long sequence) {
    Chain.Tip executed = state.chain.tip();
    long below = sequence - 1;
    if (below < state.base.sequence()) {
      return null;
    }
    if (below == executed.sequence()) {
      return executed.view() <= state.view ? executed : null;
    }
    if (below == state.base.sequence()) {
      Digest hash = state.base.blockHash();
      Block block = state.chain.get(hash);
      boolean connected = state.chain.walkFrom(hash) instanceof Chain.Walk.Connected;
      return block != null && connected ? Chain.Tip.of(block) : null;
    }
    Slot slot = slots.get(below);
    Block block = slot == null || !slot.isAccepted() ? null : slot.block();
    return block == null ? null : Chain.Tip.of(block);
  }

  private void accept() {
    for (Slot slot : slots.values()) {
      Message.OfMember proposal = slot.proposal();
      Block block = slot.block();
      if (slot.isAccepted() || proposal == null || block == null) {
        continue;
      }
      Chain.Tip parent = parent(slot.sequence());
      if (parent == null || slot.sequence() <= votedSequence || !isValid(block, parent)) {
        // Later ones build on it, so they have to wait too.
        return;
      }
      slot.accept();
      votedSequence = slot.sequence();
      state.chain.add(block);
      state.pool.markProposed(block);
      state.out.persist(new LogRecord.Spoken(proposal));
      Message.OfMember vote =
          state.out.sign(
              state.view,
              slot.sequence(),
              new Payload.Prepare(block.hash(), proposal.signed().signature()));
      slot.addPrepare(vote);
      state.out.broadcast(vote);
    }
  }

  private boolean isValid(Block block, Chain.Tip parent) {
    return block.previousHash().equals(parent.hash())
        && block.timestampMillis() >= parent.timestampMillis()
        && block.timestampMillis()
            <= state.clock.millis() + state.settings.timestampAheadMillisMax();
  }

  private void prepare(Slot slot) {
    Certificate certificate = slot.prepareCertificate(state.quorum(), state.primary());
    if (certificate == null) {
      return;
    }
    slot.prepared(certificate);
    state.raiseHighest(certificate);
    state.out.persist(new LogRecord.CommitVote(certificate));
    Message.OfMember vote =
        state.out.sign(state.view, slot.sequence(), new Payload.Commit(certificate.blockHash()));
    slot.addCommit(vote);
    state.out.broadcast(vote);
  }

  private void commit(Slot slot, long nowNanos) {
    Certificate certificate = slot.commitCertificate(state.quorum());
    if (certificate != null) {
      execution.commit(certificate, nowNanos);
    }
  }

  /** Makes the primary's next blocks. */
  private void propose(long nowNanos) {
    while (state.isPrimary()) {
      long sequence = nextSequence();
      if (sequence > state.proposalEnd()) {
        return;
      }
      Chain.Tip parent = parent(sequence);
      if (parent == null || !isProposalDue(nowNanos)) {
        return;
      }
      List<Request> batch =
          state.pool.batch(state.settings.batchRequestsMax(), state.settings.batchBytesMax());
      long timestampMillis = Math.max(parent.timestampMillis(), state.clock.millis());
      Block block = new Block(state.view, sequence, timestampMillis, parent.hash(), batch);
      Message.OfMember proposal =
          state.out.sign(state.view, sequence, new Payload.PrePrepare(block));
      Slot slot = slots.computeIfAbsent(sequence, any -> new Slot(state.view, any));
      slot.propose(proposal);
      slot.accept();
      votedSequence = slot.sequence();
      state.chain.add(block);
      state.pool.markProposed(block);
      state.out.persist(new LogRecord.Spoken(proposal));
      state.out.broadcast(proposal);
    }
  }

  private long nextSequence() {
    long highest = Math.max(Math.max(state.base.sequence(), state.executed()), votedSequence);
    for (Slot slot : slots.values()) {
      if (slot.proposal() != null) {
        highest = Math.max(highest, slot.sequence());
      }
    }
    return highest + 1;
  }

  /**
   * Whether a block is to be proposed now: at once while nothing is in flight, else when a batch is
   * full or its first request has waited long enough. An empty block carries what an earlier view
   * left uncommitted.
   */
  private boolean isProposalDue(long nowNanos) {
    boolean inFlight = isInFlight();
    if (state.pool.unproposed() == 0) {
      return !inFlight && state.base.sequence() > state.executed();
    }
    return !inFlight
        || state.pool.unproposed() >= state.settings.batchRequestsMax()
        || nowNanos - state.pool.oldestUnproposedNanos() >= state.settings.batchDelayNanos();
  }

  /** When the next batch is due; {@link Long#MAX_VALUE} if none waits for time to pass. */
  long nextDeadlineNanos() {
    if (!state.active
        || !state.isPrimary()
        || state.transfer != null
        || state.pool.unproposed() == 0
        || nextSequence() > state.proposalEnd()
        || parent(nextSequence()) == null) {
      return Long.MAX_VALUE;
    }
    return state.pool.oldestUnproposedNanos() + state.settings.batchDelayNanos();
  }

  /** After a restart: a proposal that we accepted or made before. */
  void recoverProposal(Message.OfMember proposal) {
    Slot slot = slot(proposal);
    Block block = ((Payload.PrePrepare) proposal.payload()).block();
    state.chain.add(block);
    if (proposal.view() == state.view) {
      recoverVoted(proposal.sequence());
    }
    if (slot == null || slot.proposal() != null) {
      return;
    }
    slot.propose(proposal);
    slot.accept();
    if (!state.isPrimary()) {
      slot.addPrepare(
          state.out.sign(
              state.view,
              slot.sequence(),
              new Payload.Prepare(block.hash(), proposal.signed().signature())));
    }
  }

  /** After a restart: a COMMIT that we sent before. */
  void recoverCommit(Certificate certificate) {
    state.raiseHighest(certificate);
    Slot slot = slots.get(certificate.sequence());
    if (certificate.view() == state.view && slot != null && slot.isAccepted()) {
      slot.prepared(certificate);
      slot.addCommit(
          state.out.sign(state.view, slot.sequence(), new Payload.Commit(certificate.blockHash())));
    }
  }
}
