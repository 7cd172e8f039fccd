package io.hypermesh.stoq.ring;

/** What a consumer writes with every poll, between paddings. */
abstract class ConsumerPosition extends LeadingPadding {
  /** Taken up to here. */
  long head;

  /** As last read from the producer. */
  long tailSeen;
}
