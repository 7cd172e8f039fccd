package io.hypermesh.adapter;

/** Whether hardware that was discovered before is in order now. */
public sealed interface Health {
  /** All of it is there. */
  record Healthy() implements Health {}

  /**
   * Less of it is there than was.
   *
   * @param problem what is missing, in one line
   */
  record Degraded(String problem) implements Health {}

  /**
   * It is not there or does not work.
   *
   * @param problem what is wrong, in one line
   */
  record Failed(String problem) implements Health {}
}
