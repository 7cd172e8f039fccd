package io.hypermesh.byzantine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.Rules;
import io.hypermesh.byzantine.message.SignedStatement;
import io.hypermesh.byzantine.message.TestCluster;
import org.junit.jupiter.api.Test;

class CheckpointVotesTest {
  private final TestCluster cluster = new TestCluster(4);
  private final CheckpointVotes votes = new CheckpointVotes(3, 8);

  private SignedStatement vote(int replica, long sequence, int state) {
    Digest root = TestCluster.digest(state);
    return cluster.sign(replica, 0, sequence, new Payload.Checkpoint(root, root, root)).signed();
  }

  @Test
  void shouldCertifyWhatAQuorumSays() {
    assertThat(votes.add(vote(0, 8, 1), 0, 100)).isNull();
    assertThat(votes.add(vote(1, 8, 2), 0, 100)).isNull();
    assertThat(votes.add(vote(2, 8, 1), 0, 100)).isNull();
    assertThat(votes.add(vote(2, 8, 1), 0, 100)).isNull();
    Certificate certificate = votes.add(vote(3, 8, 1), 0, 100);
    assertThat(certificate).isNotNull();
    assertThat(certificate.verify(cluster.membership, cluster.keys, Rules.STANDARD)).isTrue();
    assertThat(certificate.checkpoint().stateRoot()).isEqualTo(TestCluster.digest(1));
  }

  @Test
  void shouldIgnoreWhatLiesOutsideTheWindowOrBetweenCheckpoints() {
    for (int replica = 0; replica < 4; replica++) {
      assertThat(votes.add(vote(replica, 9, 1), 0, 100)).isNull();
      assertThat(votes.add(vote(replica, 800, 1), 0, 100)).isNull();
      assertThat(votes.add(vote(replica, 8, 1), 8, 100)).isNull();
    }
  }

  @Test
  void shouldCountNobodyTwice() {
    for (int state = 1; state < 9; state++) {
      assertThat(votes.add(vote(0, 8, state), 0, 100)).isNull();
    }
    assertThat(votes.add(vote(1, 8, 8), 0, 100)).isNull();
    assertThat(votes.add(vote(2, 8, 8), 0, 100)).isNull();
  }
}
