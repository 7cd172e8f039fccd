package io.hypermesh.node;

import io.hypermesh.byzantine.Event;

/**
 * What a node tells its host. Called on the replica's thread: it must not block, and what it throws
 * ends the node.
 */
public interface NodeListener {
  /** Something happened in the consensus: a block, a view change, evidence, an isolation. */
  default void onEvent(Event event) {}

  /**
   * The node has ended by itself: its log can't be written, its socket failed, or it saw what no f
   * misbehaving members can do. It takes part in nothing any more. Comes at most once, and not
   * after {@code close()}.
   */
  default void onFailure(NodeException failure) {}
}
