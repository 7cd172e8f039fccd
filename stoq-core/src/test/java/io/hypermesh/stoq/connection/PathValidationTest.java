package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.PathValidation.Proof;
import org.junit.jupiter.api.Test;

class PathValidationTest {
  private final PathValidation validation = new PathValidation();

  @Test
  void shouldBeProvenByTheAnswerToAFullChallengeOnly() {
    validation.start(100, 1_000, 0);
    assertThat(validation.isOwed()).isTrue();
    validation.onSent(42, true, 0);
    assertThat(validation.isOwed()).isFalse();
    assertThat(validation.onResponse(41, 10)).isEqualTo(Proof.NONE);
    assertThat(validation.onResponse(42, 10)).isEqualTo(Proof.PATH);
    assertThat(validation.isRunning()).isFalse();
    assertThat(validation.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(validation.onResponse(42, 11)).as("an answer to nothing").isEqualTo(Proof.NONE);
  }

  /** RFC 9000, 8.2.1. */
  @Test
  void shouldAskOnceMoreAfterAShortChallenge() {
    validation.start(100, 1_000, 0);
    validation.onSent(1, false, 0);
    assertThat(validation.onResponse(1, 50)).isEqualTo(Proof.ADDRESS);
    assertThat(validation.isOwed()).isTrue();
    validation.onSent(2, true, 60);
    assertThat(validation.onResponse(1, 70)).as("the first once more").isEqualTo(Proof.NONE);
    assertThat(validation.onResponse(2, 80)).isEqualTo(Proof.PATH);
  }

  @Test
  void shouldRepeatTheChallengeMoreAndMoreRarelyAndTakeAnyAnswer() {
    validation.start(100, 1_000, 0);
    validation.onSent(1, true, 0);
    assertThat(validation.nextDeadlineNanos()).isEqualTo(100);
    assertThat(validation.onTimeout(100)).isFalse();
    assertThat(validation.isOwed()).isTrue();
    validation.onSent(2, true, 100);
    assertThat(validation.nextDeadlineNanos()).isEqualTo(300);
    assertThat(validation.onTimeout(300)).isFalse();
    validation.onSent(3, true, 300);
    assertThat(validation.onResponse(1, 400)).isEqualTo(Proof.PATH);
  }

  @Test
  void shouldGiveUpInTime() {
    validation.start(100, 1_000, 5);
    validation.onSent(1, true, 5);
    assertThat(validation.onTimeout(1_004)).isFalse();
    assertThat(validation.onTimeout(1_005)).isTrue();
    assertThat(validation.isOwed()).isFalse();
    assertThat(validation.onResponse(1, 1_006)).isEqualTo(Proof.NONE);
  }

  @Test
  void shouldKnowTheLastChallengesOnly() {
    validation.start(1, 1_000_000, 0);
    for (int i = 0; i <= PathValidation.CHALLENGES_MAX; i++) {
      validation.onSent(i, true, i);
    }
    assertThat(validation.onResponse(0, 50)).isEqualTo(Proof.NONE);
    assertThat(validation.onResponse(1, 50)).isEqualTo(Proof.PATH);
  }
}
