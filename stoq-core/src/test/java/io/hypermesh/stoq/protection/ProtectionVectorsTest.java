package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketNumbers;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The sample packets of RFC 9001, appendix A. */
class ProtectionVectorsTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final ConnectionId DESTINATION = ConnectionId.of(HEX.parseHex("8394c8f03e515708"));
  private static final ConnectionId SERVER = ConnectionId.of(HEX.parseHex("f067a5502a4262b5"));

  /** What both versions' appendices protect (RFC 9001, A.2; RFC 9369, A.2). */
  static final String CLIENT_CRYPTO =
      "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
          + "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
          + "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
          + "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
          + "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
          + "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
          + "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
          + "75300901100f088394c8f03e51570806048000ffff";

  /** The server's answer (A.3 of both). */
  static final String SERVER_PAYLOAD =
      "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739"
          + "88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94"
          + "0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00"
          + "020304";

  private static byte[] hex(String text) {
    return HEX.parseHex(text);
  }

  private static String hex(byte[] bytes) {
    return HEX.formatHex(bytes);
  }

  /** A.1. */
  @Test
  void shouldDeriveTheKeysOfAppendixA1() {
    byte[] none = new byte[0];
    byte[] salt = hex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
    byte[] initial = Hkdf.extract("SHA-256", salt, DESTINATION.toByteArray());
    assertThat(hex(initial))
        .isEqualTo("7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44");
    byte[] client = Hkdf.expandLabel("SHA-256", initial, "client in", none, 32);
    assertThat(hex(client))
        .isEqualTo("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
    assertThat(hex(Hkdf.expandLabel("SHA-256", client, "quic key", none, 16)))
        .isEqualTo("1f369613dd76d5467730efcbe3b1a22d");
    assertThat(hex(Hkdf.expandLabel("SHA-256", client, "quic iv", none, 12)))
        .isEqualTo("fa044b2f42a3fd3b46fb255c");
    assertThat(hex(Hkdf.expandLabel("SHA-256", client, "quic hp", none, 16)))
        .isEqualTo("9f50449e04a0e810283a1e9933adedd2");
    byte[] server = Hkdf.expandLabel("SHA-256", initial, "server in", none, 32);
    assertThat(hex(server))
        .isEqualTo("3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b");
    assertThat(hex(Hkdf.expandLabel("SHA-256", server, "quic key", none, 16)))
        .isEqualTo("cf3a5331653c364c88f0f379b6067e37");
    assertThat(hex(Hkdf.expandLabel("SHA-256", server, "quic iv", none, 12)))
        .isEqualTo("0ac1493ca1905853b0bba03e");
    assertThat(hex(Hkdf.expandLabel("SHA-256", server, "quic hp", none, 16)))
        .isEqualTo("c206b8d9b9f0f37644430b490eeaa314");
  }

  /** A.2. */
  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#aesGcm")
  void shouldSealTheClientInitialOfAppendixA2(PacketProtectionProvider provider) {
    MemorySegment packet = MemorySegment.ofArray(new byte[1200]);
    InitialSecrets secrets = InitialSecrets.derive(provider, QuicVersion.V1, DESTINATION);
    int header =
        PacketHeaders.putLong(
            packet, 0, PacketType.INITIAL, 1, DESTINATION, ConnectionId.EMPTY, new byte[0], 2, 4);
    MemorySegment.copy(MemorySegment.ofArray(hex(CLIENT_CRYPTO)), 0, packet, header, 245);
    PacketHeaders.patchLength(packet, 0, header, 4, 1200 - header);
    assertThat(hex(packet.asSlice(0, header).toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo("c300000001088394c8f03e5157080000449e00000002");
    secrets.client().seal(packet, 0, header, 4, 1162, 2);

    byte[] sealed = packet.toArray(ValueLayout.JAVA_BYTE);
    // The tag at the end covers every byte between.
    assertThat(hex(sealed))
        .startsWith(
            "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11"
                + "d242b123dc9bd8bab936b47d92ec356c0bab7df5976d27cd449f63300099f399")
        .endsWith("e221af44860018ab0856972e194cd934");
    assertThat(sealed).hasSize(1200);
  }

  /** A.3: the server opens it, too. */
  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#aesGcm")
  void shouldSealAndOpenTheServerInitialOfAppendixA3(PacketProtectionProvider provider) {
    String expected =
        "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a"
            + "5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3"
            + "dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
            + "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4"
            + "2158407dd074ee";
    InitialSecrets secrets = InitialSecrets.derive(provider, QuicVersion.V1, DESTINATION);
    MemorySegment packet = MemorySegment.ofArray(new byte[expected.length() / 2]);
    int header =
        PacketHeaders.putLong(
            packet, 0, PacketType.INITIAL, 1, ConnectionId.EMPTY, SERVER, new byte[0], 1, 2);
    byte[] payload = hex(SERVER_PAYLOAD);
    MemorySegment.copy(MemorySegment.ofArray(payload), 0, packet, header, payload.length);
    PacketHeaders.patchLength(packet, 0, header, 2, payload.length + 16);
    secrets.server().seal(packet, 0, header, 2, payload.length, 1);
    assertThat(hex(packet.toArray(ValueLayout.JAVA_BYTE))).isEqualTo(expected);

    PacketHeader view = new PacketHeader();
    assertThat(view.parse(packet, 0, packet.byteSize(), 0)).isTrue();
    assertThat(view.type().level()).isEqualTo(EncryptionLevel.INITIAL);
    int pnLength =
        secrets.server().unprotectHeader(packet, 0, view.packetNumberOffset(), view.packetEnd());
    assertThat(pnLength).isEqualTo(2);
    assertThat(PacketNumbers.read(packet, view.packetNumberOffset(), 2)).isEqualTo(1);
    int opened = secrets.server().open(packet, 0, header, (int) packet.byteSize() - header, 1);
    assertThat(hex(packet.asSlice(header, opened).toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo(SERVER_PAYLOAD);
  }

  /** A.4. */
  @Test
  void shouldTagTheRetryOfAppendixA4() {
    String expected = "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba";
    MemorySegment packet = MemorySegment.ofArray(new byte[36]);
    int length =
        PacketHeaders.putRetry(
            packet, 0, 0xf, 1, ConnectionId.EMPTY, SERVER, new byte[] {'t', 'o', 'k', 'e', 'n'});
    assertThat(RetryIntegrity.putTag(packet, 0, length, DESTINATION)).isEqualTo(16);
    assertThat(hex(packet.toArray(ValueLayout.JAVA_BYTE))).isEqualTo(expected);
    assertThat(RetryIntegrity.verify(packet, 0, 36, DESTINATION)).isTrue();
    assertThat(RetryIntegrity.verify(packet, 0, 36, SERVER)).isFalse();
    assertThat(RetryIntegrity.verify(packet, 0, 15, DESTINATION)).isFalse();
    packet.set(ValueLayout.JAVA_BYTE, 17, (byte) 0);
    assertThat(RetryIntegrity.verify(packet, 0, 36, DESTINATION)).isFalse();
  }

  /** A.5. */
  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#chaCha20")
  void shouldSealTheShortHeaderPacketOfAppendixA5(PacketProtectionProvider provider) {
    byte[] secret = hex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b");
    CipherSuite suite = CipherSuite.CHACHA20_POLY1305_SHA256;
    PacketProtection protection = provider.create(QuicVersion.V1, suite, secret);
    MemorySegment packet = MemorySegment.ofArray(new byte[21]);
    int header = PacketHeaders.putShort(packet, 0, ConnectionId.EMPTY, false, false, 654360564, 3);
    packet.set(ValueLayout.JAVA_BYTE, header, (byte) 1);
    protection.seal(packet, 0, header, 3, 1, 654360564);
    assertThat(hex(packet.toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo("4cfe4189655e5cd55c41f69080575d7999c25a5bfb");
    assertThat(hex(KeyUpdate.nextSecret(QuicVersion.V1, suite, secret)))
        .isEqualTo("1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9");
  }
}
