package io.hypermesh.jmh.compare;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The client connects and closes, one connection after the other. */
final class HandshakeDiscipline implements Contest.Discipline {
  static final String RATE = "a second";
  static final String MEDIAN = "p50 ms";
  static final String TAIL = "p99 ms";
  static final String CPU = "CPU ms each, both ends";

  private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int HANDSHAKES_MAX = 1_000_000;
  private static final double TAIL_QUANTILE = 0.99;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Connects, waits until the connection stands, and closes it. */
  @FunctionalInterface
  interface Connecting {
    /**
     * Does it once.
     *
     * @return when the connection stood, by {@link System#nanoTime()}
     */
    long connect() throws Exception;
  }

  /** The client's part, on its thread: as often as there is time for. */
  static Parameters repeat(String verb, Parameters arguments, Connecting connecting)
      throws Exception {
    if (!verb.equals("connect")) {
      throw new IllegalArgumentException("couldn't do what one who connects can't: " + verb);
    }
    long[] nanos = new long[HANDSHAKES_MAX];
    int count = 0;
    long start = System.nanoTime();
    long end = start + TimeUnit.MILLISECONDS.toNanos(arguments.big("millis"));
    long now = start;
    while (now < end && count < nanos.length) {
      nanos[count++] = connecting.connect() - now;
      now = System.nanoTime();
    }
    Arrays.sort(nanos, 0, count);
    Map<String, String> answer = new LinkedHashMap<>();
    answer.put("count", Integer.toString(count));
    answer.put("nanos", Long.toString(now - start));
    answer.put("median", Long.toString(nanos[count / 2]));
    answer.put("tail", Long.toString(nanos[(int) (count * TAIL_QUANTILE)]));
    return new Parameters(answer);
  }

  private static Parameters connect(Contest.Pair pair, Duration time)
      throws ContestantException, InterruptedException {
    return pair.client().ask(time.plus(PATIENCE), "connect", "millis=" + time.toMillis());
  }

  @Override
  public void warmUp(Contest.Pair pair, Duration time)
      throws ContestantException, InterruptedException {
    Parameters _ = connect(pair, time);
  }

  @Override
  public Map<String, Double> measure(Contest.Pair pair, Duration time)
      throws ContestantException, InterruptedException {
    double before = cpu(pair);
    Parameters answer = connect(pair, time);
    double cpu = cpu(pair) - before;
    double count = answer.big("count");
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(RATE, count * TimeUnit.SECONDS.toNanos(1) / answer.big("nanos"));
    figures.put(MEDIAN, answer.big("median") / NANOS_PER_MILLI);
    figures.put(TAIL, answer.big("tail") / NANOS_PER_MILLI);
    figures.put(CPU, cpu / count / NANOS_PER_MILLI);
    return figures;
  }

  private static double cpu(Contest.Pair pair) throws ContestantException, InterruptedException {
    return (double) Contest.ask(pair.client(), "sample").big("cpu")
        + Contest.ask(pair.server(), "sample").big("cpu");
  }
}
