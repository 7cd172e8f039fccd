package io.hypermesh.stoq.qlog;

/** Takes the records of one log. */
public interface RecordSink {
  /**
   * Takes a record, framed already; must not block.
   *
   * @return false where it's dropped
   */
  boolean append(String record);

  /**
   * Ends the log.
   *
   * @param last the last record, which isn't to be dropped; empty for none
   */
  void close(String last);
}
