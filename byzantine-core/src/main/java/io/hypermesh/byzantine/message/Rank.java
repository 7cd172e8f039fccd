package io.hypermesh.byzantine.message;

import java.util.Comparator;

/** The order of certificates: the view first, then the sequence number. */
public record Rank(long view, long sequence) implements Comparable<Rank> {
  private static final Comparator<Rank> ORDER =
      Comparator.comparingLong(Rank::view).thenComparingLong(Rank::sequence);

  @Override
  public int compareTo(Rank other) {
    return ORDER.compare(this, other);
  }
}
