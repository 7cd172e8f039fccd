package io.hypermesh.jmh.compare;

/** One thing to compare in: has contestants work, and tells what came of it. */
interface Row {
  /** Its name on the command line. */
  String id();

  /** One line for people: what it shows. */
  String summary();

  /**
   * Measures.
   *
   * @throws InterruptedException where the harness is to end
   */
  Section run(Settings settings) throws InterruptedException;
}
