package io.hypermesh.asset;

import static io.hypermesh.asset.AssetState.ALLOCATED;
import static io.hypermesh.asset.AssetState.AVAILABLE;
import static io.hypermesh.asset.AssetState.FAILED;
import static io.hypermesh.asset.AssetState.IN_USE;
import static io.hypermesh.asset.AssetState.MAINTENANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AssetStateTest {
  private static final Map<AssetState, Set<AssetState>> PUBLISHED =
      Map.of(
          AVAILABLE, Set.of(ALLOCATED, MAINTENANCE, FAILED),
          ALLOCATED, Set.of(AVAILABLE, IN_USE, FAILED),
          IN_USE, Set.of(AVAILABLE, ALLOCATED, FAILED),
          MAINTENANCE, Set.of(AVAILABLE, FAILED),
          FAILED, Set.of(MAINTENANCE));

  @Test
  void shouldAllowExactlyThePublishedTransitions() {
    for (AssetState from : AssetState.values()) {
      assertThat(from.successors()).isEqualTo(PUBLISHED.get(from));
      for (AssetState to : AssetState.values()) {
        assertThat(from.canBecome(to))
            .as("%s to %s", from, to)
            .isEqualTo(PUBLISHED.getOrDefault(from, Set.of()).contains(to));
      }
    }
  }

  @Test
  void shouldKeepTheIdsOfTheWireFormat() throws DecodingException {
    List<AssetState> states = List.of(AVAILABLE, ALLOCATED, IN_USE, MAINTENANCE, FAILED);
    for (int id = 0; id < states.size(); id++) {
      assertThat(AssetState.fromId(id)).isEqualTo(states.get(id));
      assertThat(states.get(id).id()).isEqualTo(id);
    }
    List<AssetType> types =
        List.of(
            AssetType.CPU,
            AssetType.GPU,
            AssetType.MEMORY,
            AssetType.STORAGE,
            AssetType.NETWORK,
            AssetType.CONTAINER);
    for (int id = 0; id < types.size(); id++) {
      assertThat(AssetType.fromId(id)).isEqualTo(types.get(id));
      assertThat(types.get(id).id()).isEqualTo(id);
      assertThat(AssetType.fromLabel(types.get(id).label())).isEqualTo(types.get(id));
    }
    List<PrivacyLevel> levels =
        List.of(
            PrivacyLevel.PRIVATE,
            PrivacyLevel.PRIVATE_NETWORK,
            PrivacyLevel.P2P,
            PrivacyLevel.PUBLIC_NETWORK,
            PrivacyLevel.FULL_PUBLIC);
    for (int id = 0; id < levels.size(); id++) {
      assertThat(PrivacyLevel.fromId(id)).isEqualTo(levels.get(id));
      assertThat(CapacityUnit.fromId(id).id()).isEqualTo(id);
    }
  }

  @Test
  void shouldRefuseUnknownIds() {
    for (int id : new int[] {-1, 6, 255}) {
      assertThatThrownBy(() -> AssetState.fromId(id)).isInstanceOf(DecodingException.class);
      assertThatThrownBy(() -> AssetType.fromId(id)).isInstanceOf(DecodingException.class);
      assertThatThrownBy(() -> PrivacyLevel.fromId(id)).isInstanceOf(DecodingException.class);
      assertThatThrownBy(() -> CapacityUnit.fromId(id)).isInstanceOf(DecodingException.class);
    }
    assertThatThrownBy(() -> AssetType.fromLabel("disk")).hasMessageContaining("disk");
  }

  @Test
  void shouldPrintTheNamesOfTheField() {
    assertThat(AssetState.values())
        .extracting(AssetState::label)
        .containsExactly("Available", "Allocated", "InUse", "Maintenance", "Failed");
  }
}
