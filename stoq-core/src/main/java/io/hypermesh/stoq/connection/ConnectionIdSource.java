package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;

/**
 * Where a connection's own IDs come from: whoever routes datagrams to connections chooses them (RFC
 * 9000, 5.1).
 */
public interface ConnectionIdSource {
  /** Length in bytes of every ID, 1 to 20: short headers don't carry it. */
  int length();

  /** An ID that was not given out before and that an observer can't link to others. */
  ConnectionId next();

  /** The 16 bytes that end a stateless reset for this ID (RFC 9000, 10.3.2). */
  byte[] statelessResetToken(ConnectionId id);
}
