package io.hypermesh.stoq;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Moves to a socket with another port, as a NAT that forgets its bindings makes a client do (RFC
 * 9000, 9.3): at intervals, and when asked. What was on its way to or from the old socket is lost.
 *
 * <p>The endpoint isn't told, and needn't notice.
 */
public final class PortChangingDriver extends ForwardingDatagramDriver {
  private static final long NEVER = Long.MAX_VALUE;

  private final Object wakeUpLock = new Object();
  private DatagramDriver driver;
  private volatile long intervalNanos = NEVER;
  private volatile long nextChangeNanos;
  private volatile boolean asked;
  private final AtomicInteger changes = new AtomicInteger();

  /** Opens the first socket. */
  public PortChangingDriver(InetSocketAddress address) throws IOException {
    this(DriverKind.preferred().open(address));
  }

  private PortChangingDriver(DatagramDriver first) {
    super(first);
    driver = first;
  }

  /**
   * Changes the port again and again from now on. Not before the handshake is confirmed: only then
   * does a server follow. Any thread may call it.
   */
  public void changeEvery(Duration interval) {
    nextChangeNanos = System.nanoTime() + interval.toNanos();
    intervalNanos = interval.toNanos();
    wakeUp();
  }

  /** Changes the port at the next duty cycle. Any thread may call it. */
  public void changePort() {
    asked = true;
    wakeUp();
  }

  /** How often the port has changed; any thread may ask. */
  public int changes() {
    return changes.get();
  }

  @Override
  protected DatagramDriver delegate() {
    return driver;
  }

  private long nanosToChange() {
    return intervalNanos == NEVER ? NEVER : nextChangeNanos - System.nanoTime();
  }

  private void change() throws IOException {
    asked = false;
    nextChangeNanos = System.nanoTime() + intervalNanos;
    DatagramDriver old = driver;
    InetSocketAddress before = old.localAddress();
    DatagramDriver fresh =
        DriverKind.preferred().open(new InetSocketAddress(before.getAddress(), 0));
    synchronized (wakeUpLock) {
      driver = fresh;
      old.close();
      // The old one may have been woken up for a wait that is still to come.
      fresh.wakeUp();
    }
    changes.incrementAndGet();
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    // Here no datagram is claimed.
    if (asked || nanosToChange() <= 0) {
      change();
    }
    return driver.receive(handler, limit);
  }

  @Override
  public void await(long timeoutNanos) throws IOException {
    driver.await(Math.min(timeoutNanos, nanosToChange()));
  }

  @Override
  public void wakeUp() {
    synchronized (wakeUpLock) {
      driver.wakeUp();
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (wakeUpLock) {
      driver.close();
    }
  }
}
