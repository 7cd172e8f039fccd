package io.hypermesh.stoq.conformance;

import java.util.List;

/**
 * A rule that isn't a row of {@link Rules}, and why.
 *
 * @param section the RFC and its section
 * @param rule what it asks for
 * @param reason why no peer can break it here, or where it is tested instead
 */
record Omission(String section, String rule, String reason) {
  static List<Omission> all() {
    return List.of(
        new Omission(
            "RFC 9000, 2.2",
            "other data at the same offset of a stream",
            "may be an error; the first that came counts, for nothing of it is kept to compare"),
        new Omission(
            "RFC 9000, 5.1.1 and 19.16",
            "RETIRE_CONNECTION_ID for a peer whose own connection IDs have no bytes",
            "STOQ's own connection IDs have at least one byte"),
        new Omission(
            "RFC 9000, 8.1.3",
            "a Retry token that isn't valid: INVALID_TOKEN",
            "comes before there is a connection: tested with the endpoint (EndpointTest)"),
        new Omission(
            "RFC 9000, 9.6 and 8.2",
            "no path left to the peer: NO_VIABLE_PATH",
            "not an offence of the peer: tested with migration (ActiveMigrationTest)"),
        new Omission(
            "RFC 9000, 12.3",
            "packet numbers used up: close without a CONNECTION_CLOSE",
            "2^62 packets can't be sent; the keys' limits end a connection long before"),
        new Omission(
            "RFC 9000, 13.1",
            "ACK of a packet number that was left out on purpose",
            "tested with recovery (OptimisticAckTest)"),
        new Omission(
            "RFC 9000, 14.1",
            "a client's Initial in a datagram under 1,200 bytes",
            "the RFC lets a server drop it, which STOQ does: anyone can have sent it"),
        new Omission(
            "RFC 9000, 17.2.2",
            "a token in a server's Initial packet",
            "the RFC lets a client drop it, which STOQ does"),
        new Omission(
            "RFC 9000, 17.2.5.2",
            "a Retry without a token, a second Retry, a Retry with a wrong tag",
            "dropped, as the RFC asks: a connection isn't closed for it"),
        new Omission(
            "RFC 9000, 19.15",
            "a NEW_CONNECTION_ID that comes again with another stateless reset token",
            "may be an error; taken for a repetition"),
        new Omission(
            "RFC 9000, 19.18",
            "PATH_RESPONSE that answers no challenge",
            "may be an error; ignored, for a late answer looks the same"),
        new Omission(
            "RFC 9001, 4.6.2",
            "ACK of a 0-RTT packet where 0-RTT was rejected",
            "should be an error where it can be told; the packet numbers are those of 1-RTT"),
        new Omission(
            "RFC 9001, 6.2",
            "ACK under old keys of a packet under newer ones",
            "may be an error; taken, for it gains the peer nothing"),
        new Omission(
            "RFC 9001, 6.6",
            "keys used up that can't be updated: AEAD_LIMIT_REACHED",
            "not an offence of the peer: tested with key updates (KeyUpdateTest)"),
        new Omission(
            "RFC 9001, 8.4",
            "change_cipher_spec",
            "a record of TLS over TCP; QUIC carries no records"));
  }
}
