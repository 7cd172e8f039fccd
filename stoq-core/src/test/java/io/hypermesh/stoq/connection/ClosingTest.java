package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.connection.Closing.State;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ClosingTest {
  private static final CloseReason REASON =
      new CloseReason(CloseReason.Origin.LOCAL, true, 1, 0, "why");

  private final Closing closing = new Closing();

  @Test
  void shouldCloseLingerAndBeDrained() {
    closing.close(REASON, 600, 1_000);
    assertThat(closing.state()).isEqualTo(State.CLOSING);
    assertThat(closing.isFrameOwed()).isTrue();
    assertThat(closing.onTimeout(1_599)).isFalse();
    assertThat(closing.onTimeout(1_600)).isTrue();
    assertThat(closing.state()).isEqualTo(State.DRAINED);
    assertThat(closing.onTimeout(9_999)).isFalse();
    assertThat(closing.deadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldSayNothingWhileDraining() {
    closing.drain(REASON, 1_600);
    closing.onPacket(1_000);
    assertThat(closing.isFrameOwed()).isFalse();
    assertThat(closing.onTimeout(1_600)).isTrue();
  }

  @Test
  void shouldAnswerEverMoreRarelyButAfterASilence() {
    closing.close(REASON, 600, 1_000);
    closing.onFrameSent(1_000);
    int answers = 0;
    for (int i = 0; i < 1_000; i++) {
      closing.onPacket(1_000);
      if (closing.isFrameOwed()) {
        answers++;
        closing.onFrameSent(1_000);
      }
    }
    // After packets 1, 2, 4, … 512.
    assertThat(answers).isEqualTo(10);
    closing.onPacket(1_099);
    assertThat(closing.isFrameOwed()).isFalse();
    closing.onPacket(1_100);
    assertThat(closing.isFrameOwed()).isTrue();
  }

  @Test
  void shouldCloseOnce() {
    closing.end(REASON);
    assertThat(closing.reason()).isEqualTo(REASON);
    assertThatThrownBy(() -> closing.close(REASON, 1, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Closing().reason()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldCutALongReasonBetweenCharacters() {
    closing.close(
        new CloseReason(CloseReason.Origin.LOCAL, true, 1, 0, "a" + "é".repeat(300)), 1, 1);
    byte[] bytes = closing.reasonBytes();
    assertThat(bytes).hasSizeLessThanOrEqualTo(Closing.REASON_BYTES_MAX);
    assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo("a" + "é".repeat(127));
  }
}
