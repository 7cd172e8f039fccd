package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeFixture.AUTHORITY;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.server;
import static io.hypermesh.stoq.handshake.HandshakeFixture.settings;
import static io.hypermesh.stoq.handshake.TestIdentities.AS_DNS_NAME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and names: what is indicated to the server, and what its certificate has to say. */
class ServerNameTest {
  private static final TestIdentities.Identity BY_ADDRESS =
      AUTHORITY.issue(Kind.ED25519, "2001:db8::1:0:0:1", "fe80::1", "::1");

  private static HandshakePair connect(TestIdentities.Identity identity, String host) {
    TlsHandshake client = TlsHandshake.client(clientSettings().build(), host, 9292, new byte[0]);
    return new HandshakePair(client, server(settings(identity, 2))).run();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2001:db8::1:0:0:1",
        "2001:db8:0:0:1::1",
        "2001:DB8:0:0:1:0:0:1",
        "2001:0db8:0000:0000:0001:0000:0000:0001",
        "2001:db8::1:0:0.0.0.1",
        "[2001:db8::1:0:0:1]",
        "[2001:db8::1:0:0:1%3]",
        "fe80::1%eth0",
        "FE80:0::1",
        "::1",
        "0:0:0:0:0:0:0:1",
        "::0:1",
        "::0.0.0.1",
      })
  void shouldMatchAnAddressHoweverItIsSpelledAndIndicateNone(String host) {
    HandshakePair pair = connect(BY_ADDRESS, host);
    HandshakeTest.requireComplete(pair);
    assertThat(pair.server.complete.serverName()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2001:db8::1:0:0:2", "fe80::2", "::", "2001:db8::1:0:1", "node.example"})
  void shouldRefuseAnotherAddressOrANameThatOnlyAddressesAreIn(String host) {
    assertAlert(Alert.CERTIFICATE_UNKNOWN, connect(BY_ADDRESS, host).client.failure);
  }

  @ParameterizedTest
  @CsvSource({"::1, ::1", "2001:db8::7, 2001:db8::7", "192.0.2.1, 192.0.2.1", "::1, *"})
  void shouldNotTakeADnsNameForAnAddress(String host, String dnsName) {
    TestIdentities.Identity identity = AUTHORITY.issue(Kind.ED25519, AS_DNS_NAME + dnsName);
    HandshakePair pair = connect(identity, host);
    assertAlert(Alert.CERTIFICATE_UNKNOWN, pair.client.failure);
    assertThat(ServerName.of(host).indication()).isNull();
  }

  @Test
  void shouldIndicateNamesAndNothingElse() {
    assertThat(ServerName.of("node.example").indication()).isEqualTo("node.example");
    assertThat(ServerName.of("node.example.")).isEqualTo(ServerName.of("node.example"));
    assertThat(ServerName.of("b\u00fccher.example").indication()).startsWith("xn--");
    assertThat(ServerName.of("dead.beef").indication()).isEqualTo("dead.beef");
    assertThat(ServerName.of("192.0.2.1").indication()).isNull();
    assertThat(ServerName.of("[fe80::1%eth0]").host()).isEqualTo("fe80::1");
    assertThatThrownBy(() -> ServerName.of("[]")).isInstanceOf(IllegalArgumentException.class);
  }
}
