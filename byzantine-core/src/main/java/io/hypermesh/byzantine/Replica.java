package io.hypermesh.byzantine;

import io.hypermesh.byzantine.consensus.ReplicaCore;
import io.hypermesh.byzantine.consensus.ReplicaParts;
import io.hypermesh.byzantine.message.Rules;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One member's replica of the {@link Application}: PBFT over hash-chained batches, as a pure state
 * machine. It has no thread, socket, file or clock of its own.
 *
 * <p><b>Safety</b>, with at most f of the 3f+1 members misbehaving in any way: no two correct
 * replicas execute different blocks at one sequence number, and nothing is executed that no client
 * signed. It depends on no clock and no timeout, and survives the crash of any number of replicas
 * if outputs are honoured in the order that {@link Output} says. <b>Liveness</b>, if also messages
 * between correct members (sent again until they arrive) take no longer than some bound eventually:
 * every request that a correct replica accepts is executed. <b>Fairness</b>: no correct member is
 * ever convicted, see {@link Evidence}.
 *
 * <p><b>Use.</b> One thread owns it. After each {@link #start}, {@link #handle} and {@link
 * #handleTimeout}, the owner polls {@link #poll} until it is null and acts on the outputs in order,
 * then sleeps until a message comes or {@link #nextDeadlineNanos}. Times come from one monotonic
 * clock and never go back. The wall clock that is passed in stamps proposals and bounds others'
 * stamps, no more.
 */
public final class Replica {
  private final Membership membership;
  private final ReplicaCore core;

  private Replica(Membership membership, ReplicaCore core) {
    this.membership = membership;
    this.core = core;
  }

  /**
   * A replica that was never started before.
   *
   * @param membership who votes
   * @param self this member's index
   * @param signer this member's key
   * @param verifier checks signatures inside messages that were not worth checking before
   * @param application in its initial state
   * @param clock the wall clock
   * @throws IllegalArgumentException if {@code signer} has not the key of member {@code self}
   */
  public static Replica create(
      Membership membership,
      int self,
      Signer signer,
      Verifier verifier,
      Application application,
      ReplicaSettings settings,
      InstantSource clock) {
    if (!membership.contains(self)
        || !Arrays.equals(membership.member(self).publicKey(), signer.publicKey())) {
      throw new IllegalArgumentException(
          "couldn't make replica " + self + " because its signer has another key");
    }
    return new Replica(
        membership,
        new ReplicaCore(
            new ReplicaParts(
                membership, self, signer, verifier, application, settings, clock, Rules.STANDARD)));
  }

  /**
   * The replica as it was when its log ended: it never contradicts what it said before. The
   * application, given in its initial state, is restored from the last checkpoint and executes the
   * later committed blocks again; {@link Event.BlockExecuted} comes for each of these. An empty log
   * gives what {@link #create} gives.
   *
   * @param records what {@link Output.Persist} and {@link Output.ReplaceLog} left, in order
   * @throws ProtocolException if the records are damaged or of something else
   */
  public static Replica recover(
      Membership membership,
      int self,
      Signer signer,
      Verifier verifier,
      Application application,
      ReplicaSettings settings,
      InstantSource clock,
      List<byte[]> records,
      long nowNanos)
      throws ProtocolException {
    Replica replica = create(membership, self, signer, verifier, application, settings, clock);
    replica.core.recover(records, nowNanos);
    return replica;
  }

  /** Starts it: from now on deadlines are due. Called once, before anything else. */
  public void start(long nowNanos) {
    core.start(nowNanos);
  }

  /**
   * Takes a message from a member or a client.
   *
   * @throws IllegalArgumentException if it was verified for another membership
   * @throws IllegalStateException if it shows that more than f members misbehave, or the
   *     application is not deterministic: the replica must not go on
   */
  public void handle(VerifiedMessage message, long nowNanos) {
    core.handle(message.message(membership), nowNanos);
  }

  /** Does what is due by now; harmless if nothing is. */
  public void handleTimeout(long nowNanos) {
    core.handleTimeout(nowNanos);
  }

  /** When {@link #handleTimeout} is due next. */
  public long nextDeadlineNanos() {
    return core.nextDeadlineNanos();
  }

  /** The next output, in order, or null if there is none now. */
  public @Nullable Output poll() {
    return core.poll();
  }

  /** The view that it is in or wants to be in. */
  public long view() {
    return core.view();
  }

  /** That view's primary. */
  public int primary() {
    return membership.primary(core.view());
  }

  /** The last executed sequence number, 0 before the first. */
  public long executedSequence() {
    return core.executedSequence();
  }

  /** The members whose messages are ignored, ascending. */
  public List<Integer> isolated() {
    return core.isolated();
  }

  /** All evidence found or received, one a convicted member. */
  public List<Evidence> evidence() {
    return core.evidence();
  }

  /** How many requests wait for their order. */
  public int pendingRequests() {
    return core.pendingRequests();
  }

  /** What it waits for, from whom, since when. */
  public Progress progress() {
    return core.progress();
  }
}
