package io.hypermesh.stoq.simulation;

/** What a link does to the ECN bits of an IP header, besides the marks of a {@link Bottleneck}. */
public enum EcnTreatment {
  /** They arrive as they were sent. */
  KEPT,
  /**
   * They arrive as 0 (Not-ECT), as behind old routers: marking has to be given up (RFC 9000,
   * 13.4.2).
   */
  BLEACHED,
  /** Every packet that may be marked is: congestion is reported where there is none. */
  ALL_MARKED,
  /** ECT(0) arrives as ECT(1): what is reported is not what was sent. */
  MANGLED
}
