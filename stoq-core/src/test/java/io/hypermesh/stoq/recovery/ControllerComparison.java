package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.recovery.RecoveryHarness.millis;

import io.hypermesh.stoq.packet.TransportException;
import java.util.Random;

/**
 * Prints how the controllers compare on modelled links, as Markdown. Deterministic; run it as a
 * main class of the test scope.
 */
final class ControllerComparison {
  private static final double RUN_MILLIS = 20_000;

  private record Link(
      String name, double bitsPerSecond, double roundTripMillis, double queueBdp, double loss) {
    long bdp() {
      return (long) (bitsPerSecond / 8 * roundTripMillis / 1000);
    }

    FlowSimulation simulation(long markAboveBytes) {
      long delay = millis(roundTripMillis / 2);
      long queue = (long) Math.max(queueBdp * bdp(), 10 * FlowSimulation.DATAGRAM);
      Bottleneck bottleneck =
          new Bottleneck(bitsPerSecond, delay, queue, 1).loss(loss).markAbove(markAboveBytes);
      return new FlowSimulation(bottleneck, delay);
    }
  }

  private static final Link[] LINKS = {
    new Link("100 Mbit/s, 40 ms, queue 1 BDP", 100e6, 40, 1, 0),
    new Link("same, queue 0.25 BDP", 100e6, 40, 0.25, 0),
    new Link("same, queue 4 BDP", 100e6, 40, 4, 0),
    new Link("same, queue 1 BDP, 0.1% random loss", 100e6, 40, 1, 0.001),
    new Link("same, queue 1 BDP, 1% random loss", 100e6, 40, 1, 0.01),
    new Link("1 Gbit/s, 2 ms, queue 1 BDP", 1e9, 2, 1, 0),
    new Link("20 Mbit/s, 200 ms, queue 1 BDP", 20e6, 200, 1, 0),
    new Link("1 Mbit/s, 40 ms, queue 4 BDP", 1e6, 40, 4, 0),
  };

  private ControllerComparison() {}

  /** Prints the table. */
  public static void main(String[] arguments) throws TransportException {
    System.out.println("| link | | utilisation | queue, mean, in BDP | lost |");
    System.out.println("|---|---|---|---|---|");
    for (Link link : LINKS) {
      for (CongestionAlgorithm algorithm : CongestionAlgorithm.values()) {
        FlowSimulation simulation = link.simulation(Long.MAX_VALUE);
        simulation.add(algorithm.create(FlowSimulation.DATAGRAM, new Random(7)));
        simulation.run(millis(RUN_MILLIS));
        System.out.printf(
            "| %s | %s | %.0f%% | %.2f | %.2f%% |%n",
            link.name(),
            algorithm,
            100 * Math.min(1, simulation.link.utilisation(millis(RUN_MILLIS))),
            simulation.link.averageQueueBytes() / (double) link.bdp(),
            100 * simulation.link.lossShare());
      }
    }
  }
}
