package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;

/** Looks into a connection for the tests of other packages. */
public final class ConnectionProbe {
  private ConnectionProbe() {}

  /** The destination of the client's first packet, by which both sides are known to belong. */
  public static ConnectionId originalDestination(Connection connection) {
    return connection.state.originalDestination;
  }

  /** Its idle timeout now, three probe timeouts at least; 0 for none. */
  public static long idleTimeoutNanos(Connection connection) {
    return connection.state.idleTimeoutNanos();
  }

  /** Whether a Retry packet came before it. */
  public static boolean wasRetried(Connection connection) {
    return connection.state.retrySource != null;
  }

  /** Whether it speaks another version than its first packet had. */
  public static boolean changedVersion(Connection connection) {
    return connection.state.versions.current() != connection.state.versions.original();
  }

  /** Whether its first packet came after a refusal of another version. */
  public static boolean isAfterRefusal(Connection connection) {
    return connection.state.versions.isAfterRefusal();
  }

  /** Whether its peer has asked for fewer acknowledgements. */
  public static boolean wasAskedForFewerAcks(Connection connection) {
    return connection.state.peerAckFrequency >= 0;
  }
}
