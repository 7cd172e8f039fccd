package io.hypermesh.trustchain.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class VerificationCacheProperties {
  @Test
  void shouldRememberNoMoreThanItsPlacesHoweverMuchComes() {
    VerificationCache<Integer> cache = new VerificationCache<>();
    for (int i = 0; i < 20 * VerificationCache.ENTRIES_MAX; i++) {
      byte[] key = key(i);
      assertThat(cache.find(key)).isNull();
      cache.remember(key, i);
      assertThat(cache.find(key)).isEqualTo(i);
    }
    assertThat(cache.size()).isEqualTo(VerificationCache.ENTRIES_MAX);
  }

  @Test
  void shouldNotTakeAKeyForAnotherInTheSamePlace() {
    VerificationCache<String> cache = new VerificationCache<>();
    byte[] key = key(1);
    byte[] samePlace = key.clone();
    samePlace[samePlace.length - 1] ^= 1;
    cache.remember(key, "known");
    assertThat(cache.find(samePlace)).isNull();
    cache.remember(samePlace, "other");
    assertThat(cache.find(samePlace)).isEqualTo("other");
    assertThat(cache.find(key)).isNull();
  }

  @Property(tries = 500)
  void shouldGiveDifferentKeysToWhatIsDividedDifferently(
      @ForAll @Size(max = 4) List<byte[]> some, @ForAll @Size(max = 4) List<byte[]> others) {
    boolean same = Arrays.deepEquals(some.toArray(), others.toArray());
    assertThat(Arrays.equals(keyOf(some), keyOf(others))).isEqualTo(same);
  }

  @Property(tries = 200)
  void shouldTellABoundaryThatMoved(@ForAll @Size(min = 1, max = 64) byte[] bytes) {
    byte[] empty = {};
    assertThat(VerificationCache.key(bytes, empty))
        .isNotEqualTo(VerificationCache.key(empty, bytes))
        .isNotEqualTo(VerificationCache.key(bytes))
        .isEqualTo(VerificationCache.key(bytes.clone(), empty.clone()));
  }

  private static byte[] keyOf(List<byte[]> parts) {
    return VerificationCache.key(parts.toArray(new byte[0][]));
  }

  private static byte[] key(int number) {
    return VerificationCache.key(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
  }
}
