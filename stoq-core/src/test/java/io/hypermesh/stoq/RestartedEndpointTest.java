package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of session tickets when a server is started anew. */
class RestartedEndpointTest extends LoopbackFixture {
  private static final byte[] SAME = new byte[32];
  private static final byte[] OTHER = new byte[32];

  static {
    OTHER[31] = 1;
  }

  private final BlockingQueue<StoqSession> kept = new LinkedBlockingQueue<>();
  private volatile Instant now = Instant.now();
  private final InstantSource wallClock = () -> now;
  private StoqEndpoint client;

  /** Puts sessions where the test finds them, and gives the oldest. */
  private final class Store implements StoqSessionStore {
    @Override
    public void put(Key key, StoqSession session) {
      kept.add(session);
    }

    @Override
    public @Nullable StoqSession take(Key key) {
      return kept.poll();
    }
  }

  @BeforeEach
  void startClient() throws Exception {
    client =
        start(
            clientBuilder()
                .wallClock(wallClock)
                .resumption(StoqResumption.builder().sessionStore(new Store()).build()));
  }

  private StoqEndpoint server(byte[] secret) throws Exception {
    return start(
        serverBuilder(new Echo())
            .secret(secret)
            .wallClock(wallClock)
            .resumption(
                StoqResumption.builder()
                    .ticketsPerConnection(2)
                    .acceptReplayableEarlyData()
                    .build()));
  }

  private StoqConnection connect(StoqEndpoint server, boolean early) throws Exception {
    return get(
        early
            ? client.connectWithReplayableEarlyData(server.localAddress(), "server.test")
            : client.connect(server.localAddress(), "server.test"));
  }

  /** Lets a server give two tickets, and stops it. */
  private void serveAndStop() throws Exception {
    StoqEndpoint first = server(SAME);
    assertThat(connect(first, false).isResumed()).isFalse();
    StoqSession one = kept.poll(20, TimeUnit.SECONDS);
    StoqSession two = kept.poll(20, TimeUnit.SECONDS);
    assertThat(one).isNotNull();
    assertThat(two).isNotNull();
    kept.add(one);
    kept.add(two);
    first.close();
  }

  @Test
  void shouldResumeWhatWasGivenBeforeWithTheSameSecret() throws Exception {
    serveAndStop();
    assertThat(connect(server(SAME), false).isResumed()).isTrue();
  }

  @Test
  void shouldHandshakeInFullWithAnotherSecret() throws Exception {
    serveAndStop();
    assertThat(connect(server(OTHER), false).isResumed()).isFalse();
  }

  @Test
  void shouldRefuseEarlyDataThatItMayHaveTakenBefore() throws Exception {
    serveAndStop();
    StoqEndpoint anew = server(SAME);
    StoqSession ofItself;
    StoqConnection before = connect(anew, true);
    get(before.handshakeConfirmed());
    assertThat(before.isResumed()).isTrue();
    assertThat(before.earlyDataAccepted()).isFalse();

    // What it gives since then it can tell from a copy.
    kept.poll();
    ofItself = kept.poll(20, TimeUnit.SECONDS);
    assertThat(ofItself).isNotNull();
    kept.clear();
    kept.add(ofItself);
    StoqConnection after = connect(anew, true);
    get(after.handshakeConfirmed());
    assertThat(after.earlyDataAccepted()).isTrue();
  }
}
