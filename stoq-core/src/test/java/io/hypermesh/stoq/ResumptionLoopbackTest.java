package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Resumption and early data as hosts see them, over real sockets. */
class ResumptionLoopbackTest extends LoopbackFixture {
  private static final String NAME = "server.test";
  private static final byte[] HELLO = "early".getBytes(StandardCharsets.UTF_8);

  /** A store that tells when it has got something, and passes bytes around as a host would. */
  private static final class ByteStore implements StoqSessionStore {
    private final BlockingQueue<byte[]> kept = new LinkedBlockingQueue<>();
    private final List<Key> keys = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void put(Key key, StoqSession session) {
      keys.add(key);
      kept.add(session.encode());
      session.erase();
    }

    @Override
    public @Nullable StoqSession take(Key key) {
      byte[] bytes = kept.poll();
      return bytes == null ? null : StoqSession.decode(bytes);
    }

    void await() throws InterruptedException {
      byte[] one = kept.poll(20, TimeUnit.SECONDS);
      assertThat(one).isNotNull();
      kept.add(one);
    }
  }

  /** What a server's host sees of its first stream. */
  private final class Watcher implements StoqListener {
    private final BlockingQueue<StoqConnection> connections = new LinkedBlockingQueue<>();
    private final BlockingQueue<Boolean> replayable = new LinkedBlockingQueue<>();
    private final CompletableFuture<StoqConnection> rejected = new CompletableFuture<>();

    @Override
    public void onConnection(StoqConnection connection) {
      connections.add(connection);
    }

    @Override
    public void onStream(StoqStream stream) {
      // On the agent's thread: the handshake can't become complete meanwhile.
      replayable.add(stream.isReplayable());
      Future<Integer> _ =
          threads.submit(() -> {
            byte[] bytes = stream.inputStream(WAIT).readAllBytes();
            get(stream.connection().handshakeConfirmed());
            assertThat(stream.isReplayable()).isFalse();
            stream.outputStream(WAIT).write(bytes);
            stream.outputStream(WAIT).close();
            return bytes.length;
          });
    }

    @Override
    public void onEarlyDataRejected(StoqConnection connection) {
      rejected.complete(connection);
    }
  }

  private StoqEndpoint client(StoqSessionStore store, StoqListener listener) throws Exception {
    return start(
        clientBuilder()
            .listener(listener)
            .resumption(StoqResumption.builder().sessionStore(store).build()));
  }

  private static StoqResumption replayable() {
    return StoqResumption.builder().acceptReplayableEarlyData().build();
  }

  private static void exchange(StoqConnection connection) throws Exception {
    StoqStream stream = get(connection.openStream());
    stream.outputStream(WAIT).write(HELLO);
    stream.outputStream(WAIT).close();
    assertThat(stream.inputStream(WAIT).readAllBytes()).isEqualTo(HELLO);
  }

  @Test
  void shouldResumeWithTheSameIdentity() throws Exception {
    Watcher watcher = new Watcher();
    StoqEndpoint server = start(serverBuilder(watcher));
    ByteStore store = new ByteStore();
    StoqEndpoint client = client(store, new StoqListener() {});

    StoqConnection first = get(client.connect(server.localAddress(), NAME));
    assertThat(first.isResumed()).isFalse();
    store.await();
    StoqConnection second = get(client.connect(server.localAddress(), NAME));

    assertThat(second.isResumed()).isTrue();
    assertThat(second.earlyDataAccepted()).isFalse();
    assertThat(second.peerCertificates()).isEqualTo(first.peerCertificates());
    StoqConnection seenFirst = watcher.connections.poll(20, TimeUnit.SECONDS);
    StoqConnection seenSecond = watcher.connections.poll(20, TimeUnit.SECONDS);
    assertThat(seenSecond.isResumed()).isTrue();
    assertThat(seenSecond.peerCertificates())
        .isEqualTo(seenFirst.peerCertificates())
        .first()
        .isEqualTo(CLIENT.certificate());
    assertThat(store.keys.getFirst())
        .isEqualTo(
            new StoqSessionStore.Key(
                NAME, server.localAddress().getPort(), StoqEndpoint.DEFAULT_ALPN));
    exchange(second);
  }

  @Test
  void shouldSendEarlyDataAndSayThatItMayBeAReplay() throws Exception {
    Watcher watcher = new Watcher();
    StoqEndpoint server = start(serverBuilder(watcher).resumption(replayable()));
    ByteStore store = new ByteStore();
    StoqEndpoint client = client(store, new StoqListener() {});
    exchange(get(client.connect(server.localAddress(), NAME)));
    assertThat(watcher.replayable.poll(20, TimeUnit.SECONDS)).isFalse();
    store.await();

    StoqConnection early = get(client.connectWithReplayableEarlyData(server.localAddress(), NAME));
    assertThat(early.peerCertificates().getFirst()).isEqualTo(SERVER.certificate());
    exchange(early);

    assertThat(get(early.handshakeConfirmed())).isSameAs(early);
    assertThat(early.isHandshakeConfirmed()).isTrue();
    assertThat(early.isResumed()).isTrue();
    assertThat(early.earlyDataAccepted()).isTrue();
    watcher.connections.poll(20, TimeUnit.SECONDS);
    StoqConnection seen = watcher.connections.poll(20, TimeUnit.SECONDS);
    assertThat(seen.earlyDataAccepted()).isTrue();
    assertThat(seen.peerCertificates().getFirst()).isEqualTo(CLIENT.certificate());
    // Told once, though there were two moments to tell.
    assertThat(watcher.connections).isEmpty();
  }

  @Test
  void shouldTellTheHostOfARejectionAndSendAgain() throws Exception {
    ByteStore store = new ByteStore();
    Watcher clientWatcher = new Watcher();
    StoqEndpoint client = client(store, clientWatcher);
    StoqEndpoint server =
        start(
            serverBuilder(new Watcher())
                .resumption(
                    StoqResumption.builder()
                        .acceptReplayableEarlyData()
                        .earlyDataTicketsMax(1)
                        .build()));
    for (int i = 0; i < 2; i++) {
      get(client.connect(server.localAddress(), NAME));
      store.await();
    }
    exchange(get(client.connectWithReplayableEarlyData(server.localAddress(), NAME)));
    StoqConnection rejected =
        get(client.connectWithReplayableEarlyData(server.localAddress(), NAME));
    exchange(rejected);
    assertThat(get(clientWatcher.rejected)).isSameAs(rejected);
    assertThat(rejected.earlyDataAccepted()).isFalse();
    assertThat(rejected.isResumed()).isTrue();
  }

  @Test
  void shouldKeepEarlyDataOffUnlessBothSidesAskForIt() throws Exception {
    ByteStore store = new ByteStore();
    StoqEndpoint client = client(store, new StoqListener() {});
    Watcher watcher = new Watcher();
    StoqEndpoint server = start(serverBuilder(watcher));
    get(client.connect(server.localAddress(), NAME));
    store.await();
    StoqConnection second = get(client.connectWithReplayableEarlyData(server.localAddress(), NAME));
    assertThat(second.isResumed()).isTrue();
    exchange(second);
    assertThat(second.earlyDataAccepted()).isFalse();
    assertThat(watcher.replayable.poll(20, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void shouldConnectWithoutAStoreThatFails() throws Exception {
    StoqSessionStore failing =
        new StoqSessionStore() {
          @Override
          public void put(Key key, StoqSession session) {
            throw new IllegalStateException("full");
          }

          @Override
          public StoqSession take(Key key) {
            throw new IllegalStateException("gone");
          }
        };
    StoqEndpoint client = client(failing, new StoqListener() {});
    StoqEndpoint server = start(serverBuilder(new Watcher()));
    StoqConnection connection = get(client.connect(server.localAddress(), NAME));
    exchange(connection);
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  void shouldBoundAndEraseSessionsInMemory() throws Exception {
    ByteStore store = new ByteStore();
    StoqEndpoint client = client(store, new StoqListener() {});
    StoqEndpoint server = start(serverBuilder(new Watcher()));
    get(client.connect(server.localAddress(), NAME));
    store.await();
    byte[] bytes = store.kept.take();
    MemorySessionStore memory = new MemorySessionStore(6);
    List<StoqSession> sessions = new ArrayList<>();
    for (int server1 = 0; server1 < 3; server1++) {
      for (int i = 0; i < 5; i++) {
        StoqSession session = StoqSession.decode(bytes);
        sessions.add(session);
        memory.put(new StoqSessionStore.Key("host", server1, "a"), session);
        assertThat(memory.size()).isLessThanOrEqualTo(6);
      }
    }
    // The first of each server went at its fifth; the servers used last are kept.
    assertThat(memory.take(new StoqSessionStore.Key("host", 0, "a"))).isNull();
    assertThat(memory.take(new StoqSessionStore.Key("host", 2, "a"))).isSameAs(sessions.get(14));
    assertThat(sessions.getFirst().session().encode())
        .isNotEqualTo(sessions.get(14).session().encode());
    for (int i = 0; i < 3; i++) {
      assertThat(memory.take(new StoqSessionStore.Key("host", 2, "a"))).isNotNull();
    }
    assertThat(memory.take(new StoqSessionStore.Key("host", 2, "a"))).isNull();
    assertThat(memory.size()).isEqualTo(2);
    assertThat(sessions.get(14).expiresAt()).isAfter(Instant.now());
    assertThat(sessions.get(14).toString()).contains("server.test");
    assertThatThrownBy(() -> StoqSession.decode(new byte[] {1, 2}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StoqSessionStore.inMemory(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldCheckWhatItIsSetTo() {
    StoqResumption.Builder builder = StoqResumption.builder();
    assertThatThrownBy(() -> builder.ticketsPerConnection(9))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.ticketLifetime(Duration.ofDays(8)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.earlyDataTicketsMax(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.earlyDataWindow(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
