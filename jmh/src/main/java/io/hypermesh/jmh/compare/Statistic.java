package io.hypermesh.jmh.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What came out of some repetitions.
 *
 * @param values one for each repetition, in their order; at least one
 */
record Statistic(List<Double> values) {
  Statistic {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("couldn't make a statistic of no values");
    }
  }

  static Statistic of(double value) {
    return new Statistic(List.of(value));
  }

  double median() {
    List<Double> sorted = new ArrayList<>(values);
    sorted.sort(null);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  double least() {
    return values.stream().min(Double::compare).orElseThrow();
  }

  double most() {
    return values.stream().max(Double::compare).orElseThrow();
  }

  /** The median, and the least and the most where there are several. */
  String text() {
    return values.size() == 1
        ? number(median())
        : number(median()) + " (" + number(least()) + "–" + number(most()) + ")";
  }

  /** A number with about three digits that matter. */
  static String number(double value) {
    double size = Math.abs(value);
    int decimals =
        size == 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.01 ? 3 : 6;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
