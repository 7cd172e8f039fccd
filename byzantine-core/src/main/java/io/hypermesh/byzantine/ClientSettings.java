package io.hypermesh.byzantine;

import java.time.Duration;

/**
 * A client's times. All are positive.
 *
 * @param retransmitAfter how long to wait for answers before the request goes to all members
 * @param retransmitAfterMax up to where that time doubles with each repetition
 * @param timeout after how long the request is given up, at least {@code retransmitAfter}
 */
public record ClientSettings(
    Duration retransmitAfter, Duration retransmitAfterMax, Duration timeout) {
  /** Refuses what makes no sense. */
  public ClientSettings {
    if (!retransmitAfter.isPositive()
        || retransmitAfterMax.compareTo(retransmitAfter) < 0
        || timeout.compareTo(retransmitAfter) < 0
        || timeout.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(
          "couldn't set a client's times because of their order: "
              + retransmitAfter
              + ", "
              + retransmitAfterMax
              + ", "
              + timeout);
    }
  }

  /** Again after 500 ms, doubling up to 4 s, given up after 30 s. */
  public static ClientSettings defaults() {
    return new ClientSettings(
        Duration.ofMillis(500), Duration.ofSeconds(4), Duration.ofSeconds(30));
  }
}
