package io.hypermesh.adapter;

import io.hypermesh.adapter.AdapterException.Reason;
import java.util.NavigableSet;
import java.util.TreeSet;

/** The kernel's lists of CPUs and NUMA nodes, such as {@code 0-3,8}. */
public final class IndexList {
  /** The greatest index taken. */
  public static final int INDEX_MAX = 65_535;

  private IndexList() {}

  /**
   * Reads a list.
   *
   * @param text as the kernel writes it
   * @param file where it was, for the error
   * @return the indexes
   * @throws AdapterException if it is anything else
   */
  public static NavigableSet<Integer> parse(String text, String file) throws AdapterException {
    NavigableSet<Integer> indexes = new TreeSet<>();
    if (text.isEmpty()) {
      return indexes;
    }
    for (String part : text.split(",", -1)) {
      int dash = part.indexOf('-');
      int first = index(dash < 0 ? part : part.substring(0, dash), text, file);
      int last = dash < 0 ? first : index(part.substring(dash + 1), text, file);
      if (last < first) {
        throw malformed(text, file);
      }
      for (int i = first; i <= last; i++) {
        indexes.add(i);
      }
    }
    return indexes;
  }

  /**
   * Writes a list as the kernel does.
   *
   * @param indexes what to write
   * @return the shortest list
   */
  public static String format(NavigableSet<Integer> indexes) {
    StringBuilder text = new StringBuilder();
    for (int first : indexes) {
      if (!indexes.contains(first - 1)) {
        int last = first;
        while (indexes.contains(last + 1)) {
          last++;
        }
        text.append(text.isEmpty() ? "" : ",").append(first);
        text.append(last > first ? "-" + last : "");
      }
    }
    return text.toString();
  }

  private static int index(String digits, String text, String file) throws AdapterException {
    if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > INDEX_MAX) {
      throw malformed(text, file);
    }
    return Integer.parseInt(digits);
  }

  private static AdapterException malformed(String text, String file) {
    return new AdapterException(
        Reason.MALFORMED,
        "couldn't read " + file + " because it is no list of indexes: " + Host.printable(text));
  }
}
