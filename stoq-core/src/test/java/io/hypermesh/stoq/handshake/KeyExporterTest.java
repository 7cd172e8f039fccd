package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.serverSettings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.protection.CipherSuite;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ends export the same, nobody else does, and nothing is left when it is closed. */
class KeyExporterTest {
  private static final String LABEL = "EXPERIMENTAL stoq test";
  private static final byte[] NONE = {};

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static KeyExporter fixed() {
    return new KeyExporter(
        CipherSuite.AES_128_GCM_SHA256,
        HexFormat.of()
            .parseHex("fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50"));
  }

  @ParameterizedTest
  @EnumSource(CipherSuite.class)
  void shouldExportTheSameOnBothSides(CipherSuite suite) {
    HandshakePair pair =
        pair(
                clientSettings().cipherSuites(List.of(suite)),
                serverSettings().cipherSuites(List.of(suite)))
            .run();
    HandshakeTest.requireComplete(pair);
    KeyExporter client = pair.client.complete.exporter();
    KeyExporter server = pair.server.complete.exporter();
    byte[] material = client.export(LABEL, bytes("context"), 100);

    assertThat(material).hasSize(100).isEqualTo(server.export(LABEL, bytes("context"), 100));
    assertThat(client.export(LABEL, bytes("other"), 100)).isNotEqualTo(material);
    assertThat(client.export("EXPERIMENTAL other", bytes("context"), 100)).isNotEqualTo(material);
    assertThat(client.export(LABEL, bytes("context"), 32)).isNotEqualTo(material);
    HandshakePair next = pair(clientSettings(), serverSettings().random(new SeededRandom(7))).run();
    assertThat(next.client.complete.exporter().export(LABEL, bytes("context"), 100))
        .isNotEqualTo(material);
  }

  /**
   * RFC 8448 publishes the exporter_secret of its handshake and no export of it; this value was
   * computed from RFC 8446, 7.5 with another HKDF (Python's hmac).
   */
  @Test
  void shouldExportWhatTheFormulaSays() {
    assertThat(fixed().export("EXPORTER-Channel-Binding", NONE, 32))
        .isEqualTo(
            HexFormat.of()
                .parseHex("e3b0946bf2f4668144f22872e0afd51dc9608638c6f9b2584b98c6cd3a4affad"));
    assertThat(fixed().export("EXPORTER-Channel-Binding", bytes("abc"), 40))
        .isEqualTo(
            HexFormat.of()
                .parseHex(
                    "c3b385eeabcbe6597ba11b5bbbf4a3377f3ae4b941ea26170c9f59a9b3d799dbd8230cef5f52f882"));
  }

  @Test
  void shouldRefuseWhatIsOutOfRange() {
    KeyExporter exporter = fixed();
    assertThat(exporter.export("x".repeat(KeyExporter.LABEL_BYTES_MAX), NONE, 1)).hasSize(1);
    assertThat(
            exporter.export(
                LABEL, new byte[KeyExporter.CONTEXT_BYTES_MAX], KeyExporter.LENGTH_BYTES_MAX))
        .hasSize(8_160);
    assertRefused("", NONE, 1, "label");
    assertRefused("x".repeat(250), NONE, 1, "label");
    assertRefused("\u00e4", NONE, 1, "label");
    assertRefused(LABEL, new byte[65_536], 1, "context");
    assertRefused(LABEL, NONE, 0, "length");
    assertRefused(LABEL, NONE, 8_161, "length");
  }

  private static void assertRefused(String label, byte[] context, int length, String what) {
    assertThatThrownBy(() -> fixed().export(label, context, length))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the " + what);
  }

  @Test
  void shouldExportNothingOnceClosed() {
    byte[] secret = new byte[32];
    secret[0] = 1;
    KeyExporter exporter = new KeyExporter(CipherSuite.AES_128_GCM_SHA256, secret);
    assertThat(exporter.export(LABEL, NONE, 16)).isNotNull();
    exporter.close();
    exporter.close();
    assertThat(exporter.export(LABEL, NONE, 16)).isNull();
    assertThat(secret).containsOnly(0);
    assertThat(exporter.toString()).isEqualTo("KeyExporter[AES_128_GCM_SHA256]");
  }
}
