package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.simulation.LinkConditions;
import org.junit.jupiter.api.Test;

/** Receive windows on a simulated path with a round trip of 100 ms. */
class WindowGrowthTest {
  private static final long TOTAL = 6 << 20;

  private static long transferNanos(long streamWindowMax, long connectionWindowMax) {
    SimulatedPair pair =
        new SimulatedPair(
            3,
            LinkConditions.PERFECT.withDelay(50_000_000, 0),
            settings ->
                settings
                    .streamWindowBytes(64 << 10)
                    .streamWindowBytesMax(streamWindowMax)
                    .connectionWindowBytes(128 << 10)
                    .connectionWindowBytesMax(connectionWindowMax)
                    .pacing(false));
    pair.client.bytesPerStream = TOTAL;
    assertThat(pair.connect()).isTrue();
    long start = pair.network.nowNanos();
    assertThat(pair.client.open(true, start)).isNotNull();
    assertThat(pair.runUntil(() -> pair.server.streamsEnded == 1, 60)).isTrue();
    assertThat(pair.server.wrong).isEmpty();
    assertThat(pair.serverPool.receiveBudget().reserved()).isLessThanOrEqualTo(connectionWindowMax);
    long elapsed = pair.network.nowNanos() - start;
    pair.client.connection.close(0, "", pair.network.nowNanos());
    pair.network.runFor(SimulatedPair.SECOND);
    assertThat(pair.serverPool.receiveBudget().reserved()).isZero();
    return elapsed;
  }

  @Test
  void shouldTakeMoreInARoundTripWhereThePathCarriesIt() {
    long fixed = transferNanos(64 << 10, 128 << 10);
    long growing = transferNanos(16 << 20, 24 << 20);
    // 6 MiB in windows of 64 KiB make 96 round trips, unless they grow.
    assertThat(fixed).isGreaterThan(9 * SimulatedPair.SECOND);
    assertThat(growing).isLessThan(fixed / 3);
  }
}
