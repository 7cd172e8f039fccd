package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.HandshakePair.Side;
import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import io.hypermesh.stoq.handshake.TestIdentities.Kind;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.protection.CipherSuite;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tickets and the sessions that are resumed with them (RFC 8446, 2.2 and 4.6.1). */
class ResumptionTest {
  private final ResumptionFixture fixture = new ResumptionFixture();

  private static void assertResumed(HandshakePair pair) {
    assertBothComplete(pair);
    assertThat(pair.client.complete.resumed()).isTrue();
    assertThat(pair.server.complete.resumed()).isTrue();
    for (EncryptionLevel level : List.of(EncryptionLevel.HANDSHAKE, EncryptionLevel.ONE_RTT)) {
      assertThat(pair.client.secret(level, true)).isEqualTo(pair.server.secret(level, false));
      assertThat(pair.client.secret(level, false)).isEqualTo(pair.server.secret(level, true));
    }
  }

  private static void assertFull(HandshakePair pair) {
    assertBothComplete(pair);
    assertThat(pair.client.complete.resumed()).isFalse();
    assertThat(pair.server.complete.resumed()).isFalse();
  }

  private static void assertBothComplete(HandshakePair pair) {
    assertThat(pair.client.failure).isNull();
    assertThat(pair.server.failure).isNull();
    assertThat(pair.client.complete).isNotNull();
    assertThat(pair.server.complete).isNotNull();
  }

  private static List<Integer> messageTypes(Side side) {
    List<Integer> types = new ArrayList<>();
    side.sent.forEach(data ->
        HandshakeFixture.split(data.data()).forEach(message -> types.add((int) message[0])));
    return types;
  }

  @Test
  void shouldShowBothHostsTheSameIdentityAsAtFirst() {
    HandshakePair first = fixture.first();
    assertFull(first);
    assertThat(first.client.sessions).hasSize(2);

    HandshakePair second = fixture.second(first.client.sessions.getFirst(), false);

    assertResumed(second);
    assertThat(second.server.complete.peerCertificates())
        .isEqualTo(HandshakeFixture.CLIENT.chain())
        .isEqualTo(first.server.complete.peerCertificates());
    assertThat(second.client.complete.peerCertificates())
        .isEqualTo(HandshakeFixture.SERVER.chain());
    assertThat(second.server.complete.serverName()).isEqualTo(HandshakeFixture.HOST);
    // ServerHello, EncryptedExtensions, Finished, two tickets; and no certificate.
    assertThat(messageTypes(second.server)).containsExactly(2, 8, 20, 4, 4);
    assertThat(messageTypes(second.client)).containsExactly(1, 20);
  }

  @Test
  void shouldResumeWhatWasResumed() {
    ClientSession session = fixture.session();
    for (int i = 0; i < 3; i++) {
      HandshakePair pair = fixture.second(session, false);
      assertResumed(pair);
      session = pair.client.sessions.getLast();
    }
    // Both sides were asked for the other's chain each time.
    assertThat(fixture.serverTrust.asked).isEqualTo(4);
    assertThat(fixture.clientTrust.asked).isEqualTo(4);
  }

  @Test
  void shouldSurviveAStoreThatKeepsBytes() {
    ClientSession kept = ClientSession.decode(fixture.session().encode());
    assertThat(kept.serverHost()).isEqualTo(HandshakeFixture.HOST);
    assertThat(kept.toString()).doesNotContain(java.util.HexFormat.of().formatHex(kept.psk()));
    assertResumed(fixture.second(kept, false));
  }

  @Test
  void shouldUseASessionOnce() {
    ClientSession session = fixture.session();
    assertResumed(fixture.second(session, false));
    assertThat(session.psk()).containsOnly(0);
  }

  @Test
  void shouldGiveAsManyTicketsAsItIsSetTo() {
    fixture.ticketsPerConnection = 0;
    assertThat(fixture.first().client.sessions).isEmpty();
    fixture.ticketsPerConnection = 8;
    assertThat(fixture.first().client.sessions).hasSize(8);
  }

  @Test
  void shouldGiveNoTicketsToAClientThatKeepsNone() {
    HandshakePair pair =
        new HandshakePair(
                HandshakeFixture.client(HandshakeFixture.clientSettings()),
                fixture.server(fixture.serverSettings()))
            .run();
    assertFull(pair);
    assertThat(messageTypes(pair.server)).doesNotContain(4);
  }

  @Test
  void shouldKeepNoMoreTicketsThanItsLimit() throws Exception {
    fixture.ticketsPerConnection = 8;
    HandshakePair pair = fixture.first();
    byte[] again = pair.server.sent.getLast().data();
    pair.client.handshake.handleCrypto(EncryptionLevel.ONE_RTT, again, 0, again.length);
    pair.client.drain();
    assertThat(pair.client.sessions).hasSize(ClientResumption.TICKETS_KEPT_MAX);
  }

  @Test
  void shouldFallBackWhereTheTicketIsForged() {
    ClientSession session = fixture.session();
    session.ticket()[40] ^= 1;
    assertFull(fixture.second(session, true));
  }

  @Test
  void shouldFallBackWhereTheKeyIsGone() {
    ClientSession session = fixture.session();
    fixture.tickets = SessionTickets.withFreshSecret(ResumptionFixture.DAY, new SeededRandom(8));
    assertFull(fixture.second(session, true));
  }

  @Test
  void shouldOpenTicketsOfAServerWithTheSameSecret() {
    byte[] secret = new byte[32];
    fixture.tickets = new SessionTickets(secret, ResumptionFixture.DAY, new SeededRandom(1));
    ClientSession session = fixture.session();
    fixture.tickets = new SessionTickets(secret, ResumptionFixture.DAY, new SeededRandom(2));
    assertResumed(fixture.second(session, false));
  }

  @Test
  void shouldNotOfferASessionThatHasExpired() {
    ClientSession session = fixture.session();
    fixture.clientClock.advance(ResumptionFixture.DAY);
    HandshakePair pair = fixture.second(session, false);
    assertFull(pair);
    assertThat(session.psk()).containsOnly(0);
  }

  @Test
  void shouldFallBackWhereTheServerHoldsTheTicketForExpired() {
    ClientSession session = fixture.session();
    fixture.serverClock.advance(ResumptionFixture.DAY);
    assertFull(fixture.second(session, false));
  }

  @Test
  void shouldEndTheConnectionForAGoodTicketWithAWrongBinder() {
    ClientSession session = fixture.session();
    session.psk()[0] ^= 1;
    HandshakePair pair = fixture.second(session, false);
    assertAlert(Alert.DECRYPT_ERROR, pair.server.failure);
  }

  @Test
  void shouldNotResumeAClientWhoseCertificateIsNoLongerTrusted() {
    ClientSession session = fixture.session();
    fixture.serverTrust.revoked.add(HandshakeFixture.CLIENT.chain().getFirst());
    Identity renewed = HandshakeFixture.AUTHORITY.issue(Kind.ED25519, "renewed.example");

    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(renewed), session, true),
                fixture.server(fixture.serverSettings()))
            .run();

    assertFull(pair);
    assertThat(pair.server.complete.peerCertificates()).isEqualTo(renewed.chain());
    assertThat(pair.client.earlyDataDecided).isFalse();
    assertThat(pair.server.earlyDataDecided).isFalse();
  }

  @Test
  void shouldNotOfferASessionWithAServerThatIsNoLongerTrusted() {
    ClientSession session = fixture.session();
    fixture.clientTrust.revoked.add(HandshakeFixture.SERVER.chain().getFirst());
    Identity renewed = HandshakeFixture.AUTHORITY.issue(Kind.ED25519, HandshakeFixture.HOST);

    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), session, true),
                fixture.server(fixture.serverSettings(renewed)))
            .run();

    assertFull(pair);
    // Not one byte of early data was announced to it.
    assertThat(pair.client.earlyData).isNull();
    assertThat(pair.client.complete.peerCertificates()).isEqualTo(renewed.chain());
  }

  @Test
  void shouldResumeAfterTheServersCertificateWasRotated() {
    OneKeyManager keyManager = new OneKeyManager(HandshakeFixture.SERVER);
    HandshakePair first =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), null, false),
                fixture.server(fixture.serverSettings().keyManager(keyManager)))
            .run();
    keyManager.rotate(HandshakeFixture.AUTHORITY.issue(Kind.P256, HandshakeFixture.HOST));
    HandshakePair second =
        new HandshakePair(
                ResumptionFixture.client(
                    fixture.clientSettings(), first.client.sessions.getFirst(), false),
                fixture.server(fixture.serverSettings().keyManager(keyManager)))
            .run();
    assertResumed(second);
    assertThat(second.client.complete.peerCertificates())
        .isEqualTo(HandshakeFixture.SERVER.chain());
  }

  @Test
  void shouldEndTicketsWithTheFirstCertificateOfEitherChain() {
    Instant soon = Instant.now().plus(Duration.ofHours(2));
    Identity shortLived =
        HandshakeFixture.AUTHORITY.issue(
            Kind.ED25519, TestIdentities.days(-1), soon, HandshakeFixture.HOST);
    HandshakePair ofServer =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), null, false),
                fixture.server(fixture.serverSettings(shortLived)))
            .run();
    assertThat(ofServer.client.sessions.getFirst().expiresAt()).isBeforeOrEqualTo(soon);
    HandshakePair ofClient =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(shortLived), null, false),
                fixture.server(fixture.serverSettings()))
            .run();
    ClientSession session = ofClient.client.sessions.getFirst();
    assertThat(session.expiresAt()).isBeforeOrEqualTo(soon);

    // And so do the tickets of what is resumed, however late.
    fixture.serverClock.advance(Duration.ofMinutes(90));
    fixture.clientClock.advance(Duration.ofMinutes(90));
    HandshakePair resumed = fixture.second(session, false);
    assertResumed(resumed);
    assertThat(resumed.client.sessions.getFirst().expiresAt()).isBeforeOrEqualTo(soon);
  }

  @Test
  void shouldEndASessionAfterSevenDaysHoweverOftenItWasResumed() {
    fixture.tickets = SessionTickets.withFreshSecret(Duration.ofDays(30), new SeededRandom(3));
    ClientSession session = fixture.session();
    ServerSession seen = fixture.tickets.open(session.ticket(), fixture.serverClock.millis());
    long until = seen.authenticatedUntilMillis();
    assertThat(until)
        .isLessThanOrEqualTo(fixture.serverClock.millis() + Duration.ofDays(7).toMillis());
    fixture.serverClock.advance(Duration.ofHours(20));
    fixture.clientClock.advance(Duration.ofHours(20));
    session = fixture.second(session, false).client.sessions.getFirst();
    seen = fixture.tickets.open(session.ticket(), fixture.serverClock.millis());
    assertThat(seen.authenticatedUntilMillis()).isEqualTo(until);
  }

  @Test
  void shouldResumeOnlyWithACertificateWhereOneIsRequired() {
    HandshakePair anonymous =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(null), null, false),
                fixture.server(
                    fixture.serverSettings().clientAuthentication(ClientAuthentication.WANTED)))
            .run();
    assertFull(anonymous);
    HandshakePair wanted =
        new HandshakePair(
                ResumptionFixture.client(
                    fixture.clientSettings(null), anonymous.client.sessions.getFirst(), false),
                fixture.server(
                    fixture.serverSettings().clientAuthentication(ClientAuthentication.WANTED)))
            .run();
    assertResumed(wanted);
    assertThat(wanted.server.complete.peerCertificates()).isEmpty();

    HandshakePair required =
        new HandshakePair(
                ResumptionFixture.client(
                    fixture.clientSettings(null), anonymous.client.sessions.getLast(), false),
                fixture.server(fixture.serverSettings()))
            .run();
    assertAlert(Alert.CERTIFICATE_REQUIRED, required.server.failure);
  }

  @Test
  void shouldNotBringBackAnIdentityThatIsNotAskedForAnyMore() {
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), fixture.session(), false),
                fixture.server(
                    fixture.serverSettings().clientAuthentication(ClientAuthentication.NONE)))
            .run();
    assertFull(pair);
    assertThat(pair.server.complete.peerCertificates()).isEmpty();
  }

  @Test
  void shouldFallBackForAnotherProtocol() {
    ClientSession session = fixture.session();
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(
                    fixture.clientSettings().applicationProtocols(List.of("other", "stoq/1.0")),
                    session,
                    false),
                fixture.server(
                    fixture.serverSettings().applicationProtocols(List.of("other", "stoq/1.0"))))
            .run();
    assertFull(pair);
  }

  @Test
  void shouldFallBackForAnotherSuite() {
    ClientSession session = fixture.session();
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), session, false),
                fixture.server(
                    fixture.serverSettings().cipherSuites(List.of(CipherSuite.AES_256_GCM_SHA384))))
            .run();
    assertFull(pair);
  }

  @Test
  void shouldFallBackForAnotherVersionOfQuic() {
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), fixture.session(), false),
                fixture.server(fixture.serverSettings(), 0x6b3343cf))
            .run();
    assertFull(pair);
  }

  @Test
  void shouldNotOfferASessionToAnotherHost() {
    Identity other = HandshakeFixture.AUTHORITY.issue(Kind.ED25519, "other.example");
    ClientSession session = fixture.session();
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), "other.example", session, true),
                fixture.server(fixture.serverSettings(other)))
            .run();
    assertFull(pair);
    assertThat(pair.client.earlyData).isNull();
    assertThat(session.psk()).containsOnly(0);
  }

  @Test
  void shouldResumeAfterAHelloRetryRequest() {
    ClientSession session = fixture.session();
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), session, true),
                fixture.server(fixture.serverSettings().groups(List.of(NamedGroup.SECP256R1))))
            .run();
    assertResumed(pair);
    // RFC 8446, 4.2.10: a HelloRetryRequest rejects early data.
    assertThat(pair.client.earlyData).isNotNull();
    assertThat(pair.client.earlyDataDecided).isFalse();
    assertThat(pair.server.earlyDataDecided).isFalse();
    assertThat(pair.server.earlyData).isNull();
  }

  @Test
  void shouldFallBackAfterAHelloRetryRequestForASuiteWithAnotherHash() {
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(), fixture.session(), false),
                fixture.server(
                    fixture
                        .serverSettings()
                        .cipherSuites(List.of(CipherSuite.AES_256_GCM_SHA384))
                        .groups(List.of(NamedGroup.SECP256R1))))
            .run();
    assertFull(pair);
  }

  @Test
  void shouldGiveNoTicketThatWouldBeTooLong() {
    String[] names = new String[300];
    Arrays.setAll(names, i -> "name-" + i + ".example");
    Identity many = HandshakeFixture.AUTHORITY.issue(Kind.ED25519, names);
    HandshakePair pair =
        new HandshakePair(
                ResumptionFixture.client(fixture.clientSettings(many), null, false),
                fixture.server(fixture.serverSettings()))
            .run();
    assertFull(pair);
    assertThat(messageTypes(pair.server)).doesNotContain(4);
  }
}
