package io.hypermesh.stoq.conformance;

import static io.hypermesh.stoq.conformance.Rule.Offenders.BOTH;
import static io.hypermesh.stoq.conformance.Rule.Offenders.CLIENT;
import static io.hypermesh.stoq.conformance.Rule.Offenders.SERVER;
import static io.hypermesh.stoq.conformance.TlsMessages.CLIENT_HELLO;
import static io.hypermesh.stoq.conformance.TlsMessages.ENCRYPTED_EXTENSIONS;
import static io.hypermesh.stoq.conformance.TlsMessages.SERVER_HELLO;
import static io.hypermesh.stoq.packet.EncryptionLevel.HANDSHAKE;
import static io.hypermesh.stoq.packet.EncryptionLevel.INITIAL;
import static io.hypermesh.stoq.packet.EncryptionLevel.ONE_RTT;
import static io.hypermesh.stoq.packet.TransportErrorCode.PROTOCOL_VIOLATION;

import io.hypermesh.stoq.conformance.Rule.Offenders;
import io.hypermesh.stoq.handshake.ClientAuthentication;
import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.FrameType;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.protection.CipherSuite;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.X509ExtendedKeyManager;

/** TLS: what QUIC adds to it, and the alerts that end a handshake. */
final class TlsRules {
  private static final int UNEXPECTED_MESSAGE = 10;
  private static final int HANDSHAKE_FAILURE = 40;
  private static final int ILLEGAL_PARAMETER = 47;
  private static final int CERTIFICATE_EXPIRED = 45;
  private static final int CERTIFICATE_UNKNOWN = 46;
  private static final int UNKNOWN_CA = 48;
  private static final int DECODE_ERROR = 50;
  private static final int DECRYPT_ERROR = 51;
  private static final int PROTOCOL_VERSION = 70;
  private static final int MISSING_EXTENSION = 109;
  private static final int UNSUPPORTED_EXTENSION = 110;
  private static final int CERTIFICATE_REQUIRED = 116;
  private static final int NO_APPLICATION_PROTOCOL = 120;

  private TlsRules() {}

  private static Rule alert(
      String section, String offence, Offenders who, int description, Rule.Act act) {
    return new Rule(
        section, offence, who, TransportErrorCode.ofAlert(description), FrameType.CRYPTO, act);
  }

  private static Rule violation(String section, String offence, Offenders who, Rule.Act act) {
    return new Rule(section, offence, who, PROTOCOL_VIOLATION, FrameType.CRYPTO, act);
  }

  private static Rule.Act tamper(EncryptionLevel level, UnaryOperator<byte[]> change) {
    return rogue -> rogue.tamper(level, change).handshake();
  }

  private static Rule.Act replace(EncryptionLevel level, int type, UnaryOperator<byte[]> change) {
    return tamper(level, flight -> TlsMessages.replace(flight, type, change));
  }

  private static Rule.Act clientHello(Consumer<Map<Integer, byte[]>> change) {
    return replace(INITIAL, CLIENT_HELLO, hello -> TlsMessages.extensions(hello, change));
  }

  private static Rule.Act serverHello(Consumer<Map<Integer, byte[]>> change) {
    return replace(INITIAL, SERVER_HELLO, hello -> TlsMessages.extensions(hello, change));
  }

  private static Rule.Act encrypted(Consumer<Map<Integer, byte[]>> change) {
    return replace(
        HANDSHAKE, ENCRYPTED_EXTENSIONS, message -> TlsMessages.extensions(message, change));
  }

  /** Says something more in TLS once the handshake is complete. */
  private static Rule.Act afterwards(byte[] message) {
    return rogue -> {
      rogue.connect();
      rogue.send(ONE_RTT, Frames.crypto(rogue.cryptoOffset(ONE_RTT), message));
    };
  }

  static List<Rule> quic() {
    return List.of(
        alert(
            "RFC 9001, 8.1",
            "no ALPN protocol in common",
            CLIENT,
            NO_APPLICATION_PROTOCOL,
            rogue -> rogue.tls(tls -> tls.applicationProtocols(List.of("other/1.0"))).handshake()),
        alert(
            "RFC 9001, 8.1",
            "ClientHello without ALPN",
            CLIENT,
            NO_APPLICATION_PROTOCOL,
            clientHello(extensions -> extensions.remove(TlsMessages.ALPN))),
        alert(
            "RFC 9001, 8.1",
            "EncryptedExtensions without ALPN",
            SERVER,
            NO_APPLICATION_PROTOCOL,
            encrypted(extensions -> extensions.remove(TlsMessages.ALPN))),
        alert(
            "RFC 9001, 8.1",
            "an ALPN protocol that wasn't offered",
            SERVER,
            NO_APPLICATION_PROTOCOL,
            encrypted(
                extensions -> extensions.put(TlsMessages.ALPN, TlsMessages.protocol("other/1.0")))),
        alert(
            "RFC 9001, 8.2",
            "ClientHello without quic_transport_parameters",
            CLIENT,
            MISSING_EXTENSION,
            clientHello(extensions -> extensions.remove(TlsMessages.TRANSPORT_PARAMETERS))),
        alert(
            "RFC 9001, 8.2",
            "ClientHello with quic_transport_parameters of the drafts",
            CLIENT,
            MISSING_EXTENSION,
            clientHello(extensions ->
                extensions.put(0xffa5, extensions.remove(TlsMessages.TRANSPORT_PARAMETERS)))),
        alert(
            "RFC 9001, 8.2",
            "EncryptedExtensions without quic_transport_parameters",
            SERVER,
            MISSING_EXTENSION,
            encrypted(extensions -> extensions.remove(TlsMessages.TRANSPORT_PARAMETERS))),
        alert(
            "RFC 9001, 8.3",
            "EndOfEarlyData",
            CLIENT,
            UNEXPECTED_MESSAGE,
            tamper(
                HANDSHAKE,
                flight -> Frames.join(TlsMessages.message(TlsMessages.END_OF_EARLY_DATA), flight))),
        violation(
            "RFC 9001, 8.4",
            "ClientHello with a legacy_session_id",
            CLIENT,
            replace(INITIAL, CLIENT_HELLO, TlsMessages::withSessionId)),
        violation(
            "RFC 9001, 4.4",
            "CertificateRequest after the handshake",
            SERVER,
            afterwards(TlsMessages.message(TlsMessages.CERTIFICATE_REQUEST, new byte[3]))),
        violation(
            "RFC 9001, 4.6.1",
            "NewSessionTicket with a max_early_data_size that isn't 2^32-1",
            SERVER,
            afterwards(ticketWithEarlyData(1_000))),
        alert(
            "RFC 9001, 6",
            "a TLS KeyUpdate behind the handshake's messages",
            BOTH,
            UNEXPECTED_MESSAGE,
            rogue -> {
              rogue.reach(HANDSHAKE);
              rogue.send(
                  HANDSHAKE,
                  Frames.crypto(0, TlsMessages.message(TlsMessages.KEY_UPDATE, (byte) 1)));
            }),
        alert(
            "RFC 9001, 6",
            "a TLS KeyUpdate in 1-RTT",
            BOTH,
            UNEXPECTED_MESSAGE,
            afterwards(TlsMessages.message(TlsMessages.KEY_UPDATE, (byte) 1))));
  }

  private static byte[] ticketWithEarlyData(int bytes) {
    byte[] extension =
        TlsMessages.extension(TlsMessages.EARLY_DATA, ByteBuffer.allocate(4).putInt(bytes).array());
    byte[] body =
        ByteBuffer.allocate(4 + 4 + 1 + 2 + 8 + 2 + extension.length)
            .putInt(3_600)
            .putInt(0)
            .put((byte) 0)
            .putShort((short) 8)
            .putLong(1)
            .putShort((short) extension.length)
            .put(extension)
            .array();
    return TlsMessages.message(TlsMessages.NEW_SESSION_TICKET, body);
  }

  static List<Rule> hellos() {
    String section = "RFC 9001, 4.8 and RFC 8446, ";
    return List.of(
        alert(
            "RFC 9001, 4.2",
            "ClientHello that doesn't offer TLS 1.3",
            CLIENT,
            PROTOCOL_VERSION,
            clientHello(extensions ->
                extensions.put(TlsMessages.SUPPORTED_VERSIONS, new byte[] {2, 3, 3}))),
        alert(
            "RFC 9001, 4.2",
            "ServerHello that doesn't choose TLS 1.3",
            SERVER,
            PROTOCOL_VERSION,
            serverHello(extensions -> extensions.remove(TlsMessages.SUPPORTED_VERSIONS))),
        alert(
            section + "4.1.1",
            "no cipher suite in common",
            CLIENT,
            HANDSHAKE_FAILURE,
            rogue -> {
              rogue.victim.tlsSettings =
                  tls -> tls.cipherSuites(List.of(CipherSuite.AES_256_GCM_SHA384));
              rogue.tls(tls -> tls.cipherSuites(List.of(CipherSuite.AES_128_GCM_SHA256)));
              rogue.handshake();
            }),
        alert(
            section + "9.2",
            "ClientHello without signature_algorithms",
            CLIENT,
            MISSING_EXTENSION,
            clientHello(extensions -> extensions.remove(TlsMessages.SIGNATURE_ALGORITHMS))),
        alert(
            section + "9.2",
            "ClientHello without supported_groups",
            CLIENT,
            MISSING_EXTENSION,
            clientHello(extensions -> extensions.remove(TlsMessages.SUPPORTED_GROUPS))),
        alert(
            section + "9.2",
            "ClientHello without key_share",
            CLIENT,
            MISSING_EXTENSION,
            clientHello(extensions -> extensions.remove(TlsMessages.KEY_SHARE))),
        alert(
            section + "4.2",
            "ClientHello with an extension twice",
            CLIENT,
            ILLEGAL_PARAMETER,
            replace(INITIAL, CLIENT_HELLO, TlsMessages::duplicateFirstExtension)),
        alert(
            section + "4.2",
            "EncryptedExtensions with an extension twice",
            SERVER,
            ILLEGAL_PARAMETER,
            replace(HANDSHAKE, ENCRYPTED_EXTENSIONS, TlsMessages::duplicateFirstExtension)),
        alert(
            section + "4.2",
            "ServerHello with an extension that wasn't offered",
            SERVER,
            UNSUPPORTED_EXTENSION,
            serverHello(extensions -> extensions.put(0x7777, new byte[0]))),
        alert(
            section + "4.2",
            "EncryptedExtensions with an extension that wasn't offered",
            SERVER,
            UNSUPPORTED_EXTENSION,
            encrypted(extensions -> extensions.put(0x7777, new byte[0]))),
        alert(
            section + "4.2",
            "key_share in EncryptedExtensions",
            SERVER,
            ILLEGAL_PARAMETER,
            encrypted(extensions -> extensions.put(TlsMessages.KEY_SHARE, new byte[0]))),
        alert(
            section + "4.2.8",
            "ServerHello without key_share",
            SERVER,
            MISSING_EXTENSION,
            serverHello(extensions -> extensions.remove(TlsMessages.KEY_SHARE))),
        alert(
            section + "6.2",
            "ClientHello with bytes behind its extensions",
            CLIENT,
            DECODE_ERROR,
            replace(INITIAL, CLIENT_HELLO, TlsRules::withByteBehind)),
        alert(
            section + "6.2",
            "ServerHello with bytes behind its extensions",
            SERVER,
            DECODE_ERROR,
            replace(INITIAL, SERVER_HELLO, TlsRules::withByteBehind)));
  }

  private static byte[] withByteBehind(byte[] message) {
    byte[] body = new byte[message.length - 4 + 1];
    System.arraycopy(message, 4, body, 0, message.length - 4);
    return TlsMessages.message(message[0], body);
  }

  private static Rule certificate(
      String offence, Offenders who, int description, Supplier<X509ExtendedKeyManager> key) {
    return alert(
        "RFC 9001, 4.4",
        offence,
        who,
        description,
        rogue -> rogue.tls(tls -> tls.keyManager(key.get())).handshake());
  }

  static List<Rule> authentication() {
    String section = "RFC 9001, 4.8 and RFC 8446, ";
    return List.of(
        alert(
            section + "4.4.4",
            "Finished that doesn't match",
            BOTH,
            DECRYPT_ERROR,
            replace(HANDSHAKE, TlsMessages.FINISHED, TlsMessages::spoil)),
        alert(
            "RFC 9001, 4.4",
            "a client without a certificate, where one is required",
            CLIENT,
            CERTIFICATE_REQUIRED,
            rogue -> {
              rogue.victim.tlsSettings =
                  tls -> tls.clientAuthentication(ClientAuthentication.REQUIRED);
              rogue.tls(tls -> tls.keyManager(null)).handshake();
            }),
        alert(
            section + "4.4.3",
            "CertificateVerify that doesn't match",
            BOTH,
            DECRYPT_ERROR,
            replace(HANDSHAKE, TlsMessages.CERTIFICATE_VERIFY, TlsMessages::spoil)),
        certificate(
            "a certificate of an authority that isn't trusted",
            BOTH,
            UNKNOWN_CA,
            TestTlsSettings::untrustedKey),
        certificate(
            "a certificate that isn't valid any more",
            BOTH,
            CERTIFICATE_EXPIRED,
            TestTlsSettings::expiredKey),
        certificate(
            "a certificate for another host",
            SERVER,
            CERTIFICATE_UNKNOWN,
            TestTlsSettings::otherHostsKey),
        alert(
            section + "4",
            "a handshake message that isn't awaited: Certificate left out",
            BOTH,
            UNEXPECTED_MESSAGE,
            replace(HANDSHAKE, TlsMessages.CERTIFICATE, message -> new byte[0])),
        alert(
            section + "4",
            "a handshake message that isn't awaited: CertificateVerify left out",
            BOTH,
            UNEXPECTED_MESSAGE,
            replace(HANDSHAKE, TlsMessages.CERTIFICATE_VERIFY, message -> new byte[0])),
        alert(
            section + "4",
            "a ClientHello to a client, a ServerHello to a server",
            BOTH,
            UNEXPECTED_MESSAGE,
            rogue -> {
              int type = rogue.client ? SERVER_HELLO : CLIENT_HELLO;
              rogue.reach(INITIAL);
              rogue.send(INITIAL, Frames.crypto(0, TlsMessages.message(type, new byte[40])));
            }),
        alert(
            section + "6.2",
            "CertificateVerify that is cut short",
            BOTH,
            DECODE_ERROR,
            replace(
                HANDSHAKE,
                TlsMessages.CERTIFICATE_VERIFY,
                message -> TlsMessages.message(TlsMessages.CERTIFICATE_VERIFY, (byte) 8))));
  }
}
