package io.hypermesh.byzantine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MembershipTest {
  private static byte[] key(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private static Membership.Builder builder(String cluster, int members) {
    Membership.Builder builder = Membership.builder(cluster);
    for (int i = 0; i < members; i++) {
      builder.add("member " + i, key("key " + i));
    }
    return builder;
  }

  @ParameterizedTest
  @CsvSource({"4,1,3,2", "7,2,5,3", "10,3,7,4", "100,33,67,34"})
  void shouldCountQuorums(int members, int faults, int quorum, int weak) {
    Membership membership = builder("c", members).build();
    assertThat(membership.faultsMax()).isEqualTo(faults);
    assertThat(membership.quorum()).isEqualTo(quorum);
    assertThat(membership.weakQuorum()).isEqualTo(weak);
    assertThat(membership.primary(members + 2)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 5, 6, 8, 1_003})
  void shouldRefuseOtherSizesThan3fPlus1(int members) {
    assertThatThrownBy(builder("c", members)::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Integer.toString(members));
  }

  @Test
  void shouldRefuseOneKeyTwiceAndKeysAndNamesOutsideTheirLimits() {
    Membership.Builder builder = builder("c", 2);
    assertThatThrownBy(() -> builder.add("again", key("key 1")))
        .hasMessageContaining("one key is one member");
    assertThatThrownBy(() -> builder.add("empty", new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.add("long", new byte[Verifier.PUBLIC_KEY_BYTES_MAX + 1]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.add("n".repeat(256), key("new")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Membership.builder("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.epoch(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldNameTheConfigurationByAllThatItIs() {
    Membership membership = builder("c", 4).build();
    assertThat(membership).isEqualTo(builder("c", 4).build());
    assertThat(membership).isNotEqualTo(builder("d", 4).build());
    assertThat(membership).isNotEqualTo(builder("c", 7).build());
    Membership later = builder("c", 4).epoch(1).build();
    assertThat(later).isNotEqualTo(membership);
    assertThat(later.clusterId()).isEqualTo(membership.clusterId());
  }

  @Test
  void shouldVerifyNothingForAnUnknownMember() {
    Membership membership = builder("c", 4).build();
    assertThat(membership.verify((key, message, signature) -> true, 4, new byte[1], new byte[1]))
        .isFalse();
    assertThat(membership.verify((key, message, signature) -> true, -1, new byte[1], new byte[1]))
        .isFalse();
  }
}
