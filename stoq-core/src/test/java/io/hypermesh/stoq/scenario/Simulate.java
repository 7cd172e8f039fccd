package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.simulation.NetworkListener;
import io.hypermesh.stoq.simulation.SimulatedDatagram;
import java.io.PrintStream;
import java.time.Duration;

/**
 * The command behind {@code scripts/simulate}: runs schedules of many seeds, or one of them with
 * all that happens.
 */
public final class Simulate {
  private static final String USAGE =
      """
      usage: scripts/simulate [--seeds N] [--from SEED] [--minutes M] [--threads T]
             scripts/simulate --seed SEED [--trace]
        --seeds N     how many schedules to run (default 10000)
        --from SEED   the first seed (default 1); the others follow it
        --minutes M   begin no more after so many minutes (default: no limit)
        --threads T   threads (default: as many as processors)
        --seed SEED   runs this one, and says what it was
        --trace       with every datagram\
      """;

  private long seeds = 10_000;
  private long from = 1;
  private long minutes = Duration.ofDays(365).toMinutes();
  private int threads = Runtime.getRuntime().availableProcessors();
  private boolean single;
  private boolean trace;

  private Simulate() {}

  /** Exits with 1 where a schedule failed, with 2 where the arguments are wrong. */
  public static void main(String[] arguments) throws InterruptedException {
    Simulate simulate = new Simulate();
    if (!simulate.parse(arguments)) {
      System.err.println(USAGE);
      System.exit(2);
    }
    System.exit(simulate.single ? simulate.runOne(System.out) : simulate.runMany(System.out));
  }

  private boolean parse(String[] arguments) {
    try {
      for (int i = 0; i < arguments.length; i++) {
        switch (arguments[i]) {
          case "--seeds" -> seeds = Long.parseLong(arguments[++i]);
          case "--from" -> from = Long.parseLong(arguments[++i]);
          case "--minutes" -> minutes = Long.parseLong(arguments[++i]);
          case "--threads" -> threads = Integer.parseInt(arguments[++i]);
          case "--seed" -> {
            single = true;
            from = Long.parseLong(arguments[++i]);
          }
          case "--trace" -> trace = true;
          default -> {
            return false;
          }
        }
      }
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return false;
    }
    return seeds > 0 && minutes > 0 && threads > 0;
  }

  private int runOne(PrintStream output) {
    Schedule schedule = Schedule.of(from);
    output.println(schedule);
    ScheduleRun run = new ScheduleRun(schedule);
    if (trace) {
      run.watchedBy(new Tracer(output));
    }
    try {
      output.println(run.run());
      return 0;
    } catch (RuntimeException | AssertionError e) {
      e.printStackTrace(output);
      return 1;
    }
  }

  private int runMany(PrintStream output) throws InterruptedException {
    long started = System.nanoTime();
    ScheduleSoak soak = new ScheduleSoak(from, seeds, Duration.ofMinutes(minutes).toNanos());
    Thread ticker = Thread.ofPlatform().daemon().start(() -> report(soak, started, output));
    soak.run(threads);
    ticker.interrupt();
    ticker.join();
    output.println(soak.summary());
    output.println(rate(soak, started) + " on " + threads + " threads");
    output.println(soak.coverage().table());
    for (ScheduleSoak.Failure failure : soak.failures()) {
      output.println("seed " + failure.seed() + ": " + failure.cause());
    }
    if (soak.failed() > 0) {
      output.println("repeat one by scripts/simulate --seed SEED [--trace]");
    }
    return soak.failed() > 0 ? 1 : 0;
  }

  private static void report(ScheduleSoak soak, long started, PrintStream output) {
    try {
      while (true) {
        Thread.sleep(Duration.ofSeconds(30));
        output.println(rate(soak, started) + ", " + soak.failed() + " failed");
      }
    } catch (InterruptedException e) {
      // The end of the run is the end of the reports.
    }
  }

  private static String rate(ScheduleSoak soak, long started) {
    double seconds = (System.nanoTime() - started) / 1e9;
    return String.format(
        "%,d schedules in %.1f s: %.0f a second", soak.done(), seconds, soak.done() / seconds);
  }

  /** Prints a line for each datagram that is sent, lost or delivered. */
  private record Tracer(PrintStream output) implements NetworkListener {
    private void line(String what, SimulatedDatagram datagram) {
      output.printf(
          "%,15d %s %s to %s, %d bytes%s%n",
          datagram.atNanos(),
          what,
          datagram.from(),
          datagram.to(),
          datagram.payload().byteSize(),
          datagram.ecn() == 0 ? "" : " ecn " + datagram.ecn());
    }

    @Override
    public void onSent(SimulatedDatagram datagram) {
      line("sent", datagram);
    }

    @Override
    public void onLost(SimulatedDatagram datagram, LossCause cause) {
      line("lost " + cause, datagram);
    }

    @Override
    public void onDelivered(SimulatedDatagram datagram) {
      line("delivered", datagram);
    }
  }
}
