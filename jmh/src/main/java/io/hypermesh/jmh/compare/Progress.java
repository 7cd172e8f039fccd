package io.hypermesh.jmh.compare;

import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/** Tells whoever waits what goes on, on the standard error. */
final class Progress {
  private Progress() {}

  static void say(String what) {
    System.err.println(
        LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS) + " " + what);
  }
}
