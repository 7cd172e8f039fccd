package io.hypermesh.stoq.stream;

/**
 * The sending part of a stream (RFC 9000, 3.1).
 *
 * <pre>
 *   READY ── stream ──► SEND ── fin ──► DATA_SENT ── all acknowledged ──► DATA_RECEIVED
 *     │                   │                 │
 *     └───────────────────┴───── reset ─────┴──► RESET_SENT ── reset acknowledged ──► RESET_RECEIVED
 * </pre>
 *
 * <p>An event that the state has no arrow for is a defect of ours, not of the peer, and throws.
 */
public enum SendState {
  /** Created; nothing sent. */
  READY,
  /** Bytes are being sent. */
  SEND,
  /** FIN was sent; only retransmissions follow. */
  DATA_SENT,
  /** Everything was acknowledged. Terminal. */
  DATA_RECEIVED,
  /** RESET_STREAM was sent. */
  RESET_SENT,
  /** RESET_STREAM was acknowledged. Terminal. */
  RESET_RECEIVED;

  /** What happens to the sending part. */
  public enum Event {
    /** A STREAM or STREAM_DATA_BLOCKED frame without FIN is sent. */
    SEND_STREAM,
    /** A STREAM frame with FIN is sent. */
    SEND_FIN,
    /** A RESET_STREAM frame is sent. */
    SEND_RESET,
    /** Every byte and FIN were acknowledged. */
    ALL_ACKNOWLEDGED,
    /** The RESET_STREAM was acknowledged. */
    RESET_ACKNOWLEDGED
  }

  /** The state after an event. */
  public SendState on(Event event) {
    SendState next =
        switch (this) {
          case READY, SEND ->
              switch (event) {
                case SEND_STREAM -> SEND;
                case SEND_FIN -> DATA_SENT;
                case SEND_RESET -> RESET_SENT;
                case ALL_ACKNOWLEDGED, RESET_ACKNOWLEDGED -> null;
              };
          case DATA_SENT ->
              switch (event) {
                case SEND_STREAM, SEND_FIN -> DATA_SENT;
                case SEND_RESET -> RESET_SENT;
                case ALL_ACKNOWLEDGED -> DATA_RECEIVED;
                case RESET_ACKNOWLEDGED -> null;
              };
          case RESET_SENT ->
              switch (event) {
                case SEND_RESET -> RESET_SENT;
                case RESET_ACKNOWLEDGED -> RESET_RECEIVED;
                case SEND_STREAM, SEND_FIN, ALL_ACKNOWLEDGED -> null;
              };
          case DATA_RECEIVED, RESET_RECEIVED -> null;
        };
    if (next == null) {
      throw new IllegalStateException("sending part: no " + event + " in " + this);
    }
    return next;
  }

  /** Whether nothing is left to do for this part. */
  public boolean isTerminal() {
    return this == DATA_RECEIVED || this == RESET_RECEIVED;
  }

  /** Whether stream data may be sent, again or for the first time. */
  public boolean sendsData() {
    return this == READY || this == SEND || this == DATA_SENT;
  }
}
