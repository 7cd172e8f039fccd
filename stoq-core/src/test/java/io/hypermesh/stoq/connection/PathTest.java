package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.recovery.EcnValidation;
import io.hypermesh.stoq.recovery.NewReno;
import io.hypermesh.stoq.recovery.PathMtu;
import io.hypermesh.stoq.recovery.PathRecovery;
import org.junit.jupiter.api.Test;

class PathTest {
  private static Path path(boolean limited) {
    return new Path(
        0,
        SimulatedPair.address(1),
        new RemoteConnectionIds(ConnectionId.EMPTY, 2).current(),
        new PathRecovery(new NewReno(1_200), new PathMtu(1_200), new EcnValidation(false)),
        limited);
  }

  @Test
  void shouldAllowThreeTimesWhatCameUntilValidated() {
    Path path = path(true);
    assertThat(path.allowance()).isZero();
    path.onReceived(1_200);
    assertThat(path.allowance()).isEqualTo(3_600);
    path.onSent(3_000);
    assertThat(path.allowance()).isEqualTo(600);
    path.onSent(1_000);
    assertThat(path.allowance()).isZero();
    path.validate();
    assertThat(path.allowance()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldNotLimitAClientOnItsNewPathToItsServer() {
    Path path = path(false);
    path.unprove();
    assertThat(path.isValidated()).isFalse();
    assertThat(path.allowance()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldBoundTheAnswersThatItOwes() {
    Path path = path(false);
    for (int i = 0; i < 100; i++) {
      path.oweResponse(i);
    }
    int owed = 0;
    for (; path.hasResponse(); owed++) {
      assertThat(path.response()).isEqualTo(100 - Path.RESPONSES_MAX + owed);
      path.onResponseSent();
    }
    assertThat(owed).isEqualTo(Path.RESPONSES_MAX);
  }
}
