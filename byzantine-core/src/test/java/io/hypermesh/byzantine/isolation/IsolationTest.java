package io.hypermesh.byzantine.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.TestCluster;
import org.junit.jupiter.api.Test;

class IsolationTest {
  private final TestCluster cluster = new TestCluster(4);

  private Evidence against(int replica) throws ProtocolException {
    return Evidence.of(
        cluster.sign(replica, 0, 1, new Payload.Commit(TestCluster.digest(1))).signed().encode(),
        cluster.sign(replica, 0, 1, new Payload.Commit(TestCluster.digest(2))).signed().encode());
  }

  @Test
  void shouldIsolateUpToFAndRefuseMore() throws ProtocolException {
    Isolation isolation = new Isolation(cluster.membership);
    assertThat(isolation.convict(against(2))).isEqualTo(Isolation.Outcome.ISOLATED);
    assertThat(isolation.convict(against(2))).isEqualTo(Isolation.Outcome.KNOWN);
    assertThat(isolation.convict(against(1))).isEqualTo(Isolation.Outcome.REFUSED);
    assertThat(isolation.isolated()).containsExactly(2);
    assertThat(isolation.convicted()).containsExactly(1, 2);
    assertThat(isolation.isIsolated(1)).isFalse();
    assertThat(isolation.evidence()).hasSize(2);
  }
}
