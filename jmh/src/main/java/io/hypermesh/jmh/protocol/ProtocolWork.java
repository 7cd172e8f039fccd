package io.hypermesh.jmh.protocol;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Times each step of a {@link ProtocolPair} by itself, and counts what is allocated: what {@code
 * ProtocolBenchmark} gives for each side, and where in it the time goes. Prints a table of
 * nanoseconds a packet, medians over rounds of 1,024 packets.
 */
public final class ProtocolWork {
  /** Trains in a round. */
  private static final int TRAINS = 16;

  private static final int PACKETS = TRAINS * ProtocolPair.TRAIN;

  /** The steps, in the order in which they are done. */
  public static final List<String> STEPS =
      List.of(
          "send: acknowledgements taken in",
          "send: host's write",
          "send: datagrams written",
          "receive: datagrams taken in",
          "receive: host's read",
          "receive: acknowledgements written");

  private static final int SEND_STEPS = 3;

  /**
   * What was measured.
   *
   * @param stepNanos nanoseconds a packet that each step takes, in the order of {@link #STEPS}:
   *     medians
   * @param sendNanos nanoseconds a packet of the sending side: median
   * @param receiveNanos nanoseconds a packet of the receiving side: median
   * @param allocatedBytes Java objects' bytes a packet, of both sides together: median
   * @param acknowledgements datagrams with acknowledgements for each packet
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Result(
      double[] stepNanos,
      double sendNanos,
      double receiveNanos,
      double allocatedBytes,
      double acknowledgements) {}

  private final ProtocolPair pair;
  private final com.sun.management.ThreadMXBean threads =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final long[] nanos = new long[STEPS.size()];

  private ProtocolWork(ProtocolPair pair) {
    this.pair = pair;
  }

  /**
   * Measures.
   *
   * @param warmUpRounds rounds before the first that counts
   * @param rounds rounds that count, at least 1
   */
  public static Result measure(int warmUpRounds, int rounds)
      throws GeneralSecurityException, IOException {
    try (ProtocolPair pair = new ProtocolPair()) {
      ProtocolWork work = new ProtocolWork(pair);
      for (int i = 0; i < warmUpRounds; i++) {
        work.round();
      }
      return work.measure(rounds);
    }
  }

  private Result measure(int rounds) {
    double[][] steps = new double[nanos.length][rounds];
    double[] sends = new double[rounds];
    double[] receives = new double[rounds];
    double[] allocated = new double[rounds];
    long answers = 0;
    for (int round = 0; round < rounds; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      answers += round();
      allocated[round] = (double) (threads.getCurrentThreadAllocatedBytes() - before) / PACKETS;
      for (int step = 0; step < nanos.length; step++) {
        double each = (double) nanos[step] / PACKETS;
        steps[step][round] = each;
        if (step < SEND_STEPS) {
          sends[round] += each;
        } else {
          receives[round] += each;
        }
      }
    }
    if (pair.lost() > 0) {
      throw new IllegalStateException("couldn't measure: packets were lost in memory");
    }
    return new Result(
        Arrays.stream(steps).mapToDouble(ProtocolWork::median).toArray(),
        median(sends),
        median(receives),
        median(allocated),
        (double) answers / ((long) rounds * PACKETS));
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /** One round; returns datagrams with acknowledgements. */
  private int round() {
    Arrays.fill(nanos, 0);
    int answers = 0;
    for (int train = 0; train < TRAINS; train++) {
      long start = System.nanoTime();
      pair.handleAcknowledgements();
      start = lap(0, start);
      pair.write();
      start = lap(1, start);
      int sent = pair.transmit();
      start = lap(2, start);
      pair.handleDatagrams();
      start = lap(3, start);
      pair.read();
      start = lap(4, start);
      pair.acknowledge();
      lap(5, start);
      answers += pair.acknowledgements();
      if (sent != ProtocolPair.TRAIN) {
        throw new IllegalStateException("couldn't send a whole train: " + sent);
      }
    }
    return answers;
  }

  private long lap(int step, long start) {
    long now = System.nanoTime();
    nanos[step] += now - start;
    return now;
  }

  /** The table's lines. */
  public static String table(Result result) {
    StringBuilder table = new StringBuilder("| step | ns a packet |\n|---|---:|\n");
    for (int step = 0; step < STEPS.size(); step++) {
      line(table, STEPS.get(step), result.stepNanos()[step]);
    }
    line(table, "**send**", result.sendNanos());
    line(table, "**receive**", result.receiveNanos());
    line(table, "allocated bytes a packet, both sides", result.allocatedBytes());
    line(table, "packets for each datagram with acknowledgements", 1 / result.acknowledgements());
    return table.toString();
  }

  private static void line(StringBuilder table, String title, double value) {
    table.append(String.format(Locale.ROOT, "| %s | %.1f |%n", title, value));
  }

  /**
   * Prints the table a few times.
   *
   * @param arguments how often (3), with how many rounds of warm-up (20,000) and how many that
   *     count (3,000)
   */
  @SuppressWarnings("SystemOut") // a program
  public static void main(String[] arguments) throws GeneralSecurityException, IOException {
    int times = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    int warmUp = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20_000;
    int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3_000;
    for (int time = 0; time < times; time++) {
      System.out.println(table(measure(warmUp, rounds)));
    }
  }
}
