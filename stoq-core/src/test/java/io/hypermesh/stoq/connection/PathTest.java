package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class PathTest {
  private static final InetSocketAddress FIRST = SimulatedPair.address(1);
  private static final InetSocketAddress SECOND = SimulatedPair.address(2);

  @Test
  void shouldAllowThreeTimesWhatCameUntilValidated() {
    Path path = new Path(FIRST, false);
    assertThat(path.allowance()).isZero();
    path.onReceived(FIRST, 1_200);
    path.onReceived(SECOND, 5_000);
    assertThat(path.allowance()).isEqualTo(3_600);
    path.onSent(3_000);
    assertThat(path.allowance()).isEqualTo(600);
    path.onSent(1_000);
    assertThat(path.allowance()).isZero();
    path.validate();
    assertThat(path.allowance()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldMoveAndBeValidatedByTheAnswer() {
    Path path = new Path(FIRST, true);
    path.migrate(SECOND, 100, 42, 1_000);
    assertThat(path.remote()).isEqualTo(SECOND);
    assertThat(path.allowance()).isEqualTo(300);
    assertThat(path.isChallengeOwed()).isTrue();
    path.onChallengeSent();
    assertThat(path.onResponse(41)).isFalse();
    assertThat(path.onResponse(42)).isTrue();
    assertThat(path.isValidated()).isTrue();
    assertThat(path.deadlineNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(path.onResponse(42)).as("an answer to nothing").isFalse();
  }

  @Test
  void shouldGoBackWhenNoAnswerComes() {
    Path path = new Path(FIRST, true);
    path.migrate(SECOND, 100, 42, 1_000);
    path.onChallengeSent();
    path.onChallengeLost();
    assertThat(path.isChallengeOwed()).isTrue();
    assertThat(path.onTimeout()).isTrue();
    assertThat(path.remote()).isEqualTo(FIRST);
    assertThat(path.isValidated()).isTrue();
    path.onChallengeLost();
    assertThat(path.isChallengeOwed()).isFalse();
  }

  @Test
  void shouldNotLoseTheValidAddressInASecondMove() {
    Path path = new Path(FIRST, true);
    path.migrate(SECOND, 100, 42, 1_000);
    path.migrate(SimulatedPair.address(3), 100, 43, 2_000);
    assertThat(path.onTimeout()).isTrue();
    assertThat(path.remote()).isEqualTo(FIRST);
    path.migrate(SECOND, 100, 44, 3_000);
    path.migrate(FIRST, 100, 45, 3_000);
    assertThat(path.isValidated()).as("back where it was").isTrue();
    assertThat(path.isChallenging()).isFalse();
  }

  @Test
  void shouldBoundTheAnswersThatItOwes() {
    Path path = new Path(FIRST, true);
    for (int i = 0; i < 100; i++) {
      path.oweResponse(FIRST, i);
    }
    int owed = 0;
    for (; path.peekResponse() != null; owed++) {
      assertThat(path.peekResponse().data()).isEqualTo(100 - Path.RESPONSES_MAX + owed);
      path.onResponseSent();
    }
    assertThat(owed).isEqualTo(Path.RESPONSES_MAX);
  }
}
