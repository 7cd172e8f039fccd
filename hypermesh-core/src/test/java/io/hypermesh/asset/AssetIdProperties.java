package io.hypermesh.asset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.Digest;
import java.nio.ByteBuffer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class AssetIdProperties {
  private static final String CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l1b iQP";

  @Provide
  Arbitrary<Digest> digests() {
    return Arbitraries.bytes().array(byte[].class).ofSize(Digest.BYTES).map(Digest::of);
  }

  @Provide
  Arbitrary<AssetId> ids() {
    return Combinators.combine(
            Arbitraries.of(AssetType.values()), digests().map(OwnerId::new), digests())
        .as(AssetId::derive);
  }

  @Property
  void shouldPrintWhatItParses(@ForAll("ids") AssetId id) throws DecodingException {
    assertThat(AssetId.parse(id.toString())).isEqualTo(id);
    assertThat(id.toString()).startsWith(id.type().label() + "1");
    assertThat(id.high() >>> 56).isEqualTo(0xfd);
  }

  @Property
  void shouldFindAnyWrongCharacter(
      @ForAll("ids") AssetId id, @ForAll @IntRange(max = 39) int place, @ForAll char wrong) {
    String text = id.toString();
    int at = place % text.length();
    char other = CHARACTERS.charAt(wrong % CHARACTERS.length());
    if (other != text.charAt(at)) {
      String damaged = text.substring(0, at) + other + text.substring(at + 1);
      assertThatThrownBy(() -> AssetId.parse(damaged)).isInstanceOf(DecodingException.class);
    }
  }

  @Property
  void shouldFindTwoCharactersInTheWrongOrder(
      @ForAll("ids") AssetId id, @ForAll @IntRange(max = 39) int place) {
    String text = id.toString();
    int at = place % (text.length() - 1);
    if (text.charAt(at) != text.charAt(at + 1)) {
      String swapped =
          text.substring(0, at) + text.charAt(at + 1) + text.charAt(at) + text.substring(at + 2);
      assertThatThrownBy(() -> AssetId.parse(swapped)).isInstanceOf(DecodingException.class);
    }
  }

  @Property
  void shouldRefuseAnyOtherText(@ForAll String text) {
    assertThatThrownBy(() -> AssetId.parse(text)).isInstanceOf(DecodingException.class);
  }

  @Property
  void shouldTakeOnlyBitsThatArePossible(@ForAll long high, @ForAll long low) {
    boolean possible = high >>> 56 == 0xfd && ((high >>> 52) & 0xf) <= 5;
    if (possible) {
      assertThat(new AssetId(high, low).low()).isEqualTo(low);
    } else {
      assertThatThrownBy(() -> AssetId.fromBits(high, low)).isInstanceOf(DecodingException.class);
    }
  }

  @Property
  void shouldDependOnTypeOwnerAndHardware(
      @ForAll("digests") Digest owner, @ForAll("digests") Digest hardware) {
    AssetId id = AssetId.derive(AssetType.CPU, new OwnerId(owner), hardware);
    assertThat(AssetId.derive(AssetType.CPU, new OwnerId(owner), hardware)).isEqualTo(id);
    assertThat(AssetId.derive(AssetType.GPU, new OwnerId(owner), hardware)).isNotEqualTo(id);
    if (!owner.equals(hardware)) {
      assertThat(AssetId.derive(AssetType.CPU, new OwnerId(hardware), owner)).isNotEqualTo(id);
    }
  }

  @Example
  void shouldRefuseAnIdWhoseLabelIsNotItsType() {
    AssetId id = AssetId.derive(AssetType.CPU, OwnerId.NOBODY, Digest.ZERO);
    byte[] data = new byte[15];
    ByteBuffer.allocate(16).putLong(id.high()).putLong(id.low()).get(1, data);
    assertThatThrownBy(() -> AssetId.parse(Bech32.encode("gpu", data)))
        .hasMessageContaining("says gpu and holds cpu");
  }

  @Example
  void shouldComputeTheChecksumOfBip350() {
    // "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", a valid string of BIP 350.
    String alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    String data = "l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx";
    byte[] groups = new byte[data.length()];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = (byte) alphabet.indexOf(data.charAt(i));
    }
    assertThat(Bech32.polymod("abcdef", groups, new byte[0])).isEqualTo(0x2bc830a3);
  }

  @Example
  void shouldOrderByUnsignedBits() {
    AssetId low = new AssetId(0xfd00L << 48, 1);
    AssetId high = new AssetId(0xfd00L << 48, -1);
    assertThat(low).isLessThan(high);
  }
}
