package io.hypermesh.stoq.packet;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The transport parameters known here, with the rules that RFC 9000, 18.2 sets for each. */
enum TransportParameterId {
  ORIGINAL_DESTINATION_CONNECTION_ID(0x00, true),
  MAX_IDLE_TIMEOUT(0x01, 0, VarInt.MAX),
  STATELESS_RESET_TOKEN(0x02, true),
  /** Values over 65,527 are valid and mean no limit. */
  MAX_UDP_PAYLOAD_SIZE(0x03, 1200, VarInt.MAX),
  INITIAL_MAX_DATA(0x04, 0, VarInt.MAX),
  INITIAL_MAX_STREAM_DATA_BIDI_LOCAL(0x05, 0, VarInt.MAX),
  INITIAL_MAX_STREAM_DATA_BIDI_REMOTE(0x06, 0, VarInt.MAX),
  INITIAL_MAX_STREAM_DATA_UNI(0x07, 0, VarInt.MAX),
  INITIAL_MAX_STREAMS_BIDI(0x08, 0, FrameDecoder.STREAMS_MAX),
  INITIAL_MAX_STREAMS_UNI(0x09, 0, FrameDecoder.STREAMS_MAX),
  ACK_DELAY_EXPONENT(0x0a, 0, 20),
  MAX_ACK_DELAY(0x0b, 0, (1 << 14) - 1),
  DISABLE_ACTIVE_MIGRATION(0x0c, false),
  PREFERRED_ADDRESS(0x0d, true),
  ACTIVE_CONNECTION_ID_LIMIT(0x0e, 2, VarInt.MAX),
  INITIAL_SOURCE_CONNECTION_ID(0x0f, false),
  RETRY_SOURCE_CONNECTION_ID(0x10, true),
  /** RFC 9368, 3. */
  VERSION_INFORMATION(0x11, false),
  MAX_DATAGRAM_FRAME_SIZE(0x20, 0, VarInt.MAX),
  /** RFC 9287, 3. */
  GREASE_QUIC_BIT(0x2ab2, false),
  /** In microseconds (draft-ietf-quic-ack-frequency-14, 3). */
  MIN_ACK_DELAY(0xff04de1bL, 0, VarInt.MAX);

  private static final TransportParameterId[] VALUES = values();

  final long code;
  final boolean serverOnly;
  final boolean integer;
  private final long smallest;
  private final long largest;

  TransportParameterId(long code, boolean serverOnly) {
    this.code = code;
    this.serverOnly = serverOnly;
    this.integer = false;
    this.smallest = 0;
    this.largest = 0;
  }

  TransportParameterId(long code, long smallest, long largest) {
    this.code = code;
    this.serverOnly = false;
    this.integer = true;
    this.smallest = smallest;
    this.largest = largest;
  }

  static @Nullable TransportParameterId ofCode(long code) {
    for (TransportParameterId id : VALUES) {
      if (id.code == code) {
        return id;
      }
    }
    return null;
  }

  /** Whether an integer parameter may have this value. */
  boolean allows(long value) {
    return value >= smallest && value <= largest;
  }

  /** What is wrong with a value that is not allowed. */
  String describe(long value) {
    return wireName() + " is " + value + ", outside " + smallest + " to " + largest;
  }

  /** The parameter's name as the RFC writes it. */
  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
