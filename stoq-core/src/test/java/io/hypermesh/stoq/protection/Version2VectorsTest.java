package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The sample packets of RFC 9369, appendix A. */
class Version2VectorsTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final ConnectionId DESTINATION = ConnectionId.of(HEX.parseHex("8394c8f03e515708"));
  private static final ConnectionId SERVER = ConnectionId.of(HEX.parseHex("f067a5502a4262b5"));
  private static final int V2 = QuicVersion.V2.wire();

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
    byte[] salt = QuicVersion.V2.initialSalt();
    byte[] initial = Hkdf.extract("SHA-256", salt, DESTINATION.toByteArray());
    byte[] client = Hkdf.expandLabel("SHA-256", initial, "client in", none, 32);
    assertThat(hex(client))
        .isEqualTo("14ec9d6eb9fd7af83bf5a668bc17a7e283766aade7ecd0891f70f9ff7f4bf47b");
    assertThat(hex(Hkdf.expandLabel("SHA-256", client, QuicVersion.V2.keyLabel(), none, 16)))
        .isEqualTo("8b1a0bc121284290a29e0971b5cd045d");
    assertThat(hex(Hkdf.expandLabel("SHA-256", client, QuicVersion.V2.ivLabel(), none, 12)))
        .isEqualTo("91f73e2351d8fa91660e909f");
    assertThat(
            hex(
                Hkdf.expandLabel(
                    "SHA-256", client, QuicVersion.V2.headerProtectionLabel(), none, 16)))
        .isEqualTo("45b95e15235d6f45a6b19cbcb0294ba9");
    byte[] server = Hkdf.expandLabel("SHA-256", initial, "server in", none, 32);
    assertThat(hex(server))
        .isEqualTo("0263db1782731bf4588e7e4d93b7463907cb8cd8200b5da55a8bd488eafc37c1");
    assertThat(hex(Hkdf.expandLabel("SHA-256", server, "quicv2 key", none, 16)))
        .isEqualTo("82db637861d55e1d011f19ea71d5d2a7");
    assertThat(hex(Hkdf.expandLabel("SHA-256", server, "quicv2 iv", none, 12)))
        .isEqualTo("dd13c276499c0249d3310652");
    assertThat(hex(Hkdf.expandLabel("SHA-256", server, "quicv2 hp", none, 16)))
        .isEqualTo("edf6d05c83121201b436e16877593c3a");
  }

  /** A.2. */
  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#aesGcm")
  void shouldSealTheClientInitialOfAppendixA2(PacketProtectionProvider provider) {
    MemorySegment packet = MemorySegment.ofArray(new byte[1200]);
    InitialSecrets secrets = InitialSecrets.derive(provider, QuicVersion.V2, DESTINATION);
    int header =
        PacketHeaders.putLong(
            packet, 0, PacketType.INITIAL, V2, DESTINATION, ConnectionId.EMPTY, new byte[0], 2, 4);
    MemorySegment.copy(
        MemorySegment.ofArray(hex(ProtectionVectorsTest.CLIENT_CRYPTO)), 0, packet, header, 245);
    PacketHeaders.patchLength(packet, 0, header, 4, 1200 - header);
    assertThat(hex(packet.asSlice(0, header).toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo("d36b3343cf088394c8f03e5157080000449e00000002");
    secrets.client().seal(packet, 0, header, 4, 1162, 2);

    byte[] sealed = packet.toArray(ValueLayout.JAVA_BYTE);
    // The tag at the end covers every byte between.
    assertThat(hex(sealed))
        .startsWith(
            "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485"
                + "dd04de806071bf03dceebfa162e75d6c96058bdbfb127cdfcbf903388e99ad04")
        .endsWith("2172b4d21fb69745a262ccde96ba18b2faa745b6fe189cf772a9f84cbfc");
    assertThat(sealed).hasSize(1200);
  }

  /** A.3. */
  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#aesGcm")
  void shouldSealTheServerInitialOfAppendixA3(PacketProtectionProvider provider) {
    String expected =
        "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698"
            + "baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17"
            + "f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2"
            + "c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8"
            + "4bed8521e2e140";
    InitialSecrets secrets = InitialSecrets.derive(provider, QuicVersion.V2, DESTINATION);
    MemorySegment packet = MemorySegment.ofArray(new byte[expected.length() / 2]);
    int header =
        PacketHeaders.putLong(
            packet, 0, PacketType.INITIAL, V2, ConnectionId.EMPTY, SERVER, new byte[0], 1, 2);
    byte[] payload = hex(ProtectionVectorsTest.SERVER_PAYLOAD);
    MemorySegment.copy(MemorySegment.ofArray(payload), 0, packet, header, payload.length);
    PacketHeaders.patchLength(packet, 0, header, 2, payload.length + 16);
    secrets.server().seal(packet, 0, header, 2, payload.length, 1);
    assertThat(hex(packet.toArray(ValueLayout.JAVA_BYTE))).isEqualTo(expected);

    PacketHeader view = new PacketHeader();
    assertThat(view.parse(packet, 0, packet.byteSize(), 0)).isTrue();
    assertThat(view.type()).isEqualTo(PacketType.INITIAL);
  }

  /** A.4. */
  @Test
  void shouldTagTheRetryOfAppendixA4() {
    String expected = "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6";
    MemorySegment packet = MemorySegment.ofArray(new byte[36]);
    int length =
        PacketHeaders.putRetry(
            packet, 0, 0xf, V2, ConnectionId.EMPTY, SERVER, new byte[] {'t', 'o', 'k', 'e', 'n'});
    assertThat(RetryIntegrity.putTag(packet, 0, length, DESTINATION)).isEqualTo(16);
    assertThat(hex(packet.toArray(ValueLayout.JAVA_BYTE))).isEqualTo(expected);
    assertThat(RetryIntegrity.verify(packet, 0, 36, DESTINATION)).isTrue();
    PacketHeader view = new PacketHeader();
    assertThat(view.parse(packet, 0, packet.byteSize(), 0)).isTrue();
    assertThat(view.type()).isEqualTo(PacketType.RETRY);
  }

  /** A.5. */
  @ParameterizedTest
  @MethodSource("io.hypermesh.stoq.protection.ProviderCase#chaCha20")
  void shouldSealTheShortHeaderPacketOfAppendixA5(PacketProtectionProvider provider) {
    byte[] secret = hex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b");
    CipherSuite suite = CipherSuite.CHACHA20_POLY1305_SHA256;
    PacketProtection protection = provider.create(QuicVersion.V2, suite, secret);
    MemorySegment packet = MemorySegment.ofArray(new byte[21]);
    int header = PacketHeaders.putShort(packet, 0, ConnectionId.EMPTY, false, false, 654360564, 3);
    packet.set(ValueLayout.JAVA_BYTE, header, (byte) 1);
    protection.seal(packet, 0, header, 3, 1, 654360564);
    assertThat(hex(packet.toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo("5558b1c60ae7b6b932bc27d786f4bc2bb20f2162ba");
    assertThat(hex(KeyUpdate.nextSecret(QuicVersion.V2, suite, secret)))
        .isEqualTo("c69374c49e3d2a9466fa689e49d476db5d0dfbc87d32ceeaa6343fd0ae4c7d88");
  }
}
