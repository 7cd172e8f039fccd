package io.hypermesh.stoq.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The example of the simulated network that the Javadoc shows, run. */
class SimulationExamplesTest {
  private static final InetSocketAddress CLIENT = address("2001:db8::1", 5_000);
  private static final InetSocketAddress SERVER = address("2001:db8::2", 9_292);
  private static final InetSocketAddress OUTSIDE = address("2001:db8::3", 40_000);

  @Test
  void shouldAskUntilThereIsAnAnswer() {
    Run run = run(7);
    assertThat(run.answered()).isTrue();
    assertThat(run.tookNanos()).isGreaterThan(2_000_000_000L);
    assertThat(run.seen())
        .allMatch(from -> from.getAddress().equals(OUTSIDE.getAddress()))
        .doesNotContain(CLIENT, OUTSIDE);
    assertThat(run(7)).as("the same seed, the same run").isEqualTo(run);
  }

  private record Run(boolean answered, long tookNanos, long lost, Set<InetSocketAddress> seen) {}

  private static Run run(long seed) {
    // @start region="network"
    long second = 1_000_000_000L;
    LinkConditions bad =
        LinkConditions.PERFECT
            .withDelay(30_000_000, 5_000_000)
            .withLoss(0.2, 3)
            .withReordering(0.1)
            .withBottleneck(Bottleneck.ofMegabits(10, 50))
            .withMtu(1_280);
    SimulatedNetwork network = new SimulatedNetwork(seed, bad);
    network.setSchedule(LinkSchedule.always(bad).blackhole(0, 2 * second));

    Asking client = new Asking(SERVER);
    Answering server = new Answering();
    network.attach(CLIENT, client, Nat.rebindingEvery(OUTSIDE, Nat.Rebinding.PORT, second, second));
    network.attach(SERVER, server);
    boolean answered = network.runUntil(client::isAnswered, 60 * second); // of virtual time
    // @end
    return new Run(answered, network.nowNanos(), network.lostCount(), server.seen);
  }

  // @start region="node"
  /** Asks every 200 milliseconds until there is an answer. */
  static final class Asking implements SimulatedNode {
    private final InetSocketAddress server;
    private long askAtNanos;
    private boolean asking;
    private boolean answered;

    Asking(InetSocketAddress server) {
      this.server = server;
    }

    boolean isAnswered() {
      return answered;
    }

    @Override
    public void handleDatagram(
        MemorySegment datagram,
        InetSocketAddress from,
        InetSocketAddress to,
        int ecn,
        long nowNanos) {
      answered = true;
    }

    @Override
    public long nextDeadlineNanos() {
      return answered ? Long.MAX_VALUE : askAtNanos;
    }

    @Override
    public void handleTimeout(long nowNanos) {
      asking = true;
      askAtNanos = nowNanos + 200_000_000;
    }

    @Override
    public int pollTransmit(MemorySegment buffer, long nowNanos) {
      if (!asking) {
        return 0;
      }
      asking = false;
      buffer.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, nowNanos);
      return Long.BYTES;
    }

    @Override
    public InetSocketAddress destination() {
      return server;
    }
  } // @end

  /** Sends back what it was sent last, and notes from where. */
  static final class Answering implements SimulatedNode {
    final Set<InetSocketAddress> seen = new LinkedHashSet<>();
    private InetSocketAddress asker = SERVER;
    private long question;
    private boolean toAnswer;

    @Override
    public void handleDatagram(
        MemorySegment datagram,
        InetSocketAddress from,
        InetSocketAddress to,
        int ecn,
        long nowNanos) {
      question = datagram.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
      seen.add(from);
      asker = from;
      toAnswer = true;
    }

    @Override
    public long nextDeadlineNanos() {
      return Long.MAX_VALUE;
    }

    @Override
    public void handleTimeout(long nowNanos) {
      // It has no deadline.
    }

    @Override
    public int pollTransmit(MemorySegment buffer, long nowNanos) {
      if (!toAnswer) {
        return 0;
      }
      toAnswer = false;
      buffer.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, question);
      return Long.BYTES;
    }

    @Override
    public InetSocketAddress destination() {
      return asker;
    }
  }

  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }
}
