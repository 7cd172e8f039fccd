package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.connection.SimulatedPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.stream.Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Whatever hosts and network do, in whatever order: what a connection guarantees holds. */
class LifeProperties {
  private static final long IDLE_NANOS = 5 * SECOND;

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void shouldKeepItsPromisesWhateverHappens(@ForAll long seed) {
    Random random = new Random(seed);
    SimulatedPair pair =
        new SimulatedPair(
            seed,
            conditions(random),
            settings ->
                settings
                    .idleTimeoutNanos(IDLE_NANOS)
                    .streamWindowBytes(20_000)
                    .connectionWindowBytes(50_000)
                    .sendBufferBytes(20_000)
                    .bidirectionalStreamsMax(5)
                    .unidirectionalStreamsMax(5));
    pair.client.bytesPerStream = random.nextInt(60_000);
    pair.server.bytesPerStream = random.nextInt(60_000);
    pair.client.taskNanos = random.nextInt(50_000_000);
    pair.server.taskNanos = random.nextInt(50_000_000);
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    for (int i = 0; i < 60; i++) {
      pair.network.runFor(random.nextInt(40_000_000));
      act(pair, random.nextBoolean() ? pair.client : pair.server, random);
    }
    pair.network.setConditions(LinkConditions.BLACKHOLE);
    long silentSince = pair.network.nowNanos();
    boolean ended = pair.runUntil(() -> isOver(pair.client) && isOver(pair.server), 3_600);

    assertThat(ended).as("both sides end").isTrue();
    // A PTO can be longer than the timeout under loss; three of them are the limit then.
    assertThat(pair.network.nowNanos() - silentSince).isLessThan(40 * SECOND);
    for (SimulatedPeer peer : List.of(pair.client, pair.server)) {
      assertThat(peer.wrong).isEmpty();
      assertThat(peer.count(ConnectionEvent.Closed.class)).isLessThanOrEqualTo(1);
      CloseReason reason = peer.closeReason();
      // A close during the handshake doesn't tell the application's code (RFC 9000, 10.2.3).
      boolean closedByHost =
          reason != null
              && (reason.application()
                  || reason.errorCode() == TransportErrorCode.APPLICATION_ERROR);
      if (reason != null && !closedByHost) {
        assertThat(reason.origin())
            .as(reason.toString())
            .isNotIn(CloseReason.Origin.LOCAL, CloseReason.Origin.PEER);
      }
    }
    pair.client.discardAll();
    pair.server.discardAll();
    assertThat(pair.clientPool.acquired()).isZero();
    assertThat(pair.serverPool.acquired()).isZero();
  }

  private static boolean isOver(SimulatedPeer peer) {
    return peer.connection == null || peer.isDrained();
  }

  private static LinkConditions conditions(Random random) {
    return LinkConditions.PERFECT
        .withDelay(random.nextInt(50_000_000), random.nextInt(20_000_000))
        .withLoss(random.nextDouble() * 0.2, 1 + random.nextInt(4))
        .withDuplication(random.nextDouble() * 0.2)
        .withReordering(random.nextDouble() * 0.3)
        .withCorruption(random.nextDouble() * 0.1);
  }

  private static void act(SimulatedPair pair, SimulatedPeer peer, Random random) {
    if (peer.connection == null) {
      return;
    }
    long now = pair.network.nowNanos();
    List<Stream> streams = new ArrayList<>(peer.streams());
    Stream stream = streams.isEmpty() ? null : streams.get(random.nextInt(streams.size()));
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> peer.open(random.nextBoolean(), now);
      case 3 -> peer.connection.updateKeys();
      case 4 -> {
        if (stream != null) {
          peer.connection.reset(stream, 1);
        }
      }
      case 5 -> {
        if (stream != null) {
          peer.connection.stopSending(stream, 2);
        }
      }
      case 6 -> {
        if (stream != null && stream.hasReceivePart()) {
          stream.receiveBuffer().discard();
          peer.connection.handleStreamProgress(stream, now);
        }
      }
      case 7 -> peer.readsStreams = !peer.readsStreams;
      case 8 -> pair.network.setConditions(conditions(random));
      case 9 -> {
        if (random.nextInt(20) == 0) {
          peer.connection.close(3, "by chance", now);
        }
      }
      default -> peer.work(now);
    }
    peer.work(now);
  }
}
