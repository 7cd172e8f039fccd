package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.simulation.SimulatedNode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;

/** Somebody who sends recorded datagrams again, from the sender's address or from another one. */
final class Replayer implements SimulatedNode {
  /** A datagram as somebody has sent it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Recorded(InetSocketAddress from, InetSocketAddress to, byte[] datagram) {}

  private final ArrayDeque<Recorded> due = new ArrayDeque<>();
  private final InetSocketAddress own;
  private InetSocketAddress source;
  private InetSocketAddress destination;

  /** Datagrams sent again. */
  int sent;

  /**
   * @param own where it's attached
   */
  Replayer(InetSocketAddress own) {
    this.own = own;
    this.source = own;
    this.destination = own;
  }

  /** Sends these now, in this order. */
  void replay(Iterable<Recorded> recorded, boolean spoofed) {
    for (Recorded one : recorded) {
      due.add(spoofed ? one : new Recorded(own, one.to(), one.datagram()));
    }
  }

  @Override
  public int pollTransmit(MemorySegment buffer, long now) {
    Recorded next = due.poll();
    if (next == null) {
      return 0;
    }
    sent++;
    source = next.from();
    destination = next.to();
    MemorySegment.copy(
        next.datagram(), 0, buffer, ValueLayout.JAVA_BYTE, 0, next.datagram().length);
    return next.datagram().length;
  }

  @Override
  public InetSocketAddress source() {
    return source;
  }

  @Override
  public InetSocketAddress destination() {
    return destination;
  }

  @Override
  public void handleDatagram(
      MemorySegment datagram, InetSocketAddress from, InetSocketAddress to, int ecn, long now) {
    // Whatever the answer is: it has no keys.
  }

  @Override
  public void handleTimeout(long now) {}

  @Override
  public long nextDeadlineNanos() {
    return Long.MAX_VALUE;
  }
}
