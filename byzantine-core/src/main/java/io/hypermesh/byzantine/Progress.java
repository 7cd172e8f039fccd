package io.hypermesh.byzantine;

import java.util.List;

/**
 * Why a replica is where it is: what it waits for and from whom.
 *
 * @param view the view it is in or wants to be in
 * @param primary that view's primary
 * @param executedSequence the last executed sequence number
 * @param stableSequence the last certified checkpoint's
 * @param waitsFor what would bring it further
 * @param missing the members from whom that has not come, ascending; empty if it waits for nobody
 * @param sinceNanos since when, on the clock that the replica is driven by
 */
public record Progress(
    long view,
    int primary,
    long executedSequence,
    long stableSequence,
    WaitsFor waitsFor,
    List<Integer> missing,
    long sinceNanos) {

  /** What a replica waits for. */
  public enum WaitsFor {
    /** There is nothing to do. */
    REQUESTS,
    /** The primary has not proposed what is waiting. */
    PROPOSAL,
    /** Too few members accepted the proposal. */
    PREPARES,
    /** Too few members say that it is prepared. */
    COMMITS,
    /** A block of the chain has to be fetched. */
    BLOCKS,
    /** Too few members want to leave the view. */
    VIEW_CHANGES,
    /** The new view's primary has not begun it. */
    NEW_VIEW,
    /** The state has to be fetched. */
    STATE
  }

  /** Copies the list. */
  public Progress {
    missing = List.copyOf(missing);
  }
}
