package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.simulation.LinkConditions;
import org.junit.jupiter.api.Test;

class ConnectionTest {
  @Test
  void shouldEstablishWithCertificatesOnBothSides() {
    SimulatedPair pair = new SimulatedPair(1, LinkConditions.PERFECT);

    assertThat(pair.connect())
        .as("client " + pair.client.events + " server " + pair.server.events)
        .isTrue();
    assertThat(pair.network.nowNanos()).isLessThanOrEqualTo(40_000_000L);
  }
}
