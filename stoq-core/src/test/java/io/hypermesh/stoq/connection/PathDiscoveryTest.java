package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.connection.SimulatedPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.simulation.Bottleneck;
import io.hypermesh.stoq.simulation.EcnTreatment;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connection finds out about its path: its MTU, and whether it carries ECN. */
class PathDiscoveryTest {
  private static final LinkConditions PERFECT = LinkConditions.PERFECT;

  private static SimulatedPair connected(
      LinkConditions conditions, Consumer<ConnectionSettings.Builder> change) {
    SimulatedPair pair = new SimulatedPair(88, conditions, change);
    pair.client.capacity = 65_527;
    pair.server.capacity = 65_527;
    assertThat(pair.connect()).isTrue();
    return pair;
  }

  private static int mtu(SimulatedPeer peer) {
    return peer.connection.path().mtu().currentBytes();
  }

  private static EcnValidation.State ecn(SimulatedPeer peer) {
    return peer.connection.path().ecn().state();
  }

  private static void transfer(SimulatedPair pair, long bytes) {
    pair.client.bytesPerStream = bytes;
    int ended = pair.server.streamsEnded;
    pair.client.open(false, pair.network.nowNanos());
    assertThat(pair.runUntil(() -> pair.server.streamsEnded > ended, 120)).isTrue();
    assertThat(pair.server.wrong).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1_280, 1_400, 1_500, 9_000})
  void shouldFindTheMtuOnAnIdleConnection(int mtu) {
    SimulatedPair pair = connected(PERFECT.withMtu(mtu), settings -> {});
    pair.network.runFor(20 * SECOND);
    int best = Math.min(1_452, mtu - LinkConditions.HEADER_BYTES);
    assertThat(mtu(pair.client)).isBetween(best - 32, best);
    assertThat(mtu(pair.server)).isBetween(best - 32, best);
    // Probes that vanish are no congestion (RFC 9000, 14.4).
    assertThat(pair.client.connection.recovery().congestionWindowBytes())
        .isGreaterThanOrEqualTo(12_000);
  }

  @Test
  void shouldGrowToJumboDatagramsUnderLoad() {
    SimulatedPair pair =
        connected(PERFECT.withMtu(9_000), settings -> settings.datagramSendBytes(65_527));
    transfer(pair, 5_000_000);
    pair.network.runFor(20 * SECOND);
    assertThat(mtu(pair.client)).isBetween(8_900, 8_952);
  }

  @Test
  void shouldReachTheLargestDatagramThereIs() {
    SimulatedPair pair = connected(PERFECT, settings -> settings.datagramSendBytes(65_527));
    transfer(pair, 10_000_000);
    assertThat(mtu(pair.client)).isEqualTo(65_527);
  }

  @Test
  void shouldRespectWhatThePeerTakes() {
    SimulatedPair pair = connected(PERFECT, settings -> settings.datagramReceiveBytesMax(1_300));
    transfer(pair, 1_000_000);
    assertThat(mtu(pair.client)).isEqualTo(1_300);
  }

  @ParameterizedTest
  @ValueSource(ints = {1_280, 1_300})
  void shouldRecoverWhenThePathStopsCarryingLargeDatagrams(int mtu) {
    SimulatedPair pair = connected(PERFECT.withMtu(1_500), settings -> {});
    transfer(pair, 200_000);
    assertThat(mtu(pair.client)).isEqualTo(1_452);
    pair.client.bytesPerStream = 3_000_000;
    pair.client.open(false, pair.network.nowNanos());
    pair.network.runFor(SECOND / 20);
    pair.network.setConditions(PERFECT.withMtu(mtu));
    assertThat(pair.runUntil(() -> pair.server.streamsEnded == 2, 20)).isTrue();
    assertThat(pair.server.wrong).isEmpty();
    assertThat(mtu(pair.client)).isBetween(1_200, mtu - LinkConditions.HEADER_BYTES);
    assertThat(pair.client.connection.path().mtu().blackHoles()).isEqualTo(1);
  }

  // ---- ECN ----

  @ParameterizedTest
  @CsvSource({"KEPT, CAPABLE", "BLEACHED, FAILED", "MANGLED, FAILED", "ALL_MARKED, FAILED"})
  void shouldValidateEcn(EcnTreatment treatment, EcnValidation.State expected) {
    SimulatedPair pair =
        connected(
            PERFECT.withEcn(treatment),
            settings -> settings.paths(PathSettings.DEFAULTS.withEcn(true)));
    transfer(pair, 500_000);
    assertThat(ecn(pair.client)).isEqualTo(expected);
    assertThat(pair.client.closeReason()).isNull();
  }

  @ParameterizedTest
  @EnumSource(EcnTreatment.class)
  void shouldMarkNothingUnlessAsked(EcnTreatment treatment) {
    SimulatedPair pair = connected(PERFECT.withEcn(treatment), settings -> {});
    pair.network.setFilter((datagram, number) -> {
      assertThat(datagram.ecn()).isZero();
      return true;
    });
    transfer(pair, 100_000);
    assertThat(ecn(pair.client)).isEqualTo(EcnValidation.State.OFF);
  }

  @Test
  void shouldConnectThoughMarkedPacketsVanish() {
    SimulatedPair pair =
        new SimulatedPair(
            89, PERFECT, settings -> settings.paths(PathSettings.DEFAULTS.withEcn(true)));
    pair.network.setFilter((datagram, number) -> datagram.ecn() == 0);
    assertThat(pair.connect()).isTrue();
    transfer(pair, 100_000);
    // What was marked in the handshake may be forgotten with its keys, neither lost nor not.
    assertThat(ecn(pair.client)).isIn(EcnValidation.State.UNKNOWN, EcnValidation.State.FAILED);
  }

  @Test
  void shouldSlowDownForMarksBeforeAnythingIsLost() {
    Bottleneck narrow = Bottleneck.ofMegabits(20, 400).withMarking(30_000);
    SimulatedPair pair =
        connected(
            PERFECT.withBottleneck(narrow),
            settings -> settings.paths(PathSettings.DEFAULTS.withEcn(true)));
    transfer(pair, 5_000_000);
    assertThat(ecn(pair.client)).isEqualTo(EcnValidation.State.CAPABLE);
    assertThat(pair.client.connection.recovery().lostPacketCount()).isZero();
    assertThat(pair.client.connection.recovery().congestionWindowBytes()).isLessThan(200_000);
  }
}
