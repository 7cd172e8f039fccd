package io.hypermesh.byzantine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.message.Rules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The harness can fail: bugs put in on purpose, each found within a budget of schedules. */
class PlantedBugTest {
  private static final int SCHEDULES_MAX = 120;

  /** The first violation that the bug leads to, in seeds from 0. */
  private static String firstViolation(Function<ClusterSetup, ClusterSetup> bug) {
    List<String> other = new ArrayList<>();
    for (long seed = 0; seed < SCHEDULES_MAX; seed++) {
      try {
        Schedule.of(seed, 4).run(bug.apply(SimulatedCluster.builder(seed)));
      } catch (InvariantViolation e) {
        if (!e.getMessage().contains("progress:")) {
          return e.getMessage();
        }
        other.add(e.getMessage());
      }
    }
    return "none, but " + other;
  }

  @Test
  void shouldFindAQuorumOfOneTooFew() {
    Rules quorumTooSmall =
        new Rules() {
          @Override
          public int quorum(Membership membership) {
            return 2 * membership.faultsMax();
          }
        };
    assertThat(firstViolation(setup -> setup.rules(quorumTooSmall)))
        .containsAnyOf("agreement:", "prefix:", "stopped:", "fairness:");
  }

  @Test
  void shouldFindEvidenceWhoseSignaturesAreNotChecked() {
    Rules unchecked =
        new Rules() {
          @Override
          public boolean checksEvidenceSignatures() {
            return false;
          }
        };
    assertThat(firstViolation(setup -> setup.rules(unchecked).behaviour(0, Behaviours.forge())))
        .contains("fairness:");
  }

  @Test
  void shouldFindVotesThatACrashForgets() {
    assertThat(firstViolation(ClusterSetup::losingPersistedVotes))
        .containsAnyOf("fairness:", "agreement:", "prefix:", "stopped:");
  }

  @Test
  void shouldFindAnApplicationThatIsNotDeterministic() {
    int[] starts = {0};
    SimulatedCluster cluster =
        SimulatedCluster.builder(7)
            .application(
                () -> starts[0]++ == 2 ? new GlitchingApplication(1) : new LedgerApplication())
            .clients(1, 5)
            .build();
    String message = "none";
    try {
      cluster.runUntilDone(Duration.ofSeconds(30));
    } catch (InvariantViolation e) {
      message = e.getMessage();
    }
    assertThat(message).contains("agreement:").contains("different states").contains("seed 7");
  }

  @Test
  void shouldFailInTheSameWayForTheSameSeed() {
    Function<ClusterSetup, ClusterSetup> bug = ClusterSetup::losingPersistedVotes;
    assertThat(firstViolation(bug)).isEqualTo(firstViolation(bug)).doesNotStartWith("none");
  }
}
