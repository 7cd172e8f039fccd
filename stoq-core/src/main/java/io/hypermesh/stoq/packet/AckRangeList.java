package io.hypermesh.stoq.packet;

/** Ranges of received packet numbers, as an ACK frame tells them: highest first, disjoint. */
public interface AckRangeList {
  /** How many ranges there are. */
  int rangeCount();

  /** The largest packet number of a range; index 0 is the highest range. */
  long largest(int index);

  /** The smallest packet number of a range. */
  long smallest(int index);
}
