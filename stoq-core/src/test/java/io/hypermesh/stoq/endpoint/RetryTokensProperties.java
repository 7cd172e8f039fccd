package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class RetryTokensProperties {
  static final long LIFETIME_MILLIS = 10_000;
  private static final InetSocketAddress CLIENT =
      new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 40_000);

  private final RetryTokens tokens = tokens();

  private static RetryTokens tokens() {
    SecureRandom random = new SecureRandom();
    return new RetryTokens(EndpointSecret.random(random), random, LIFETIME_MILLIS);
  }

  @Property(tries = 200)
  void shouldGiveBackTheOriginalConnectionIdUntilItExpires(
      @ForAll @Size(min = 8, max = 20) byte[] original,
      @ForAll @Size(8) byte[] retrySource,
      @ForAll @LongRange(min = 0, max = 1L << 61) long nowMillis,
      @ForAll @LongRange(min = 0, max = LIFETIME_MILLIS - 1) long ageMillis) {
    ConnectionId source = ConnectionId.of(retrySource);
    byte[] token = tokens.seal(ConnectionId.of(original), source, CLIENT, nowMillis);

    assertThat(token).hasSizeLessThanOrEqualTo(RetryTokens.LENGTH_MAX);
    assertThat(tokens.isRetryToken(token)).isTrue();
    assertThat(tokens.open(token, source, CLIENT, nowMillis + ageMillis))
        .isEqualTo(ConnectionId.of(original));
    assertThat(tokens.open(token, source, CLIENT, nowMillis + LIFETIME_MILLIS)).isNull();
  }

  @Property(tries = 300)
  void shouldRefuseATokenWithAnyBitChanged(
      @ForAll @Size(min = 8, max = 20) byte[] original, @ForAll @IntRange(min = 0) int bit) {
    ConnectionId source = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    byte[] token = tokens.seal(ConnectionId.of(original), source, CLIENT, 0);
    int at = bit % (token.length * 8);
    token[at / 8] ^= (byte) (1 << at % 8);

    assertThat(tokens.open(token, source, CLIENT, 1)).isNull();
  }

  @Property(tries = 300)
  void shouldRefuseRandomBytesOfAnyLength(@ForAll byte[] token, @ForAll boolean marked) {
    if (marked && token.length > 0) {
      token[0] = 'R';
    }
    assertThat(tokens.open(token, ConnectionId.EMPTY, CLIENT, 0)).isNull();
  }

  @Property(tries = 50)
  void shouldRefuseATokenOfAnotherClientOrAnotherRetry(
      @ForAll @Size(8) byte[] original, @ForAll @IntRange(min = 1, max = 65_535) int otherPort) {
    ConnectionId source = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    ConnectionId otherSource = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 9});
    byte[] token = tokens.seal(ConnectionId.of(original), source, CLIENT, 0);

    assertThat(tokens.open(token, otherSource, CLIENT, 1)).isNull();
    assertThat(
            tokens.open(
                token,
                source,
                new InetSocketAddress(InetAddress.ofLiteral("2001:db8::2"), 40_000),
                1))
        .isNull();
    if (otherPort != CLIENT.getPort()) {
      assertThat(
              tokens.open(
                  token,
                  source,
                  new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), otherPort),
                  1))
          .isNull();
    }
  }

  @Property(tries = 10)
  void shouldRefuseATokenOfAnotherEndpoint(@ForAll @Size(8) byte[] original) {
    ConnectionId source = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    RetryTokens others = tokens();
    byte[] token = others.seal(ConnectionId.of(original), source, CLIENT, 0);

    assertThat(tokens.open(token, source, CLIENT, 1)).isNull();
  }
}
