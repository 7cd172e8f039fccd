package io.hypermesh.asset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.Digest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class AssetDescriptorProperties {
  @Provide
  Arbitrary<AssetDescriptor> descriptors() {
    Arbitrary<String> texts = Arbitraries.strings().ofMaxLength(20).filter(this::isUnicode);
    return Combinators.combine(
            Arbitraries.of(AssetType.values()),
            texts.filter(text -> !text.isEmpty()),
            Arbitraries.bytes().array(byte[].class).ofSize(32).map(Digest::of),
            Arbitraries.longs().greaterOrEqual(0),
            Arbitraries.maps(texts, texts).ofMaxSize(5))
        .as((type, name, fingerprint, amount, attributes) ->
            new AssetDescriptor(
                type,
                name,
                fingerprint,
                new Capacity(amount, type.unit()),
                new TreeMap<>(attributes)));
  }

  private boolean isUnicode(String text) {
    return text.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff);
  }

  @Property(tries = 300)
  void shouldDecodeWhatItEncodes(@ForAll("descriptors") AssetDescriptor descriptor)
      throws DecodingException {
    AssetDescriptor decoded = AssetDescriptor.decode(descriptor.encode());
    assertThat(decoded).isEqualTo(descriptor);
    assertThat(decoded.encode()).isEqualTo(descriptor.encode());
    assertThat(decoded.digest()).isEqualTo(descriptor.digest());
  }

  @Property(tries = 2_000)
  void shouldRefuseRandomBytes(@ForAll byte[] bytes) {
    assertThatThrownBy(() -> AssetDescriptor.decode(bytes)).isInstanceOf(DecodingException.class);
  }

  @Property(tries = 500)
  void shouldRefuseOrReadExactlyWhatIsThereAfterAMutation(
      @ForAll("descriptors") AssetDescriptor descriptor, @ForAll int place, @ForAll byte value) {
    byte[] mutated = descriptor.encode();
    mutated[Math.floorMod(place, mutated.length)] = value;
    try {
      assertThat(AssetDescriptor.decode(mutated).encode()).isEqualTo(mutated);
    } catch (DecodingException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  @Property(tries = 300)
  void shouldRefuseEveryPrefix(
      @ForAll("descriptors") AssetDescriptor descriptor, @ForAll @IntRange(max = 10_000) int cut) {
    byte[] whole = descriptor.encode();
    byte[] prefix = Arrays.copyOf(whole, cut % whole.length);
    assertThatThrownBy(() -> AssetDescriptor.decode(prefix)).isInstanceOf(DecodingException.class);
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertThatThrownBy(() -> AssetDescriptor.decode(longer)).isInstanceOf(DecodingException.class);
  }

  @Example
  void shouldEncodeTheSameWhateverTheOrderOfTheAttributes() {
    TreeMap<String, String> reversed = new TreeMap<>(Comparator.reverseOrder());
    reversed.putAll(Map.of("a", "1", "b", "2"));
    AssetDescriptor one = cpu("x", new TreeMap<>(Map.of("a", "1", "b", "2")));
    assertThat(cpu("x", reversed).digest()).isEqualTo(one.digest());
  }

  @Example
  void shouldReachItsLimits() {
    cpu("x".repeat(AssetDescriptor.NAME_BYTES_MAX), new TreeMap<>());
    assertThatThrownBy(() -> cpu("x".repeat(AssetDescriptor.NAME_BYTES_MAX + 1), new TreeMap<>()))
        .hasMessageContaining("limit 255");
    assertThatThrownBy(() -> cpu("", new TreeMap<>())).hasMessageContaining("empty");
    TreeMap<String, String> many = new TreeMap<>();
    for (int i = 0; i < AssetDescriptor.ATTRIBUTES_MAX; i++) {
      many.put("k" + i, "");
    }
    cpu("x", many);
    many.put("one more", "");
    assertThatThrownBy(() -> cpu("x", many)).hasMessageContaining("limit 32");
    TreeMap<String, String> big =
        new TreeMap<>(Map.of("k", "v".repeat(AssetDescriptor.ATTRIBUTE_BYTES_MAX + 1)));
    assertThatThrownBy(() -> cpu("x", big)).hasMessageContaining("limit 512");
    assertThatThrownBy(() ->
            new AssetDescriptor(
                AssetType.CPU,
                "x",
                Digest.ZERO,
                new Capacity(1, CapacityUnit.BYTES),
                new TreeMap<>()))
        .hasMessageContaining("MILLI_CPU");
  }

  @Property
  void shouldNeitherMakeNorLoseCapacity(
      @ForAll @IntRange(min = 0) int whole, @ForAll @IntRange(min = 0) int part) {
    Capacity all = new Capacity(whole, CapacityUnit.BYTES);
    Capacity taken = new Capacity(part, CapacityUnit.BYTES);
    if (part <= whole) {
      assertThat(all.minus(taken).plus(taken)).isEqualTo(all);
    } else {
      assertThatThrownBy(() -> all.minus(taken)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> all.plus(new Capacity(1, CapacityUnit.INSTANCES)))
        .hasMessageContaining("couldn't combine");
    assertThatThrownBy(() ->
            new Capacity(Long.MAX_VALUE, CapacityUnit.BYTES)
                .plus(new Capacity(1, CapacityUnit.BYTES)))
        .isInstanceOf(ArithmeticException.class);
  }

  private static AssetDescriptor cpu(String name, SortedMap<String, String> attributes) {
    return new AssetDescriptor(
        AssetType.CPU, name, Digest.ZERO, new Capacity(1, CapacityUnit.MILLI_CPU), attributes);
  }
}
