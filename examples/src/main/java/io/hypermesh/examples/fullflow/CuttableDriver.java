package io.hypermesh.examples.fullflow;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * A socket whose cable can be cut: from then on nothing leaves and nothing arrives, so that a node
 * in this JVM dies as suddenly as one whose process is killed.
 */
final class CuttableDriver extends ForwardingDatagramDriver {
  private volatile boolean cut;
  private int discarded;

  CuttableDriver(DatagramDriver driver) {
    super(driver);
  }

  void cut() {
    cut = true;
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    return cut
        ? super.receive((segment, offset, length, source, ecn) -> discarded++, limit)
        : super.receive(handler, limit);
  }

  @Override
  public void commit(int length, InetSocketAddress destination, int ecn) {
    if (!cut) {
      super.commit(length, destination, ecn);
    }
  }

  @Override
  public String toString() {
    return delegate() + (cut ? ", cut, " + discarded + " datagrams ignored" : "");
  }
}
