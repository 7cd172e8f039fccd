package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.viewchange.ViewChangeVotes;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves the replica from view to view, never back.
 *
 * <pre>
 *   active in v ──no progress, primary convicted, or f+1 want w──► waits for w (VIEW-CHANGE out)
 *   waits for w ──NEW-VIEW(w)──► active in w
 *   waits for w ──2f+1 wait too, and no NEW-VIEW in time──► waits for w+1
 *   any         ──NEW-VIEW of a later view──► active there
 * </pre>
 *
 * One VIEW-CHANGE is made for each view and persisted, so that it is the same after a restart.
 * Owned by the replica's thread. See {@link ViewChangeVotes} for why one certificate suffices.
 */
final class Views {
  private static final long NEVER = Long.MAX_VALUE;

  private final ReplicaState state;
  private final Ordering ordering;
  private final Execution execution;
  private final ViewChangeVotes votes = new ViewChangeVotes();
  private long newViewDeadlineNanos = NEVER;
  private long sinceNanos;

  Views(ReplicaState state, Ordering ordering, Execution execution) {
    this.state = state;
    this.ordering = ordering;
    this.execution = execution;
  }

  /** Leaves for {@code wanted}, or the next view after it whose primary is not isolated. */
  void start(long wanted, String reason, long nowNanos) {
    long view = wanted;
    while (state.isolation.isIsolated(state.membership.primary(view))) {
      view++;
    }
    state.view = view;
    state.active = false;
    state.timer.viewFailed();
    ordering.clear();
    Message.OfMember vote =
        state.out.sign(
            view, 0, new Payload.ViewChange(Payload.Claim.of(state.highest), state.highest));
    state.viewChange = vote;
    state.out.persist(new LogRecord.Spoken(vote));
    state.out.broadcast(vote);
    state.out.notify(new Event.ViewChangeStarted(view, reason));
    newViewDeadlineNanos = NEVER;
    sinceNanos = nowNanos;
    votes.add(vote);
    advance(nowNanos);
  }

  void onViewChange(Message.OfMember message, long nowNanos) {
    if (message.view() < state.view || (message.view() == state.view && state.active)) {
      return;
    }
    votes.add(message);
    long wanted = votes.viewWantedBy(state.membership.weakQuorum());
    if (wanted > state.view) {
      start(wanted, "a correct member wants it", nowNanos);
    } else {
      advance(nowNanos);
    }
  }

  private void advance(long nowNanos) {
    if (state.active) {
      return;
    }
    if (newViewDeadlineNanos == NEVER && votes.countFrom(state.view) >= state.quorum()) {
      newViewDeadlineNanos = nowNanos + state.timer.timeoutNanos();
    }
    if (!state.isPrimary()) {
      return;
    }
    Payload.NewView newView = votes.newView(state.view, state.quorum());
    if (newView != null) {
      Message.OfMember message =
          state.out.sign(state.view, newView.certificate().sequence(), newView);
      enter(message, newView, nowNanos);
      state.out.broadcast(message);
    }
  }

  void onNewView(Message.OfMember message, Payload.NewView newView, long nowNanos) {
    if (message.view() > state.view || (message.view() == state.view && !state.active)) {
      enter(message, newView, nowNanos);
    }
  }

  private void enter(Message.OfMember message, Payload.NewView newView, long nowNanos) {
    state.out.persist(new LogRecord.Spoken(message));
    begin(message, newView);
    state.progressNanos = nowNanos;
    sinceNanos = nowNanos;
    state.out.notify(new Event.ViewChanged(state.view, state.primary()));
    if (newView.certificate().type() == MessageType.COMMIT) {
      execution.commit(newView.certificate(), nowNanos);
    }
  }

  private void begin(Message.OfMember message, Payload.NewView newView) {
    Certificate certificate = newView.certificate();
    if (message.view() != state.view) {
      // The votes that came early are for this view only if we waited for it.
      ordering.clear();
    }
    state.view = message.view();
    state.active = true;
    state.newView = message;
    state.viewChange = null;
    state.base = certificate;
    state.raiseHighest(certificate);
    List<Digest> tops = new ArrayList<>(List.of(state.highest.blockHash()));
    tops.add(certificate.blockHash());
    execution.targetHash().ifPresent(tops::add);
    state.chain.retain(tops);
    state.pool.markNoneProposed();
    newViewDeadlineNanos = NEVER;
    votes.forgetUpTo(state.view);
  }

  void handleTimeout(long nowNanos) {
    if (!state.active && nowNanos >= newViewDeadlineNanos) {
      start(state.view + 1, "no NEW-VIEW came in time", nowNanos);
    }
  }

  long nextDeadlineNanos() {
    return state.active ? NEVER : newViewDeadlineNanos;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  /** Whether a quorum waits for this view. */
  boolean isQuorumWaiting() {
    return votes.countFrom(state.view) >= state.quorum();
  }

  List<Integer> waiting() {
    return votes.membersFrom(state.view);
  }

  void isolate(int replica) {
    votes.forgetMember(replica);
  }

  /** After a restart: our own vote or the NEW-VIEW that we followed. */
  void recover(Message.OfMember message) {
    switch (message.payload()) {
      case Payload.ViewChange change -> {
        state.view = message.view();
        state.active = false;
        state.viewChange = message;
        state.raiseHighest(change.certificate());
        ordering.clear();
        votes.add(message);
      }
      case Payload.NewView newView -> begin(message, newView);
      default ->
          throw new IllegalStateException(
              "couldn't recover because a record has an unexpected type: " + message.statement());
    }
  }
}
