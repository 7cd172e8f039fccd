package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.packet.TransportParameters;
import org.jspecify.annotations.Nullable;

/**
 * The server's transport parameters that hold for early data of a later connection (RFC 9000,
 * 7.4.1; RFC 9221, 3): both sides remember them with a session, the client as its limits until the
 * server's new ones come, the server to take early data only while it can keep what it promised.
 */
final class RememberedParameters {
  private RememberedParameters() {}

  /** What is remembered of a server's parameters, as they would be on the wire. */
  static byte[] encode(TransportParameters parameters) {
    return TransportParameters.builder()
        .maxIdleTimeoutMillis(parameters.maxIdleTimeoutMillis())
        .maxUdpPayloadSize(parameters.maxUdpPayloadSize())
        .initialMaxData(parameters.initialMaxData())
        .initialMaxStreamDataBidirectionalLocal(parameters.initialMaxStreamDataBidirectionalLocal())
        .initialMaxStreamDataBidirectionalRemote(
            parameters.initialMaxStreamDataBidirectionalRemote())
        .initialMaxStreamDataUnidirectional(parameters.initialMaxStreamDataUnidirectional())
        .initialMaxStreamsBidirectional(parameters.initialMaxStreamsBidirectional())
        .initialMaxStreamsUnidirectional(parameters.initialMaxStreamsUnidirectional())
        .disableActiveMigration(parameters.disableActiveMigration())
        .activeConnectionIdLimit(parameters.activeConnectionIdLimit())
        .maxDatagramFrameSize(parameters.maxDatagramFrameSize())
        .build()
        .encode();
  }

  /**
   * Reads them. They come from a ticket that was authentic, or from a host's store.
   *
   * @throws TransportException where they can't be read
   */
  static TransportParameters decode(byte[] encoded) throws TransportException {
    // None of them is a server's alone: the stricter reader fits.
    return TransportParameters.decode(encoded, true);
  }

  /** What a session remembers of its server; null where that can't be read. */
  static @Nullable TransportParameters of(ClientSession session) {
    try {
      return decode(session.parameters());
    } catch (TransportException e) {
      return null; // kept by another version of this code: then without early data
    }
  }

  /** Whether a server can keep now what it promised then. */
  static boolean hold(byte[] promised, TransportParameters now) {
    try {
      return lowered(decode(promised), now).isEmpty();
    } catch (TransportException e) {
      return false; // promised by another version of this code
    }
  }

  /**
   * A server that accepts early data keeps to what it promised.
   *
   * @throws TransportException PROTOCOL_VIOLATION where it doesn't
   */
  static void requireKept(TransportParameters promised, TransportParameters now)
      throws TransportException {
    String lowered = lowered(promised, now);
    if (!lowered.isEmpty()) {
      throw new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION,
          0,
          "the server accepted early data and lowered " + lowered);
    }
  }

  /** The first limit that is lower now, or an empty string. */
  private static String lowered(TransportParameters then, TransportParameters now) {
    if (now.activeConnectionIdLimit() < then.activeConnectionIdLimit()) {
      return "active_connection_id_limit";
    }
    if (now.initialMaxData() < then.initialMaxData()) {
      return "initial_max_data";
    }
    if (now.initialMaxStreamDataBidirectionalLocal()
        < then.initialMaxStreamDataBidirectionalLocal()) {
      return "initial_max_stream_data_bidi_local";
    }
    if (now.initialMaxStreamDataBidirectionalRemote()
        < then.initialMaxStreamDataBidirectionalRemote()) {
      return "initial_max_stream_data_bidi_remote";
    }
    if (now.initialMaxStreamDataUnidirectional() < then.initialMaxStreamDataUnidirectional()) {
      return "initial_max_stream_data_uni";
    }
    if (now.initialMaxStreamsBidirectional() < then.initialMaxStreamsBidirectional()) {
      return "initial_max_streams_bidi";
    }
    if (now.initialMaxStreamsUnidirectional() < then.initialMaxStreamsUnidirectional()) {
      return "initial_max_streams_uni";
    }
    return now.maxDatagramFrameSize() < then.maxDatagramFrameSize()
        ? "max_datagram_frame_size"
        : "";
  }
}
