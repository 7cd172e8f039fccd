package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What a host may choose about handshakes, and take from them. */
class HandshakeChoicesTest extends LoopbackFixture {
  private static final byte[] NO_CONTEXT = {};

  @Test
  void shouldInsistOnTheHybridAndEchoOverIt() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server = start(serverBuilder(echo).namedGroups(StoqNamedGroup.X25519MLKEM768));
    for (StoqNamedGroup[] offered :
        List.of(
            new StoqNamedGroup[] {StoqNamedGroup.X25519MLKEM768},
            new StoqNamedGroup[] {StoqNamedGroup.X25519, StoqNamedGroup.X25519MLKEM768})) {
      StoqConnection connection =
          get(start(clientBuilder().namedGroups(offered)).connect(server.localAddress()));
      StoqStream stream = get(connection.openStream());
      stream.outputStream(WAIT).write("hello".getBytes(StandardCharsets.US_ASCII));
      stream.outputStream(WAIT).close();
      assertThat(stream.inputStream(WAIT).readAllBytes()).asString().isEqualTo("hello");
    }
    StoqEndpoint classic =
        start(clientBuilder().namedGroups(StoqNamedGroup.X25519, StoqNamedGroup.SECP256R1));
    assertThatThrownBy(() -> get(classic.connect(server.localAddress())))
        .hasCauseInstanceOf(StoqClosedException.class)
        .hasMessageContaining("group");
  }

  @Test
  void shouldUseTheCipherSuiteThatIsChosen() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    for (StoqCipherSuite suite : StoqCipherSuite.values()) {
      List<String> log = new CopyOnWriteArrayList<>();
      StoqConnection connection =
          get(
              start(clientBuilder().cipherSuites(suite).keyLog(log::add))
                  .connect(server.localAddress()));
      assertThat(connection.isOpen()).isTrue();
      int hashBytes = suite.ianaName().endsWith("SHA384") ? 48 : 32;
      assertThat(log)
          .anyMatch(
              line -> line.matches("EXPORTER_SECRET [0-9a-f]{64} [0-9a-f]{" + 2 * hashBytes + "}"));
    }
  }

  @Test
  void shouldRefuseChoicesThatAreNone() {
    assertThatThrownBy(() -> StoqEndpoint.builder().namedGroups())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> StoqEndpoint.builder().namedGroups(StoqNamedGroup.X25519, StoqNamedGroup.X25519))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StoqEndpoint.builder().cipherSuites())
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(StoqNamedGroup.X25519.ianaName()).isEqualTo("x25519");
    assertThat(StoqCipherSuite.AES_128_GCM_SHA256.ianaName()).isEqualTo("TLS_AES_128_GCM_SHA256");
  }

  @Test
  void shouldExportTheSameKeyingMaterialOnBothSidesUntilTheConnectionEnds() throws Exception {
    Echo echo = new Echo();
    StoqEndpoint server = start(serverBuilder(echo));
    StoqConnection client = connect(server);
    StoqConnection accepted = get(echo.connected);
    String label = "EXPERIMENTAL login";
    byte[] material = client.exportKeyingMaterial(label, new byte[] {1}, 32);

    assertThat(material).hasSize(32);
    assertThat(accepted.exportKeyingMaterial(label, new byte[] {1}, 32)).isEqualTo(material);
    assertThat(connect(server).exportKeyingMaterial(label, new byte[] {1}, 32))
        .isNotEqualTo(material);
    assertThatThrownBy(() -> client.exportKeyingMaterial("", NO_CONTEXT, 32))
        .isInstanceOf(IllegalArgumentException.class);
    client.close();
    get(client.closed());
    get(accepted.closed());
    for (StoqConnection ended : List.of(client, accepted)) {
      assertThatThrownBy(() -> ended.exportKeyingMaterial(label, NO_CONTEXT, 32))
          .isInstanceOf(StoqClosedException.class);
    }
  }
}
