package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * EncryptedExtensions (RFC 8446, 4.3.1) with the two that QUIC cannot do without.
 *
 * @param applicationProtocol the ALPN protocol that the server chose
 * @param transportParameters the server's, undecoded
 * @param earlyData whether the server accepts early data
 */
@SuppressWarnings("ArrayRecordComponent") // parsed once, never compared
record EncryptedExtensions(
    String applicationProtocol, byte[] transportParameters, boolean earlyData) {
  private static final Set<Integer> ALLOWED =
      Set.of(
          ExtensionType.SERVER_NAME,
          ExtensionType.SUPPORTED_GROUPS,
          ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
          ExtensionType.QUIC_TRANSPORT_PARAMETERS,
          ExtensionType.EARLY_DATA);

  static EncryptedExtensions parse(byte[] message, ClientHelloOffer offer)
      throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(message, "EncryptedExtensions");
    Extensions extensions = Extensions.parse(reader, "EncryptedExtensions");
    reader.expectEnd();
    extensions.requireOnly(ALLOWED, offer.extensionTypes());
    HandshakeReader serverName = extensions.find(ExtensionType.SERVER_NAME);
    if (serverName != null) {
      serverName.expectEnd();
    }
    HandshakeReader groups = extensions.find(ExtensionType.SUPPORTED_GROUPS);
    if (groups != null) {
      groups.codes(2, "supported_groups"); // only for later connections, but well formed
      groups.expectEnd();
    }
    HandshakeReader parameters =
        extensions.require(ExtensionType.QUIC_TRANSPORT_PARAMETERS, "quic_transport_parameters");
    HandshakeReader earlyData = extensions.find(ExtensionType.EARLY_DATA);
    if (earlyData != null) {
      earlyData.expectEnd();
    }
    return new EncryptedExtensions(
        readProtocol(extensions, offer),
        parameters.bytes(parameters.remaining()),
        earlyData != null);
  }

  private static String readProtocol(Extensions extensions, ClientHelloOffer offer)
      throws TransportException {
    HandshakeReader extension =
        extensions.find(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION);
    if (extension == null) {
      throw Alert.NO_APPLICATION_PROTOCOL.because("the server chose no ALPN protocol");
    }
    HandshakeReader list = extension.vector(2, 2, "protocol_name_list");
    extension.expectEnd();
    String protocol = ClientHello.decodeProtocol(list.opaque(1, 1, "ALPN protocol"));
    if (list.hasRemaining()) {
      throw Alert.ILLEGAL_PARAMETER.because("the server chose several ALPN protocols");
    }
    if (!offer.offers(protocol)) {
      // RFC 9001, 8.1: a client says so too, other than in TLS over TCP.
      throw Alert.NO_APPLICATION_PROTOCOL.because(
          "the server chose an ALPN protocol that was not offered");
    }
    return protocol;
  }

  /** The message; server_name is acknowledged where the client sent one (RFC 6066, 3). */
  static byte[] encode(
      String applicationProtocol,
      byte[] transportParameters,
      boolean acknowledgeServerName,
      boolean acceptEarlyData) {
    HandshakeWriter writer = HandshakeWriter.ofMessage(HandshakeType.ENCRYPTED_EXTENSIONS).open(2);
    if (acknowledgeServerName) {
      writer.extension(ExtensionType.SERVER_NAME).close();
    }
    if (acceptEarlyData) {
      writer.extension(ExtensionType.EARLY_DATA).close();
    }
    return writer
        .extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION)
        .open(2)
        .opaque(1, applicationProtocol.getBytes(StandardCharsets.UTF_8))
        .close()
        .close()
        .extension(ExtensionType.QUIC_TRANSPORT_PARAMETERS)
        .bytes(transportParameters)
        .close()
        .finish();
  }
}
