package io.hypermesh.stoq.scenario;

/** What a schedule can exercise, beyond streams over a bad network. */
enum Feature {
  /** A server asked for the client's address by a Retry packet, and the handshake was completed. */
  RETRY(10),
  /** A token of an earlier connection proved a client's address (NEW_TOKEN). */
  ADDRESS_TOKEN(10),
  /** A client's key share was for none of the server's groups (HelloRetryRequest). */
  HELLO_RETRY_REQUEST(10),
  /** A session was resumed. */
  RESUMPTION(10),
  /** A resumed session's early data was accepted. */
  EARLY_DATA_ACCEPTED(10),
  /** A server's application had streams of early data before the handshake was complete. */
  EARLY_DATA_DELIVERED(10),
  /** Early data was rejected, and sent again. */
  EARLY_DATA_REJECTED(1),
  /** Copies of a client's first datagrams made the server begin another connection. */
  REPLAY(10),
  /** The same for a client whose early data had been taken. */
  REPLAY_OF_EARLY_DATA(1),
  /** Unreliable datagrams came. */
  DATAGRAMS(10),
  /** Unreliable datagrams came as early data. */
  EARLY_DATAGRAMS(1),
  /** Datagrams were lost, or dropped. */
  DATAGRAMS_LOST(10),
  /** Version 2 was spoken. */
  VERSION_2(10),
  /** The server chose another version that the client's first packet could be changed to. */
  COMPATIBLE_VERSION(10),
  /** The server didn't speak the version of the client's first packet. */
  VERSION_NEGOTIATION(10),
  /** A side that sent much used this congestion controller. */
  NEW_RENO(10),
  /** The same. */
  CUBIC(10),
  /** The same. */
  BBR(10),
  /** A client moved to the server's preferred address. */
  PREFERRED_ADDRESS(10),
  /** A client moved to another of its addresses. */
  MIGRATION(10),
  /** A server followed a client whose address had changed without its knowledge. */
  REBINDING(10),
  /** 1-RTT keys were updated. */
  KEY_UPDATE(10),
  /** Connection IDs were replaced by others at the host's wish. */
  ID_ROTATION(10),
  /** Streams of one side had different priorities. */
  PRIORITIES(10),
  /** A stream was reset, and the other side saw it. */
  STREAM_RESET(10),
  /** A side asked to stop sending, and the other one did. */
  STOP_SENDING(10),
  /** A path was found to carry ECN marks. */
  ECN_CAPABLE(10),
  /** A path was found not to carry ECN marks. */
  ECN_FAILED(10),
  /** A path was found to carry more than 1,200 bytes. */
  LARGER_DATAGRAMS(10),
  /** A path stopped carrying large datagrams, and that was noticed. */
  DATAGRAM_BLACK_HOLE(1),
  /** A peer asked for fewer acknowledgements. */
  ACK_FREQUENCY(10),
  /** A connection ended because the peer had lost it. */
  STATELESS_RESET(10),
  /** A connection ended because nothing came for too long. */
  IDLE_TIMEOUT(10),
  /** A handshake took too long. */
  HANDSHAKE_TIMEOUT(10);

  private static final double PER_MILLE = 1_000;

  private final int atLeastPerMille;

  Feature(int atLeastPerMille) {
    this.atLeastPerMille = atLeastPerMille;
  }

  /** How many of so many schedules have to exercise it at least. */
  long atLeastOf(long schedules) {
    return Math.max(1, Math.round(schedules * atLeastPerMille / PER_MILLE));
  }
}
