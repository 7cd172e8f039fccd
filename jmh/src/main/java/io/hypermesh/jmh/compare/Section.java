package io.hypermesh.jmh.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a row of the comparison has found: a line for each contestant, and a verdict for each bar.
 * Filled by the harness's thread.
 */
final class Section {
  /**
   * A contestant's line.
   *
   * @param title the contestant's
   * @param values by the name of their column, in the columns' order; none where it failed
   * @param failure why there are none, or null
   */
  record Line(String title, Map<String, Statistic> values, @Nullable String failure) {}

  /**
   * Whether a bar was reached.
   *
   * @param bar what was asked
   * @param measured what there was
   * @param wanted what there should be
   * @param atLeast whether more is better
   */
  record Verdict(String bar, double measured, double wanted, boolean atLeast) {
    boolean passed() {
      return atLeast ? measured >= wanted : measured <= wanted;
    }

    String text() {
      String compared =
          Statistic.number(measured)
              + (atLeast ? ", at least " : ", at most ")
              + Statistic.number(wanted);
      if (passed()) {
        return "reached: " + bar + ": " + compared;
      }
      double missing = Math.abs(measured - wanted) / wanted * 100;
      return "**missed by " + Statistic.number(missing) + "%**: " + bar + ": " + compared;
    }
  }

  private final String id;
  private final String title;
  private final List<Line> lines = new ArrayList<>();
  private final List<Verdict> verdicts = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  /**
   * @param id the row's name on the command line
   * @param title what is measured
   */
  Section(String id, String title) {
    this.id = id;
    this.title = title;
  }

  String id() {
    return id;
  }

  String title() {
    return title;
  }

  List<Line> lines() {
    return lines;
  }

  List<Verdict> verdicts() {
    return verdicts;
  }

  List<String> remarks() {
    return remarks;
  }

  void add(String contestant, Map<String, Statistic> values) {
    lines.add(new Line(contestant, new LinkedHashMap<>(values), null));
  }

  void failed(String contestant, String why) {
    lines.add(new Line(contestant, Map.of(), why));
  }

  void remark(String text) {
    remarks.add(text);
  }

  /** A column's median of one contestant; null where that has none. */
  @Nullable Double median(String contestant, String column) {
    for (Line line : lines) {
      Statistic statistic = line.values().get(column);
      if (line.title().equals(contestant) && statistic != null) {
        return statistic.median();
      }
    }
    return null;
  }

  /** The largest median of a column among the contestants of a prefix; null where there is none. */
  @Nullable Double best(String prefix, String column) {
    Double best = null;
    for (Line line : lines) {
      Statistic statistic = line.values().get(column);
      if (line.title().startsWith(prefix)
          && statistic != null
          && (best == null || statistic.median() > best)) {
        best = statistic.median();
      }
    }
    return best;
  }

  /** Judges a ratio of two figures, either of which may be missing: then so is the verdict. */
  void judgeRatio(String bar, @Nullable Double ours, @Nullable Double theirs, double wanted) {
    if (ours != null && theirs != null && theirs > 0) {
      verdicts.add(new Verdict(bar, ours / theirs, wanted, true));
    } else {
      remark("no verdict, for a figure is missing: " + bar);
    }
  }

  /** Judges a figure that should be so large at most. */
  void judgeAtMost(String bar, @Nullable Double measured, double wanted) {
    if (measured != null) {
      verdicts.add(new Verdict(bar, measured, wanted, false));
    } else {
      remark("no verdict, for a figure is missing: " + bar);
    }
  }

  /** Adds a column of ratios to one contestant's medians. */
  void addRatios(String column, String of, String name) {
    Double base = median(of, column);
    if (base == null || base == 0) {
      return;
    }
    for (Line line : lines) {
      Statistic statistic = line.values().get(column);
      if (statistic != null) {
        line.values().put(name, Statistic.of(statistic.median() / base));
      }
    }
  }

  /** The columns, in the order in which lines have them. */
  Set<String> columns() {
    Set<String> columns = new LinkedHashSet<>();
    lines.forEach(line -> columns.addAll(line.values().keySet()));
    return columns;
  }

  /** As Markdown. */
  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("### ").append(title).append("\n\n|");
    Set<String> columns = columns();
    text.append(" |");
    columns.forEach(column -> text.append(' ').append(column).append(" |"));
    text.append("\n|---|");
    columns.forEach(column -> text.append("---:|"));
    text.append('\n');
    for (Line line : lines) {
      text.append("| ").append(line.title()).append(" |");
      if (line.failure() != null) {
        text.append(" failed: ").append(line.failure().replace('|', '/')).append(" |");
      }
      for (String column : line.failure() == null ? columns : List.<String>of()) {
        Statistic statistic = line.values().get(column);
        text.append(' ').append(statistic == null ? "" : statistic.text()).append(" |");
      }
      text.append('\n');
    }
    text.append('\n');
    verdicts.forEach(verdict -> text.append("- ").append(verdict.text()).append('\n'));
    remarks.forEach(remark -> text.append("- ").append(remark).append('\n'));
    return text.toString();
  }
}
