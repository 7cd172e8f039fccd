package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeFixture.AUTHORITY;
import static io.hypermesh.stoq.handshake.HandshakeFixture.CLIENT_PARAMETERS;
import static io.hypermesh.stoq.handshake.HandshakeFixture.HOST;
import static io.hypermesh.stoq.handshake.HandshakeFixture.SERVER_PARAMETERS;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.serverSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.HandshakeEvent.HandshakeComplete;
import io.hypermesh.stoq.handshake.HandshakeEvent.TrafficSecrets;
import io.hypermesh.stoq.handshake.HandshakePair.Side;
import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.protection.CipherSuite;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A client of ours and a server of ours come to the same keys and know each other. */
class HandshakeTest {
  static Stream<Arguments> combinations() {
    List<Arguments> all = new ArrayList<>();
    for (CipherSuite suite : CipherSuite.values()) {
      for (NamedGroup group : NamedGroup.values()) {
        for (Kind kind : Kind.values()) {
          all.add(Arguments.of(suite, group, kind));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void shouldAuthenticateBothSidesWithEverySuiteGroupAndKey(
      CipherSuite suite, NamedGroup group, Kind kind) {
    Identity server = AUTHORITY.issue(kind, HOST);
    Identity client = AUTHORITY.issue(kind, "client.example");
    HandshakePair pair =
        pair(
                settings(client, 1).cipherSuites(List.of(suite)).groups(List.of(group)),
                settings(server, 2).cipherSuites(List.of(suite)).groups(List.of(group)))
            .run();
    requireComplete(pair);
    assertThat(pair.client.complete.peerCertificates()).isEqualTo(server.chain());
    assertThat(pair.server.complete.peerCertificates()).isEqualTo(client.chain());
    assertThat(pair.client.secrets).allMatch(given -> given.suite() == suite);
    assertThat(pair.client.secret(EncryptionLevel.ONE_RTT, true)).hasSize(suite.hashLength());
  }

  static void requireComplete(HandshakePair pair) {
    assertThat(pair.client.failure).isNull();
    assertThat(pair.server.failure).isNull();
    assertThat(pair.client.handshake.isComplete()).isTrue();
    assertThat(pair.server.handshake.isComplete()).isTrue();
    for (EncryptionLevel level : List.of(EncryptionLevel.HANDSHAKE, EncryptionLevel.ONE_RTT)) {
      byte[] clientWrites = pair.client.secret(level, false);
      byte[] serverWrites = pair.server.secret(level, false);
      assertThat(pair.server.secret(level, true)).isEqualTo(clientWrites);
      assertThat(pair.client.secret(level, true)).isEqualTo(serverWrites);
      assertThat(clientWrites).isNotEqualTo(serverWrites).isNotEqualTo(new byte[32]);
    }
  }

  @Test
  void shouldExchangeWhatQuicNeeds() {
    HandshakePair pair =
        pair(
                clientSettings().applicationProtocols(List.of("h3", "stoq/1.0", "doq")),
                serverSettings().applicationProtocols(List.of("doq", "stoq/1.0")))
            .run();
    requireComplete(pair);
    assertThat(pair.client.peerParameters.encoded()).isEqualTo(SERVER_PARAMETERS);
    assertThat(pair.server.peerParameters.encoded()).isEqualTo(CLIENT_PARAMETERS);
    assertThat(pair.client.complete.applicationProtocol()).isEqualTo("doq");
    assertThat(pair.server.complete.applicationProtocol()).isEqualTo("doq");
    assertThat(pair.server.complete.serverName()).isEqualTo(HOST);
    assertThat(pair.client.complete.serverName()).isEqualTo(HOST);
  }

  @Test
  void shouldGiveEventsInTheOrderInWhichTheyTakeEffect() {
    HandshakePair pair = pair(clientSettings(), serverSettings()).run();
    assertThat(names(pair.client))
        .containsExactly(
            "CryptoData INITIAL",
            "TrafficSecrets HANDSHAKE read write",
            "PeerTransportParameters",
            "CryptoData HANDSHAKE",
            "TrafficSecrets ONE_RTT read write",
            "HandshakeComplete");
    assertThat(names(pair.server))
        .containsExactly(
            "PeerTransportParameters",
            "CryptoData INITIAL",
            "TrafficSecrets HANDSHAKE read write",
            "CryptoData HANDSHAKE",
            "TrafficSecrets ONE_RTT write",
            "TrafficSecrets ONE_RTT read",
            "HandshakeComplete");
  }

  private static List<String> names(Side side) {
    return side.events.stream().map(HandshakeTest::name).toList();
  }

  private static String name(HandshakeEvent event) {
    return switch (event) {
      case HandshakeEvent.CryptoData data -> "CryptoData " + data.level();
      case TrafficSecrets secrets ->
          "TrafficSecrets "
              + secrets.level()
              + (secrets.readSecret() == null ? "" : " read")
              + (secrets.writeSecret() == null ? "" : " write");
      case HandshakeEvent.PeerTransportParameters _ -> "PeerTransportParameters";
      case HandshakeEvent.EarlyDataBegun _ -> "EarlyDataBegun";
      case HandshakeEvent.EarlyDataDecided decided -> "EarlyDataDecided " + decided.accepted();
      case HandshakeEvent.SessionKept _ -> "SessionKept";
      case HandshakeComplete _ -> "HandshakeComplete";
    };
  }

  @Test
  void shouldServeAClientWithoutCertificateWhereNoneIsNeeded() {
    for (ClientAuthentication asked :
        List.of(ClientAuthentication.NONE, ClientAuthentication.WANTED)) {
      HandshakePair pair =
          pair(settings(null, 1), serverSettings().clientAuthentication(asked)).run();
      requireComplete(pair);
      assertThat(pair.server.complete.peerCertificates()).isEmpty();
    }
  }

  @Test
  void shouldNotAskForACertificateWhereNoneIsWanted() {
    HandshakePair pair =
        pair(clientSettings(), serverSettings().clientAuthentication(ClientAuthentication.NONE))
            .run();
    requireComplete(pair);
    assertThat(pair.server.complete.peerCertificates()).isEmpty();
    assertThat(pair.client.sent.getLast().data()[0]).isEqualTo((byte) HandshakeType.FINISHED);
  }

  @Test
  void shouldSendNoServerNameForAnIpLiteralButCheckIt() {
    for (String host : List.of("::1", "[::1]", "0:0:0:0:0:0:0:1", "::1%lo")) {
      TlsHandshake client =
          TlsHandshake.client(clientSettings().build(), host, 9292, CLIENT_PARAMETERS);
      HandshakePair pair =
          new HandshakePair(client, HandshakeFixture.server(serverSettings())).run();
      requireComplete(pair);
      assertThat(pair.server.complete.serverName()).isNull();
      assertThat(pair.client.complete.serverName()).isNull();
    }
  }

  @Test
  void shouldRetryWithTheServersGroup() {
    for (List<NamedGroup> order :
        List.of(
            List.of(NamedGroup.X25519, NamedGroup.SECP256R1),
            List.of(NamedGroup.SECP256R1, NamedGroup.X25519))) {
      for (CipherSuite suite : CipherSuite.values()) {
        HandshakePair pair =
            pair(
                    clientSettings().groups(order),
                    serverSettings().groups(List.of(order.get(1))).cipherSuites(List.of(suite)))
                .run();
        requireComplete(pair);
        assertThat(pair.client.sent).hasSize(3); // two ClientHellos and the flight
      }
    }
  }

  @Test
  void shouldServeTheNextHandshakeWithARotatedCertificate() {
    OneKeyManager keys = new OneKeyManager(HandshakeFixture.SERVER);
    TlsSettings.Builder server = serverSettings().keyManager(keys);
    HandshakePair before = pair(clientSettings(), server).run();
    Identity next = AUTHORITY.issue(Kind.P256, HOST);
    keys.rotate(next);
    HandshakePair after = pair(clientSettings(), server).run();
    requireComplete(before);
    requireComplete(after);
    assertThat(after.client.complete.peerCertificates()).isEqualTo(next.chain());
  }

  @Test
  void shouldLogTheSameSecretsOnBothSidesForPacketAnalysers() {
    List<String> clientLines = new ArrayList<>();
    List<String> serverLines = new ArrayList<>();
    requireComplete(
        pair(clientSettings().keyLog(clientLines::add), serverSettings().keyLog(serverLines::add))
            .run());
    assertThat(clientLines).containsExactlyInAnyOrderElementsOf(serverLines);
    assertThat(clientLines)
        .hasSize(5)
        .allMatch(line -> line.matches("[A-Z_0]+ [0-9a-f]{64} [0-9a-f]{64}"))
        .extracting(line -> line.substring(0, line.indexOf(' ')))
        .containsExactlyInAnyOrder(
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            "CLIENT_TRAFFIC_SECRET_0",
            "SERVER_TRAFFIC_SECRET_0",
            "EXPORTER_SECRET");
  }

  @Test
  void shouldEraseSecretsThatNobodyPolled() throws Exception {
    TlsHandshake server = HandshakeFixture.server(serverSettings());
    HandshakeFixture.feed(server, EncryptionLevel.INITIAL, HandshakeFixture.clientHello());
    HandshakeTask task = server.pollTask();
    task.run();
    server.handleTaskDone(task);
    assertThat(((ServerFlightTask) task).sharedSecret()).containsOnly(0);
    server.close();
    assertThat(server.pollEvent()).isNull();
    server.close();
  }

  @Test
  void shouldTakeBackATaskThatOutlivedItsHandshake() throws Exception {
    TlsHandshake server = HandshakeFixture.server(serverSettings());
    HandshakeFixture.feed(server, EncryptionLevel.INITIAL, HandshakeFixture.clientHello());
    HandshakeTask task = server.pollTask();
    server.close();
    task.run();
    server.handleTaskDone(task);
    assertThat(((ServerFlightTask) task).sharedSecret()).isNotEmpty().containsOnly(0);
    assertThat(server.pollEvent()).isNull();
  }
}
