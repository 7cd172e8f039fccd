package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeFixture.feed;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.HandshakePair.Side;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Early data as far as TLS decides on it (RFC 8446, 2.3, 4.2.10 and 8). */
class EarlyDataTest {
  private final ResumptionFixture fixture = new ResumptionFixture();

  private static void assertRejected(HandshakePair pair, boolean resumed) {
    assertThat(pair.client.failure).isNull();
    assertThat(pair.server.failure).isNull();
    assertThat(pair.client.complete.resumed()).isEqualTo(resumed);
    assertThat(pair.server.earlyData).isNull();
    assertThat(pair.server.earlyDataDecided).isFalse();
    assertThat(pair.client.earlyData).isNotNull();
    assertThat(pair.client.earlyDataDecided).isFalse();
  }

  @Test
  void shouldAgreeOnTheSecretOfEarlyData() {
    List<String> log = new ArrayList<>();
    ClientSession session = fixture.session();
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings().keyLog(log::add), session, true),
                fixture.server(fixture.serverSettings().keyLog(log::add)))
            .run();
    assertThat(pair.client.secret(EncryptionLevel.ZERO_RTT, false))
        .isEqualTo(pair.server.secret(EncryptionLevel.ZERO_RTT, true));
    assertThat(pair.client.earlyDataDecided).isTrue();
    assertThat(pair.server.earlyData.peerCertificates()).isEqualTo(HandshakeFixture.CLIENT.chain());
    assertThat(pair.server.earlyData.serverName()).isEqualTo(HandshakeFixture.HOST);
    assertThat(pair.client.earlyData.peerCertificates()).isEqualTo(HandshakeFixture.SERVER.chain());
    List<String> early =
        log.stream().filter(line -> line.startsWith("CLIENT_EARLY_TRAFFIC_SECRET ")).toList();
    assertThat(early).hasSize(2);
    assertThat(early.getFirst()).isEqualTo(early.getLast());
  }

  @Test
  void shouldAnnounceEarlyDataOnlyWhereAskedTo() {
    HandshakePair pair = fixture.second(fixture.session(), false);
    assertThat(pair.client.earlyData).isNull();
    assertThat(pair.client.earlyDataDecided).isNull();
    assertThat(pair.server.earlyDataDecided).isNull();
  }

  @Test
  void shouldAnnounceNoEarlyDataWhereTheTicketDoesNotAllowIt() {
    EarlyDataRegister register = fixture.register;
    fixture.register = null;
    ClientSession session = fixture.session();
    assertThat(session.allowsEarlyData()).isFalse();
    fixture.register = register;
    HandshakePair pair = fixture.second(session, true);
    assertThat(pair.client.complete.resumed()).isTrue();
    assertThat(pair.client.earlyData).isNull();
  }

  @Test
  void shouldRejectEarlyDataWhereAServerStoppedTakingIt() {
    ClientSession session = fixture.session();
    fixture.register = null;
    assertRejected(fixture.second(session, true), true);
  }

  @Test
  void shouldRejectEarlyDataWhereLimitsWereLowered() {
    ClientSession session = fixture.session();
    fixture.parametersHold = false;
    assertRejected(fixture.second(session, true), true);
  }

  @Test
  void shouldRejectEarlyDataThatIsNotFresh() {
    ClientSession late = fixture.session();
    ClientSession early = fixture.session();
    fixture.serverClock.advance(ResumptionFixture.WINDOW.plusMillis(1));
    assertRejected(fixture.second(late, true), true);
    fixture.clientClock.advance(ResumptionFixture.WINDOW.multipliedBy(2).plusMillis(2));
    assertRejected(fixture.second(early, true), true);
  }

  @Test
  void shouldRejectEarlyDataPastTheRegistersLimit() {
    fixture.register = new EarlyDataRegister(1, 1, ResumptionFixture.WINDOW);
    HandshakePair first = fixture.first();
    assertThat(fixture.second(first.client.sessions.get(0), true).client.earlyDataDecided).isTrue();
    assertRejected(fixture.second(first.client.sessions.get(1), true), true);
  }

  /**
   * A restart whose wall clock was set back meanwhile: by that clock, what was taken before is yet
   * to come.
   */
  @Test
  void shouldNotTakeEarlyDataAgainAfterARestartThatSetTheClockBack() throws Exception {
    HandshakePair pair = fixture.second(fixture.session(), true);
    assertThat(pair.client.earlyDataDecided).isTrue();
    byte[] clientHello = pair.client.sent.getFirst().data();

    fixture.register = new EarlyDataRegister(2, 100, ResumptionFixture.WINDOW);
    fixture.serverClock.advance(ResumptionFixture.WINDOW.multipliedBy(-10));
    fixture.serverClock.advance(ResumptionFixture.WINDOW.multipliedBy(10));

    Side replayed = new Side(fixture.server(fixture.serverSettings()), false);
    feed(replayed.handshake, EncryptionLevel.INITIAL, clientHello);
    replayed.drain();
    assertThat(replayed.earlyData).isNull();
    assertThat(replayed.earlyDataDecided).isFalse();
  }

  /** What another server with the same secret has taken, this one doesn't know. */
  @Test
  void shouldTakeTheEarlyDataOfItsOwnTicketsOnly() {
    HandshakePair first = fixture.first();
    fixture.register = new EarlyDataRegister(2, 100, ResumptionFixture.WINDOW);
    assertRejected(fixture.second(first.client.sessions.get(0), true), true);
    HandshakePair own = fixture.first();
    assertThat(fixture.second(own.client.sessions.get(0), true).client.earlyDataDecided).isTrue();
  }

  @Test
  void shouldTakeTheEarlyDataOfAReplayedClientHelloOnce() throws Exception {
    HandshakePair pair = fixture.second(fixture.session(), true);
    assertThat(pair.server.earlyData).isNotNull();
    byte[] clientHello = pair.client.sent.getFirst().data();
    for (int i = 0; i < 3; i++) {
      Side replayed = new Side(fixture.server(fixture.serverSettings()), false);
      feed(replayed.handshake, EncryptionLevel.INITIAL, clientHello);
      replayed.drain();
      assertThat(replayed.earlyData).isNull();
      assertThat(replayed.earlyDataDecided).isFalse();
      // It goes on with the handshake, which who replays can't.
      assertThat(replayed.sent).isNotEmpty();
      assertThat(replayed.complete).isNull();
    }
  }

  /** A server that answers with what it must not. */
  private void assertAnswerRefused(
      Alert alert, ClientSession session, boolean earlyData, HandshakePair.Wire wire) {
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), session, earlyData),
                fixture.server(fixture.serverSettings()),
                wire,
                Integer.MAX_VALUE)
            .run();
    assertAlert(alert, pair.client.failure);
  }

  private static HandshakePair.Wire replacing(int type, byte[] replacement) {
    return (fromClient, level, data) -> {
      if (fromClient) {
        return data;
      }
      List<byte[]> messages = new ArrayList<>(HandshakeFixture.split(data));
      messages.replaceAll(message -> message[0] == type ? replacement : message);
      return HandshakeFixture.join(messages);
    };
  }

  private static HandshakePair.Wire choosing(int selectedPsk) {
    byte[] share = {
      9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    };
    return replacing(
        HandshakeType.SERVER_HELLO,
        ServerHello.encode(
            new byte[32],
            io.hypermesh.stoq.protection.CipherSuite.AES_128_GCM_SHA256,
            NamedGroup.X25519,
            share,
            selectedPsk));
  }

  @Test
  void shouldRefuseAServerThatChoosesAKeyThatWasNotOffered() {
    assertAnswerRefused(Alert.UNSUPPORTED_EXTENSION, null, false, choosing(0));
    assertAnswerRefused(Alert.ILLEGAL_PARAMETER, fixture.session(), false, choosing(1));
  }

  private static HandshakePair.Wire acceptingEarlyData() {
    return replacing(
        HandshakeType.ENCRYPTED_EXTENSIONS,
        EncryptedExtensions.encode("stoq/1.0", new byte[3], false, true));
  }

  @Test
  void shouldRefuseAServerThatAcceptsEarlyDataUnasked() {
    assertAnswerRefused(Alert.UNSUPPORTED_EXTENSION, null, false, acceptingEarlyData());
    assertAnswerRefused(
        Alert.UNSUPPORTED_EXTENSION, fixture.session(), false, acceptingEarlyData());
  }

  @Test
  void shouldRefuseAServerThatAcceptsEarlyDataWithoutItsSession() {
    ClientSession session = fixture.session();
    session.ticket()[30] ^= 1;
    assertAnswerRefused(Alert.ILLEGAL_PARAMETER, session, true, acceptingEarlyData());
  }

  /** What a server says to a ClientHello with other extensions. */
  private TransportException answer(
      java.util.function.Consumer<java.util.Map<Integer, byte[]>> change) throws Exception {
    Side client =
        new Side(ResumptionFixture.client(fixture.clientSettings(), fixture.session(), true), true);
    client.drain();
    byte[] hello = HandshakeFixture.withExtensions(client.sent.getFirst().data(), change);
    Side server = new Side(fixture.server(fixture.serverSettings()), false);
    try {
      feed(server.handshake, EncryptionLevel.INITIAL, hello);
      server.drain();
      return null;
    } catch (TransportException e) {
      return e;
    }
  }

  @Test
  void shouldRefuseAKeyWithoutModes() throws Exception {
    assertAlert(
        Alert.MISSING_EXTENSION,
        answer(extensions -> extensions.remove(ExtensionType.PSK_KEY_EXCHANGE_MODES)));
  }

  @Test
  void shouldRefuseEarlyDataWithContent() throws Exception {
    assertAlert(
        Alert.DECODE_ERROR,
        answer(extensions -> extensions.put(ExtensionType.EARLY_DATA, new byte[1])));
  }

  @Test
  void shouldRefuseMoreOrFewerBindersThanIdentities() throws Exception {
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        answer(extensions ->
            extensions.computeIfPresent(
                ExtensionType.PRE_SHARED_KEY,
                (_, content) -> {
                  byte[] identities = Arrays.copyOf(content, content.length - 35);
                  return HandshakeFixture.join(
                      List.of(
                          identities,
                          new byte[] {0, 66, 32},
                          new byte[32],
                          new byte[] {32},
                          new byte[32]));
                })));
    assertAlert(
        Alert.ILLEGAL_PARAMETER,
        answer(extensions ->
            extensions.put(
                ExtensionType.PRE_SHARED_KEY,
                HandshakeFixture.join(
                    List.of(
                        new byte[] {0, 14, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0},
                        new byte[] {0, 33, 32},
                        new byte[32])))));
  }

  @Test
  void shouldPassOverAKeyWithoutAFreshKeyExchange() throws Exception {
    assertThat(
            answer(extensions ->
                extensions.replace(ExtensionType.PSK_KEY_EXCHANGE_MODES, new byte[] {1, 0})))
        .isNull();
  }

  @Test
  void shouldLookAtFewTickets() throws Exception {
    ClientSession session = fixture.session();
    byte[] filler = {0, 1, 1, 0, 0, 0, 0};
    List<byte[]> identities = new ArrayList<>();
    List<byte[]> binders = new ArrayList<>();
    for (int i = 0; i < ServerResumption.TICKETS_TRIED_MAX; i++) {
      identities.add(filler);
      binders.add(new byte[33]);
      binders.getLast()[0] = 32;
    }
    identities.add(new HandshakeWriter(64).opaque(2, session.ticket()).uint32(0).finish());
    binders.add(binders.getLast());
    byte[] content =
        new HandshakeWriter(64)
            .opaque(2, HandshakeFixture.join(identities))
            .opaque(2, HandshakeFixture.join(binders))
            .finish();
    // Were the last one looked at, its wrong binder would be an error.
    assertThat(answer(extensions -> extensions.replace(ExtensionType.PRE_SHARED_KEY, content)))
        .isNull();
  }

  @Test
  void shouldEraseSecretsOnClose() throws Exception {
    Side server = new Side(fixture.server(fixture.serverSettings()), false);
    Side client =
        new Side(ResumptionFixture.client(fixture.clientSettings(), fixture.session(), true), true);
    client.drain();
    feed(server.handshake, EncryptionLevel.INITIAL, client.sent.getFirst().data());
    HandshakeTask task = server.handshake.pollTask();
    task.run();
    server.handshake.close();
    server.handshake.handleTaskDone(task);
    assertThat(server.handshake.pollEvent()).isNull();
    client.handshake.close();
    assertThat(client.handshake.pollEvent()).isNull();
  }

  @Test
  void shouldTellAgesByTheClientsClock() {
    ClientSession session = fixture.session();
    fixture.clientClock.advance(Duration.ofHours(5));
    fixture.serverClock.advance(Duration.ofHours(5).plusSeconds(9));
    assertThat(fixture.second(session, true).client.earlyDataDecided).isTrue();
  }
}
