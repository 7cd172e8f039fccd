package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.Payload;
import java.util.BitSet;
import java.util.List;

/**
 * Makes lost messages harmless without acknowledging each: a replica that waits says how far it is,
 * and whoever is further sends what it lacks, a bounded number of messages for each STATUS. Owned
 * by the replica's thread.
 */
final class Retransmission {
  /** How many slots' messages answer one STATUS. */
  private static final int SLOTS_MAX = 8;

  /** How many waiting requests a backup sends to the primary again at each tick. */
  private static final int REQUESTS_MAX = 16;

  /** How many bytes of blocks answer one FETCH-BLOCKS. */
  private static final int BLOCK_BYTES_MAX = 1 << 20;

  private final ReplicaState state;
  private final Ordering ordering;
  private final Execution execution;
  private final Checkpoints checkpoints;
  private final Views views;
  private final long[] answeredNanos;
  private final BitSet answered = new BitSet();
  private long nextTickNanos;
  private int nextSource;

  Retransmission(
      ReplicaState state,
      Ordering ordering,
      Execution execution,
      Checkpoints checkpoints,
      Views views) {
    this.state = state;
    this.ordering = ordering;
    this.execution = execution;
    this.checkpoints = checkpoints;
    this.views = views;
    this.answeredNanos = new long[state.membership.size()];
  }

  void start(long nowNanos) {
    nextTickNanos = nowNanos;
  }

  /** When to speak next: soon while something is waited for. */
  long nextDeadlineNanos(boolean waiting) {
    return waiting ? nextTickNanos : nextTickNanos + idleNanos();
  }

  private long idleNanos() {
    return Math.max(
        0, state.settings.heartbeatIntervalNanos() - state.settings.statusIntervalNanos());
  }

  void handleTimeout(boolean waiting, long nowNanos) {
    if (nowNanos < nextDeadlineNanos(waiting)) {
      return;
    }
    nextTickNanos = nowNanos + state.settings.statusIntervalNanos();
    state.out.broadcast(
        state.out.sign(
            state.view,
            state.executed(),
            new Payload.Status(state.stableSequence(), state.active, state.isolation.convicted())));
    repeatViewChange();
    fetchWanted();
    checkpoints.ask();
    if (waiting) {
      forwardWaiting();
    }
  }

  /**
   * Says again that we left. Once a quorum has, only the new primary can be lacking votes: who
   * lacks them otherwise gets the NEW-VIEW or is taken along to the view after. At n = 100 that is
   * what keeps a view change from costing n² certificates a tick.
   */
  private void repeatViewChange() {
    Message.OfMember viewChange = state.viewChange;
    if (state.active || viewChange == null) {
      return;
    }
    if (views.isQuorumWaiting()) {
      state.out.send(state.primary(), viewChange);
    } else {
      state.out.broadcast(viewChange);
    }
  }

  /** Asks the next member for the block without which nothing goes on. */
  void fetchWanted() {
    Digest wanted = execution.wanted();
    if (wanted == null || state.transfer != null) {
      return;
    }
    nextSource = (nextSource + 1) % state.membership.size();
    if (nextSource == state.self) {
      nextSource = (nextSource + 1) % state.membership.size();
    }
    state.out.send(
        nextSource, state.out.sign(state.view, state.executed(), new Payload.FetchBlocks(wanted)));
  }

  /** Sends the primary requests that it may not have. */
  void forwardWaiting() {
    if (state.active && !state.isPrimary()) {
      for (Request request : state.pool.oldest(REQUESTS_MAX)) {
        state.out.send(state.primary(), new Message.OfClient(request));
      }
    }
  }

  void onFetch(Message.OfMember message, Digest hash) {
    List<Block> blocks =
        state.chain.descend(hash, message.sequence(), Payload.Blocks.BLOCKS_MAX, BLOCK_BYTES_MAX);
    if (!blocks.isEmpty()) {
      state.out.send(
          message.replica(),
          state.out.sign(state.view, state.executed(), new Payload.Blocks(blocks)));
    }
  }

  void onStatus(Message.OfMember message, Payload.Status status, long nowNanos) {
    int peer = message.replica();
    if (isTooSoon(peer, nowNanos)) {
      return;
    }
    sendEvidence(peer, status);
    sendState(peer, message.sequence(), status.stableSequence());
    if (message.view() < state.view || (message.view() == state.view && !status.active())) {
      sendView(peer, message.view());
    }
    if (message.view() == state.view && status.active() && state.active) {
      sendVotes(peer, message.sequence());
    }
  }

  /**
   * A STATUS of some 200 bytes may be answered with megabytes. A correct member sends one an
   * interval, so half of that, for what bunches up on the way, is how often it is answered.
   */
  private boolean isTooSoon(int peer, long nowNanos) {
    if (answered.get(peer)
        && nowNanos - answeredNanos[peer] < state.settings.statusIntervalNanos() / 2) {
      return true;
    }
    answered.set(peer);
    answeredNanos[peer] = nowNanos;
    return false;
  }

  private void sendEvidence(int peer, Payload.Status status) {
    for (int convicted : state.isolation.convicted()) {
      Evidence evidence = state.isolation.evidence(convicted);
      if (evidence != null && !status.convicted().contains(convicted)) {
        state.out.send(peer, state.out.sign(state.view, 0, new Payload.Accusation(evidence)));
      }
    }
  }

  private void sendState(int peer, long executed, long stable) {
    Certificate certificate = state.stable;
    Certificate committed = state.committed;
    if (executed < state.executed()) {
      if (certificate != null && !state.chain.servesFrom(executed)) {
        sendStable(peer, certificate);
      } else if (committed != null && committed.sequence() > executed) {
        state.out.send(
            peer,
            state.out.sign(state.view, committed.sequence(), new Payload.Committed(committed)));
      }
    }
    if (certificate != null && stable < certificate.sequence()) {
      if (executed >= certificate.sequence()) {
        sendStable(peer, certificate);
      }
    }
    Message.OfMember vote = checkpoints.pendingVote();
    if (vote != null && stable < vote.sequence()) {
      state.out.send(peer, vote);
    }
  }

  private void sendStable(int peer, Certificate certificate) {
    state.out.send(
        peer, state.out.sign(0, certificate.sequence(), new Payload.Stable(certificate)));
  }

  private void sendView(int peer, long peerView) {
    Message.OfMember newView = state.newView;
    Message.OfMember viewChange = state.viewChange;
    if (newView != null && newView.view() >= peerView) {
      state.out.send(peer, newView);
    }
    if (!state.active && viewChange != null && (peerView < state.view || peer == state.primary())) {
      state.out.send(peer, viewChange);
    }
  }

  private void sendVotes(int peer, long executed) {
    int sent = 0;
    for (Slot slot : ordering.slots()) {
      if (slot.sequence() <= executed) {
        continue;
      }
      if (sent++ == SLOTS_MAX) {
        return;
      }
      Message.OfMember proposal = slot.proposal();
      if (proposal != null && state.isPrimary()) {
        state.out.send(peer, proposal);
      }
      Message.OfMember prepare = slot.prepareOf(state.self);
      if (prepare != null) {
        state.out.send(peer, prepare);
      }
      Message.OfMember commit = slot.commitOf(state.self);
      if (commit != null) {
        state.out.send(peer, commit);
      }
    }
  }
}
