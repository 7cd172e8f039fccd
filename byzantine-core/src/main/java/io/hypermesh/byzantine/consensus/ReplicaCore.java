package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Output;
import io.hypermesh.byzantine.Progress;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.detection.Detector;
import io.hypermesh.byzantine.isolation.Isolation;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.Payload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One replica, as a pure state machine: verified messages and the time in, outputs and the next
 * deadline out.
 *
 * <p>Guarantee, with at most f of 3f+1 members misbehaving: all correct replicas execute the same
 * blocks in the same order; with messages arriving within some bound eventually, every request that
 * reaches a correct replica is executed. No clock is read for the first.
 *
 * <p>This class hands each message to the part that it concerns, keeps the timers, and lets
 * nobody's message past who is isolated. Owned by one thread.
 *
 * <pre>
 *   message ──► Detector ──evidence──► Isolation ──primary?──► Views
 *      ├─ PRE-PREPARE, PREPARE, COMMIT ──► Ordering ──certificate──► Execution ──► Checkpoints
 *      ├─ VIEW-CHANGE, NEW-VIEW ──► Views
 *      └─ STATUS, FETCH, ... ──► Retransmission, Checkpoints
 * </pre>
 */
public final class ReplicaCore {
  private static final long NEVER = Long.MAX_VALUE;

  /** A request that has waited this many view timeouts is censored, whatever else is executed. */
  private static final int CENSORED_TIMEOUTS = 8;

  private final ReplicaState state;
  private final Outbox out;
  private final Detector detector;
  private final Ordering ordering;
  private final Execution execution;
  private final Checkpoints checkpoints;
  private final Views views;
  private final Retransmission retransmission;
  private long workSinceNanos = NEVER;

  /** A replica in its initial state. */
  public ReplicaCore(ReplicaParts parts) {
    this.out = new Outbox(parts.membership(), parts.signer(), parts.self());
    this.state = new ReplicaState(parts, out);
    // Proposals, both votes and checkpoints of two windows, and some view changes.
    this.detector =
        new Detector(
            parts.membership(),
            parts.verifier(),
            8 * (int) Math.min(100_000, parts.settings().logWindow()));
    LiveVotes live = new LiveVotes();
    this.checkpoints = new Checkpoints(state, live);
    this.execution = new Execution(state, checkpoints);
    this.ordering = new Ordering(state, execution);
    live.ordering = ordering;
    this.views = new Views(state, ordering, execution);
    this.retransmission = new Retransmission(state, ordering, execution, checkpoints, views);
  }

  /** Breaks the circle: checkpoints keep the votes that ordering has. */
  private static final class LiveVotes implements Checkpoints.LiveRecords {
    private @Nullable Ordering ordering;

    @Override
    public Collection<Slot> slots() {
      return ordering == null ? List.of() : ordering.slots();
    }

    @Override
    public long votedSequence() {
      return ordering == null ? 0 : ordering.votedSequence();
    }
  }

  /**
   * A replica as it was when its log ended; then starts it.
   *
   * @param records what {@link Output.Persist} and {@link Output.ReplaceLog} left
   * @throws ProtocolException if the log is not this replica's
   */
  public void recover(List<byte[]> records, long nowNanos) throws ProtocolException {
    new Recovery(state, ordering, execution, checkpoints, views).replay(records, nowNanos);
  }

  /** Starts it: from now on deadlines are due. */
  public void start(long nowNanos) {
    state.progressNanos = nowNanos;
    retransmission.start(nowNanos);
    settle(nowNanos);
  }

  /** Takes a verified message. */
  public void handle(Message message, long nowNanos) {
    switch (message) {
      case Message.OfClient(Request request) -> onRequest(request, nowNanos);
      case Message.OfMember ofMember -> onMember(ofMember, nowNanos);
    }
    settle(nowNanos);
  }

  /** Does what is due by now. */
  public void handleTimeout(long nowNanos) {
    views.handleTimeout(nowNanos);
    if (nowNanos >= progressDeadlineNanos()) {
      workSinceNanos = nowNanos;
      views.start(state.view + 1, "no progress in time", nowNanos);
    }
    retransmission.handleTimeout(isWaiting(), nowNanos);
    settle(nowNanos);
  }

  /** The next output, in order, or null. */
  public @Nullable Output poll() {
    return out.poll();
  }

  /** When {@link #handleTimeout} is due next. */
  public long nextDeadlineNanos() {
    return Math.min(
        Math.min(ordering.nextDeadlineNanos(), views.nextDeadlineNanos()),
        Math.min(progressDeadlineNanos(), retransmission.nextDeadlineNanos(isWaiting())));
  }

  private void settle(long nowNanos) {
    execution.advance(nowNanos);
    ordering.advance(nowNanos);
    if (!hasWork()) {
      workSinceNanos = NEVER;
    } else if (workSinceNanos == NEVER) {
      workSinceNanos = nowNanos;
    }
  }

  private boolean hasWork() {
    return !state.pool.isEmpty()
        || ordering.isInFlight()
        || execution.isBehind()
        || state.base.sequence() > state.executed();
  }

  private boolean isWaiting() {
    return hasWork() || !state.active || state.transfer != null || checkpoints.isVotePending();
  }

  private long progressDeadlineNanos() {
    if (!state.active || state.transfer != null || workSinceNanos == NEVER) {
      return NEVER;
    }
    long timeoutNanos = state.timer.timeoutNanos();
    long stalled = Math.max(workSinceNanos, state.progressNanos) + timeoutNanos;
    if (state.pool.isEmpty()) {
      return stalled;
    }
    long censored =
        Math.max(state.pool.oldestNanos(), views.sinceNanos()) + CENSORED_TIMEOUTS * timeoutNanos;
    return Math.min(stalled, censored);
  }

  private void onRequest(Request request, long nowNanos) {
    ClientTable.Entry last = state.clients.last(request.client());
    if (last != null && request.number() <= last.number()) {
      if (request.number() == last.number()) {
        execution.reply(request.client(), last);
      }
      return;
    }
    boolean refused =
        request.payloadBytes() > state.settings.requestPayloadBytesMax()
            || (last == null && state.clients.isFull());
    RequestPool.Offer offer =
        refused ? RequestPool.Offer.FULL : state.pool.offer(request, nowNanos);
    if (offer == RequestPool.Offer.FULL) {
      out.reply(
          request.client(),
          out.sign(
              state.view, state.executed(), new Payload.Busy(request.client(), request.number())));
    } else if (offer == RequestPool.Offer.ACCEPTED && state.active && !state.isPrimary()) {
      out.send(state.primary(), new Message.OfClient(request));
    }
  }

  private void onMember(Message.OfMember message, long nowNanos) {
    if (message.replica() == state.self || state.isolation.isIsolated(message.replica())) {
      return;
    }
    detect(message, nowNanos);
    if (state.isolation.isIsolated(message.replica())) {
      return;
    }
    switch (message.payload()) {
      case Payload.PrePrepare any -> ordering.onPrePrepare(message);
      case Payload.Prepare any -> ordering.onPrepare(message);
      case Payload.Commit any -> ordering.onCommit(message);
      case Payload.ViewChange any -> views.onViewChange(message, nowNanos);
      case Payload.NewView newView -> onNewView(message, newView, nowNanos);
      case Payload.Checkpoint any -> checkpoints.onVote(message);
      case Payload.Status status -> retransmission.onStatus(message, status, nowNanos);
      case Payload.FetchBlocks(Digest hash) -> retransmission.onFetch(message, hash);
      case Payload.Blocks(var blocks) -> {
        execution.onBlocks(blocks, nowNanos);
        retransmission.fetchWanted();
      }
      case Payload.Committed(var certificate) -> {
        execution.commit(certificate, nowNanos);
        retransmission.fetchWanted();
      }
      case Payload.Stable(var certificate) -> checkpoints.onCertificate(certificate, true);
      case Payload.FetchState(int chunk) -> checkpoints.onFetch(message, chunk);
      case Payload.State part -> checkpoints.onState(message, part, nowNanos);
      case Payload.Accusation(var evidence) -> convict(evidence, nowNanos);
      case Payload.Reply any -> {
        // Meant for a client.
      }
      case Payload.Busy any -> {
        // Meant for a client.
      }
    }
  }

  private void onNewView(Message.OfMember message, Payload.NewView newView, long nowNanos) {
    long before = state.view;
    boolean wasActive = state.active;
    views.onNewView(message, newView, nowNanos);
    if (state.view != before || !wasActive) {
      retransmission.fetchWanted();
      retransmission.forwardWaiting();
    }
  }

  private void detect(Message.OfMember message, long nowNanos) {
    Evidence found = detector.observe(message.signed());
    convictIfAny(found, nowNanos);
    switch (message.payload()) {
      case Payload.Prepare(Digest hash, byte[] proposalSignature) ->
          convictIfAny(
              detector.observeProposal(message.view(), message.sequence(), hash, proposalSignature),
              nowNanos);
      case Payload.NewView newView -> {
        for (Payload.SignedClaim claim : newView.claims()) {
          convictIfAny(
              detector.observe(
                  MessageCodec.claimStatement(state.membership, message.view(), claim)),
              nowNanos);
        }
      }
      default -> {
        // Nothing else carries statements of others that are not evidence already.
      }
    }
  }

  private void convictIfAny(@Nullable Evidence evidence, long nowNanos) {
    if (evidence != null) {
      convict(evidence, nowNanos);
    }
  }

  private void convict(Evidence evidence, long nowNanos) {
    int accused = evidence.accused();
    Isolation.Outcome outcome = state.isolation.convict(evidence);
    if (outcome == Isolation.Outcome.KNOWN) {
      return;
    }
    out.persist(new LogRecord.Convicted(evidence));
    out.broadcast(out.sign(state.view, 0, new Payload.Accusation(evidence)));
    out.notify(new Event.EvidenceFound(evidence));
    if (outcome == Isolation.Outcome.REFUSED) {
      out.notify(new Event.IsolationRefused(accused, evidence));
      return;
    }
    views.isolate(accused);
    out.notify(new Event.ReplicaIsolated(accused, evidence));
    if (state.primary() == accused && accused != state.self) {
      views.start(state.view + 1, "the primary is convicted", nowNanos);
    }
  }

  /** The view that it is in or wants to be in. */
  public long view() {
    return state.view;
  }

  /** The last executed sequence number. */
  public long executedSequence() {
    return state.executed();
  }

  /** The hash of the last executed block. */
  public Digest executedHash() {
    return state.chain.tip().hash();
  }

  /** The isolated members. */
  public List<Integer> isolated() {
    return state.isolation.isolated();
  }

  /** All evidence held. */
  public List<Evidence> evidence() {
    return state.isolation.evidence();
  }

  /** How many requests wait. */
  public int pendingRequests() {
    return state.pool.size();
  }

  /** What it waits for, from whom, since when. */
  public Progress progress() {
    Progress.WaitsFor waitsFor;
    List<Integer> missing = new ArrayList<>();
    Slot slot =
        ordering.slots().stream().filter(each -> each.proposal() != null).findFirst().orElse(null);
    if (state.transfer != null) {
      waitsFor = Progress.WaitsFor.STATE;
    } else if (execution.wanted() != null) {
      waitsFor = Progress.WaitsFor.BLOCKS;
    } else if (!state.active && !views.isQuorumWaiting()) {
      waitsFor = Progress.WaitsFor.VIEW_CHANGES;
      missing.addAll(othersThan(views.waiting()));
    } else if (!state.active) {
      waitsFor = Progress.WaitsFor.NEW_VIEW;
      missing.add(state.primary());
    } else if (slot != null) {
      boolean prepared = slot.prepared() != null;
      waitsFor = prepared ? Progress.WaitsFor.COMMITS : Progress.WaitsFor.PREPARES;
      missing.addAll(othersThan(slot.voters()));
      if (!prepared) {
        missing.removeIf(member -> member == state.primary());
      }
    } else if (hasWork()) {
      waitsFor = Progress.WaitsFor.PROPOSAL;
      missing.add(state.primary());
    } else {
      waitsFor = Progress.WaitsFor.REQUESTS;
    }
    long since =
        workSinceNanos == NEVER
            ? state.progressNanos
            : Math.max(workSinceNanos, state.progressNanos);
    return new Progress(
        state.view,
        state.primary(),
        state.executed(),
        state.stableSequence(),
        waitsFor,
        missing,
        since);
  }

  private List<Integer> othersThan(List<Integer> members) {
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < state.membership.size(); i++) {
      if (!members.contains(i)) {
        others.add(i);
      }
    }
    return others;
  }
}
