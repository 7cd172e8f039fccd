package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ReplicaSettings;
import io.hypermesh.byzantine.checkpoint.StateTransfer;
import io.hypermesh.byzantine.isolation.Isolation;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.Rules;
import io.hypermesh.byzantine.viewchange.ViewTimer;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** What the parts of one replica share; each field says which part changes it. */
final class ReplicaState {
  final Membership membership;
  final ReplicaSettings settings;
  final Rules rules;
  final int self;
  final Application application;
  final InstantSource clock;
  final Outbox out;
  final Chain chain;
  final ClientTable clients;
  final RequestPool pool;
  final Isolation isolation;
  final ViewTimer timer;

  /** Views: the view that the replica is in or wants to be in. */
  long view;

  /** Views: whether the view has begun; the replica votes only then. */
  boolean active = true;

  /** Views: the certificate at which the view begins. */
  Certificate base;

  /** Views: the message that began the view; null in view 0. */
  Message.@Nullable OfMember newView;

  /** Views: our vote for the view; null in view 0 and where another's NEW-VIEW took us along. */
  Message.@Nullable OfMember viewChange;

  /** Ordering and Views: the highest certificate of a block that this replica holds. */
  Certificate highest;

  /** Execution: the certificate of the last committed block; null before the first. */
  @Nullable Certificate committed;

  /** Checkpoints: the last certified state; null before the first. */
  @Nullable Certificate stable;

  /** Checkpoints: the fetching of a state; null while there is none. */
  @Nullable StateTransfer transfer;

  /** Execution: when something was executed last. */
  long progressNanos;

  ReplicaState(ReplicaParts parts, Outbox out) {
    this.membership = parts.membership();
    this.settings = parts.settings();
    this.rules = parts.rules();
    this.self = parts.self();
    this.application = parts.application();
    this.clock = parts.clock();
    this.out = out;
    this.chain = new Chain(membership.clusterId());
    this.clients = new ClientTable(settings.clientsMax());
    this.pool = new RequestPool(settings.pendingRequestsMax(), settings.pendingBytesMax());
    this.isolation = new Isolation(membership);
    this.timer = new ViewTimer(settings.viewTimeoutNanos(), settings.viewTimeoutDoublingsMax());
    this.base = Certificate.genesis(membership);
    this.highest = base;
  }

  int quorum() {
    return rules.quorum(membership);
  }

  int primary() {
    return membership.primary(view);
  }

  boolean isPrimary() {
    return primary() == self;
  }

  long executed() {
    return chain.tip().sequence();
  }

  long stableSequence() {
    Certificate certificate = stable;
    return certificate == null ? 0 : certificate.sequence();
  }

  /**
   * The highest sequence number that is accepted. One above the view's base always is: only on top
   * of it can what an earlier view left be committed.
   */
  long windowEnd() {
    return Math.max(stableSequence() + settings.logWindow(), base.sequence() + 1);
  }

  /** The highest sequence number that the primary proposes now. */
  long proposalEnd() {
    long pipelined = Math.max(executed(), base.sequence()) + settings.pipelineWindow();
    return Math.min(pipelined, windowEnd());
  }

  void raiseHighest(Certificate certificate) {
    if (certificate.rank().compareTo(highest.rank()) > 0) {
      highest = certificate;
    }
  }
}
