package io.hypermesh.byzantine;

/** What happened inside a {@link Replica}, for the host to see. */
public sealed interface Event {
  /**
   * A committed block was executed.
   *
   * @param block the block as it was ordered, repetitions included
   * @param stateRoot the application's root after it
   */
  record BlockExecuted(Block block, Digest stateRoot) implements Event {}

  /** The replica left its view for another, which has not begun yet. */
  record ViewChangeStarted(long view, String reason) implements Event {}

  /** A view began. */
  record ViewChanged(long view, int primary) implements Event {}

  /** Evidence was found here or received and verified. */
  record EvidenceFound(Evidence evidence) implements Event {}

  /** From now on the member's messages are ignored. */
  record ReplicaIsolated(int replica, Evidence evidence) implements Event {}

  /** A member is guilty but not isolated, because more than f isolated would break the quorum. */
  record IsolationRefused(int replica, Evidence evidence) implements Event {}

  /** A quorum certified the state after that sequence number. */
  record CheckpointStable(long sequence, Digest stateRoot) implements Event {}

  /** A quorum certified another state than this replica has; it fetches theirs. */
  record StateDiverged(long sequence, Digest ours, Digest certified) implements Event {}

  /** The whole state was fetched from others and checked against the quorum's certificate. */
  record StateTransferred(long sequence, Digest stateRoot) implements Event {}
}
