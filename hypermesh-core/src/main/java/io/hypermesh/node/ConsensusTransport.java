package io.hypermesh.node;

import io.hypermesh.byzantine.ClientId;

/**
 * Carries consensus messages between the members of a cluster, and between a member and its
 * clients. Any message may be lost, late or out of order: the consensus bears it. Messages are
 * signed by their authors, so a transport is trusted with delivery alone.
 *
 * <p>One thread, that of the node's replica, calls everything but {@link #close}.
 */
public interface ConsensusTransport extends AutoCloseable {
  /** Takes a message that has arrived. */
  @FunctionalInterface
  interface Handler {
    /**
     * Takes one message.
     *
     * @param message the bytes, which the handler may keep; not yet verified
     */
    void onMessage(byte[] message);
  }

  /** Makes a node's transport, or wraps another: the seam for tests and for faults on purpose. */
  @FunctionalInterface
  interface Decorator {
    /** Wraps the node's own transport. */
    ConsensusTransport decorate(ConsensusTransport transport);
  }

  /**
   * Does what is due (reconnecting, sending what waited for room) and hands over what has arrived.
   *
   * @param limit how many messages at most
   * @param nowNanos the time, never going back
   * @return how much was done; 0 where there was nothing to do
   */
  int poll(Handler handler, int limit, long nowNanos);

  /**
   * When {@link #poll} has something to do even if nothing arrives; {@link Long#MAX_VALUE} for
   * never.
   */
  long nextDeadlineNanos();

  /**
   * Sends a message to a member, without waiting; while there is no connection the latest messages
   * are kept within a limit.
   *
   * @param replica the member's index; itself is no error and sends nothing
   */
  void send(int replica, byte[] message);

  /** Sends a message to a client, if it is connected. */
  void reply(ClientId client, byte[] message);

  /** Cuts a member off, both ways, for good: it was convicted. */
  void isolate(int replica);

  /** How many messages were dropped for lack of room or connection since the start. */
  long droppedMessages();

  /** Ends all connections. Idempotent; any thread. */
  @Override
  void close();
}
