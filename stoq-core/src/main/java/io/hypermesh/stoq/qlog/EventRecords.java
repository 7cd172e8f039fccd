package io.hypermesh.stoq.qlog;

/**
 * The records of one log: JSON texts in a sequence (RFC 7464), one for each event, and how many of
 * them the sink has dropped. The next record that it takes then comes after a warning that says so.
 * Owned by the connection's thread.
 */
final class EventRecords {
  /** What a record starts with (RFC 7464, 2.2). */
  static final char RECORD_SEPARATOR = 0x1e;

  private final RecordSink sink;
  private final long startNanos;
  private final JsonWriter json = new JsonWriter();
  private long dropped;

  /**
   * @param startNanos what times are relative to
   */
  EventRecords(RecordSink sink, long startNanos) {
    this.sink = sink;
    this.startNanos = startNanos;
  }

  /** The first record; its members are to be written to what this gives. */
  JsonWriter beginFile() {
    return json.raw(RECORD_SEPARATOR).beginObject();
  }

  /** The first record is complete, but for two objects that aren't closed. */
  void endFile() {
    json.endObject();
    write();
  }

  /** Begins an event; the members of its data are to be written to what this gives. */
  JsonWriter begin(String name, long nowNanos) {
    json.clear();
    return json.raw(RECORD_SEPARATOR)
        .beginObject()
        .millisField("time", Math.max(0, nowNanos - startNanos))
        .field("name", name)
        .name("data")
        .beginObject();
  }

  /** Ends an event that was begun, and hands it over. */
  void end(long nowNanos) {
    json.endObject();
    if (dropped == 0) {
      write();
      return;
    }
    String record = complete();
    if (sink.append(droppedNote(nowNanos))) {
      dropped = sink.append(record) ? 0 : 1;
    } else {
      dropped++;
    }
  }

  private void write() {
    if (!sink.append(complete())) {
      dropped++;
    }
  }

  private String complete() {
    return json.endObject().raw('\n').toString();
  }

  private String droppedNote(long nowNanos) {
    begin("loglevel:warning", nowNanos)
        .field("code", dropped)
        .field("message", dropped + " events before this one were dropped: the log is too slow")
        .endObject();
    return complete();
  }

  /** There are no more events. */
  void close(long nowNanos) {
    sink.close(dropped == 0 ? "" : droppedNote(nowNanos));
  }
}
