package io.hypermesh.stoq.stream;

/**
 * The receiving part of a stream (RFC 9000, 3.2).
 *
 * <pre>
 *   RECEIVE ── fin ──► SIZE_KNOWN ── all data ──► DATA_RECEIVED ── all read ──► DATA_READ
 *      │                   │
 *      └────── reset ──────┴──► RESET_RECEIVED ── host told ──► RESET_READ
 * </pre>
 *
 * <p>A reset that comes after all data is ignored: the data is delivered (RFC 9000, 3.2 leaves the
 * choice).
 */
public enum ReceiveState {
  /** Bytes come; the length isn't known. */
  RECEIVE,
  /** FIN came; some bytes are missing. */
  SIZE_KNOWN,
  /** All bytes came. */
  DATA_RECEIVED,
  /** The host has read all bytes, or given them up. Terminal. */
  DATA_READ,
  /** RESET_STREAM came. */
  RESET_RECEIVED,
  /** The host was told of the reset. Terminal. */
  RESET_READ;

  /** What happens to the receiving part. */
  public enum Event {
    /** The final size became known from a STREAM frame. */
    RECEIVE_FIN,
    /** The last missing byte came. */
    ALL_RECEIVED,
    /** The host read the last byte. */
    ALL_READ,
    /** A RESET_STREAM frame came. */
    RECEIVE_RESET,
    /** The host was told of the reset. */
    RESET_TOLD
  }

  /** The state after an event. */
  public ReceiveState on(Event event) {
    ReceiveState next =
        switch (this) {
          case RECEIVE ->
              switch (event) {
                case RECEIVE_FIN -> SIZE_KNOWN;
                case RECEIVE_RESET -> RESET_RECEIVED;
                case ALL_RECEIVED, ALL_READ, RESET_TOLD -> null;
              };
          case SIZE_KNOWN ->
              switch (event) {
                case RECEIVE_FIN -> SIZE_KNOWN;
                case ALL_RECEIVED -> DATA_RECEIVED;
                case RECEIVE_RESET -> RESET_RECEIVED;
                case ALL_READ, RESET_TOLD -> null;
              };
          case DATA_RECEIVED ->
              switch (event) {
                case RECEIVE_FIN, RECEIVE_RESET -> DATA_RECEIVED;
                case ALL_READ -> DATA_READ;
                case ALL_RECEIVED, RESET_TOLD -> null;
              };
          case RESET_RECEIVED ->
              switch (event) {
                case RECEIVE_RESET -> RESET_RECEIVED;
                case RESET_TOLD -> RESET_READ;
                case RECEIVE_FIN, ALL_RECEIVED, ALL_READ -> null;
              };
          case DATA_READ, RESET_READ ->
              switch (event) {
                case RECEIVE_FIN, RECEIVE_RESET -> this;
                case ALL_RECEIVED, ALL_READ, RESET_TOLD -> null;
              };
        };
    if (next == null) {
      throw new IllegalStateException("receiving part: no " + event + " in " + this);
    }
    return next;
  }

  /** Whether nothing is left to do for this part. */
  public boolean isTerminal() {
    return this == DATA_READ || this == RESET_READ;
  }

  /** Whether stream data is still of use. */
  public boolean takesData() {
    return this == RECEIVE || this == SIZE_KNOWN;
  }
}
