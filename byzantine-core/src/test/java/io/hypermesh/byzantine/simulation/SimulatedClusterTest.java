package io.hypermesh.byzantine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SimulatedClusterTest {
  @Test
  void shouldOrderRequestsOfCorrectMembers() {
    SimulatedCluster cluster = SimulatedCluster.builder(1).clients(3, 20).build();
    cluster.runUntilDone(Duration.ofSeconds(5));
    assertThat(cluster.executedSequence(0)).isPositive();
    assertThat(cluster.view(0)).isZero();
  }
}
