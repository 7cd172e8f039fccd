package io.hypermesh.byzantine.isolation;

import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who is convicted and who is isolated. A member is convicted by verified {@link Evidence} alone,
 * never on anybody's word, and for good. At most {@code f} members are isolated: with more ignored,
 * the rest could no longer form a quorum, and stopping the cluster is what an attacker would want.
 */
public final class Isolation {
  private final Membership membership;
  private final SortedMap<Integer, Evidence> convicted = new TreeMap<>();
  private final SortedSet<Integer> isolated = new TreeSet<>();

  /** Nobody is convicted. */
  public Isolation(Membership membership) {
    this.membership = membership;
  }

  /** What a conviction led to. */
  public enum Outcome {
    /** It was convicted before. */
    KNOWN,
    /** It is isolated from now on. */
    ISOLATED,
    /** It is guilty, but isolating it would leave fewer than a quorum. */
    REFUSED
  }

  /** Convicts by verified evidence. */
  public Outcome convict(Evidence evidence) {
    if (convicted.putIfAbsent(evidence.accused(), evidence) != null) {
      return Outcome.KNOWN;
    }
    if (isolated.size() >= membership.faultsMax()) {
      return Outcome.REFUSED;
    }
    isolated.add(evidence.accused());
    return Outcome.ISOLATED;
  }

  /** Whether that member's messages are ignored. */
  public boolean isIsolated(int replica) {
    return isolated.contains(replica);
  }

  /** The evidence against a member, or null. */
  public @Nullable Evidence evidence(int replica) {
    return convicted.get(replica);
  }

  /** The convicted members, ascending. */
  public List<Integer> convicted() {
    return List.copyOf(convicted.keySet());
  }

  /** The isolated members, ascending. */
  public List<Integer> isolated() {
    return List.copyOf(isolated);
  }

  /** All evidence held. */
  public List<Evidence> evidence() {
    return new ArrayList<>(convicted.values());
  }
}
