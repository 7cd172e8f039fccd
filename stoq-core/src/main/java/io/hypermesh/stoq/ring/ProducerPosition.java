package io.hypermesh.stoq.ring;

/** What a producer writes with every message, between paddings. */
abstract class ProducerPosition extends LeadingPadding {
  /** Published up to here. */
  long tail;

  /** As last read from the consumer. */
  long headSeen;

  /** Index of the claimed frame, or -1. */
  long claimedIndex = -1;

  /** Length of the claimed message, in bytes. */
  int claimedLength;

  /** Bytes of padding before the claimed frame. */
  long claimedPadding;
}
