package io.hypermesh.stoq.interop;

import org.jspecify.annotations.Nullable;

/** Another stack in one of its roles: a column of the table. */
interface Peer {
  /** The column's name. */
  String title();

  /** What its key is for: not every TLS stack takes every kind from a file. */
  default String keyAlgorithm() {
    return "EC";
  }

  /**
   * What this peer can't do, and how that was found out; null where it can.
   *
   * @throws Exception where it turns out that it can after all
   */
  @Nullable String limitation(Scenario scenario, Trial trial) throws Exception;

  /** What is to be known about a cell that passes; null for nothing. */
  default @Nullable String remark(Scenario scenario) {
    return null;
  }

  /** Tries a scenario; returns where it was proven, and fails where it wasn't. */
  void run(Scenario scenario, Trial trial) throws Exception;
}
