package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.connection.ConnectionTrace;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

/** A connection that throws what it never should ends alone, whenever that is. */
class DefectTest {
  /** The calls to traces that are still good; the one after them throws, and all that follow. */
  private int callsLeft = Integer.MAX_VALUE;

  private boolean thrown;

  private final EndpointPair pair =
      new EndpointPair(
          EndpointPair.settings(100, 100, 100),
          100,
          _ -> {},
          settings -> settings.trace((client, id, now) -> trace()));

  private ConnectionTrace trace() {
    return (ConnectionTrace)
        Proxy.newProxyInstance(
            ConnectionTrace.class.getClassLoader(),
            new Class<?>[] {ConnectionTrace.class},
            (proxy, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return method.invoke(this, arguments);
              }
              if (callsLeft <= 0) {
                thrown = true;
                throw new IllegalStateException("a defect");
              }
              callsLeft--;
              return null;
            });
  }

  /** Whichever call to a connection throws: nothing is left of it, and others go on. */
  @Test
  void shouldGiveUpAConnectionThatThrowsAndNoOther() {
    pair.serverHandler.defectsExpected = true;
    pair.connect();
    pair.run();
    assertThat(pair.serverHandler.established).hasSize(1);
    boolean whole = false;
    for (int calls = 0; !whole; calls++) {
      int removedBefore = pair.serverHandler.removed.size();
      int establishedBefore = pair.serverHandler.established.size();
      callsLeft = calls;
      thrown = false;
      pair.connect();
      boolean made = true;
      try {
        pair.toServer(pair.pollClient());
      } catch (IllegalStateException e) {
        made = false; // it couldn't even be made, which the shell around the endpoint deals with
      }
      if (!thrown) {
        whole = true;
      } else {
        assertThat(pair.serverHandler.removed)
            .as("at call %d", calls)
            .hasSize(removedBefore + (made ? 1 : 0));
        assertThat(pair.server.size()).isEqualTo(establishedBefore);
        assertThat(pair.server.handshakesInFlight()).isZero();
      }
      callsLeft = Integer.MAX_VALUE;
      while (pair.pollServer() != null) {
        // Whatever is said to this client is lost: the next one starts.
      }
    }
    pair.connect();
    pair.run();
    assertThat(pair.clientHandler.established).hasSizeGreaterThanOrEqualTo(2);
  }

  /** What streams hold is shared by all connections: it must not go with one that is given up. */
  @Test
  void shouldHaveAConnectionThatIsGivenUpLetGoOfItsMemory() {
    pair.serverHandler.defectsExpected = true;
    EndpointConnection client = pair.connect();
    pair.run();
    Stream stream = client.connection().openUnidirectional();
    stream.sendBuffer().write(MemorySegment.ofArray(new byte[10_000]), 0, 10_000);
    client.connection().handleStreamProgress(stream, pair.nowNanos);
    pair.client.touch(client);
    pair.run();
    Connection server = pair.serverHandler.accepted.getFirst().connection();
    assertThat(server.isClosed()).isFalse();
    pair.server.giveUp(pair.serverHandler.accepted.getFirst(), new IllegalStateException("x"));
    pair.server.touch(pair.serverHandler.accepted.getFirst());
    pair.server.pollEvents(pair.serverHandler);
    assertThat(pair.serverHandler.removed).hasSize(1);
    assertThat(server.isClosed()).isTrue();
  }
}
