package io.hypermesh.stoq.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each condition of a link and of what stands before a node does what it says. */
class LinkConditionsTest {
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final InetSocketAddress HERE = address("fd00::1", 1);
  private static final InetSocketAddress THERE = address("fd00::2", 2);
  private static final InetSocketAddress OUTSIDE = address("fd00::ff", 5_000);
  private static final int ECT_0 = 2;
  private static final int CE = 3;

  private record Datagram(int number, int bytes) {}

  private record Received(
      int number, long atNanos, InetSocketAddress from, InetSocketAddress to, int ecn) {}

  /** Sends what it's told, when it's told, and notes what comes. */
  private static final class Node implements SimulatedNode {
    private final ArrayDeque<Datagram> toSend = new ArrayDeque<>();
    private final List<Received> received = new ArrayList<>();
    private InetSocketAddress destination = THERE;
    private InetSocketAddress source;
    private int ecn;
    private int next;

    void send(int count, int bytes) {
      for (int i = 0; i < count; i++) {
        toSend.add(new Datagram(next++, bytes));
      }
    }

    List<Integer> numbers() {
      return received.stream().map(Received::number).toList();
    }

    @Override
    public void handleDatagram(
        MemorySegment datagram,
        InetSocketAddress from,
        InetSocketAddress to,
        int ecnBits,
        long nowNanos) {
      int number = datagram.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
      received.add(new Received(number, nowNanos, from, to, ecnBits));
    }

    @Override
    public void handleTimeout(long nowNanos) {}

    @Override
    public long nextDeadlineNanos() {
      return Long.MAX_VALUE;
    }

    @Override
    public int pollTransmit(MemorySegment buffer, long nowNanos) {
      Datagram datagram = toSend.poll();
      if (datagram == null) {
        return 0;
      }
      buffer.set(ValueLayout.JAVA_INT_UNALIGNED, 0, datagram.number());
      return datagram.bytes();
    }

    @Override
    public InetSocketAddress destination() {
      return destination;
    }

    @Override
    public InetSocketAddress source() {
      return source;
    }

    @Override
    public int ecn() {
      return ecn;
    }
  }

  private static final class LossCounter implements NetworkListener {
    private final Map<LossCause, Integer> causes = new EnumMap<>(LossCause.class);
    private final List<SimulatedDatagram> sent = new ArrayList<>();

    @Override
    public void onSent(SimulatedDatagram datagram) {
      sent.add(datagram);
    }

    @Override
    public void onLost(SimulatedDatagram datagram, LossCause cause) {
      causes.merge(cause, 1, Integer::sum);
    }
  }

  private final Node here = new Node();
  private final Node there = new Node();
  private final LossCounter losses = new LossCounter();

  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  private SimulatedNetwork network(LinkConditions conditions) {
    SimulatedNetwork network = new SimulatedNetwork(1, conditions);
    network.attach(HERE, here);
    network.attach(THERE, there);
    network.setListener(losses);
    return network;
  }

  @Test
  void shouldSpaceDatagramsByTheBottleneck() {
    // 1,000 bytes a millisecond; each packet has 952 + 48.
    SimulatedNetwork network =
        network(
            LinkConditions.PERFECT.withBottleneck(
                new Bottleneck(1_000_000, 100_000, Long.MAX_VALUE)));
    here.send(5, 952);
    network.runFor(SECOND);
    assertThat(there.received)
        .extracting(Received::atNanos)
        .containsExactly(11 * MILLI, 12 * MILLI, 13 * MILLI, 14 * MILLI, 15 * MILLI);
  }

  @Test
  void shouldDropTheTailOfAFullQueue() {
    SimulatedNetwork network =
        network(
            LinkConditions.PERFECT.withBottleneck(
                new Bottleneck(1_000_000, 3_000, Long.MAX_VALUE)));
    here.send(5, 952);
    network.runFor(SECOND);
    assertThat(there.numbers()).containsExactly(0, 1, 2);
    assertThat(losses.causes).containsOnly(Map.entry(NetworkListener.LossCause.QUEUE_FULL, 2));
    here.send(1, 952);
    network.runFor(SECOND);
    assertThat(there.numbers()).containsExactly(0, 1, 2, 5);
  }

  @Test
  void shouldMarkFromALongQueueOnWhatMayBeMarked() {
    SimulatedNetwork network =
        network(
            LinkConditions.PERFECT.withBottleneck(Bottleneck.ofMegabits(8, 10).withMarking(2_500)));
    here.ecn = ECT_0;
    here.send(4, 952);
    network.runFor(SECOND);
    assertThat(there.received).extracting(Received::ecn).containsExactly(ECT_0, ECT_0, CE, CE);
    here.ecn = 0;
    here.send(4, 952);
    network.runFor(SECOND);
    assertThat(there.received.subList(4, 8)).extracting(Received::ecn).containsOnly(0);
  }

  @Test
  void shouldTreatEcnBitsAsAsked() {
    here.ecn = ECT_0;
    for (EcnTreatment treatment : EcnTreatment.values()) {
      SimulatedNetwork network = network(LinkConditions.PERFECT.withEcn(treatment));
      here.send(1, 100);
      network.runFor(SECOND);
    }
    assertThat(there.received).extracting(Received::ecn).containsExactly(ECT_0, 0, CE, 1);
  }

  @Test
  void shouldLoseWhatIsLargerThanTheMtu() {
    SimulatedNetwork network = network(LinkConditions.PERFECT.withMtu(1_280));
    here.send(1, 1_232);
    here.send(1, 1_233);
    network.runFor(SECOND);
    assertThat(there.numbers()).containsExactly(0);
    assertThat(losses.causes).containsOnly(Map.entry(NetworkListener.LossCause.TOO_LARGE, 1));
  }

  @Test
  void shouldLoseByGilbertsModelInRuns() {
    // Good for 100 datagrams, bad for 10, on average; all are lost in the bad state.
    SimulatedNetwork network =
        network(LinkConditions.PERFECT.withLoss(new LossModel.Gilbert(0.01, 0.1, 0, 1)));
    here.send(50_000, 100);
    network.runFor(SECOND);
    int lost = 50_000 - there.received.size();
    assertThat(lost).isCloseTo(4_545, within(700));
    int runs = 0;
    for (int i = 1; i < there.received.size(); i++) {
      runs += there.received.get(i).number() - there.received.get(i - 1).number() > 1 ? 1 : 0;
    }
    assertThat((double) lost / runs).isCloseTo(10, within(1.5));
  }

  @Test
  void shouldCorruptNoMoreInARowThanAllowedAndTheFirstBytesOnly() {
    SimulatedNetwork network =
        network(LinkConditions.PERFECT.withCorruption(new Corruption(0.9, 3, 4)));
    here.send(10_000, 100);
    network.runFor(SECOND);
    int inARow = 0;
    int wrong = 0;
    for (int i = 0; i < 10_000; i++) {
      boolean corrupted = there.received.get(i).number() != i;
      inARow = corrupted ? inARow + 1 : 0;
      wrong += corrupted ? 1 : 0;
      assertThat(inARow).isLessThanOrEqualTo(3);
    }
    // Runs of three, then one that passes, with shorter ones between: 2.439 of 3.439.
    assertThat(wrong).isCloseTo(7_092, within(150));
  }

  @Test
  void shouldLoseNoMoreInARowThanAllowed() {
    SimulatedNetwork network =
        network(LinkConditions.PERFECT.withLoss(new LossModel.Independent(0.9, 3)));
    here.send(10_000, 100);
    network.runFor(SECOND);
    for (int i = 1; i < there.received.size(); i++) {
      int gap = there.received.get(i).number() - there.received.get(i - 1).number() - 1;
      assertThat(gap).isLessThanOrEqualTo(3);
    }
    assertThat(there.received.size()).isCloseTo(2_908, within(150));
  }

  @Test
  void shouldFollowItsScheduleAndEachDirectionItsOwn() {
    SimulatedNetwork network = network(LinkConditions.PERFECT);
    network.setSchedule(
        HERE,
        THERE,
        LinkSchedule.always(LinkConditions.PERFECT)
            .then(200 * MILLI, LinkConditions.PERFECT.withDelay(50 * MILLI, 0))
            .blackhole(100 * MILLI, 200 * MILLI));
    there.destination = HERE;
    for (int i = 0; i < 3; i++) {
      here.send(1, 100);
      there.send(1, 100);
      network.runFor(100 * MILLI);
    }
    assertThat(there.received)
        .extracting(Received::atNanos)
        .containsExactly(10 * MILLI, 250 * MILLI);
    assertThat(here.received)
        .extracting(Received::atNanos)
        .containsExactly(10 * MILLI, 110 * MILLI, 210 * MILLI);
    network.setSchedule(HERE, THERE, null);
    here.send(1, 100);
    network.runFor(100 * MILLI);
    assertThat(there.received.getLast().atNanos()).isEqualTo(310 * MILLI);
  }

  @Test
  void shouldBeInterruptedAgainAndAgain() {
    LinkSchedule schedule =
        LinkSchedule.always(LinkConditions.PERFECT).interrupted(5 * SECOND, 2 * SECOND);
    assertThat(schedule.conditionsAt(0)).isEqualTo(LinkConditions.PERFECT);
    assertThat(schedule.conditionsAt(5 * SECOND - 1)).isEqualTo(LinkConditions.PERFECT);
    assertThat(schedule.conditionsAt(5 * SECOND)).isEqualTo(LinkConditions.BLACKHOLE);
    assertThat(schedule.conditionsAt(7 * SECOND)).isEqualTo(LinkConditions.PERFECT);
    assertThat(schedule.conditionsAt(13 * SECOND)).isEqualTo(LinkConditions.BLACKHOLE);
  }

  @Test
  void shouldShowANodeBehindANatAtItsAddressOutsideOnly() {
    SimulatedNetwork network = new SimulatedNetwork(1, LinkConditions.PERFECT);
    network.attach(HERE, here, Nat.fixed(OUTSIDE));
    network.attach(THERE, there);
    here.send(1, 100);
    there.destination = OUTSIDE;
    there.send(1, 100);
    network.runFor(SECOND);
    assertThat(there.received.getFirst().from()).isEqualTo(OUTSIDE);
    assertThat(here.received.getFirst().to()).isEqualTo(HERE);
    there.destination = HERE;
    there.send(1, 100);
    network.runFor(SECOND);
    assertThat(here.received).hasSize(1);
    assertThat(network.lostCount()).isEqualTo(1);
  }

  @Test
  void shouldRebindPortOrAddressAndForgetTheOneBefore() {
    for (Nat.Rebinding what : Nat.Rebinding.values()) {
      Nat nat = Nat.rebindingEvery(OUTSIDE, what, SECOND, 5 * SECOND);
      assertThat(nat.externalAt(SECOND - 1)).isEqualTo(OUTSIDE);
      InetSocketAddress second = nat.externalAt(SECOND);
      assertThat(second.getPort()).isEqualTo(5_001);
      assertThat(second.getAddress().equals(OUTSIDE.getAddress()))
          .isEqualTo(what == Nat.Rebinding.PORT);
      assertThat(nat.externalAt(6 * SECOND - 1)).isEqualTo(second);
      assertThat(nat.externalAt(6 * SECOND).getPort()).isEqualTo(5_002);
    }
    SimulatedNetwork network = new SimulatedNetwork(1, LinkConditions.PERFECT);
    Nat nat = Nat.rebindingAt(OUTSIDE, Nat.Rebinding.ADDRESS, List.of(5 * MILLI));
    network.attach(HERE, here, nat);
    network.attach(THERE, there);
    there.destination = OUTSIDE;
    there.send(1, 100);
    // The binding is forgotten while the datagram is under way.
    network.runFor(SECOND);
    assertThat(here.received).isEmpty();
    there.destination = address("fd00::100", 5_001);
    there.send(1, 100);
    network.runFor(SECOND);
    assertThat(here.received).hasSize(1);
  }

  @Test
  void shouldLetANodeChooseAmongItsAddresses() {
    SimulatedNetwork network = network(LinkConditions.PERFECT);
    InetSocketAddress second = address("fd00::3", 3);
    network.attach(second, here);
    here.source = second;
    here.send(1, 100);
    there.destination = second;
    there.send(1, 100);
    network.runFor(SECOND);
    assertThat(there.received).extracting(Received::from).containsExactly(second);
    assertThat(here.received).extracting(Received::to).containsExactly(second);
  }

  @Test
  void shouldLoseWhatTheFilterSaysAndShowTheRest() {
    SimulatedNetwork network = network(LinkConditions.PERFECT);
    network.setFilter((datagram, number) -> number != 2 && number != 3);
    here.send(4, 100);
    network.runFor(SECOND);
    assertThat(there.numbers()).containsExactly(0, 3);
    assertThat(losses.causes).containsOnly(Map.entry(NetworkListener.LossCause.FILTERED, 2));
    assertThat(losses.sent).hasSize(4).allMatch(d -> d.payload().byteSize() == 100);
    assertThat(network.sentBytes()).isEqualTo(400);
  }

  @Test
  void shouldDoWhatIsAskedForAtItsTimeInOrder() {
    SimulatedNetwork network = network(LinkConditions.PERFECT);
    List<String> done = new ArrayList<>();
    network.at(20 * MILLI, () -> done.add("second at " + network.nowNanos()));
    network.at(20 * MILLI, () -> done.add("third"));
    network.at(5 * MILLI, () -> done.add("first"));
    network.runFor(SECOND);
    assertThat(done).containsExactly("first", "second at 20000000", "third");
    assertThatThrownBy(() -> network.at(0, () -> {})).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldRefuseWhatCanNotBe() {
    assertThatThrownBy(() -> LinkConditions.PERFECT.withMtu(1_279))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkConditions.PERFECT.withCorruption(new Corruption(0.1, 0, 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Bottleneck(0, 1_500, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Bottleneck(1, 1_499, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LossModel.Gilbert(0, 0, 0, 1.5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LinkSchedule.always(LinkConditions.PERFECT).interrupted(0, SECOND))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Nat.rebindingEvery(OUTSIDE, Nat.Rebinding.PORT, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
