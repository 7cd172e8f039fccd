package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a driver works here by using it: it sends a run of datagrams to itself on
 * {@code ::1}. What the kernel is called, or says of itself, proves less: a sandbox may refuse the
 * calls.
 */
final class DriverProbe implements DatagramHandler {
  private static final int DATAGRAMS = 3;
  private static final int DATAGRAM_BYTES = 1_200;

  /** Datagrams on the loopback have arrived when they are sent. */
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private int good;

  private DriverProbe() {}

  /** Why a driver doesn't work here; null where it does. */
  static @Nullable String problem(DatagramDriver.Factory factory) {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
    try (DatagramDriver driver = factory.open(anyPort)) {
      return new DriverProbe().run(driver);
    } catch (DriverUnavailableException e) {
      return e.reason();
    } catch (IOException | RuntimeException | LinkageError e) {
      return "it was tried and failed: " + e;
    }
  }

  private @Nullable String run(DatagramDriver driver) throws IOException {
    for (int i = 0; i < DATAGRAMS; i++) {
      MemorySegment space = driver.claim();
      if (space == null) {
        return "it has no space for " + DATAGRAMS + " datagrams";
      }
      space.asSlice(0, DATAGRAM_BYTES).fill((byte) i);
      driver.commit(DATAGRAM_BYTES, driver.localAddress(), 0);
    }
    int unsent = driver.flush();
    long start = System.nanoTime();
    long waited = 0;
    for (int received = 0; received < DATAGRAMS && waited < WAIT_NANOS; ) {
      driver.await(Math.min(WAIT_NANOS - waited, TimeUnit.MILLISECONDS.toNanos(10)));
      unsent = unsent == 0 ? 0 : driver.flush();
      received += driver.receive(this, DATAGRAMS);
      waited = System.nanoTime() - start;
    }
    return good == DATAGRAMS
        ? null
        : good + " of " + DATAGRAMS + " datagrams that it sent to itself on ::1 arrived";
  }

  @Override
  public void onDatagram(
      MemorySegment buffer, long offset, int length, InetSocketAddress source, int ecn) {
    if (length == DATAGRAM_BYTES
        && buffer.get(ValueLayout.JAVA_BYTE, offset) == good
        && buffer.get(ValueLayout.JAVA_BYTE, offset + length - 1) == good) {
      good++;
    }
  }
}
