package io.hypermesh.stoq.scenario;

/**
 * What a schedule can exercise, beyond streams over a bad network, with the least share of
 * schedules that has to do so, in thousandths: about a third of what was measured.
 */
enum Feature {
  /** A server asked for the client's address by a Retry packet, and the handshake was completed. */
  RETRY(80),
  /** A token of an earlier connection proved a client's address (NEW_TOKEN). */
  ADDRESS_TOKEN(70),
  /** A client's key share was for none of the server's groups (HelloRetryRequest). */
  HELLO_RETRY_REQUEST(12),
  /** A session was resumed. */
  RESUMPTION(70),
  /** A resumed session's early data was accepted. */
  EARLY_DATA_ACCEPTED(40),
  /** A server's application had streams of early data before the handshake was complete. */
  EARLY_DATA_DELIVERED(25),
  /** Early data was rejected, and sent again. */
  EARLY_DATA_REJECTED(4),
  /** Copies of a client's first datagrams made the server begin another connection. */
  REPLAY(60),
  /** The same for a client whose early data had been taken. */
  REPLAY_OF_EARLY_DATA(15),
  /** Unreliable datagrams came. */
  DATAGRAMS(110),
  /** Unreliable datagrams came as early data. */
  EARLY_DATAGRAMS(6),
  /** Datagrams were lost, or dropped. */
  DATAGRAMS_LOST(60),
  /** Version 2 was spoken. */
  VERSION_2(150),
  /** The server chose another version that the client's first packet could be changed to. */
  COMPATIBLE_VERSION(50),
  /** The server didn't speak the version of the client's first packet. */
  VERSION_NEGOTIATION(25),
  /** A side that sent much used this congestion controller. */
  NEW_RENO(60),
  /** The same. */
  CUBIC(60),
  /** The same. */
  BBR(60),
  /** A client moved to the server's preferred address. */
  PREFERRED_ADDRESS(30),
  /** A client moved to another of its addresses. */
  MIGRATION(30),
  /** A server followed a client whose address had changed without its knowledge. */
  REBINDING(70),
  /** 1-RTT keys were updated. */
  KEY_UPDATE(120),
  /** Connection IDs were replaced by others at the host's wish. */
  ID_ROTATION(25),
  /** Streams of one side had different priorities. */
  PRIORITIES(140),
  /** A stream was reset, and the other side saw it. */
  STREAM_RESET(150),
  /** A side asked to stop sending, and the other one did. */
  STOP_SENDING(15),
  /** A path was found to carry ECN marks. */
  ECN_CAPABLE(250),
  /** A path was found not to carry ECN marks. */
  ECN_FAILED(50),
  /** A path was found to carry more than 1,200 bytes. */
  LARGER_DATAGRAMS(280),
  /** A path stopped carrying large datagrams, and that was noticed. */
  DATAGRAM_BLACK_HOLE(90),
  /** A peer asked for fewer acknowledgements. */
  ACK_FREQUENCY(160),
  /** A connection hibernated, and something happened to it afterwards. */
  HIBERNATION(200),
  /** A connection ended because the peer had lost it. */
  STATELESS_RESET(50),
  /** A connection ended because nothing came for too long. */
  IDLE_TIMEOUT(130),
  /** A handshake took too long. */
  HANDSHAKE_TIMEOUT(60);

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
