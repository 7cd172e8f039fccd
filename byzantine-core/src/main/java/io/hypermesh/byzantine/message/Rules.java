package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Membership;

/**
 * The two rules on which safety and fairness rest, in one place so that the simulator's own test
 * can plant a bug here and show that its invariants find it. Nothing else overrides them.
 */
public class Rules {
  /** The rules of the protocol. */
  public static final Rules STANDARD = new Rules();

  /** For the planted bugs of the simulator's tests. */
  protected Rules() {}

  /** How many votes certify. */
  public int quorum(Membership membership) {
    return membership.quorum();
  }

  /** Whether the signatures inside evidence are checked before anybody is convicted. */
  public boolean checksEvidenceSignatures() {
    return true;
  }
}
