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
  private @Nullable ClientResumption resumption;

  ClientHelloOffer(
      TlsSettings settings, ServerName serverName, byte[] random, byte[] transportParameters) {
    this.settings = settings;
    this.serverName = serverName;
    this.random = random;
    this.transportParameters = transportParameters;
  }

  /** Offers the session of a resumption too, as far as it has one when a message is written. */
  void resumption(ClientResumption value) {
    resumption = value;
  }

  private @Nullable ClientSession session() {
    return resumption == null ? null : resumption.offered();
  }

  private boolean earlyData() {
    return resumption != null && session() != null && resumption.offersEarlyData();
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
    if (settings.resumption().keepsSessions()) {
      types.add(ExtensionType.PSK_KEY_EXCHANGE_MODES);
    }
    if (resumption != null && resumption.wasOffered()) {
      types.add(ExtensionType.PSK_KEY_EXCHANGE_MODES);
      types.add(ExtensionType.PRE_SHARED_KEY);
      if (resumption.offersEarlyData()) {
        types.add(ExtensionType.EARLY_DATA);
      }
    }
    return types;
  }

  /**
   * The message; where a session is offered, its binder is still to be put at the end.
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
    writeSession(writer);
    return writer.finish();
  }

  private void writeSession(HandshakeWriter writer) {
    ClientSession session = session();
    if (session != null || settings.resumption().keepsSessions()) {
      writer
          .extension(ExtensionType.PSK_KEY_EXCHANGE_MODES)
          .open(1)
          .uint8(ClientHello.PSK_DHE_KE)
          .close()
          .close();
    }
    if (earlyData()) {
      writer.extension(ExtensionType.EARLY_DATA).close();
    }
    if (session != null && resumption != null) {
      // The last extension of all (RFC 8446, 4.2.11).
      OfferedPsks.write(
          writer,
          session.ticket(),
          resumption.obfuscatedAge(session),
          session.suite().hashLength());
    }
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
