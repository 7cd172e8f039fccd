package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.PacketNumberSpace.APPLICATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.TransportException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever the network and the peer do, the books balance. */
class RecoveryProperties {
  /** What was sent, and what is still open, as the test keeps it. */
  private static final class Books {
    final RecoveryHarness peer;
    final Map<String, Integer> open = new HashMap<>();
    final Map<PacketNumberSpace, TreeSet<Long>> sent = new HashMap<>();
    final Set<String> told = new HashSet<>();
    final Random random;
    long ceCount;

    Books(long seed) {
      this(seed, CongestionAlgorithm.NEW_RENO);
    }

    Books(long seed, CongestionAlgorithm algorithm) {
      random = new Random(seed);
      peer =
          new RecoveryHarness(true, algorithm.create(RecoveryHarness.DATAGRAM, new Random(seed)));
      peer.recovery.onHandshakeConfirmed(peer.now);
      peer.marks = true;
      for (PacketNumberSpace space : PacketNumberSpace.values()) {
        sent.put(space, new TreeSet<>());
      }
    }

    PacketNumberSpace anySpace() {
      PacketNumberSpace[] spaces = PacketNumberSpace.values();
      return spaces[random.nextInt(spaces.length)];
    }

    void send(PacketNumberSpace space) {
      boolean ackOnly = random.nextInt(4) == 0;
      int size = 40 + random.nextInt(1160);
      long number = peer.send(space, size, !ackOnly, !ackOnly);
      sent.get(space).add(number);
      if (!ackOnly) {
        open.put(RecoveryHarness.name(space, number), size);
      }
    }

    void ackSome(PacketNumberSpace space, double share) throws TransportException {
      long[] numbers =
          sent.get(space).stream()
              .filter(number -> random.nextDouble() < share)
              .mapToLong(Long::longValue)
              .toArray();
      if (numbers.length > 0) {
        if (random.nextInt(4) == 0) {
          ceCount += random.nextInt(3);
          peer.ackWithEcn(space, random.nextInt(50), ceCount, numbers);
        } else {
          peer.ackDelayed(space, random.nextInt(30_000_000), numbers);
        }
      }
    }

    /** What else may happen to a path. */
    void disturb() {
      switch (random.nextInt(4)) {
        case 0 ->
            peer.recovery.switchPath(
                RecoveryHarness.path(
                    CongestionAlgorithm.CUBIC.create(RecoveryHarness.DATAGRAM, random)),
                peer.now);
        case 1 -> peer.recovery.onApplicationLimited();
        case 2 -> peer.marks = random.nextBoolean();
        default -> peer.controller.onPersistentCongestion(peer.now);
      }
    }

    void check() {
      for (String name : peer.acked) {
        assertThat(told.add(name)).as("%s is told of once", name).isTrue();
        assertThat(open.remove(name)).isNotNull();
      }
      for (String name : peer.lost) {
        assertThat(told.add(name)).as("%s is told of once", name).isTrue();
        assertThat(open.remove(name)).isNotNull();
      }
      peer.acked.clear();
      peer.lost.clear();
      long bytes = open.values().stream().mapToLong(Integer::longValue).sum();
      assertThat(peer.recovery.bytesInFlight()).isEqualTo(bytes);
      assertThat(peer.recovery.congestionWindowBytes())
          .isGreaterThanOrEqualTo(2L * RecoveryHarness.DATAGRAM);
      assertThat(peer.recovery.congestionWindowBytes())
          .isLessThanOrEqualTo(LossBased.WINDOW_BYTES_MAX);
      assertThat(peer.recovery.congestionWindowAvailable()).isNotNegative();
      assertThat(peer.recovery.pacingBytesPerSecond()).isPositive();
      assertThat(peer.recovery.spuriousLossCount())
          .isLessThanOrEqualTo(peer.recovery.lostPacketCount());
      assertThat(peer.recovery.hasAckElicitingInFlight()).isEqualTo(!open.isEmpty());
      assertThat(peer.recovery.nextDeadlineNanos() != Long.MAX_VALUE)
          .as("a deadline as long as something is in flight")
          .isEqualTo(!open.isEmpty());
    }
  }

  @Property(tries = 500)
  void shouldAccountForEveryPacketWhateverIsAcknowledged(
      @ForAll long seed,
      @ForAll CongestionAlgorithm algorithm,
      @ForAll @IntRange(min = 1, max = 200) int steps)
      throws TransportException {
    Books books = new Books(seed, algorithm);
    for (int step = 0; step < steps; step++) {
      PacketNumberSpace space = books.anySpace();
      switch (books.random.nextInt(6)) {
        case 0, 1 -> books.send(space);
        case 2 -> books.ackSome(space, books.random.nextDouble());
        case 3 -> books.peer.advance(books.random.nextInt(300));
        case 4 -> books.disturb();
        default -> {
          if (books.peer.deadlineMillis() >= 0) {
            books.peer.timeOut();
          } else {
            books.peer.recovery.onTimeout(books.peer.now, books.peer);
          }
        }
      }
      books.check();
    }
    for (PacketNumberSpace space : PacketNumberSpace.values()) {
      books.ackSome(space, 1);
    }
    books.check();
    assertThat(books.open).isEmpty();
    assertThat(books.peer.recovery.bytesInFlight()).isZero();
  }

  @Property(tries = 200)
  void shouldLoseEverythingBeforeTheLastPacketInTheEndIfOnlyThatArrives(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 300) int packets)
      throws TransportException {
    Books books = new Books(seed);
    for (int i = 0; i < packets; i++) {
      books.send(APPLICATION);
      books.peer.now += books.random.nextInt(1_000_000);
    }
    books.peer.advance(50);
    books.peer.ack(APPLICATION, packets - 1);
    while (books.peer.recovery.bytesInFlight() > 0
        && books.peer.recovery.probeTimeoutCount() == 0) {
      books.peer.timeOut();
    }
    books.check();
    assertThat(books.open).isEmpty();
  }

  @Property(tries = 200)
  void shouldSurviveASpaceDiscardedAtAnyTime(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int packets)
      throws TransportException {
    Books books = new Books(seed);
    for (int i = 0; i < packets; i++) {
      books.send(books.anySpace());
      books.ackSome(books.anySpace(), 0.3);
    }
    books.check();
    PacketNumberSpace gone = books.anySpace();
    books.peer.recovery.discardSpace(gone, books.peer.now);
    books.open.keySet().removeIf(name -> name.charAt(0) == gone.name().charAt(0));
    books.check();
  }
}
