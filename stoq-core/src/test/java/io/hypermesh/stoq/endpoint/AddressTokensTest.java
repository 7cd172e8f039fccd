package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Tokens by which clients that were here before needn't prove their address. */
class AddressTokensTest {
  private static final long LIFETIME = 1_000;
  private static final InetSocketAddress CLIENT = client(2, 40_000);

  private final SecureRandom random = new SecureRandom();
  private final EndpointSecret secret = EndpointSecret.random(random);
  private final AddressTokens tokens = new AddressTokens(secret, random, LIFETIME, 3, 0);

  private static InetSocketAddress client(int last, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("2001:db8::" + last), port);
  }

  @Test
  void shouldTakeATokenFromItsAddressOnceInItsTime() {
    byte[] token = tokens.seal(CLIENT, QuicVersion.V1, 0);
    assertThat(token).hasSize(AddressTokens.LENGTH);
    assertThat(tokens.isGood(token, client(2, 1), QuicVersion.V1, LIFETIME - 1)).isTrue();
    assertThat(tokens.isGood(token, client(3, 40_000), QuicVersion.V1, 1)).isFalse();
    assertThat(tokens.isGood(token, CLIENT, QuicVersion.V2, 1)).isFalse();
    assertThat(tokens.isGood(token, CLIENT, QuicVersion.V1, LIFETIME)).isFalse();
    // A clock that was set back doesn't make it live longer.
    assertThat(tokens.isGood(token, CLIENT, QuicVersion.V1, -1)).isFalse();

    byte[] second = tokens.seal(CLIENT, QuicVersion.V1, LIFETIME);
    assertThat(tokens.isGood(second, CLIENT, QuicVersion.V1, LIFETIME)).isTrue();
    tokens.use(second);
    assertThat(tokens.isGood(second, CLIENT, QuicVersion.V1, LIFETIME)).isFalse();
    assertThat(tokens.isGood(second, CLIENT, QuicVersion.V1, 2 * LIFETIME - 1)).isFalse();
  }

  @Test
  void shouldCountNoTokenWhereItCannotRememberWhichWereUsed() {
    for (int i = 0; i < 3; i++) {
      byte[] token = tokens.seal(CLIENT, QuicVersion.V1, 1);
      assertThat(tokens.isGood(token, CLIENT, QuicVersion.V1, 1)).isTrue();
      tokens.use(token);
    }
    byte[] fourth = tokens.seal(CLIENT, QuicVersion.V1, 1);
    assertThat(tokens.isGood(fourth, CLIENT, QuicVersion.V1, 1)).isFalse();
    // Once the others have expired there is room again.
    byte[] later = tokens.seal(CLIENT, QuicVersion.V1, 2 * LIFETIME);
    assertThat(tokens.isGood(later, CLIENT, QuicVersion.V1, 2 * LIFETIME)).isTrue();
  }

  @Test
  void shouldTakeATokenOfAnEarlierRunWithTheSameSecret() {
    byte[] token = tokens.seal(CLIENT, QuicVersion.V1, 5);
    AddressTokens same = new AddressTokens(secret, random, LIFETIME, 3, 100);
    AddressTokens other =
        new AddressTokens(EndpointSecret.random(random), random, LIFETIME, 3, 100);
    assertThat(same.isGood(token, CLIENT, QuicVersion.V1, 100)).isTrue();
    assertThat(other.isGood(token, CLIENT, QuicVersion.V1, 100)).isFalse();
    tokens.erase();
  }

  @Property(tries = 300)
  void shouldRefuseATokenWithAnyBitChanged(@ForAll @IntRange(min = 0) int bit) {
    byte[] token = tokens.seal(CLIENT, QuicVersion.V1, 0);
    int at = bit % (token.length * 8);
    token[at / 8] ^= (byte) (1 << at % 8);
    assertThat(tokens.isGood(token, CLIENT, QuicVersion.V1, 1)).isFalse();
  }

  @Property(tries = 300)
  void shouldRefuseRandomBytesOfAnyLength(@ForAll byte[] token, @ForAll boolean marked) {
    if (marked && token.length > 0) {
      token[0] = 'N';
    }
    assertThat(tokens.isGood(token, CLIENT, QuicVersion.V1, 1)).isFalse();
  }

  // ---- What a client keeps ----

  private static TokenStore.Stored stored(int number, QuicVersion version) {
    return new TokenStore.Stored(new byte[] {(byte) number}, version, false);
  }

  @Test
  void shouldGiveEachTokenOnceTheNewestFirstAndForItsVersion() {
    TokenStore store = new TokenStore(2);
    for (int i = 0; i < TokenStore.PER_SERVER_MAX + 3; i++) {
      store.add("a", CLIENT, stored(i, QuicVersion.V1));
    }
    assertThat(store.take("a", CLIENT, QuicVersion.V2)).isNull();
    assertThat(store.take("b", CLIENT, QuicVersion.V1)).isNull();
    assertThat(store.take("a", client(9, 1), QuicVersion.V1)).isNull();
    for (int i = TokenStore.PER_SERVER_MAX + 2; i > 2; i--) {
      assertThat(store.take("a", CLIENT, QuicVersion.V1).token()).containsExactly(i);
    }
    assertThat(store.take("a", CLIENT, QuicVersion.V1)).isNull();
    assertThat(store.size()).isZero();
  }

  @Test
  void shouldKeepABoundedNumberOfServersAndNoLongTokens() {
    TokenStore store = new TokenStore(2);
    store.add("a", CLIENT, stored(1, QuicVersion.V1));
    store.add("b", CLIENT, stored(2, QuicVersion.V1));
    store.add("c", CLIENT, stored(3, QuicVersion.V1));
    assertThat(store.size()).isEqualTo(2);
    assertThat(store.take("a", CLIENT, QuicVersion.V1)).isNull();
    byte[] tooLong = new byte[TokenStore.TOKEN_BYTES_MAX + 1];
    TokenStore other = new TokenStore(2);
    other.add("a", CLIENT, new TokenStore.Stored(tooLong, QuicVersion.V1, false));
    assertThat(other.size()).isZero();
  }

  // ---- Over endpoints ----

  private static byte[] firstDatagram(EndpointPair pair) {
    pair.connect();
    return pair.pollClient();
  }

  private static PacketHeader parsed(byte[] datagram) {
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(MemorySegment.ofArray(datagram), 0, datagram.length, 8)).isTrue();
    return header;
  }

  private static EndpointPair pairThatWasConnected(int addressTokens) {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 0));
    for (int i = 0; i < addressTokens; i++) {
      pair.connect();
    }
    pair.run();
    assertThat(pair.server.counters().retries()).isEqualTo(addressTokens);
    assertThat(pair.clientHandler.established).hasSize(addressTokens);
    return pair;
  }

  @Test
  void shouldSpareAReturningClientTheRetry() {
    EndpointPair pair = pairThatWasConnected(1);
    for (int i = 2; i < 5; i++) {
      pair.connect();
      pair.run();
      assertThat(pair.server.counters().retries()).isEqualTo(1);
      assertThat(pair.clientHandler.established).hasSize(i);
    }
  }

  @Test
  void shouldTakeATokenOnceAndFromItsAddressOnly() {
    EndpointPair pair = pairThatWasConnected(2);
    byte[] one = firstDatagram(pair);
    assertThat(parsed(one).tokenLength()).isEqualTo(AddressTokens.LENGTH);
    pair.toServer(one, client(3, 40_000));
    assertThat(parsed(pair.pollServer()).type()).isEqualTo(PacketType.RETRY);
    // Forged bytes with its token don't use it up.
    byte[] forged = one.clone();
    forged[1_100] ^= 1;
    pair.toServer(forged);
    assertThat(pair.pollServer()).isNull();
    // Another port of its address may have been a NAT's choice.
    pair.toServer(one, client(2, 50_000));
    assertThat(pair.server.handshakesInFlight()).isEqualTo(1);
    pair.server.forget();
    pair.toServer(one);
    assertThat(parsed(pair.pollServer()).type()).isEqualTo(PacketType.RETRY);
  }

  @Test
  void shouldTreatAnExpiredTokenAsNone() {
    EndpointPair pair = pairThatWasConnected(1);
    pair.nowNanos += 3_600_000_000_000L;
    byte[] first = firstDatagram(pair);
    assertThat(parsed(first).tokenLength()).isPositive();
    pair.toServer(first);
    assertThat(parsed(pair.pollServer()).type()).isEqualTo(PacketType.RETRY);
  }
}
