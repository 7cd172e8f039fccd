package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A ServerHello or HelloRetryRequest, which share a message type and differ by their random (RFC
 * 8446, 4.1.3 and 4.1.4).
 *
 * @param retry true for a HelloRetryRequest
 * @param suite the chosen cipher suite
 * @param group the code point of the chosen group, or -1 where a HelloRetryRequest names none
 * @param keyShare the server's public value; empty in a HelloRetryRequest
 * @param cookie of a HelloRetryRequest, or null
 * @param selectedPsk which of the pre-shared keys the server takes, or -1 for none
 */
@SuppressWarnings("ArrayRecordComponent") // parsed once, never compared
record ServerHello(
    boolean retry,
    CipherSuite suite,
    int group,
    byte[] keyShare,
    byte @Nullable [] cookie,
    int selectedPsk) {

  /** SHA-256 of "HelloRetryRequest". */
  private static final byte[] RETRY_RANDOM =
      HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

  private static final Set<Integer> ALLOWED =
      Set.of(
          ExtensionType.SUPPORTED_VERSIONS, ExtensionType.KEY_SHARE, ExtensionType.PRE_SHARED_KEY);
  private static final Set<Integer> ALLOWED_IN_RETRY =
      Set.of(ExtensionType.SUPPORTED_VERSIONS, ExtensionType.KEY_SHARE, ExtensionType.COOKIE);

  static ServerHello parse(byte[] message, ClientHelloOffer offer) throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(message, "ServerHello");
    int version = reader.uint16();
    byte[] random = reader.bytes(ClientHello.RANDOM_LENGTH);
    byte[] sessionId = reader.opaque(1, 0, "legacy_session_id_echo");
    int suiteCode = reader.uint16();
    int compression = reader.uint8();
    if (!reader.hasRemaining()) {
      throw Alert.PROTOCOL_VERSION.because("ServerHello has no extensions, so no TLS 1.3");
    }
    Extensions extensions = Extensions.parse(reader, "ServerHello");
    reader.expectEnd();
    requireVersion(extensions, version);
    if (sessionId.length != 0 || compression != 0) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "ServerHello echoes a session id that was not sent, or chooses a compression");
    }
    CipherSuite suite = CipherSuite.ofCode(suiteCode);
    if (suite == null || !offer.offers(suite)) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "ServerHello chooses suite " + suiteCode + ", which was not offered");
    }
    boolean retry = Arrays.equals(random, RETRY_RANDOM);
    Set<Integer> offered = new HashSet<>(offer.extensionTypes());
    if (retry) {
      offered.add(ExtensionType.COOKIE); // the one that a server may send unasked
    }
    extensions.requireOnly(retry ? ALLOWED_IN_RETRY : ALLOWED, offered);
    return retry ? readRetry(suite, extensions) : readHello(suite, extensions);
  }

  private static void requireVersion(Extensions extensions, int legacyVersion)
      throws TransportException {
    HandshakeReader reader = extensions.find(ExtensionType.SUPPORTED_VERSIONS);
    if (reader == null) {
      throw Alert.PROTOCOL_VERSION.because(
          "ServerHello lacks supported_versions: version " + legacyVersion + " is not TLS 1.3");
    }
    int chosen = reader.uint16();
    reader.expectEnd();
    if (chosen != ClientHello.TLS_1_3 || legacyVersion != ClientHello.LEGACY_VERSION) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "ServerHello chooses version " + chosen + " with legacy_version " + legacyVersion);
    }
  }

  private static ServerHello readHello(CipherSuite suite, Extensions extensions)
      throws TransportException {
    HandshakeReader reader = extensions.require(ExtensionType.KEY_SHARE, "key_share");
    int group = reader.uint16();
    byte[] share = reader.opaque(2, 1, "key_exchange");
    reader.expectEnd();
    int selectedPsk = -1;
    HandshakeReader psk = extensions.find(ExtensionType.PRE_SHARED_KEY);
    if (psk != null) {
      selectedPsk = psk.uint16();
      psk.expectEnd();
    }
    return new ServerHello(false, suite, group, share, null, selectedPsk);
  }

  private static ServerHello readRetry(CipherSuite suite, Extensions extensions)
      throws TransportException {
    int group = -1;
    HandshakeReader share = extensions.find(ExtensionType.KEY_SHARE);
    if (share != null) {
      group = share.uint16();
      share.expectEnd();
    }
    byte[] cookie = null;
    HandshakeReader cookieReader = extensions.find(ExtensionType.COOKIE);
    if (cookieReader != null) {
      cookie = cookieReader.opaque(2, 1, "cookie");
      cookieReader.expectEnd();
    }
    return new ServerHello(true, suite, group, new byte[0], cookie, -1);
  }

  static byte[] encode(byte[] random, CipherSuite suite, NamedGroup group, byte[] keyShare) {
    return encode(random, suite, group, keyShare, -1);
  }

  /**
   * The message.
   *
   * @param selectedPsk which of the client's pre-shared keys is taken, or -1 for none
   */
  static byte[] encode(
      byte[] random, CipherSuite suite, NamedGroup group, byte[] keyShare, int selectedPsk) {
    HandshakeWriter writer =
        start(random, suite)
            .extension(ExtensionType.KEY_SHARE)
            .uint16(group.code())
            .opaque(2, keyShare)
            .close();
    if (selectedPsk >= 0) {
      writer.extension(ExtensionType.PRE_SHARED_KEY).uint16(selectedPsk).close();
    }
    return writer.finish();
  }

  static byte[] encodeRetry(CipherSuite suite, NamedGroup group) {
    return start(RETRY_RANDOM, suite)
        .extension(ExtensionType.KEY_SHARE)
        .uint16(group.code())
        .close()
        .finish();
  }

  private static HandshakeWriter start(byte[] random, CipherSuite suite) {
    return HandshakeWriter.ofMessage(HandshakeType.SERVER_HELLO)
        .uint16(ClientHello.LEGACY_VERSION)
        .bytes(random)
        .open(1)
        .close() // legacy_session_id_echo: the client's is empty
        .uint16(suite.code())
        .uint8(0)
        .open(2)
        .extension(ExtensionType.SUPPORTED_VERSIONS)
        .uint16(ClientHello.TLS_1_3)
        .close();
  }
}
