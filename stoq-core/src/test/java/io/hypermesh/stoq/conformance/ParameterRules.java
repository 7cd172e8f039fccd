package io.hypermesh.stoq.conformance;

import static io.hypermesh.stoq.conformance.ParameterBytes.followedBy;
import static io.hypermesh.stoq.conformance.ParameterBytes.twice;
import static io.hypermesh.stoq.conformance.ParameterBytes.with;
import static io.hypermesh.stoq.conformance.ParameterBytes.withNumber;
import static io.hypermesh.stoq.conformance.ParameterBytes.without;
import static io.hypermesh.stoq.conformance.Rule.Offenders.BOTH;
import static io.hypermesh.stoq.conformance.Rule.Offenders.CLIENT;
import static io.hypermesh.stoq.conformance.Rule.Offenders.SERVER;
import static io.hypermesh.stoq.packet.TransportErrorCode.TRANSPORT_PARAMETER_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.VERSION_NEGOTIATION_ERROR;

import io.hypermesh.stoq.conformance.Rule.Offenders;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;

/** Transport parameters: their values, who may send them, what they have to agree with. */
final class ParameterRules {
  private static final long ORIGINAL_DESTINATION_CONNECTION_ID = 0x00;
  private static final long MAX_IDLE_TIMEOUT = 0x01;
  private static final long STATELESS_RESET_TOKEN = 0x02;
  private static final long MAX_UDP_PAYLOAD_SIZE = 0x03;
  private static final long INITIAL_MAX_DATA = 0x04;
  private static final long INITIAL_MAX_STREAMS_BIDI = 0x08;
  private static final long INITIAL_MAX_STREAMS_UNI = 0x09;
  private static final long ACK_DELAY_EXPONENT = 0x0a;
  private static final long MAX_ACK_DELAY = 0x0b;
  private static final long DISABLE_ACTIVE_MIGRATION = 0x0c;
  private static final long PREFERRED_ADDRESS = 0x0d;
  private static final long ACTIVE_CONNECTION_ID_LIMIT = 0x0e;
  private static final long INITIAL_SOURCE_CONNECTION_ID = 0x0f;
  private static final long RETRY_SOURCE_CONNECTION_ID = 0x10;
  private static final long VERSION_INFORMATION = 0x11;

  private static final long GREASE_QUIC_BIT = 0x2ab2;
  private static final long MIN_ACK_DELAY = 0xff04de1bL;

  private static final byte[] WRONG_ID = {7, 7, 7, 7};
  private static final int V1 = QuicVersion.V1.wire();
  private static final int V2 = QuicVersion.V2.wire();

  private ParameterRules() {}

  private static Rule row(
      String section, String offence, Offenders who, UnaryOperator<byte[]> change) {
    return row("RFC 9000, " + section, offence, who, TRANSPORT_PARAMETER_ERROR, change);
  }

  private static Rule row(
      String section, String offence, Offenders who, long code, UnaryOperator<byte[]> change) {
    return new Rule(
        section, offence, who, code, Rule.ANY_FRAME, rogue -> rogue.parameters(change).handshake());
  }

  static List<Rule> values() {
    return List.of(
        row(
            "18.2",
            "max_udp_payload_size under 1,200",
            BOTH,
            withNumber(MAX_UDP_PAYLOAD_SIZE, 1_199)),
        row(
            "4.6 and 18.2",
            "initial_max_streams_bidi over 2^60",
            BOTH,
            withNumber(INITIAL_MAX_STREAMS_BIDI, (1L << 60) + 1)),
        row(
            "4.6 and 18.2",
            "initial_max_streams_uni over 2^60",
            BOTH,
            withNumber(INITIAL_MAX_STREAMS_UNI, (1L << 60) + 1)),
        row("18.2", "ack_delay_exponent over 20", BOTH, withNumber(ACK_DELAY_EXPONENT, 21)),
        row("18.2", "max_ack_delay of 2^14", BOTH, withNumber(MAX_ACK_DELAY, 1 << 14)),
        row(
            "18.2",
            "active_connection_id_limit under 2",
            BOTH,
            withNumber(ACTIVE_CONNECTION_ID_LIMIT, 1)),
        row(
            "18.2",
            "disable_active_migration with a value",
            BOTH,
            with(DISABLE_ACTIVE_MIGRATION, (byte) 1)),
        row(
            "RFC 9287, 3",
            "grease_quic_bit with a value",
            BOTH,
            TRANSPORT_PARAMETER_ERROR,
            with(GREASE_QUIC_BIT, (byte) 1)),
        row(
            "draft-ietf-quic-ack-frequency-14, 3",
            "min_ack_delay over max_ack_delay",
            BOTH,
            TRANSPORT_PARAMETER_ERROR,
            withNumber(MIN_ACK_DELAY, 26_000)),
        row("7.4", "a parameter that comes twice", BOTH, twice(MAX_IDLE_TIMEOUT, (byte) 1)),
        row("7.4", "an unknown parameter that comes twice", BOTH, twice(27 + 31 * 5, (byte) 1)),
        row("7.4", "a number that is no varint", BOTH, with(INITIAL_MAX_DATA, (byte) 0x40)),
        row(
            "7.4",
            "a number with bytes behind it",
            BOTH,
            with(INITIAL_MAX_DATA, (byte) 1, (byte) 1)),
        row("7.4", "parameters that are cut short", BOTH, followedBy((byte) 0x3f, (byte) 9)),
        row(
            "18.2",
            "initial_source_connection_id of 21 bytes",
            BOTH,
            with(INITIAL_SOURCE_CONNECTION_ID, new byte[21])),
        row(
            "18.2",
            "stateless_reset_token that isn't 16 bytes",
            SERVER,
            with(STATELESS_RESET_TOKEN, new byte[15])));
  }

  static List<Rule> senders() {
    return List.of(
        row(
            "18.2",
            "original_destination_connection_id from a client",
            CLIENT,
            with(ORIGINAL_DESTINATION_CONNECTION_ID, WRONG_ID)),
        row(
            "18.2",
            "preferred_address from a client",
            CLIENT,
            with(PREFERRED_ADDRESS, preferredAddress(8))),
        row(
            "18.2",
            "retry_source_connection_id from a client",
            CLIENT,
            with(RETRY_SOURCE_CONNECTION_ID, WRONG_ID)),
        row(
            "18.2",
            "stateless_reset_token from a client",
            CLIENT,
            with(STATELESS_RESET_TOKEN, new byte[16])));
  }

  private static byte[] preferredAddress(int idLength) {
    return ByteBuffer.allocate(4 + 2 + 16 + 2 + 1 + idLength + 16)
        .put(new byte[] {127, 0, 0, 1, 0x11, 0x51})
        .put(new byte[18])
        .put((byte) idLength)
        .array();
  }

  static List<Rule> connectionIds() {
    return List.of(
        row(
            "7.3",
            "initial_source_connection_id missing",
            BOTH,
            without(INITIAL_SOURCE_CONNECTION_ID)),
        row(
            "7.3",
            "initial_source_connection_id that isn't the one of the Initial packets",
            BOTH,
            with(INITIAL_SOURCE_CONNECTION_ID, WRONG_ID)),
        row(
            "7.3",
            "original_destination_connection_id missing",
            SERVER,
            without(ORIGINAL_DESTINATION_CONNECTION_ID)),
        row(
            "7.3",
            "original_destination_connection_id that isn't the client's",
            SERVER,
            with(ORIGINAL_DESTINATION_CONNECTION_ID, WRONG_ID)),
        row(
            "7.3",
            "retry_source_connection_id without a Retry",
            SERVER,
            with(RETRY_SOURCE_CONNECTION_ID, WRONG_ID)),
        row(
            "18.2",
            "preferred_address with a connection ID of no bytes",
            SERVER,
            with(PREFERRED_ADDRESS, preferredAddress(0))),
        row(
            "18.2",
            "preferred_address that is cut short",
            SERVER,
            with(PREFERRED_ADDRESS, new byte[30])),
        new Rule(
            "RFC 9000, 18.2",
            "preferred_address from a server whose IDs have no bytes",
            SERVER,
            TRANSPORT_PARAMETER_ERROR,
            Rule.ANY_FRAME,
            rogue -> {
              rogue.sourceId = ConnectionId.of(new byte[0]);
              rogue.parameters(with(PREFERRED_ADDRESS, preferredAddress(8))).handshake();
            }));
  }

  private static Rule afterRetry(String offence, UnaryOperator<byte[]> change) {
    return new Rule(
        "RFC 9000, 7.3",
        offence,
        SERVER,
        TRANSPORT_PARAMETER_ERROR,
        Rule.ANY_FRAME,
        rogue -> rogue.parameters(change).retry().handshake());
  }

  static List<Rule> afterRetry() {
    byte[] source = RoguePeer.RETRY_SOURCE.toByteArray();
    return List.of(
        afterRetry("retry_source_connection_id missing after a Retry", bytes -> bytes),
        afterRetry(
            "retry_source_connection_id that isn't the one of the Retry",
            with(RETRY_SOURCE_CONNECTION_ID, WRONG_ID)),
        afterRetry(
            "original_destination_connection_id that is the one of the Retry",
            bytes ->
                with(ORIGINAL_DESTINATION_CONNECTION_ID, source)
                    .apply(with(RETRY_SOURCE_CONNECTION_ID, source).apply(bytes))));
  }

  private static Rule afterRefusal(
      String offence, QuicVersion version, UnaryOperator<byte[]> change) {
    return new Rule(
        "RFC 9368, 4",
        offence,
        SERVER,
        VERSION_NEGOTIATION_ERROR,
        Rule.ANY_FRAME,
        rogue -> {
          rogue.version = version;
          rogue.victim.afterRefusal = true;
          rogue.victimSettings(
              settings -> settings.versions(List.of(QuicVersion.V2, QuicVersion.V1)));
          rogue.parameters(change).handshake();
        });
  }

  static List<Rule> versionNegotiation() {
    return List.of(
        afterRefusal(
            "a better version available than the Version Negotiation packet told",
            QuicVersion.V1,
            versions(V1, V1, V2)),
        afterRefusal(
            "no version available, after a Version Negotiation packet",
            QuicVersion.V1,
            versions(V1)),
        afterRefusal(
            "no version_information in version 2, after a Version Negotiation packet",
            QuicVersion.V2,
            without(VERSION_INFORMATION)));
  }

  private static UnaryOperator<byte[]> versions(int... versions) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * versions.length);
    for (int version : versions) {
      buffer.putInt(version);
    }
    return with(VERSION_INFORMATION, buffer.array());
  }

  static List<Rule> versionInformation() {
    String section = "RFC 9368, 4";
    long malformed = TRANSPORT_PARAMETER_ERROR;
    return List.of(
        row(section, "version_information of no bytes", BOTH, malformed, versions()),
        row(
            section,
            "version_information that isn't whole versions",
            BOTH,
            malformed,
            with(VERSION_INFORMATION, new byte[] {0, 0, 0, 1, 0})),
        row(section, "a chosen version of 0", BOTH, malformed, versions(0, V1, 0)),
        row(section, "an available version of 0", BOTH, malformed, versions(V1, V1, 0)),
        row(
            section,
            "a chosen version that a client doesn't make available",
            CLIENT,
            malformed,
            versions(V1, V2)),
        row(
            section,
            "a chosen version that isn't the one of the packets",
            BOTH,
            VERSION_NEGOTIATION_ERROR,
            versions(V2, V1, V2)));
  }
}
