package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.consensus.ReplicaCore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One member: its key and disk, which outlive a crash, and its replica, which does not. */
final class SimulatedReplica {
  static final long NEVER = Long.MAX_VALUE;

  final int index;
  final Signer signer;
  final @Nullable Behaviour behaviour;
  final long clockSkewMillis;
  final List<byte[]> log = new ArrayList<>();
  @Nullable ReplicaCore core;
  @Nullable Application application;
  long wakeNanos = NEVER;

  /** After so many outputs it crashes in the middle of acting on them; negative for never. */
  int outputsUntilCrash = -1;

  SimulatedReplica(int index, Signer signer, @Nullable Behaviour behaviour, long clockSkewMillis) {
    this.index = index;
    this.signer = signer;
    this.behaviour = behaviour;
    this.clockSkewMillis = clockSkewMillis;
  }
}
