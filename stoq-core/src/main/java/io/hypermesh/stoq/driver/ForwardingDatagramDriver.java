package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A driver that has another one do everything. Override what is to be different: to lose, delay,
 * count or write down datagrams, or to change the socket below.
 *
 * {@snippet file="LossyDriver.java" region="lossy"}
 *
 * <p>Its threading is a driver's: {@link #wakeUp()} may be called by any thread, everything else by
 * one.
 */
public abstract class ForwardingDatagramDriver implements DatagramDriver {
  private final DatagramDriver driver;

  /**
   * For subclasses.
   *
   * @param driver that everything goes to; belongs to this one from now on
   */
  protected ForwardingDatagramDriver(DatagramDriver driver) {
    this.driver = driver;
  }

  /**
   * The driver that everything goes to; to be overridden where that changes. Any thread calls it,
   * by {@link #wakeUp()}.
   */
  protected DatagramDriver delegate() {
    return driver;
  }

  @Override
  public String name() {
    return delegate().name();
  }

  @Override
  public int datagramBytesMax() {
    return delegate().datagramBytesMax();
  }

  @Override
  public boolean supportsEcn() {
    return delegate().supportsEcn();
  }

  /** Watches the driver below the other one, where that is forwarding, too. */
  @Override
  public boolean watch(DatagramDriver other) {
    DatagramDriver watched = other;
    while (watched instanceof ForwardingDatagramDriver forwarding) {
      watched = forwarding.delegate();
    }
    return delegate().watch(watched);
  }

  /**
   * None, because it wouldn't be wrapped as this one is: a subclass that is to serve several agents
   * wraps its delegate's.
   */
  @Override
  public @Nullable DatagramDriver openSibling() throws IOException {
    return null;
  }

  @Override
  public boolean steer(SteeringProgram program) {
    return delegate().steer(program);
  }

  @Override
  public InetSocketAddress localAddress() {
    return delegate().localAddress();
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    return delegate().receive(handler, limit);
  }

  @Override
  public @Nullable MemorySegment claim() {
    return delegate().claim();
  }

  /**
   * None ahead, so that a subclass may drop what is committed: the spaces below would no longer be
   * those that were written. One that hands on every commit may ask its delegate.
   */
  @Override
  public @Nullable MemorySegment claim(int ahead) {
    return ahead == 0 ? claim() : null;
  }

  @Override
  public void commit(int length, InetSocketAddress destination, int ecn) {
    delegate().commit(length, destination, ecn);
  }

  @Override
  public int flush() throws IOException {
    return delegate().flush();
  }

  @Override
  public void await(long timeoutNanos) throws IOException {
    delegate().await(timeoutNanos);
  }

  @Override
  public void wakeUp() {
    delegate().wakeUp();
  }

  @Override
  public void close() throws IOException {
    delegate().close();
  }
}
