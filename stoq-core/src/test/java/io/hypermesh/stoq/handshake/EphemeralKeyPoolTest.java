package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys that are made ahead: each for one taker, no more than allowed, erased. */
class EphemeralKeyPoolTest {
  private static final int KEYS_MAX = 4;

  private final List<KeyExchange> made = new ArrayList<>();

  private EphemeralKeyPool pool(long seed) {
    return new EphemeralKeyPool(KEYS_MAX, new SeededRandom(seed), this::make);
  }

  private KeyExchange make(NamedGroup group, SecureRandom random) {
    KeyExchange key = KeyExchange.generate(group, random);
    made.add(key);
    return key;
  }

  private static String share(KeyExchange key) {
    return HexFormat.of().formatHex(key.share());
  }

  private static KeyExchange take(EphemeralKeyPool pool, NamedGroup group) {
    KeyExchange key = pool.take(group);
    assertThat(key).isNotNull();
    return key;
  }

  @ParameterizedTest
  @EnumSource(NamedGroup.class)
  void shouldHoldNoMoreThanAllowedAndOnlyWhatWasAskedFor(NamedGroup group) {
    EphemeralKeyPool pool = pool(1);
    pool.makeAhead(100);
    assertThat(made).isEmpty();
    assertThat(pool.take(group)).isNull();
    pool.makeAhead(1);
    assertThat(pool.size(group)).isEqualTo(1);
    pool.makeAhead(100);
    assertThat(pool.size(group)).isEqualTo(KEYS_MAX);
    assertThat(made).hasSize(KEYS_MAX).allMatch(key -> key.group() == group);
    take(pool, group).close();
    pool.makeAhead(100);
    assertThat(pool.size(group)).isEqualTo(KEYS_MAX);
    assertThat(made).hasSize(KEYS_MAX + 1);
  }

  @Test
  void shouldGiveEachKeyToOneTakerWhoeverTakes() throws Exception {
    EphemeralKeyPool pool =
        new EphemeralKeyPool(KEYS_MAX, new SecureRandom(), KeyExchange::generate);
    Set<String> shares = ConcurrentHashMap.newKeySet();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> takers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        takers.add(threads.submit(() -> takeSome(pool, shares, 50)));
      }
      for (Future<?> taker : takers) {
        taker.get();
      }
    }
    assertThat(shares).hasSize(200);
  }

  private static void takeSome(EphemeralKeyPool pool, Set<String> shares, int count) {
    for (int taken = 0; taken < count; ) {
      pool.makeAhead(1);
      try (KeyExchange key = pool.take(NamedGroup.X25519)) {
        if (key != null) {
          assertThat(shares.add(share(key))).isTrue();
          taken++;
        }
      }
    }
  }

  @Test
  void shouldGiveTheSameKeysForTheSameSeed() {
    List<String> shares = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      EphemeralKeyPool pool = pool(7);
      assertThat(pool.take(NamedGroup.X25519)).isNull();
      pool.makeAhead(2);
      shares.add(share(take(pool, NamedGroup.X25519)) + share(take(pool, NamedGroup.X25519)));
    }
    assertThat(shares.get(0)).isEqualTo(shares.get(1));
  }

  @Test
  void shouldEraseItsKeysWhenItCloses() throws Exception {
    EphemeralKeyPool pool = pool(3);
    assertThat(pool.take(NamedGroup.X25519)).isNull();
    pool.makeAhead(KEYS_MAX);
    KeyExchange taken = take(pool, NamedGroup.X25519);
    byte[] peer = KeyExchange.generate(NamedGroup.X25519, new SeededRandom(9)).share();
    byte[] secret = made.get(1).agree(peer);
    pool.close();
    assertThat(pool.size(NamedGroup.X25519)).isZero();
    // A scalar of zeros is what is left, which gives another secret.
    byte[] erased = new EphemeralDiffieHellman(NamedGroup.X25519, new byte[32]).agree(peer);
    assertThat(made.get(1).agree(peer)).isEqualTo(erased).isNotEqualTo(secret);
    assertThat(taken.agree(peer)).isNotEqualTo(erased);
    pool.makeAhead(KEYS_MAX);
    assertThat(pool.size(NamedGroup.X25519)).isZero();
    pool.close();
  }

  @Test
  void shouldMakeOneInPlaceWhereNoneIsReady() {
    try (PublicKeys keys =
        new PublicKeys(PublicKeyProvider.BOUNCY_CASTLE, 2, new SeededRandom(4))) {
      String first = share(keys.offer(NamedGroup.X25519, new SeededRandom(5)));
      assertThat(first)
          .isEqualTo(share(KeyExchange.generate(NamedGroup.X25519, new SeededRandom(5))));
      keys.makeAhead();
      SeededRandom untouched = new SeededRandom(5);
      assertThat(share(keys.offer(NamedGroup.X25519, untouched))).isNotEqualTo(first);
      assertThat(share(keys.answer(NamedGroup.X25519, untouched))).isNotEqualTo(first);
      assertThat(share(keys.offer(NamedGroup.X25519, untouched))).isEqualTo(first);
    }
  }

  @Test
  void shouldMakeAServersPartOfAHybridOfAKeyOfTheCurve() throws Exception {
    try (PublicKeys keys =
        new PublicKeys(PublicKeyProvider.BOUNCY_CASTLE, 2, new SeededRandom(4))) {
      NamedGroup hybrid = NamedGroup.X25519MLKEM768;
      KeyExchange client = keys.offer(hybrid, new SeededRandom(5));
      keys.answer(hybrid, new SeededRandom(6)).close();
      keys.makeAhead(); // one of each
      keys.makeAhead();
      KeyExchange ready = keys.offer(hybrid, new SeededRandom(5));
      assertThat(share(ready)).isNotEqualTo(share(client));
      KeyExchange.Answer answer = keys.answer(hybrid, new SeededRandom(6)).answer(ready.share());
      assertThat(ready.agree(answer.share())).isEqualTo(answer.sharedSecret());
    }
  }

  @Test
  void shouldRefuseALimitBelowNone() {
    assertThatThrownBy(
            () -> new PublicKeys(PublicKeyProvider.BOUNCY_CASTLE, -1, new SeededRandom(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
