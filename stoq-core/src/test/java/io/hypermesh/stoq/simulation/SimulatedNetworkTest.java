package io.hypermesh.stoq.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulatedNetworkTest {
  private static final InetSocketAddress HERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
  private static final InetSocketAddress THERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 2);

  /** Sends a number of numbered datagrams, one a millisecond, and keeps what comes. */
  private static class Counter implements SimulatedNode {
    private final int total;
    private final List<Integer> received = new ArrayList<>();
    private final List<Long> arrivals = new ArrayList<>();
    private int sent;
    private long nextNanos;

    Counter(int total) {
      this.total = total;
    }

    @Override
    public void handleDatagram(
        MemorySegment datagram,
        InetSocketAddress from,
        InetSocketAddress to,
        int ecn,
        long nowNanos) {
      received.add(datagram.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
      arrivals.add(nowNanos);
    }

    @Override
    public void handleTimeout(long nowNanos) {}

    @Override
    public long nextDeadlineNanos() {
      return sent < total ? nextNanos : Long.MAX_VALUE;
    }

    @Override
    public int pollTransmit(MemorySegment buffer, long nowNanos) {
      if (sent >= total || nowNanos < nextNanos) {
        return 0;
      }
      buffer.set(ValueLayout.JAVA_INT_UNALIGNED, 0, sent++);
      nextNanos = nowNanos + 1_000_000;
      return 4;
    }

    @Override
    public InetSocketAddress destination() {
      return THERE;
    }
  }

  private static Counter run(long seed, LinkConditions conditions, int total) {
    SimulatedNetwork network = new SimulatedNetwork(seed, conditions);
    Counter receiver = new Counter(0);
    network.attach(HERE, new Counter(total));
    network.attach(THERE, receiver);
    network.runFor(100_000_000_000L);
    assertThat(network.sentCount()).isEqualTo(total);
    assertThat(network.nowNanos()).isEqualTo(100_000_000_000L);
    return receiver;
  }

  @Test
  void shouldDeliverInOrderAfterTheDelay() {
    Counter receiver = run(1, LinkConditions.PERFECT, 100);

    assertThat(receiver.received).hasSize(100).isSorted();
    assertThat(receiver.arrivals.getFirst()).isEqualTo(10_000_000L);
    assertThat(receiver.arrivals.getLast()).isEqualTo(109_000_000L);
  }

  @Test
  void shouldLoseDuplicateReorderAndDamageAtTheRatesAskedFor() {
    int total = 20_000;
    assertThat(run(2, LinkConditions.PERFECT.withLoss(0.1, 1), total).received.size())
        .isCloseTo(18_000, within(300));
    assertThat(run(3, LinkConditions.PERFECT.withDuplication(0.1), total).received.size())
        .isCloseTo(22_000, within(300));
    List<Integer> reordered = run(4, LinkConditions.PERFECT.withReordering(0.1), total).received;
    assertThat(reordered).hasSize(total).isNotEqualTo(reordered.stream().sorted().toList());
    List<Integer> damaged = run(5, LinkConditions.PERFECT.withCorruption(0.1), total).received;
    long wrong = 0;
    for (int i = 0; i < total; i++) {
      wrong += damaged.get(i) == i ? 0 : 1;
    }
    assertThat(wrong).isCloseTo(2_000, within(300L));
  }

  @Test
  void shouldCarryEcnBitsAndTheAddressThatANodeNames() {
    SimulatedNetwork network = new SimulatedNetwork(11, LinkConditions.PERFECT);
    InetSocketAddress second = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3);
    List<Object> seen = new ArrayList<>();
    Counter sender =
        new Counter(1) {
          @Override
          public InetSocketAddress source() {
            return second;
          }

          @Override
          public int ecn() {
            return 2;
          }
        };
    network.attach(HERE, sender);
    network.attach(second, sender);
    network.attach(
        THERE,
        new Counter(0) {
          @Override
          public void handleDatagram(
              MemorySegment datagram,
              InetSocketAddress from,
              InetSocketAddress to,
              int ecn,
              long nowNanos) {
            seen.addAll(List.of(from, to, ecn));
          }
        });
    network.runFor(1_000_000_000L);
    assertThat(seen).containsExactly(second, THERE, 2);
  }

  @Test
  void shouldLoseInBursts() {
    List<Integer> received = run(6, LinkConditions.PERFECT.withLoss(0.01, 5), 20_000).received;
    for (int i = 1; i < received.size(); i++) {
      int gap = received.get(i) - received.get(i - 1) - 1;
      assertThat(gap == 0 || gap >= 5).as("a gap of " + gap).isTrue();
    }
    assertThat(new HashSet<>(received)).hasSizeLessThan(19_500);
  }

  @Test
  void shouldGiveTheSameRunForTheSameSeedOnly() {
    LinkConditions conditions = LinkConditions.PERFECT.withLoss(0.1, 2).withDelay(1_000, 9_000_000);
    assertThat(run(7, conditions, 1_000).arrivals).isEqualTo(run(7, conditions, 1_000).arrivals);
    assertThat(run(7, conditions, 1_000).arrivals).isNotEqualTo(run(8, conditions, 1_000).arrivals);
  }

  @Test
  void shouldLoseWhatGoesToNobody() {
    SimulatedNetwork network = new SimulatedNetwork(9, LinkConditions.PERFECT);
    network.attach(HERE, new Counter(5));
    network.runFor(1_000_000_000L);
    assertThat(network.lostCount()).isEqualTo(5);
    assertThat(network.deliveredCount()).isZero();
  }

  @Test
  void shouldStopANodeThatNeverComesToRest() {
    SimulatedNetwork network = new SimulatedNetwork(10, LinkConditions.BLACKHOLE);
    network.attach(
        HERE,
        new Counter(1) {
          @Override
          public int pollTransmit(MemorySegment buffer, long nowNanos) {
            return 4;
          }
        });
    assertThatThrownBy(() -> network.runFor(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldRefuseConditionsThatCanNotBe() {
    assertThatThrownBy(() -> LinkConditions.PERFECT.withLoss(1.1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkConditions.PERFECT.withLoss(0.1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkConditions.PERFECT.withCorruption(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkConditions.PERFECT.withDelay(-1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
