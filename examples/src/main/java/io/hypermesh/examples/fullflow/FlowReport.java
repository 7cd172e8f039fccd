package io.hypermesh.examples.fullflow;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Collects what each step did and how long it took, and prints it: a row as each step of the first
 * run ends, and a table of p50 and p99 once all runs are over.
 *
 * <p>Percentiles are by nearest rank over all runs, the first and coldest included. Used by one
 * thread.
 */
public final class FlowReport {
  private static final String ROW = "%-4s %-22s %10s %10s %10s  %-22s %s%n";

  /** The steps, in their order. */
  public enum Step {
    INIT(1, "TrustChain init", Double.NaN, Double.NaN),
    CERTIFICATE(2, "Certificate request", 5_000, 35),
    CONNECTION(3, "STOQ connection", Double.NaN, 0.8),
    ASSETS(4, "Asset creation", 1_000, 1.8),
    CONSENSUS(5, "Consensus", 30_000, 15),
    BYZANTINE(6, "Byzantine check", 60_000, 1_000);

    private final int number;
    private final String title;
    private final double limitMillis;
    private final double aimMillis;

    Step(int number, String title, double limitMillis, double aimMillis) {
      this.number = number;
      this.title = title;
      this.limitMillis = limitMillis;
      this.aimMillis = aimMillis;
    }

    /** Longest time in milliseconds that the step may take; not a number where none is set. */
    public double limitMillis() {
      return limitMillis;
    }

    private String target() {
      String limit = Double.isNaN(limitMillis) ? "" : "< " + millis(limitMillis);
      String aim = Double.isNaN(aimMillis) ? "" : "aim " + millis(aimMillis);
      return limit + (limit.isEmpty() || aim.isEmpty() ? "" : ", ") + aim;
    }
  }

  private final PrintStream out;
  private final PrintStream progress;
  private final Map<Step, List<Double>> measuredMillis = new EnumMap<>(Step.class);
  private int run = 1;
  private int runs = 1;

  /**
   * @param out where the rows go
   * @param progress where the progress line goes
   */
  public FlowReport(PrintStream out, PrintStream progress) {
    this.out = out;
    this.progress = progress;
    for (Step step : Step.values()) {
      measuredMillis.put(step, new ArrayList<>());
    }
  }

  /** Says that run {@code run} of {@code runs} begins. */
  public void startRun(int run, int runs) {
    this.run = run;
    this.runs = runs;
    if (run == 1) {
      out.printf(ROW, "step", "", "first run", "", "", "target", "what was checked");
    }
  }

  /** Shows what is being worked on, on a line that the next one overwrites. */
  public void working(Step step, String what) {
    String text =
        String.format(Locale.ROOT, "run %d/%d, step %d: %s", run, runs, step.number, what);
    progress.printf("\r%-100.100s\r", text);
    progress.flush();
  }

  /** Clears the progress line, for whoever prints next. */
  public void clearProgress() {
    progress.printf("\r%-100s\r", "");
    progress.flush();
  }

  /**
   * Records a step that passed all its checks.
   *
   * @param nanos how long the step's operation took, as the step defines it
   * @param checked what was checked, in words
   */
  public void passed(Step step, long nanos, String checked) {
    double millis = nanos / 1e6;
    measured(step).add(millis);
    clearProgress();
    if (run == 1) {
      out.printf(ROW, step.number, step.title, millis(millis), "", "", step.target(), checked);
      out.flush();
    }
  }

  /** Prints a remark between the rows. */
  public void remark(String text) {
    clearProgress();
    out.println("     " + text);
    out.flush();
  }

  /** Prints the table over all runs. */
  public void summarise() {
    clearProgress();
    if (runs > 1) {
      out.println();
      out.printf(ROW, "step", runs + " runs", "first run", "p50", "p99", "target", "");
      for (Step step : Step.values()) {
        double[] sorted = measured(step).stream().mapToDouble(d -> d).sorted().toArray();
        out.printf(
            ROW,
            step.number,
            step.title,
            millis(measured(step).getFirst()),
            millis(percentile(sorted, 50)),
            millis(percentile(sorted, 99)),
            step.target(),
            "");
      }
    }
    out.flush();
  }

  private List<Double> measured(Step step) {
    return Objects.requireNonNull(measuredMillis.get(step));
  }

  /** The nearest-rank percentile of sorted values. */
  static double percentile(double[] sorted, int percent) {
    int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
    return sorted[Math.max(rank, 1) - 1];
  }

  /** A time as a person reads it: three significant digits, in milliseconds or seconds. */
  static String millis(double millis) {
    if (millis >= 1_000) {
      return String.format(Locale.ROOT, "%s s", significant(millis / 1_000));
    }
    return String.format(Locale.ROOT, "%s ms", significant(millis));
  }

  private static String significant(double value) {
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}
