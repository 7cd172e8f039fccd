package io.hypermesh.byzantine.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Progress;
import io.hypermesh.byzantine.ReplicaSettings;
import io.hypermesh.byzantine.ReplyCertificate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatedClusterTest {
  private static final Duration BOUND = Duration.ofSeconds(60);

  @Test
  void shouldOrderRequestsOfCorrectMembersWithoutAViewChange() {
    SimulatedCluster cluster = SimulatedCluster.builder(1).clients(3, 20).build();
    cluster.runUntilDone(Duration.ofSeconds(5));
    for (int i = 0; i < 4; i++) {
      assertThat(cluster.view(i)).isZero();
      assertThat(((LedgerApplication) cluster.application(i)).count()).isEqualTo(60);
    }
    assertThat(cluster.events(Event.CheckpointStable.class)).isPositive();
    assertThat(cluster.progress(0).waitsFor()).isEqualTo(Progress.WaitsFor.REQUESTS);
  }

  @Test
  void shouldReplayARunExactlyFromItsSeed() {
    List<Long> traces = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      SimulatedCluster cluster = Schedule.of(12_345, 4).run();
      traces.add(31 * (31 * cluster.steps() + cluster.bytes()) + cluster.now().toNanos());
    }
    assertThat(traces.get(0)).isEqualTo(traces.get(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 7, 10})
  void shouldChangeTheViewWhenTheFirstFPrimariesAreSilent(int members) {
    ClusterSetup setup = SimulatedCluster.builder(2).members(members).clients(2, 5);
    int faults = (members - 1) / 3;
    for (int i = 0; i < faults; i++) {
      setup.behaviour(i, Behaviours.silent());
    }
    SimulatedCluster cluster = setup.build();
    cluster.runUntilDone(BOUND);
    assertThat(cluster.view(members - 1)).isGreaterThanOrEqualTo(faults);
    assertThat(cluster.evidence(members - 1)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 7, 10})
  void shouldIsolateAPrimaryThatEquivocatesAndGoOn(int members) {
    SimulatedCluster cluster =
        SimulatedCluster.builder(3)
            .members(members)
            .clients(2, 10)
            .behaviour(0, Behaviours.equivocate())
            .build();
    cluster.runFor(Duration.ofMillis(100));
    for (int i = 1; i < members; i++) {
      assertThat(cluster.isolated(i)).as("at %d after 100 ms", i).containsExactly(0);
      Evidence evidence = cluster.evidence(i).getFirst();
      assertThat(evidence.kind()).isEqualTo(Evidence.Kind.DOUBLE_PROPOSAL);
      assertThat(cluster.view(i)).isEqualTo(1);
    }
    cluster.runUntilDone(BOUND);
  }

  @Test
  void shouldConvictWhoVotesTwiceAndKeepItsPrimary() {
    SimulatedCluster cluster =
        SimulatedCluster.builder(4).clients(2, 10).behaviour(2, Behaviours.voteTwice()).build();
    cluster.runUntilDone(BOUND);
    assertThat(cluster.isolated(1)).containsExactly(2);
    assertThat(cluster.view(1)).isZero();
  }

  @Test
  void shouldConvictWhoContradictsItsCheckpoints() {
    SimulatedCluster cluster =
        SimulatedCluster.builder(5)
            .clients(2, 20)
            .behaviour(2, Behaviours.contradictCheckpoints())
            .build();
    cluster.runUntilDone(BOUND);
    assertThat(cluster.evidence(0).getFirst().kind())
        .isEqualTo(Evidence.Kind.CONTRADICTORY_CHECKPOINT);
  }

  @Test
  void shouldConvictWhoHidesItsCertificateInAViewChange() {
    SimulatedCluster cluster =
        SimulatedCluster.builder(6)
            .clients(2, 20)
            .behaviour(3, Behaviours.lieInViewChanges())
            .build();
    cluster.at(Duration.ofMillis(60), () -> cluster.crash(0));
    cluster.at(Duration.ofSeconds(2), () -> cluster.restart(0));
    cluster.runUntilDone(BOUND);
    assertThat(cluster.evidence(1).getFirst().kind())
        .isEqualTo(Evidence.Kind.CONCEALED_CERTIFICATE);
  }

  @Test
  void shouldNotLetForgeriesConvictAnybody() {
    SimulatedCluster cluster =
        SimulatedCluster.builder(7).clients(2, 20).behaviour(1, Behaviours.forge()).build();
    cluster.runUntilDone(BOUND);
    assertThat(cluster.events(Event.EvidenceFound.class)).isZero();
  }

  @Test
  void shouldComeBackAfterACrashOfAll() {
    SimulatedCluster cluster =
        SimulatedCluster.builder(8).clients(3, 30).thinkTimeMax(Duration.ofMillis(50)).build();
    for (int round = 1; round <= 5; round++) {
      Duration time = Duration.ofMillis(200L * round);
      for (int i = 0; i < 4; i++) {
        int member = i;
        int outputs = 3 * round + i;
        cluster.at(time, () -> cluster.crashAfterOutputs(member, outputs));
        cluster.at(time.plusMillis(100), () -> cluster.crash(member));
        cluster.at(time.plusMillis(120), () -> cluster.restart(member));
      }
    }
    cluster.runUntilDone(BOUND);
    assertThat(((LedgerApplication) cluster.application(0)).count()).isEqualTo(90);
  }

  @Test
  void shouldBringALaggingReplicaUpByStateTransferThoughOneSourceLies() {
    SimulatedCluster cluster =
        SimulatedCluster.builder(9).clients(6, 20).behaviour(2, Behaviours.lieAboutState()).build();
    cluster.at(Duration.ofMillis(10), () -> cluster.partition(0, 0, 0, 1));
    cluster.at(Duration.ofMillis(1_500), cluster::heal);
    cluster.runFor(Duration.ofMillis(1_500));
    long ahead = cluster.executedSequence(0);
    assertThat(cluster.executedSequence(3)).isLessThan(ahead - 16);
    cluster.runUntilDone(BOUND);
    assertThat(cluster.events(Event.StateTransferred.class)).isPositive();
    assertThat(cluster.executedSequence(3)).isGreaterThanOrEqualTo(ahead);
  }

  @Test
  void shouldTruncateItsLogAtCheckpoints() {
    SimulatedCluster cluster = SimulatedCluster.builder(10).clients(2, 150).build();
    cluster.runUntilDone(BOUND);
    assertThat(cluster.executedSequence(0)).isGreaterThan(100);
    for (int i = 0; i < 4; i++) {
      assertThat(cluster.logRecords(i)).isLessThan(100);
    }
  }

  @Test
  void shouldPushBackWhenItsQueueIsFullAndServeEverybodyInTheEnd() {
    ReplicaSettings settings =
        ReplicaSettings.builder()
            .pendingRequestsMax(2)
            .batchRequestsMax(1)
            .checkpointInterval(8)
            .pipelineWindow(1)
            .statusInterval(Duration.ofMillis(60))
            .build();
    SimulatedCluster cluster =
        SimulatedCluster.builder(11).settings(settings).clients(20, 3).build();
    cluster.runUntilDone(BOUND);
    assertThat(((LedgerApplication) cluster.application(0)).count()).isEqualTo(60);
  }

  @Test
  void shouldSayWhatItWaitsForWhenTooManyAreDown() {
    SimulatedCluster cluster =
        SimulatedCluster.builder(12).clients(1, 50).thinkTimeMax(Duration.ofMillis(50)).build();
    cluster.runFor(Duration.ofMillis(100));
    cluster.crash(2);
    cluster.crash(3);
    assertThatThrownBy(() -> cluster.runUntilDone(Duration.ofSeconds(5)))
        .isInstanceOf(InvariantViolation.class)
        .hasMessageContaining("seed 12")
        .hasMessageContaining("progress:");
    assertThat(cluster.progress(0).waitsFor()).isEqualTo(Progress.WaitsFor.VIEW_CHANGES);
    assertThat(cluster.progress(0).missing()).contains(2, 3);
    cluster.restart(2);
    cluster.runUntilDone(BOUND);
  }

  @Test
  void shouldHoldWithEd25519() throws Exception {
    SimulatedCluster cluster =
        SimulatedCluster.builder(13)
            .signatures(
                name ->
                    Ed25519.signer(
                        io.hypermesh.byzantine.Digest.sha256(name.getBytes(StandardCharsets.UTF_8))
                            .bytes()),
                Ed25519.verifier())
            .clients(2, 5)
            .behaviour(0, Behaviours.equivocate())
            .build();
    cluster.runUntilDone(BOUND);
    assertThat(cluster.isolated(1)).containsExactly(0);
    ReplyCertificate reply = ReplyCertificate.decode(cluster.lastReply(0).encode());
    assertThat(reply.verify(cluster.membership(), Ed25519.verifier())).isTrue();
    byte[] damaged = reply.encode();
    damaged[damaged.length - 1] ^= 1;
    assertThat(ReplyCertificate.decode(damaged).verify(cluster.membership(), Ed25519.verifier()))
        .isFalse();
  }

  @Test
  void shouldOrderWithAHundredMembersOfWhomAThirdAreSilent() {
    ClusterSetup setup = SimulatedCluster.builder(14).members(100).clients(1, 2);
    for (int i = 67; i < 100; i++) {
      setup.behaviour(i, Behaviours.silent());
    }
    SimulatedCluster cluster = setup.build();
    cluster.runUntilDone(Duration.ofSeconds(5));
    assertThat(cluster.executedSequence(0)).isPositive();
  }
}
