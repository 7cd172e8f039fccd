package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.endpoint.EndpointConnection;
import io.hypermesh.stoq.recovery.EcnValidation;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A path's numbers on their way from the agent's thread to whoever asks. They needn't be of one
 * moment, so no ordering is paid for; each is whole.
 */
final class PublishedStatistics {
  private static final int SMOOTHED_RTT_NANOS = 0;
  private static final int LATEST_RTT_NANOS = 1;
  private static final int MINIMUM_RTT_NANOS = 2;
  private static final int CONGESTION_WINDOW_BYTES = 3;
  private static final int IN_FLIGHT_BYTES = 4;
  private static final int DATAGRAMS_SENT = 5;
  private static final int PACKETS_LOST = 6;
  private static final int DATAGRAMS_RECEIVED = 7;
  private static final int DATAGRAM_BYTES = 8;
  private static final int SPURIOUS_LOSSES = 9;
  private static final int PACING_BYTES_PER_SECOND = 10;
  private static final int DELIVERY_BYTES_PER_SECOND = 11;
  private static final int KEY_UPDATES = 12;
  private static final int COUNT = 13;

  private final AtomicLongArray numbers = new AtomicLongArray(COUNT);
  private volatile StoqPathStatistics.Ecn ecn = StoqPathStatistics.Ecn.OFF;

  /** Takes a connection's numbers; the agent's thread only. */
  void publish(EndpointConnection core) {
    Connection connection = core.connection();
    numbers.setOpaque(SMOOTHED_RTT_NANOS, connection.rtt().smoothedNanos());
    numbers.setOpaque(LATEST_RTT_NANOS, connection.rtt().latestNanos());
    numbers.setOpaque(MINIMUM_RTT_NANOS, connection.rtt().minNanos());
    numbers.setOpaque(CONGESTION_WINDOW_BYTES, connection.recovery().congestionWindowBytes());
    numbers.setOpaque(IN_FLIGHT_BYTES, connection.recovery().bytesInFlight());
    numbers.setOpaque(DATAGRAMS_SENT, core.datagramsSent());
    numbers.setOpaque(PACKETS_LOST, connection.recovery().lostPacketCount());
    numbers.setOpaque(SPURIOUS_LOSSES, connection.recovery().spuriousLossCount());
    numbers.setOpaque(PACING_BYTES_PER_SECOND, connection.recovery().pacingBytesPerSecond());
    numbers.setOpaque(DELIVERY_BYTES_PER_SECOND, connection.recovery().deliveryBytesPerSecond());
    numbers.setOpaque(DATAGRAMS_RECEIVED, core.datagramsReceived());
    numbers.setOpaque(KEY_UPDATES, connection.keyUpdates());
    numbers.setOpaque(DATAGRAM_BYTES, connection.path().mtu().currentBytes());
    StoqPathStatistics.Ecn known = ecnOf(connection.path().ecn().state());
    if (known != ecn) {
      ecn = known;
    }
  }

  /** How often the keys were updated; any thread. */
  long keyUpdates() {
    return numbers.getOpaque(KEY_UPDATES);
  }

  /** The numbers published last; any thread. */
  StoqPathStatistics read() {
    return new StoqPathStatistics(
        numbers.getOpaque(SMOOTHED_RTT_NANOS),
        numbers.getOpaque(LATEST_RTT_NANOS),
        numbers.getOpaque(MINIMUM_RTT_NANOS),
        numbers.getOpaque(CONGESTION_WINDOW_BYTES),
        numbers.getOpaque(IN_FLIGHT_BYTES),
        numbers.getOpaque(DATAGRAMS_SENT),
        numbers.getOpaque(PACKETS_LOST),
        numbers.getOpaque(SPURIOUS_LOSSES),
        numbers.getOpaque(PACING_BYTES_PER_SECOND),
        numbers.getOpaque(DELIVERY_BYTES_PER_SECOND),
        numbers.getOpaque(DATAGRAMS_RECEIVED),
        (int) numbers.getOpaque(DATAGRAM_BYTES),
        ecn);
  }

  private static StoqPathStatistics.Ecn ecnOf(EcnValidation.State state) {
    return switch (state) {
      case OFF -> StoqPathStatistics.Ecn.OFF;
      case TESTING -> StoqPathStatistics.Ecn.TESTING;
      case UNKNOWN -> StoqPathStatistics.Ecn.UNKNOWN;
      case CAPABLE -> StoqPathStatistics.Ecn.CAPABLE;
      case FAILED -> StoqPathStatistics.Ecn.FAILED;
    };
  }
}
