package io.hypermesh.node;

import io.hypermesh.byzantine.ClientId;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.stoq.StoqStreamChannel;
import io.hypermesh.stoq.StoqStreamListener;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A channel that a member or a client opened to this node. STOQ's thread says when it is readable
 * or has room; the replica's thread reads and writes.
 */
final class InboundChannel implements StoqStreamListener {
  private final StoqStreamChannel channel;
  private final ClientId identity;
  private final OutboundQueue replies;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Consumer<InboundChannel> ready;

  /**
   * @param identity the hash of the public key in the peer's certificate
   * @param ready told, by STOQ's thread, that there is something to do
   */
  InboundChannel(
      StoqStreamChannel channel,
      ClientId identity,
      long replyBytesMax,
      Consumer<InboundChannel> ready) {
    this.channel = channel;
    this.identity = identity;
    this.replies = new OutboundQueue(replyBytesMax);
    this.ready = ready;
  }

  StoqStreamChannel channel() {
    return channel;
  }

  ClientId identity() {
    return identity;
  }

  OutboundQueue replies() {
    return replies;
  }

  @Override
  public void onReadable(StoqStream stream) {
    schedule();
  }

  @Override
  public void onWritable(StoqStream stream) {
    schedule();
  }

  /** Asks for a turn on the replica's thread; once, however often it is called before that turn. */
  void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      ready.accept(this);
    }
  }

  /** The turn begins: what happens from now on asks for another. */
  void beginTurn() {
    scheduled.set(false);
  }
}
