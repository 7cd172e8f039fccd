package io.hypermesh.byzantine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DivergedStateTest {
  @Test
  void shouldRepairAStateThatDiffersFromTheCertifiedOne() {
    int[] starts = {0};
    SimulatedCluster cluster =
        SimulatedCluster.builder(21)
            .application(
                () -> starts[0]++ == 2 ? new GlitchingApplication(5) : new LedgerApplication())
            // Exempt from the invariants, but it sends what it should.
            .behaviour(2, (self, to, message) -> List.of(new Behaviour.Sending(to, message, 0)))
            .clients(3, 30)
            .build();
    cluster.runUntilDone(Duration.ofSeconds(60));
    cluster.runFor(Duration.ofSeconds(2));
    assertThat(cluster.isRunning(2)).isTrue();
    assertThat(cluster.executedSequence(2)).isEqualTo(cluster.executedSequence(1));
    assertThat(cluster.application(2).stateRoot()).isEqualTo(cluster.application(1).stateRoot());
    assertThat(cluster.evidence(1)).isEmpty();
  }
}
