package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;

/**
 * NewSessionTicket (RFC 8446, 4.6.1), as a server sends it after the handshake.
 *
 * @param lifetimeSeconds how long the ticket may be kept, at most seven days
 * @param ageAdd obfuscates the ticket's age
 * @param nonce makes the ticket's pre-shared key
 * @param ticket what the client presents
 * @param allowsEarlyData whether the client may send early data with it
 */
@SuppressWarnings("ArrayRecordComponent") // parsed once, never compared
record NewSessionTicket(
    long lifetimeSeconds, long ageAdd, byte[] nonce, byte[] ticket, boolean allowsEarlyData) {
  private static final long LIFETIME_SECONDS_MAX = 604_800;
  private static final long EARLY_DATA_OF_QUIC = 0xffffffffL;

  static NewSessionTicket parse(byte[] message) throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(message, "NewSessionTicket");
    long lifetimeSeconds = reader.uint32();
    long ageAdd = reader.uint32();
    byte[] nonce = reader.opaque(1, 0, "ticket_nonce");
    byte[] ticket = reader.opaque(2, 1, "ticket");
    Extensions extensions = Extensions.parse(reader, "NewSessionTicket");
    reader.expectEnd();
    if (lifetimeSeconds > LIFETIME_SECONDS_MAX) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "NewSessionTicket has a lifetime of " + lifetimeSeconds + " seconds");
    }
    HandshakeReader earlyData = extensions.find(ExtensionType.EARLY_DATA);
    if (earlyData != null) {
      long bytes = earlyData.uint32();
      earlyData.expectEnd();
      if (bytes != EARLY_DATA_OF_QUIC) {
        // RFC 9001, 4.6.1: QUIC limits early data by flow control, not here.
        throw new TransportException(
            TransportErrorCode.PROTOCOL_VIOLATION,
            Alert.CRYPTO_FRAME_TYPE,
            "NewSessionTicket has max_early_data_size " + bytes);
      }
    }
    return new NewSessionTicket(lifetimeSeconds, ageAdd, nonce, ticket, earlyData != null);
  }

  byte[] encode() {
    HandshakeWriter writer =
        HandshakeWriter.ofMessage(HandshakeType.NEW_SESSION_TICKET)
            .uint32(lifetimeSeconds)
            .uint32(ageAdd)
            .opaque(1, nonce)
            .opaque(2, ticket)
            .open(2);
    if (allowsEarlyData) {
      writer.extension(ExtensionType.EARLY_DATA).uint32(EARLY_DATA_OF_QUIC).close();
    }
    return writer.finish();
  }
}
