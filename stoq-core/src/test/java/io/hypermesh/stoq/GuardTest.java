package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a host's own code does wrong, and what a peer says, stays where it belongs. */
class GuardTest extends LoopbackFixture {
  @Test
  void shouldConnectAlthoughTheKeyLogFails() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    StoqEndpoint server =
        start(
            serverBuilder(new Echo())
                .keyLog(line -> {
                  calls.incrementAndGet();
                  throw new IllegalStateException("the disk is full");
                }));
    StoqEndpoint client =
        start(
            clientBuilder()
                .keyLog(line -> {
                  throw new IllegalStateException("the disk is full");
                }));
    get(client.connect(server.localAddress(), "server.test"));
    get(client.connect(server.localAddress(), "server.test"));
    assertThat(calls).as("it is given up").hasValue(1);
  }

  @Test
  void shouldShowAPeersReasonInOneLineWithoutControlCharacters() {
    StoqCloseReason reason =
        new StoqCloseReason(
            StoqCloseReason.Initiator.PEER,
            true,
            7,
            "bye\r\n2026-01-01 ERROR root logged in \u001b[31m\u202e\u2028 grüße");
    assertThat(reason.describe())
        .isEqualTo(
            "the peer closed the connection, application error 0x7: "
                + "bye\ufffd\ufffd2026-01-01 ERROR root logged in \ufffd[31m\ufffd\ufffd grüße");
  }
}
