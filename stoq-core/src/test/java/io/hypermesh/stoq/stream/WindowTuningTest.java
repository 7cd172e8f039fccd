package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WindowTuningTest {
  private static final long RTT = 10_000_000;
  private static final long STREAM = 1_000;
  private static final long STREAM_MAX = 8_000;

  private final ChunkPool pool = new ChunkPool(64, 1_000, 100_000);
  private final ReceiveCredit connection = new ReceiveCredit(2_000, 50_000);
  private final ReceiveCredit stream = new ReceiveCredit(STREAM, STREAM_MAX);
  private final ReceiveBuffer buffer = new ReceiveBuffer(pool, STREAM, 8);
  private final WindowTuning tuning = new WindowTuning(connection, pool.receiveBudget());
  private long now = 1;

  private void consume(long bytes) {
    stream.use(bytes);
    stream.consume(bytes);
    connection.use(bytes);
    connection.consume(bytes);
  }

  /** Half a window of the stream is read; how long after the last one. */
  private boolean readHalf(long nanosLater) {
    now += nanosLater;
    tuning.onTime(now, RTT);
    consume((stream.windowBytes() + 1) / 2);
    boolean extended = tuning.extendStream(stream, buffer);
    tuning.extendConnection();
    return extended;
  }

  @Test
  void shouldDoubleAWindowWhoseHalfIsUsedUpWithinTwoRoundTrips() {
    assertThat(readHalf(1)).isTrue();
    assertThat(stream.windowBytes()).as("nothing to compare with").isEqualTo(STREAM);
    assertThat(readHalf(2 * RTT - 1)).isTrue();
    assertThat(stream.windowBytes()).isEqualTo(2 * STREAM);
    readHalf(2 * RTT - 1);
    assertThat(stream.windowBytes()).isEqualTo(4 * STREAM);
    assertThat(connection.windowBytes()).isGreaterThanOrEqualTo(6 * STREAM);
    assertThat(stream.limit()).isEqualTo(STREAM / 2 + STREAM / 2 + STREAM + 4 * STREAM);
  }

  @Test
  void shouldLeaveAWindowThatLastsLonger() {
    readHalf(1);
    for (int i = 0; i < 10; i++) {
      assertThat(readHalf(2 * RTT)).isTrue();
    }
    assertThat(stream.windowBytes()).isEqualTo(STREAM);
    assertThat(pool.receiveBudget().reserved()).isZero();
  }

  @Test
  void shouldStayWithinTheMaximum() {
    for (int i = 0; i < 20; i++) {
      readHalf(1);
    }
    assertThat(stream.windowBytes()).isEqualTo(STREAM_MAX);
    assertThat(connection.windowBytes()).isBetween(STREAM_MAX * 3 / 2, 50_000L);
    tuning.close();
    assertThat(pool.receiveBudget().reserved()).isZero();
  }

  @Test
  void shouldNotGrowBeforeTheRoundTripIsKnown() {
    for (int i = 0; i < 10; i++) {
      tuning.onTime(++now, 0);
      consume(500);
      assertThat(tuning.extendStream(stream, buffer)).isTrue();
      tuning.extendConnection();
    }
    assertThat(stream.windowBytes()).isEqualTo(STREAM);
  }

  @Test
  void shouldNotGrowWhileTheHostIsInsideTheBuffer() {
    ReceiveBuffer peeked = new ReceiveBuffer(pool, STREAM, 8);
    peeked.insert(0, java.lang.foreign.MemorySegment.ofArray(new byte[10]), 0, 10);
    assertThat(peeked.peek()).isNotNull();
    assertThat(peeked.growWindow(STREAM_MAX)).isFalse();
    peeked.consume(10);
    assertThat(peeked.growWindow(STREAM_MAX)).isTrue();
  }

  @Test
  void shouldExtendTheLimitTwiceAWindowAndNoMore() {
    int extended = 0;
    for (int i = 0; i < 10 * STREAM; i++) {
      tuning.onTime(now += RTT, RTT);
      consume(1);
      extended += tuning.extendStream(stream, buffer) ? 1 : 0;
      tuning.extendConnection();
    }
    assertThat(extended).isEqualTo(20);
  }

  @Test
  void shouldShareWhatMayGrow() {
    ReceiveBudget budget = new ReceiveBudget(1_000);
    assertThat(budget.tryReserve(0, 501)).isFalse();
    assertThat(budget.tryReserve(0, 500)).isTrue();
    assertThat(budget.tryReserve(500, 1)).as("more than is left for others").isFalse();
    assertThat(budget.tryReserve(0, 250)).isTrue();
    assertThat(budget.tryReserve(0, 125)).isTrue();
    assertThat(budget.reserved()).isEqualTo(875);
    budget.release(500);
    assertThat(budget.tryReserve(125, 125)).isTrue();
    ReceiveBudget none = new ReceiveBudget(0);
    assertThat(none.tryReserve(0, 1)).isFalse();
  }
}
