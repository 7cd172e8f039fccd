package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;

/**
 * A client's ClientHello as a server reads it (RFC 8446, 4.1.2). What {@link #parse} returns is
 * well formed and has all that a handshake with certificates over QUIC needs.
 */
final class ClientHello {
  static final int LEGACY_VERSION = 0x0303;
  static final int TLS_1_3 = 0x0304;
  static final int RANDOM_LENGTH = 32;

  /** A pre-shared key together with a key exchange (RFC 8446, 4.2.9). */
  static final int PSK_DHE_KE = 1;

  /** What a second ClientHello may change (RFC 8446, 4.1.2). */
  private static final Set<Integer> CHANGES_AFTER_RETRY =
      Set.of(
          ExtensionType.KEY_SHARE,
          ExtensionType.EARLY_DATA,
          ExtensionType.COOKIE,
          ExtensionType.PRE_SHARED_KEY,
          ExtensionType.PADDING);

  /** A key share: its group's code point and the public value. */
  @SuppressWarnings("ArrayRecordComponent") // read only, never compared
  record KeyShare(int group, byte[] value) {}

  private final byte[] random;
  private final int[] cipherSuites;
  private final Extensions extensions;
  private final int[] groups;
  private final List<KeyShare> keyShares;
  private final List<SignatureScheme> signatureSchemes;
  private final List<SignatureScheme> certificateSchemes;
  private final List<String> applicationProtocols;
  private final byte[] transportParameters;
  private final @Nullable String serverName;
  private final @Nullable OfferedPsks offeredPsks;

  private ClientHello(byte[] random, int[] cipherSuites, Extensions extensions)
      throws TransportException {
    this.random = random;
    this.cipherSuites = cipherSuites;
    this.extensions = extensions;
    requireVersion(extensions);
    if (extensions.has(ExtensionType.PRE_SHARED_KEY)
        && extensions.lastType() != ExtensionType.PRE_SHARED_KEY) {
      throw Alert.ILLEGAL_PARAMETER.because("ClientHello has extensions behind pre_shared_key");
    }
    groups = codes(extensions, ExtensionType.SUPPORTED_GROUPS, "supported_groups");
    signatureSchemes =
        SignatureScheme.known(
            codes(extensions, ExtensionType.SIGNATURE_ALGORITHMS, "signature_algorithms"));
    certificateSchemes = SignatureScheme.readForCertificates(extensions, signatureSchemes);
    keyShares = readKeyShares(extensions, groups);
    applicationProtocols = readApplicationProtocols(extensions);
    HandshakeReader parameters =
        extensions.require(ExtensionType.QUIC_TRANSPORT_PARAMETERS, "quic_transport_parameters");
    transportParameters = parameters.bytes(parameters.remaining());
    serverName = readServerName(extensions);
    offeredPsks = readPsks(extensions);
  }

  static ClientHello parse(byte[] message) throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(message, "ClientHello");
    int version = reader.uint16();
    if (version != LEGACY_VERSION) {
      throw Alert.PROTOCOL_VERSION.because("ClientHello has legacy_version " + version);
    }
    byte[] random = reader.bytes(RANDOM_LENGTH);
    HandshakeReader sessionId = reader.vector(1, 0, "legacy_session_id");
    if (sessionId.hasRemaining()) {
      // RFC 9001, 8.4: QUIC has no use for the middlebox compatibility mode.
      throw new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION,
          Alert.CRYPTO_FRAME_TYPE,
          "ClientHello has a legacy_session_id of " + sessionId.remaining() + " bytes");
    }
    int[] cipherSuites = reader.codes(2, "cipher_suites");
    byte[] compression = reader.opaque(1, 1, "legacy_compression_methods");
    if (compression.length != 1 || compression[0] != 0) {
      throw Alert.ILLEGAL_PARAMETER.because("ClientHello offers compression");
    }
    if (!reader.hasRemaining()) {
      throw Alert.PROTOCOL_VERSION.because("ClientHello has no extensions, so no TLS 1.3");
    }
    Extensions extensions = Extensions.parse(reader, "ClientHello");
    reader.expectEnd();
    return new ClientHello(random, cipherSuites, extensions);
  }

  private static void requireVersion(Extensions extensions) throws TransportException {
    HandshakeReader reader = extensions.find(ExtensionType.SUPPORTED_VERSIONS);
    if (reader == null) {
      throw Alert.PROTOCOL_VERSION.because("ClientHello lacks supported_versions, so no TLS 1.3");
    }
    int[] versions = reader.codes(1, "supported_versions");
    reader.expectEnd();
    if (!contains(versions, TLS_1_3)) {
      throw Alert.PROTOCOL_VERSION.because("ClientHello doesn't offer TLS 1.3");
    }
  }

  private static @Nullable OfferedPsks readPsks(Extensions extensions) throws TransportException {
    HandshakeReader modes = extensions.find(ExtensionType.PSK_KEY_EXCHANGE_MODES);
    HandshakeReader psks = extensions.find(ExtensionType.PRE_SHARED_KEY);
    if (modes == null && psks != null) {
      // RFC 8446, 4.2.9.
      throw Alert.MISSING_EXTENSION.because(
          "ClientHello has pre_shared_key and lacks psk_key_exchange_modes");
    }
    if (modes != null) {
      modes.vector(1, 1, "ke_modes");
      modes.expectEnd();
    }
    HandshakeReader earlyData = extensions.find(ExtensionType.EARLY_DATA);
    if (earlyData != null) {
      earlyData.expectEnd();
    }
    return psks == null ? null : OfferedPsks.parse(psks);
  }

  private static int[] codes(Extensions extensions, int type, String name)
      throws TransportException {
    HandshakeReader reader = extensions.require(type, name);
    int[] codes = reader.codes(2, name);
    reader.expectEnd();
    return codes;
  }

  private static List<KeyShare> readKeyShares(Extensions extensions, int[] groups)
      throws TransportException {
    HandshakeReader extension = extensions.require(ExtensionType.KEY_SHARE, "key_share");
    HandshakeReader reader = extension.vector(2, 0, "client_shares");
    extension.expectEnd();
    Set<Integer> offered = new HashSet<>();
    for (int group : groups) {
      offered.add(group);
    }
    Set<Integer> seen = new HashSet<>();
    List<KeyShare> shares = new ArrayList<>();
    while (reader.hasRemaining()) {
      int group = reader.uint16();
      byte[] value = reader.opaque(2, 1, "key_exchange");
      if (!seen.add(group)) {
        throw Alert.ILLEGAL_PARAMETER.because("ClientHello has two key shares of group " + group);
      }
      if (!offered.contains(group)) {
        throw Alert.ILLEGAL_PARAMETER.because(
            "ClientHello has a key share of group " + group + ", which it doesn't support");
      }
      shares.add(new KeyShare(group, value));
    }
    return shares;
  }

  private static List<String> readApplicationProtocols(Extensions extensions)
      throws TransportException {
    HandshakeReader extension =
        extensions.find(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION);
    if (extension == null) {
      throw Alert.NO_APPLICATION_PROTOCOL.because("ClientHello offers no ALPN protocol");
    }
    HandshakeReader reader = extension.vector(2, 2, "protocol_name_list");
    extension.expectEnd();
    List<String> protocols = new ArrayList<>();
    while (reader.hasRemaining()) {
      byte[] name = reader.opaque(1, 1, "ALPN protocol");
      protocols.add(decodeProtocol(name));
    }
    return protocols;
  }

  /**
   * An ALPN protocol's name; one that isn't UTF-8 is none of ours, and stays distinct from ours.
   */
  static String decodeProtocol(byte[] name) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(name))
          .toString();
    } catch (CharacterCodingException e) {
      return "not UTF-8: " + Arrays.toString(name);
    }
  }

  private static @Nullable String readServerName(Extensions extensions) throws TransportException {
    HandshakeReader extension = extensions.find(ExtensionType.SERVER_NAME);
    if (extension == null) {
      return null;
    }
    HandshakeReader reader = extension.vector(2, 1, "server_name_list");
    extension.expectEnd();
    // RFC 6066, 3: one name of a type, and host_name is the only type there ever was.
    int type = reader.uint8();
    byte[] name = reader.opaque(2, 1, "host_name");
    if (type != 0 || reader.hasRemaining()) {
      throw Alert.ILLEGAL_PARAMETER.because("ClientHello's server_name isn't one host_name");
    }
    try {
      return new SNIHostName(name).getAsciiName();
    } catch (IllegalArgumentException e) {
      throw Alert.ILLEGAL_PARAMETER.because("ClientHello's server_name is no host name");
    }
  }

  /**
   * Checks a second ClientHello against the first (RFC 8446, 4.1.2): nothing changed but what a
   * HelloRetryRequest lets change, and the key share is the one that was asked for.
   */
  void requireAnswers(ClientHello first, NamedGroup group) throws TransportException {
    if (!Arrays.equals(random, first.random)
        || !Arrays.equals(cipherSuites, first.cipherSuites)
        || !extensions.equalsExcept(first.extensions, CHANGES_AFTER_RETRY)) {
      throw Alert.ILLEGAL_PARAMETER.because("ClientHello changed after HelloRetryRequest");
    }
    if (extensions.has(ExtensionType.EARLY_DATA) || extensions.has(ExtensionType.COOKIE)) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "ClientHello after HelloRetryRequest has early_data, or a cookie that was never given");
    }
    if (keyShares.size() != 1 || keyShares.getFirst().group() != group.code()) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "ClientHello after HelloRetryRequest has not the one key share that was asked for");
    }
  }

  byte[] random() {
    return random;
  }

  boolean offersSuite(int code) {
    return contains(cipherSuites, code);
  }

  boolean supportsGroup(int code) {
    return contains(groups, code);
  }

  /** The key shares in the client's order of preference. */
  List<KeyShare> keyShares() {
    return keyShares;
  }

  /** The key share of this group, or null. */
  byte @Nullable [] keyShare(NamedGroup group) {
    for (KeyShare share : keyShares) {
      if (share.group() == group.code()) {
        return share.value();
      }
    }
    return null;
  }

  /** The schemes of signature_algorithms that we know, in the client's order. */
  List<SignatureScheme> signatureSchemes() {
    return signatureSchemes;
  }

  /** Those that the client can verify in certificates. */
  List<SignatureScheme> certificateSchemes() {
    return certificateSchemes;
  }

  List<String> applicationProtocols() {
    return applicationProtocols;
  }

  byte[] transportParameters() {
    return transportParameters.clone();
  }

  /** The host name of server_name, or null where there is none. */
  @Nullable String serverName() {
    return serverName;
  }

  /** The pre-shared keys that the client offers, or null. */
  @Nullable OfferedPsks offeredPsks() {
    return offeredPsks;
  }

  /** Whether the client can use a pre-shared key, and then agrees on a fresh key with it. */
  boolean offersPskWithKeyExchange() {
    byte[] modes = extensions.content(ExtensionType.PSK_KEY_EXCHANGE_MODES);
    for (int i = 1; modes != null && i < modes.length; i++) {
      if (modes[i] == PSK_DHE_KE) {
        return true;
      }
    }
    return false;
  }

  /** Whether early data follows. */
  boolean offersEarlyData() {
    return extensions.has(ExtensionType.EARLY_DATA);
  }

  static boolean contains(int[] codes, int code) {
    for (int each : codes) {
      if (each == code) {
        return true;
      }
    }
    return false;
  }
}
