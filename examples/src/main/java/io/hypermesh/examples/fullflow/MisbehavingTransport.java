package io.hypermesh.examples.fullflow;

import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.simulation.Behaviour;
import io.hypermesh.node.ConsensusTransport;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a replica and the network, and once told to, turns its member into a traitor: what
 * it sends passes through a {@link Behaviour}, which has the member's own key and nobody else's.
 */
final class MisbehavingTransport implements ConsensusTransport {
  private final ConsensusTransport transport;
  private final Behaviour.Misbehaving self;
  private volatile @Nullable Behaviour behaviour;

  MisbehavingTransport(ConsensusTransport transport, Behaviour.Misbehaving self) {
    this.transport = transport;
    this.self = self;
  }

  void misbehave(Behaviour newBehaviour) {
    behaviour = newBehaviour;
  }

  @Override
  public void send(int replica, byte[] message) {
    Behaviour current = behaviour;
    if (current == null || replica == self.index()) {
      transport.send(replica, message);
    } else {
      current
          .send(self, replica, message)
          .forEach(sending -> transport.send(sending.to(), sending.message()));
    }
  }

  @Override
  public int poll(Handler handler, int limit, long nowNanos) {
    return transport.poll(handler, limit, nowNanos);
  }

  @Override
  public long nextDeadlineNanos() {
    return transport.nextDeadlineNanos();
  }

  @Override
  public void reply(ClientId client, byte[] message) {
    transport.reply(client, message);
  }

  @Override
  public void isolate(int replica) {
    transport.isolate(replica);
  }

  @Override
  public long droppedMessages() {
    return transport.droppedMessages();
  }

  @Override
  public void close() {
    transport.close();
  }
}
