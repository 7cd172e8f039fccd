package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Tickets, kept sessions and offers of them, when their bytes are not what they were. */
class SessionProperties {
  private static final long NOW = 1_700_000_000_000L;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final ResumptionFixture FIXTURE = new ResumptionFixture();
  private static final byte[] KEPT = FIXTURE.session().encode();
  private static final byte[] HELLO = hello();

  private static byte[] hello() {
    try {
      HandshakePair.Side client =
          new HandshakePair.Side(
              ResumptionFixture.client(FIXTURE.clientSettings(), ClientSession.decode(KEPT), true),
              true);
      client.drain();
      return client.sent.getFirst().data();
    } catch (TransportException e) {
      throw new AssertionError(e);
    }
  }

  private static ServerSession session(int chainBytes) {
    return new ServerSession(
        5,
        new byte[32],
        CipherSuite.AES_128_GCM_SHA256,
        1,
        "stoq/1.0",
        null,
        NOW,
        NOW + 1_000,
        NOW + 2_000,
        77,
        9,
        new byte[] {1, 2},
        List.of(new byte[chainBytes]));
  }

  @Property(tries = 200)
  void shouldOpenATicketForOneToTwoLivesOfItsKey(
      @ForAll @IntRange(min = 0, max = 3_599_999) int sealedAt,
      @ForAll @IntRange(min = 0, max = 8_000_000) int after) {
    SessionTickets tickets = SessionTickets.withFreshSecret(HOUR, new SeededRandom(1));
    long start = NOW - NOW % HOUR.toMillis();
    byte[] ticket = tickets.seal(session(100), start + sealedAt);
    // Another time in between must not disturb what keys are kept.
    tickets.open(ticket, NOW + 2 * HOUR.toMillis());
    ServerSession opened = tickets.open(ticket, start + sealedAt + after);
    assertThat(opened != null).isEqualTo(sealedAt + after < 2 * HOUR.toMillis());
    if (opened != null) {
      assertThat(opened.clientChain().getFirst()).hasSize(100);
      assertThat(opened.parameters()).containsExactly(1, 2);
      assertThat(opened.ageAdd()).isEqualTo(77);
      assertThat(opened.toString()).contains("stoq/1.0").doesNotContain("psk");
    }
  }

  @Property(tries = 500)
  void shouldOpenNoTicketThatWasChanged(@ForAll long seed) {
    SessionTickets tickets = SessionTickets.withFreshSecret(HOUR, new SeededRandom(1));
    byte[] ticket = tickets.seal(session(100), NOW);
    Random random = new Random(seed);
    byte[] changed =
        random.nextInt(4) == 0
            ? Arrays.copyOf(ticket, random.nextInt(ticket.length))
            : ticket.clone();
    if (changed.length == ticket.length) {
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
    }
    assertThat(tickets.open(changed, NOW)).isNull();
    assertThat(tickets.open(ticket, NOW)).isNotNull();
  }

  @Property(tries = 500)
  void shouldOpenNoRandomTicket(@ForAll @Size(max = 5_000) byte[] bytes) {
    SessionTickets tickets = SessionTickets.withFreshSecret(HOUR, new SeededRandom(1));
    assertThat(tickets.open(bytes, NOW)).isNull();
    if (bytes.length > 0) {
      bytes[0] = 1;
    }
    assertThat(tickets.open(bytes, NOW)).isNull();
  }

  @Test
  void shouldBoundTickets() {
    SessionTickets tickets = SessionTickets.withFreshSecret(HOUR, new SeededRandom(1));
    assertThat(tickets.seal(session(SessionTickets.TICKET_BYTES_MAX), NOW)).isNull();
    byte[] largest = tickets.seal(session(3_900), NOW);
    assertThat(largest).isNotNull().hasSizeLessThanOrEqualTo(SessionTickets.TICKET_BYTES_MAX);
    assertThat(tickets.open(largest, NOW)).isNotNull();
  }

  @Property(tries = 500)
  void shouldReadAServerSessionOrSayWhyNot(@ForAll long seed) {
    byte[] bytes = session(50).encode();
    mutate(bytes, new Random(seed));
    try {
      ServerSession.decode(bytes);
    } catch (TransportException e) {
      assertThat(e.errorCode()).isEqualTo(Alert.DECODE_ERROR.errorCode());
    }
  }

  private static byte[] mutate(byte[] bytes, Random random) {
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  @Property(tries = 500)
  void shouldReadAKeptSessionOrSayWhyNot(@ForAll long seed) {
    byte[] bytes = mutate(KEPT.clone(), new Random(seed));
    try {
      assertThat(ClientSession.decode(bytes).encode()).hasSize(bytes.length);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("session");
    }
  }

  @Property(tries = 500)
  void shouldRefuseRandomKeptSessions(@ForAll @Size(max = 300) byte[] bytes) {
    assertThatThrownBy(() -> ClientSession.decode(bytes))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldGiveTheSameBytesAgain() {
    assertThat(ClientSession.decode(KEPT).encode()).isEqualTo(KEPT);
  }

  @Property(tries = 500)
  void shouldTakeAnOfferOrRefuseItWithAnAlert(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    byte[] hello = HELLO.clone();
    // The extensions of the resumption are at the end.
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      hello[hello.length - 1 - random.nextInt(hello.length / 2)] = (byte) random.nextInt();
    }
    HandshakePair.Side server =
        new HandshakePair.Side(FIXTURE.server(FIXTURE.serverSettings()), false);
    try {
      HandshakeFixture.feed(server.handshake, EncryptionLevel.INITIAL, hello);
      server.drain();
    } catch (TransportException e) {
      assertThat(e.errorCode()).isNotEqualTo(Alert.INTERNAL_ERROR.errorCode());
    }
  }

  @Property(tries = 500)
  void shouldReadOffersOrRefuseThem(@ForAll @Size(max = 400) byte[] bytes) {
    try {
      OfferedPsks psks =
          OfferedPsks.parse(new HandshakeReader(bytes, 0, bytes.length, "pre_shared_key"));
      assertThat(psks.identities()).isNotEmpty();
    } catch (TransportException e) {
      assertThat(e.errorCode())
          .isIn(Alert.DECODE_ERROR.errorCode(), Alert.ILLEGAL_PARAMETER.errorCode());
    }
  }
}
