package io.hypermesh.examples.fullflow;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A socket whose cable can be cut: from then on nothing leaves and nothing arrives, so that a node
 * in this JVM dies as suddenly as one whose process is killed.
 */
final class CuttableDriver implements DatagramDriver {
  private final DatagramDriver driver;
  private volatile boolean cut;
  private int discarded;

  CuttableDriver(DatagramDriver driver) {
    this.driver = driver;
  }

  void cut() {
    cut = true;
  }

  @Override
  public int datagramBytesMax() {
    return driver.datagramBytesMax();
  }

  @Override
  public InetSocketAddress localAddress() {
    return driver.localAddress();
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    return cut
        ? driver.receive((segment, offset, length, source, ecn) -> discarded++, limit)
        : driver.receive(handler, limit);
  }

  @Override
  public @Nullable MemorySegment claim() {
    return driver.claim();
  }

  @Override
  public void commit(int length, InetSocketAddress destination, int ecn) {
    if (!cut) {
      driver.commit(length, destination, ecn);
    }
  }

  @Override
  public int flush() throws IOException {
    return driver.flush();
  }

  @Override
  public void await(long timeoutNanos) throws IOException {
    driver.await(timeoutNanos);
  }

  @Override
  public void wakeUp() {
    driver.wakeUp();
  }

  @Override
  public void close() throws IOException {
    driver.close();
  }

  @Override
  public String toString() {
    return driver + (cut ? ", cut, " + discarded + " datagrams ignored" : "");
  }
}
