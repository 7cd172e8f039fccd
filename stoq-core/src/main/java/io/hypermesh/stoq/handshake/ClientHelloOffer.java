package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.protection.CipherSuite;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What our client offers, kept to write the ClientHello, to write it again after a
 * HelloRetryRequest with nothing else changed, and to check the server's answers against.
 */
final class ClientHelloOffer {
  private final TlsSettings settings;
  private final ServerName serverName;
  private final byte[] random;
  private final byte[] transportParameters;

  ClientHelloOffer(
      TlsSettings settings, ServerName serverName, byte[] random, byte[] transportParameters) {
    this.settings = settings;
    this.serverName = serverName;
    this.random = random;
    this.transportParameters = transportParameters;
  }

  byte[] random() {
    return random;
  }

  boolean offers(CipherSuite suite) {
    return settings.cipherSuites().contains(suite);
  }

  boolean offers(NamedGroup group) {
    return settings.groups().contains(group);
  }

  boolean offers(String applicationProtocol) {
    return settings.applicationProtocols().contains(applicationProtocol);
  }

  /** The types of the extensions that a server may answer. */
  Set<Integer> extensionTypes() {
    Set<Integer> types =
        new HashSet<>(
            Set.of(
                ExtensionType.SUPPORTED_VERSIONS,
                ExtensionType.SUPPORTED_GROUPS,
                ExtensionType.KEY_SHARE,
                ExtensionType.SIGNATURE_ALGORITHMS,
                ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
                ExtensionType.QUIC_TRANSPORT_PARAMETERS));
    if (serverName.indication() != null) {
      types.add(ExtensionType.SERVER_NAME);
    }
    return types;
  }

  /**
   * The message.
   *
   * @param cookie of the HelloRetryRequest, or null
   */
  byte[] encode(NamedGroup group, byte[] keyShare, byte @Nullable [] cookie) {
    HandshakeWriter writer = HandshakeWriter.ofMessage(HandshakeType.CLIENT_HELLO);
    writer.uint16(ClientHello.LEGACY_VERSION).bytes(random);
    writer.open(1).close(); // legacy_session_id: empty in QUIC (RFC 9001, 8.4)
    writer.open(2);
    for (CipherSuite suite : settings.cipherSuites()) {
      writer.uint16(suite.code());
    }
    writer.close();
    writer.open(1).uint8(0).close(); // legacy_compression_methods: null
    writer.open(2);
    writeServerName(writer);
    writer
        .extension(ExtensionType.SUPPORTED_VERSIONS)
        .open(1)
        .uint16(ClientHello.TLS_1_3)
        .close()
        .close();
    writer.extension(ExtensionType.SUPPORTED_GROUPS).open(2);
    for (NamedGroup each : settings.groups()) {
      writer.uint16(each.code());
    }
    writer.close().close();
    SignatureScheme.writeExtension(writer);
    writer.extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION).open(2);
    for (String protocol : settings.applicationProtocols()) {
      writer.opaque(1, protocol.getBytes(StandardCharsets.UTF_8));
    }
    writer.close().close();
    writer.extension(ExtensionType.QUIC_TRANSPORT_PARAMETERS).bytes(transportParameters).close();
    if (cookie != null) {
      writer.extension(ExtensionType.COOKIE).opaque(2, cookie).close();
    }
    writer
        .extension(ExtensionType.KEY_SHARE)
        .open(2)
        .uint16(group.code())
        .opaque(2, keyShare)
        .close()
        .close();
    return writer.finish();
  }

  private void writeServerName(HandshakeWriter writer) {
    String indication = serverName.indication();
    if (indication != null) {
      writer
          .extension(ExtensionType.SERVER_NAME)
          .open(2)
          .uint8(0)
          .opaque(2, indication.getBytes(StandardCharsets.US_ASCII))
          .close()
          .close();
    }
  }
}
