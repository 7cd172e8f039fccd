package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Whatever the network does, what one side writes the other side reads, in order and once. */
class TransferProperties {
  private static final int STREAMS = 4;

  private static final LinkConditions BAD =
      LinkConditions.PERFECT
          .withDelay(5_000_000, 2_000_000)
          .withLoss(0.05, 1)
          .withDuplication(0.05)
          .withReordering(0.05);

  private static final long HANDSHAKE_NANOS = 60 * SimulatedPair.SECOND;

  @Property(tries = 24, shrinking = ShrinkingMode.OFF)
  void shouldTransferWithFivePercentDroppedDuplicatedAndReordered(@ForAll long seed) {
    transfer(seed, BAD, 100_000);
  }

  @Property(tries = 3, shrinking = ShrinkingMode.OFF)
  void shouldTransferSeveralMebibytesBothWays(@ForAll long seed) {
    transfer(seed, BAD, 1 << 20);
  }

  @Property(tries = 12, shrinking = ShrinkingMode.OFF)
  void shouldTransferWithCorruptedDatagrams(@ForAll long seed) {
    transfer(seed, LinkConditions.PERFECT.withCorruption(0.05).withLoss(0.02, 3), 100_000);
  }

  private static void transfer(long seed, LinkConditions conditions, long bytesPerStream) {
    // A burst of losses can take the first 10 seconds' datagrams, of which there are seven.
    SimulatedPair pair =
        new SimulatedPair(
            seed, conditions, settings -> settings.handshakeTimeoutNanos(HANDSHAKE_NANOS));
    pair.client.bytesPerStream = bytesPerStream;
    pair.server.bytesPerStream = bytesPerStream;
    pair.client.taskNanos = 3_000_000;
    pair.server.taskNanos = 3_000_000;
    assertThat(pair.connect()).as("connected").isTrue();
    for (int i = 0; i < STREAMS; i++) {
      Stream stream = pair.client.open(true, pair.network.nowNanos());
      assertThat(stream).isNotNull();
    }
    boolean done =
        pair.runUntil(
            () -> pair.client.streamsEnded == STREAMS && pair.server.streamsEnded == STREAMS, 600);
    assertThat(pair.client.wrong).isEmpty();
    assertThat(pair.server.wrong).isEmpty();
    assertThat(done)
        .as(
            "done: %s of %s and %s, %s %s",
            pair.client.bytesRead,
            STREAMS * bytesPerStream,
            pair.server.bytesRead,
            pair.client.closeReason(),
            pair.server.closeReason())
        .isTrue();
    assertThat(pair.client.bytesRead).isEqualTo(STREAMS * bytesPerStream);
    assertThat(pair.server.bytesRead).isEqualTo(STREAMS * bytesPerStream);
    // The last acknowledgements pass, and every chunk is back.
    pair.network.runFor(20 * SimulatedPair.SECOND);
    assertThat(pair.clientPool.acquired()).isZero();
    assertThat(pair.serverPool.acquired()).isZero();
    assertThat(pair.client.count(ConnectionEvent.StreamClosed.class)).isEqualTo(STREAMS);
    assertThat(pair.server.count(ConnectionEvent.StreamClosed.class)).isEqualTo(STREAMS);
  }
}
