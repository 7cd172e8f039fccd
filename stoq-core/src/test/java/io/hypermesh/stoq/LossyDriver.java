package io.hypermesh.stoq;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

// @start region="lossy"
/** Loses a share of the datagrams that arrive, by a seed. Both ends need one for loss both ways. */
public final class LossyDriver extends ForwardingDatagramDriver {
  private final double share;
  private final SplittableRandom random;
  private final AtomicLong lost = new AtomicLong();

  /**
   * @param share of the datagrams, 0 to 1
   */
  public LossyDriver(DatagramDriver driver, double share, long seed) {
    super(driver);
    this.share = share;
    this.random = new SplittableRandom(seed);
  }

  @Override
  public int receive(DatagramHandler handler, int limit) throws IOException {
    return super.receive(
        (buffer, offset, length, source, ecn) -> {
          if (random.nextDouble() < share) {
            lost.incrementAndGet();
          } else {
            handler.onDatagram(buffer, offset, length, source, ecn);
          }
        },
        limit);
  }

  /** Datagrams lost so far; any thread may ask. */
  public long lost() {
    return lost.get();
  }
} // @end
