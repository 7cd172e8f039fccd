package io.hypermesh.stoq;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A driver that passes everything on, to be overridden where a test looks or meddles. */
public class WatchedDriver implements DatagramDriver {
  private final DatagramDriver driver;

  public WatchedDriver(DatagramDriver driver) {
    this.driver = driver;
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
    return driver.receive(handler, limit);
  }

  @Override
  public @Nullable MemorySegment claim() {
    return driver.claim();
  }

  @Override
  public void commit(int length, InetSocketAddress destination, int ecn) {
    driver.commit(length, destination, ecn);
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
}
