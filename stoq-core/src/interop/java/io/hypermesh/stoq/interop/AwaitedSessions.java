package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.StoqSession;
import io.hypermesh.stoq.StoqSessionStore;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sessions with one server, which can be waited for. */
final class AwaitedSessions implements StoqSessionStore {
  private final BlockingDeque<StoqSession> sessions = new LinkedBlockingDeque<>();

  @Override
  public void put(Key key, StoqSession session) {
    sessions.addFirst(session);
  }

  @Override
  public @Nullable StoqSession take(Key key) {
    return sessions.pollFirst();
  }

  /** Waits until there is one. */
  void await() throws InterruptedException {
    StoqSession session = sessions.pollFirst(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
    assertThat(session).as("a session that the server gave").isNotNull();
    sessions.addFirst(session);
  }
}
