package io.hypermesh.stoq.conformance;

import static io.hypermesh.stoq.conformance.Rule.Offenders.CLIENT;
import static io.hypermesh.stoq.conformance.Rule.Offenders.SERVER;
import static io.hypermesh.stoq.packet.EncryptionLevel.HANDSHAKE;
import static io.hypermesh.stoq.packet.EncryptionLevel.ZERO_RTT;
import static io.hypermesh.stoq.packet.TransportErrorCode.FRAME_ENCODING_ERROR;
import static io.hypermesh.stoq.packet.TransportErrorCode.PROTOCOL_VIOLATION;

import io.hypermesh.stoq.handshake.EarlyDataRegister;
import io.hypermesh.stoq.handshake.ResumptionSettings;
import io.hypermesh.stoq.handshake.SessionTickets;
import io.hypermesh.stoq.packet.FrameType;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.UnaryOperator;

/** Early data: what 0-RTT packets carry, and what a server has promised for it. */
final class EarlyDataRules {
  private static final Duration DAY = Duration.ofDays(1);
  private static final int RESERVED_LONG = 0x0c;
  private static final ResumptionSettings RESUMING_CLIENT =
      new ResumptionSettings(null, 0, DAY, null, true, InstantSource.system());

  private EarlyDataRules() {}

  private static ResumptionSettings server() {
    return new ResumptionSettings(
        SessionTickets.withFreshSecret(DAY, new SecureRandom()),
        2,
        DAY,
        new EarlyDataRegister(1, 1_000, Duration.ofMinutes(1)),
        false,
        InstantSource.system());
  }

  /** A client whose early data has been accepted, and who has said nothing else. */
  private static void resumeAsClient(RoguePeer rogue) {
    ResumptionSettings server = server();
    RoguePeer first = new RoguePeer(true);
    first.version = rogue.version;
    first.victim.tlsSettings = tls -> tls.resumption(server);
    first.tls(tls -> tls.resumption(RESUMING_CLIENT)).connect().exchange();
    rogue.victim.tlsSettings = tls -> tls.resumption(server);
    rogue.session = first.session;
    rogue.tls(tls -> tls.resumption(RESUMING_CLIENT)).reach(HANDSHAKE);
  }

  private static Rule early(
      String section, String offence, long code, long type, int bits, byte[]... frames) {
    return new Rule(
        section,
        offence,
        CLIENT,
        code,
        type,
        rogue -> {
          resumeAsClient(rogue);
          rogue.send(ZERO_RTT, bits, frames);
        });
  }

  private static Rule forbidden(String section, String name, int type) {
    return early(
        section,
        name + " in a packet of level ZERO_RTT",
        PROTOCOL_VIOLATION,
        type,
        0,
        Frames.sample(type));
  }

  static List<Rule> packets() {
    String section = "RFC 9000, 12.4 and 17.2.3";
    return List.of(
        forbidden(section, "ACK", FrameType.ACK),
        forbidden("RFC 9001, 8.3", "CRYPTO", FrameType.CRYPTO),
        forbidden(section, "NEW_TOKEN", FrameType.NEW_TOKEN),
        forbidden(section, "PATH_RESPONSE", FrameType.PATH_RESPONSE),
        forbidden(section, "RETIRE_CONNECTION_ID", FrameType.RETIRE_CONNECTION_ID),
        forbidden(section, "HANDSHAKE_DONE", FrameType.HANDSHAKE_DONE),
        forbidden("draft-ietf-quic-ack-frequency-14, 3", "ACK_FREQUENCY", FrameType.ACK_FREQUENCY),
        forbidden("draft-ietf-quic-ack-frequency-14, 3", "IMMEDIATE_ACK", FrameType.IMMEDIATE_ACK),
        early(
            "RFC 9000, 12.4",
            "a frame of unknown type in a packet of level ZERO_RTT",
            FRAME_ENCODING_ERROR,
            0x21,
            0,
            Frames.raw(0x21)),
        early(
            "RFC 9000, 12.4",
            "no frames in a packet of level ZERO_RTT",
            PROTOCOL_VIOLATION,
            Rule.ANY_FRAME,
            0,
            new byte[0]),
        early(
            "RFC 9000, 17.2",
            "both reserved bits set in a packet of level ZERO_RTT",
            PROTOCOL_VIOLATION,
            Rule.ANY_FRAME,
            RESERVED_LONG,
            Frames.ping()));
  }

  private static Rule lowered(String section, String name, long id, long value) {
    return new Rule(
        section,
        name + " lower than promised, where early data is accepted",
        SERVER,
        PROTOCOL_VIOLATION,
        Rule.ANY_FRAME,
        rogue -> {
          resumeAsServer(rogue, ParameterBytes.withNumber(id, value));
          rogue.handshake();
        });
  }

  /** A server that accepts early data with other transport parameters than it promised. */
  static void resumeAsServer(RoguePeer rogue, UnaryOperator<byte[]> change) {
    ResumptionSettings server = server();
    UnaryOperator<byte[]> promised = ParameterBytes.withNumber(0x20, 1_000);
    RoguePeer first = new RoguePeer(false);
    first.version = rogue.version;
    first.victim.tlsSettings = tls -> tls.resumption(RESUMING_CLIENT);
    first.parameters(promised).tls(tls -> tls.resumption(server)).connect().exchange();
    rogue.victim.tlsSettings = tls -> tls.resumption(RESUMING_CLIENT);
    rogue.victim.session = first.victim.session;
    rogue.parameters(bytes -> change.apply(promised.apply(bytes)));
    rogue.tls(tls -> tls.resumption(server));
  }

  static List<Rule> promises() {
    String section = "RFC 9000, 7.4.1";
    return List.of(
        lowered(section, "initial_max_data", 0x04, 99_999),
        lowered(section, "initial_max_stream_data_bidi_local", 0x05, 9_999),
        lowered(section, "initial_max_stream_data_bidi_remote", 0x06, 9_999),
        lowered(section, "initial_max_stream_data_uni", 0x07, 9_999),
        lowered(section, "initial_max_streams_bidi", 0x08, 9),
        lowered(section, "initial_max_streams_uni", 0x09, 9),
        lowered(section, "active_connection_id_limit", 0x0e, 3),
        lowered("RFC 9221, 3", "max_datagram_frame_size", 0x20, 999));
  }
}
