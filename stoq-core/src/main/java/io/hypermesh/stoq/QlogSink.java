package io.hypermesh.stoq;

/**
 * Takes the log of one connection, record by record. Called on the agent's thread: it must return
 * at once. What it throws ends the log, not the connection.
 */
public interface QlogSink {
  /**
   * Takes a record: a JSON text between a record separator (0x1e) and a line feed (RFC 7464). To be
   * written in UTF-8.
   *
   * @return false where the record is dropped, which the log then says itself with the next record
   *     that is taken
   */
  boolean append(String record);

  /**
   * The connection has ended, and with it the log.
   *
   * @param last the last record, which says how many were dropped; empty where none was
   */
  default void close(String last) {
    if (!last.isEmpty()) {
      boolean _ = append(last);
    }
  }
}
