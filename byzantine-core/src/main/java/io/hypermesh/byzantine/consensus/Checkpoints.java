package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.checkpoint.CheckpointVotes;
import io.hypermesh.byzantine.checkpoint.Manifest;
import io.hypermesh.byzantine.checkpoint.ReplicaSnapshot;
import io.hypermesh.byzantine.checkpoint.StateTransfer;
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
 * Checkpoints of one replica: takes one after every K blocks, makes it stable when a quorum has
 * signed the same state, shortens the log then, and fetches the certified state when this replica
 * is so far behind that the others no longer have the blocks, or has another state than they.
 *
 * <pre>
 *   executed K blocks ──► own vote ──2f+1 equal──► stable ──► log replaced, blocks forgotten
 *   STABLE from others, ahead of us ──► transfer ──complete, verified──► restored, stable
 * </pre>
 *
 * Owned by the replica's thread.
 */
final class Checkpoints {
  /** Gives the parts of the log that a checkpoint does not replace. */
  interface LiveRecords {
    Collection<Slot> slots();

    long votedSequence();
  }

  private final ReplicaState state;
  private final LiveRecords live;
  private final CheckpointVotes votes;
  private final NavigableMap<Long, Taken> taken = new TreeMap<>();

  Checkpoints(ReplicaState state, LiveRecords live) {
    this.state = state;
    this.live = live;
    this.votes = new CheckpointVotes(state.quorum(), state.settings.checkpointInterval());
  }

  private record Taken(ReplicaSnapshot snapshot, Payload.Checkpoint checkpoint) {}

  void afterExecution(Block block, boolean recovering) {
    if (block.sequence() % state.settings.checkpointInterval() != 0) {
      return;
    }
    ReplicaSnapshot snapshot =
        ReplicaSnapshot.of(
            block.view(),
            block.timestampMillis(),
            state.clients.encode(),
            state.application.snapshot());
    Payload.Checkpoint checkpoint =
        new Payload.Checkpoint(
            block.hash(), Digest.of(state.application.stateRoot()), snapshot.manifest().root());
    taken.put(block.sequence(), new Taken(snapshot, checkpoint));
    Message.OfMember vote = state.out.sign(0, block.sequence(), checkpoint);
    if (!recovering) {
      state.out.broadcast(vote);
    }
    onVote(vote);
  }

  void onVote(Message.OfMember vote) {
    Certificate certificate =
        votes.add(vote.signed(), state.stableSequence(), state.settings.logWindow());
    if (certificate != null) {
      onCertificate(certificate, false);
    }
  }

  /**
   * Takes a verified certificate.
   *
   * @param blocksGone whether its sender no longer has the blocks that we lack
   */
  void onCertificate(Certificate certificate, boolean blocksGone) {
    if (certificate.sequence() <= state.stableSequence()) {
      return;
    }
    if (certificate.sequence() > state.executed()) {
      boolean outOfReach =
          certificate.sequence() > state.stableSequence() + state.settings.logWindow();
      if (blocksGone || outOfReach) {
        startTransfer(certificate);
      }
      return;
    }
    Taken own = taken.get(certificate.sequence());
    if (own == null) {
      return;
    }
    if (!own.checkpoint().equals(certificate.checkpoint())) {
      state.out.notify(
          new Event.StateDiverged(
              certificate.sequence(),
              own.checkpoint().stateRoot(),
              certificate.checkpoint().stateRoot()));
      startTransfer(certificate);
      return;
    }
    makeStable(certificate);
  }

  private void makeStable(Certificate certificate) {
    long sequence = certificate.sequence();
    state.stable = certificate;
    votes.forgetUpTo(sequence);
    NavigableMap<Long, Taken> old = taken.headMap(sequence, false);
    old.values().forEach(each -> each.snapshot().close());
    old.clear();
    state.chain.truncate(sequence - state.settings.checkpointInterval());
    state.out.replaceLog(records());
    state.out.notify(new Event.CheckpointStable(sequence, certificate.checkpoint().stateRoot()));
  }

  /** The whole log as it has to be now: the stable state and what came after it. */
  private List<LogRecord> records() {
    List<LogRecord> records = new ArrayList<>();
    Certificate certificate = state.stable;
    Taken own = certificate == null ? null : taken.get(certificate.sequence());
    if (certificate != null && own != null) {
      records.add(new LogRecord.Checkpoint(certificate, own.snapshot().manifest()));
      for (int i = 0; i < own.snapshot().chunkCount(); i++) {
        records.add(new LogRecord.Chunk(i, own.snapshot().chunk(i)));
      }
    }
    for (Evidence evidence : state.isolation.evidence()) {
      records.add(new LogRecord.Convicted(evidence));
    }
    records.add(new LogRecord.Highest(state.highest));
    Message.OfMember newView = state.newView;
    if (newView != null) {
      records.add(new LogRecord.Spoken(newView));
    }
    Message.OfMember viewChange = state.viewChange;
    if (viewChange != null && !state.active) {
      records.add(new LogRecord.Spoken(viewChange));
    }
    for (Block block : state.chain.executedAbove(state.stableSequence())) {
      records.add(new LogRecord.Fetched(block));
    }
    addUncommitted(records);
    return records;
  }

  private void addUncommitted(List<LogRecord> records) {
    // Ascending, so that a replay finds each block's parent before it; nothing may be left out that
    // a vote of ours rests on or that only we may still have.
    state.chain.unexecuted().forEach(block -> records.add(new LogRecord.Fetched(block)));
    Certificate committed = state.committed;
    if (committed != null && committed.sequence() > state.stableSequence()) {
      records.add(new LogRecord.Committed(committed));
    }
    records.add(new LogRecord.Voted(state.view, live.votedSequence()));
    for (Slot slot : live.slots()) {
      Message.OfMember proposal = slot.proposal();
      if (proposal != null && slot.isAccepted() && slot.sequence() > state.executed()) {
        records.add(new LogRecord.Spoken(proposal));
        Certificate prepared = slot.prepared();
        if (prepared != null) {
          records.add(new LogRecord.CommitVote(prepared));
        }
      }
    }
  }

  private void startTransfer(Certificate certificate) {
    StateTransfer running = state.transfer;
    if (running != null
        && (running.certificate().sequence() >= certificate.sequence() || running.advanced())) {
      return;
    }
    List<Integer> sources = new ArrayList<>();
    for (int signer : certificate.signers()) {
      if (signer != state.self) {
        sources.add(signer);
      }
    }
    state.transfer = new StateTransfer(certificate, sources);
    ask();
  }

  /** Asks for what is missing; called again by each tick. */
  void ask() {
    StateTransfer transfer = state.transfer;
    if (transfer == null) {
      return;
    }
    for (StateTransfer.Ask ask : transfer.asks()) {
      state.out.send(
          ask.replica(),
          state.out.sign(
              0, transfer.certificate().sequence(), new Payload.FetchState(ask.chunk())));
    }
  }

  void onFetch(Message.OfMember message, int chunk) {
    Certificate certificate = state.stable;
    if (certificate == null) {
      return;
    }
    Taken own = taken.get(certificate.sequence());
    if (own == null || message.sequence() != certificate.sequence()) {
      state.out.send(
          message.replica(),
          state.out.sign(0, certificate.sequence(), new Payload.Stable(certificate)));
      return;
    }
    if (chunk >= own.snapshot().chunkCount()) {
      return;
    }
    byte[] bytes =
        chunk == Payload.FetchState.MANIFEST
            ? own.snapshot().manifest().encode()
            : own.snapshot().chunk(chunk);
    state.out.send(
        message.replica(),
        state.out.sign(0, certificate.sequence(), new Payload.State(chunk, bytes)));
  }

  void onState(Message.OfMember message, Payload.State part, long nowNanos) {
    StateTransfer transfer = state.transfer;
    if (transfer == null || message.sequence() != transfer.certificate().sequence()) {
      return;
    }
    boolean manifest = part.chunk() == Payload.FetchState.MANIFEST;
    transfer.receive(message.replica(), part.chunk(), part.bytes());
    ReplicaSnapshot snapshot = transfer.completed();
    if (snapshot == null) {
      if (manifest) {
        ask();
      }
      return;
    }
    state.transfer = null;
    restore(transfer.certificate(), snapshot);
    state.progressNanos = nowNanos;
    state.out.replaceLog(records());
    state.out.notify(
        new Event.StateTransferred(
            transfer.certificate().sequence(), transfer.certificate().checkpoint().stateRoot()));
  }

  /** Replaces the whole state by a verified one. */
  void restore(Certificate certificate, ReplicaSnapshot snapshot) {
    Payload.Checkpoint checkpoint = certificate.checkpoint();
    try {
      state.clients.restore(snapshot.clientChunks());
    } catch (ProtocolException e) {
      throw new IllegalStateException(
          "couldn't restore the table of clients that a quorum certified", e);
    }
    state.application.restore(certificate.sequence(), snapshot.application());
    Digest stateRoot = Digest.of(state.application.stateRoot());
    if (!stateRoot.equals(checkpoint.stateRoot())) {
      throw new IllegalStateException(
          "couldn't restore the state at "
              + certificate.sequence()
              + " because the application has another root than a quorum certified: "
              + stateRoot);
    }
    Manifest manifest = snapshot.manifest();
    state.chain.reset(
        new Chain.Tip(
            certificate.sequence(),
            checkpoint.blockHash(),
            manifest.blockTimestampMillis(),
            manifest.blockView()));
    taken.values().forEach(each -> each.snapshot().close());
    taken.clear();
    taken.put(certificate.sequence(), new Taken(snapshot, checkpoint));
    state.pool.removeExecuted(state.clients);
    state.stable = certificate;
    votes.forgetUpTo(certificate.sequence());
  }

  /** Our last vote that is not stable yet, to be sent again; or null. */
  Message.@Nullable OfMember pendingVote() {
    var last = taken.lastEntry();
    return last == null || !isVotePending()
        ? null
        : state.out.sign(0, last.getKey(), last.getValue().checkpoint());
  }

  /** Whether there is a {@link #pendingVote}; asked at each step, which is no reason to sign. */
  boolean isVotePending() {
    return !taken.isEmpty() && taken.lastKey() > state.stableSequence();
  }
}
