package io.hypermesh.byzantine.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.message.TestCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChainTest {
  private final TestCluster cluster = new TestCluster(4);
  private final Digest genesis = cluster.membership.clusterId();
  private final Chain chain = new Chain(genesis);
  private final Block one = cluster.block(0, 1, genesis);
  private final Block two = cluster.block(0, 2, one.hash());
  private final Block three = cluster.block(0, 3, two.hash());

  @Test
  void shouldFindThePathDownToTheLastExecutedBlock() {
    chain.add(three);
    chain.add(one);
    assertThat(chain.walkFrom(three.hash())).isEqualTo(new Chain.Walk.Missing(two.hash()));
    chain.add(two);
    assertThat(chain.walkFrom(three.hash()))
        .isEqualTo(new Chain.Walk.Connected(List.of(one, two, three)));
    chain.execute(one);
    assertThat(chain.walkFrom(three.hash()))
        .isEqualTo(new Chain.Walk.Connected(List.of(two, three)));
  }

  @Test
  void shouldSeeAFork() {
    chain.execute(one);
    Block otherOne = cluster.block(1, 1, genesis);
    Block otherTwo = cluster.block(1, 2, otherOne.hash());
    chain.add(otherTwo);
    assertThat(chain.walkFrom(otherTwo.hash())).isEqualTo(new Chain.Walk.Forked(otherTwo.hash()));
  }

  @Test
  void shouldServeWhatItKeepsAndForgetTheRest() {
    List.of(one, two, three).forEach(chain::execute);
    assertThat(chain.servesFrom(0)).isTrue();
    assertThat(chain.descend(three.hash(), 0, 2, 1_000_000)).containsExactly(three, two);
    assertThat(chain.descend(three.hash(), 0, 9, 1)).containsExactly(three);
    chain.truncate(1);
    assertThat(chain.servesFrom(0)).isFalse();
    assertThat(chain.servesFrom(1)).isTrue();
    assertThat(chain.get(one.hash())).isNull();
    assertThat(chain.executedAbove(2)).containsExactly(three);
  }

  @Test
  void shouldRetainOnlyWhatSomethingRestsOn() {
    Block dead = cluster.block(1, 2, one.hash());
    List.of(one, two, three, dead).forEach(chain::add);
    chain.execute(one);
    chain.execute(two);
    chain.retain(List.of(three.hash()));
    assertThat(chain.get(dead.hash())).isNull();
    assertThat(chain.walkFrom(three.hash())).isInstanceOf(Chain.Walk.Connected.class);
  }

  @Test
  void shouldRetainWhatAQuorumMayHaveCertifiedUntilALaterViewCommits() {
    Block voted = cluster.block(1, 3, two.hash());
    List.of(one, two).forEach(chain::execute);
    chain.add(voted);
    chain.retain(List.of(two.hash()));
    assertThat(chain.get(voted.hash())).isEqualTo(voted);
    assertThat(chain.unexecuted()).containsExactly(voted);
    chain.execute(cluster.block(2, 3, two.hash()));
    chain.retain(List.of());
    assertThat(chain.get(voted.hash())).isNull();
  }

  @Test
  void shouldRetainWhatComesOnTopOfACertifiedState() {
    List.of(one, two, three).forEach(chain::add);
    chain.reset(Chain.Tip.of(two));
    assertThat(chain.unexecuted()).containsExactly(three);
    assertThat(chain.walkFrom(three.hash())).isEqualTo(new Chain.Walk.Connected(List.of(three)));
  }

  @Test
  void shouldBoundWhatItRetainsOfViewsThatAreOver() {
    String payload = "x".repeat(1 << 20);
    Request request = cluster.request(1, payload);
    Digest previous = genesis;
    for (int i = 1; i <= 130; i++) {
      Block block = cluster.block(0, i, previous, request);
      chain.add(block);
      previous = block.hash();
    }
    chain.retain(List.of());
    assertThat(chain.unexecuted()).hasSize(127);
    assertThat(chain.unexecuted().getFirst().sequence()).isEqualTo(1);
  }
}
