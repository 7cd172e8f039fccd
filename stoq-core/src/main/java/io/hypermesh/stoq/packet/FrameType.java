package io.hypermesh.stoq.packet;

/**
 * Frame types as they stand on the wire (RFC 9000, 19; RFC 9221 for DATAGRAM), and at which level
 * each may come (RFC 9000, 12.4, table 3).
 */
public final class FrameType {
  public static final int PADDING = 0x00;
  public static final int PING = 0x01;
  public static final int ACK = 0x02;
  public static final int ACK_ECN = 0x03;
  public static final int RESET_STREAM = 0x04;
  public static final int STOP_SENDING = 0x05;
  public static final int CRYPTO = 0x06;
  public static final int NEW_TOKEN = 0x07;

  /** The first of the eight types of STREAM frames; the low bits say which fields are there. */
  public static final int STREAM = 0x08;

  /** Bit of a STREAM frame's type: the last bytes of the stream. */
  public static final int STREAM_FIN = 0x01;

  /** Bit of a STREAM frame's type: has a Length field. */
  public static final int STREAM_LENGTH = 0x02;

  /** Bit of a STREAM frame's type: has an Offset field. */
  public static final int STREAM_OFFSET = 0x04;

  /** The last of the eight types of STREAM frames. */
  public static final int STREAM_LAST = 0x0f;

  public static final int MAX_DATA = 0x10;
  public static final int MAX_STREAM_DATA = 0x11;
  public static final int MAX_STREAMS_BIDIRECTIONAL = 0x12;
  public static final int MAX_STREAMS_UNIDIRECTIONAL = 0x13;
  public static final int DATA_BLOCKED = 0x14;
  public static final int STREAM_DATA_BLOCKED = 0x15;
  public static final int STREAMS_BLOCKED_BIDIRECTIONAL = 0x16;
  public static final int STREAMS_BLOCKED_UNIDIRECTIONAL = 0x17;
  public static final int NEW_CONNECTION_ID = 0x18;
  public static final int RETIRE_CONNECTION_ID = 0x19;
  public static final int PATH_CHALLENGE = 0x1a;
  public static final int PATH_RESPONSE = 0x1b;

  /** CONNECTION_CLOSE with a transport error code. */
  public static final int CONNECTION_CLOSE = 0x1c;

  /** CONNECTION_CLOSE with an application's error code. */
  public static final int CONNECTION_CLOSE_APPLICATION = 0x1d;

  public static final int HANDSHAKE_DONE = 0x1e;

  /** IMMEDIATE_ACK (draft-ietf-quic-ack-frequency-14). */
  public static final int IMMEDIATE_ACK = 0x1f;

  /** DATAGRAM that runs to the end of the packet. */
  public static final int DATAGRAM = 0x30;

  /** DATAGRAM with a Length field. */
  public static final int DATAGRAM_LENGTH = 0x31;

  /** ACK_FREQUENCY (draft-ietf-quic-ack-frequency-14). */
  public static final int ACK_FREQUENCY = 0xaf;

  private static final int INITIAL = 1 << EncryptionLevel.INITIAL.index();
  private static final int ZERO_RTT = 1 << EncryptionLevel.ZERO_RTT.index();
  private static final int HANDSHAKE = 1 << EncryptionLevel.HANDSHAKE.index();
  private static final int ONE_RTT = 1 << EncryptionLevel.ONE_RTT.index();

  private FrameType() {}

  /** Whether this is one of the frame types known here. */
  public static boolean isKnown(long type) {
    return levelsOf(type) != 0;
  }

  /** Whether a frame of this type may come in a packet of this level. */
  public static boolean isAllowed(long type, EncryptionLevel level) {
    return (levelsOf(type) & 1 << level.index()) != 0;
  }

  /** Whether the receiver of a frame of this type has to acknowledge it (RFC 9002, 2). */
  public static boolean isAckEliciting(long type) {
    return type != PADDING
        && type != ACK
        && type != ACK_ECN
        && type != CONNECTION_CLOSE
        && type != CONNECTION_CLOSE_APPLICATION;
  }

  /** Whether a packet of only such frames probes a path without migrating (RFC 9000, 9.1). */
  public static boolean isProbing(long type) {
    return type == PADDING
        || type == PATH_CHALLENGE
        || type == PATH_RESPONSE
        || type == NEW_CONNECTION_ID;
  }

  /** A set of levels, one bit each; empty for an unknown type. */
  private static int levelsOf(long type) {
    if (type >= STREAM && type <= STREAM_LAST) {
      return ZERO_RTT | ONE_RTT;
    }
    if (type < 0 || type > ACK_FREQUENCY) {
      return 0;
    }
    return switch ((int) type) {
      case PADDING, PING, CONNECTION_CLOSE -> INITIAL | ZERO_RTT | HANDSHAKE | ONE_RTT;
      case ACK, ACK_ECN, CRYPTO -> INITIAL | HANDSHAKE | ONE_RTT;
      case NEW_TOKEN,
          PATH_RESPONSE,
          HANDSHAKE_DONE,
          RETIRE_CONNECTION_ID,
          IMMEDIATE_ACK,
          ACK_FREQUENCY ->
          ONE_RTT;
      case RESET_STREAM,
          STOP_SENDING,
          MAX_DATA,
          MAX_STREAM_DATA,
          MAX_STREAMS_BIDIRECTIONAL,
          MAX_STREAMS_UNIDIRECTIONAL,
          DATA_BLOCKED,
          STREAM_DATA_BLOCKED,
          STREAMS_BLOCKED_BIDIRECTIONAL,
          STREAMS_BLOCKED_UNIDIRECTIONAL,
          NEW_CONNECTION_ID,
          PATH_CHALLENGE,
          CONNECTION_CLOSE_APPLICATION,
          DATAGRAM,
          DATAGRAM_LENGTH ->
          ZERO_RTT | ONE_RTT;
      default -> 0;
    };
  }
}
