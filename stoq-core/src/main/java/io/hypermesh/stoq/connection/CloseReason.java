package io.hypermesh.stoq.connection;

/**
 * Why a connection ended.
 *
 * @param origin who or what ended it
 * @param application whether {@code errorCode} is the application's, not QUIC's
 * @param errorCode the code of the CONNECTION_CLOSE frame (RFC 9000, 20), or NO_ERROR where there
 *     was no such frame
 * @param frameType the type of the frame at fault, 0 where there is none
 * @param reason for people; from a peer, it's what the peer wrote
 */
public record CloseReason(
    Origin origin, boolean application, long errorCode, long frameType, String reason) {

  /** Who or what ended a connection. */
  public enum Origin {
    /** This side: its host, or its finding that the peer broke the protocol. */
    LOCAL,
    /** The peer said so. */
    PEER,
    /** Nothing came for too long (RFC 9000, 10.1). */
    IDLE_TIMEOUT,
    /** The handshake took too long. */
    HANDSHAKE_TIMEOUT,
    /** The peer has lost the connection's state (RFC 9000, 10.3). */
    STATELESS_RESET,
    /** The server speaks no version that is spoken here (RFC 9000, 6.2). */
    VERSION_NEGOTIATION
  }
}
