package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is left of connections that nothing happens to, and how they wake. */
class HibernationTest {
  private static final long SECOND = 1_000_000_000L;

  /** Longer than it takes to hibernate, shorter than the idle timeout. */
  private static final long PAUSE = 12 * SECOND;

  /** With the endpoint's tables; 4.1 KiB were measured, where an awake one takes 20. */
  private static final long BYTES_MAX = 8 << 10;

  private static EndpointPair idle(int connections) {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(1_000, 1_000, 1_000), 1_000);
    for (int i = 0; i < connections; i++) {
      pair.connect();
      pair.run();
    }
    pair.runUntil(pair.nowNanos + PAUSE);
    return pair;
  }

  private static EndpointConnection first(Endpoint endpoint) {
    return endpoint.connections().getFirst();
  }

  @Test
  void shouldHibernateOnBothSidesAndWakeForAStream() {
    EndpointPair pair = idle(1);
    EndpointConnection client = first(pair.client);
    EndpointConnection server = first(pair.server);
    assertThat(client.dormant()).isNotNull();
    assertThat(server.dormant()).isNotNull();

    for (int i = 1; i <= 3; i++) {
      Stream stream = client.connection().openBidirectional();
      stream.sendBuffer().write(MemorySegment.ofArray(new byte[3_000]), 0, 3_000);
      client.connection().handleStreamProgress(stream, pair.nowNanos);
      pair.client.touch(client);
      pair.run();

      assertThat(server.dormant()).isNull();
      assertThat(pair.serverHandler.peerStreams).isEqualTo(i);
      assertThat(client.connection().bytesInFlight()).isZero();
      pair.runUntil(pair.nowNanos + PAUSE);
    }
    assertThat(pair.clientHandler.closed).isEmpty();
  }

  @Test
  void shouldUpdateItsKeysAfterAPause() {
    EndpointPair pair = idle(1);
    for (int i = 1; i <= 3; i++) {
      EndpointConnection updating = first(pair.server);
      assertThat(updating.connection().updateKeys()).isTrue();
      pair.server.touch(updating);
      pair.run();
      pair.runUntil(pair.nowNanos + PAUSE);

      assertThat(first(pair.client).connection().keyUpdates()).isEqualTo(i);
      assertThat(first(pair.server).connection().keyUpdates()).isEqualTo(i);
      assertThat(pair.clientHandler.closed).isEmpty();
    }
  }

  @Test
  void shouldEndByTheIdleTimeoutAsIfItWereAwake() {
    EndpointPair pair = idle(1);
    pair.runUntil(pair.nowNanos + 31 * SECOND);

    assertThat(pair.client.size()).isZero();
    assertThat(pair.server.size()).isZero();
  }

  @Test
  void shouldWakeForAStatelessResetAlone() {
    EndpointPair pair = idle(1);
    EndpointConnection client = first(pair.client);
    byte[] stranger = new byte[StatelessResetToken.LENGTH + 30];
    stranger[0] = 0x40;
    pair.toClient(stranger);
    assertThat(client.dormant()).isNotNull();

    pair.restartServer(new byte[EndpointSecret.LENGTH]);
    client.connection().updateKeys();
    pair.client.touch(client);
    pair.run();
    pair.runUntil(pair.nowNanos + 5 * SECOND);
    assertThat(pair.client.size()).isZero();
  }

  @Test
  void shouldLetGoOfWhatItWasAwake() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100));
    pair.connect();
    pair.run();
    List<WeakReference<Connection>> awake = new ArrayList<>();
    awake.add(new WeakReference<>(first(pair.client).connection()));
    awake.add(new WeakReference<>(first(pair.server).connection()));
    pair.runUntil(pair.nowNanos + PAUSE);
    assertThat(first(pair.client).dormant()).isNotNull();
    assertThat(first(pair.server).dormant()).isNotNull();

    liveBytes();
    assertThat(awake).allSatisfy(connection -> assertThat(connection.get()).isNull());
  }

  @Test
  void shouldTakeLittleMemory() {
    int connections = 200;
    EndpointPair pair = idle(connections);
    assertThat(pair.server.size()).isEqualTo(connections);
    assertThat(pair.client.connections()).allSatisfy(c -> assertThat(c.dormant()).isNotNull());
    assertThat(pair.server.connections()).allSatisfy(c -> assertThat(c.dormant()).isNotNull());

    long before = liveBytes();
    pair.server.forget();
    pair.server = null;
    pair.serverHandler = null;
    assertThat((before - liveBytes()) / connections)
        .as("bytes of a server's connection")
        .isBetween(1L, BYTES_MAX);
  }

  /** Bytes of the heap that are in use after a collection. */
  private static long liveBytes() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
