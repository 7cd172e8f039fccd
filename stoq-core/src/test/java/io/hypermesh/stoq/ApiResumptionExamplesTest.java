package io.hypermesh.stoq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples of resumption and early data that the Javadoc and the README show, run. */
@Timeout(60)
class ApiResumptionExamplesTest extends LoopbackFixture {
  private static final String NAME = "server.test";

  @Test
  void shouldResume() throws Exception {
    InetSocketAddress address = start(serverBuilder(new Echo())).localAddress();
    StoqEndpointBuilder builder = clientBuilder();
    // @start region="resumption"
    StoqSessionStore sessions = StoqSessionStore.inMemory();
    StoqEndpoint client =
        builder.resumption(StoqResumption.builder().sessionStore(sessions).build()).start();
    // @end
    closeLater(client);
    awaitSession(get(client.connect(address, NAME)), sessions);
    // @start region="resumed"
    StoqConnection connection = client.connect(address, NAME).get(5, SECONDS);
    boolean resumed = connection.isResumed(); // no signature, no certificate, the same identity
    // @end
    assertThat(resumed).isTrue();
    assertThat(connection.peerCertificates().getFirst()).isEqualTo(SERVER.certificate());
  }

  @Test
  void shouldSendEarlyData() throws Exception {
    StoqEndpointBuilder builder = serverBuilder(new ConfirmingListener());
    // @start region="acceptEarlyData"
    builder.resumption(StoqResumption.builder().acceptReplayableEarlyData().build());
    // @end
    InetSocketAddress address = start(builder).localAddress();
    StoqSessionStore sessions = new EncodedSessions();
    StoqEndpoint client =
        start(clientBuilder().resumption(StoqResumption.builder().sessionStore(sessions).build()));
    awaitSession(get(client.connect(address, NAME)), sessions);
    byte[] query = "which assets are free?".getBytes(StandardCharsets.UTF_8);
    // @start region="earlyData"
    StoqConnection connection =
        client
            .connectWithReplayableEarlyData(address, NAME)
            .get(5, SECONDS); // without a round trip
    StoqStream stream = connection.openStream().get(5, SECONDS);
    stream.write(query, 0, query.length); // may be carried out twice: whoever records it can
    stream.finish();
    connection.handshakeConfirmed().get(5, SECONDS); // from here on nothing can be replayed
    // @end
    assertThat(stream.inputStream(WAIT).readAllBytes()).isEqualTo(query);
    assertThat(connection.earlyDataAccepted()).isTrue();
  }

  // @start region="confirmEarlyData"
  /** Carries out at once what is harmless twice, and everything else when it is no replay. */
  static final class ConfirmingListener implements StoqListener {
    @Override
    public void onStream(StoqStream stream) {
      Thread.startVirtualThread(() -> serve(stream));
    }

    private static void serve(StoqStream stream) {
      try (InputStream input = stream.inputStream();
          OutputStream output = stream.outputStream()) {
        byte[] request = input.readAllBytes();
        if (stream.isReplayable() && !isHarmlessTwice(request)) {
          stream.connection().handshakeConfirmed().get();
        }
        output.write(request);
      } catch (IOException | ExecutionException | InterruptedException e) {
        stream.reset(1);
      }
    }
  } // @end

  private static boolean isHarmlessTwice(byte[] request) {
    return request.length < 10;
  }

  // @start region="sessionStore"
  /** Keeps one session for each server, as bytes that could go to a keystore. */
  static final class EncodedSessions implements StoqSessionStore {
    private final Map<Key, byte[]> sessions = new ConcurrentHashMap<>();

    @Override
    public void put(Key key, StoqSession session) {
      sessions.put(key, session.encode()); // as secret as a private key
      session.erase();
    }

    @Override
    public @Nullable StoqSession take(Key key) {
      byte[] encoded = sessions.remove(key); // atomic: none is given out twice
      return encoded == null ? null : StoqSession.decode(encoded);
    }
  } // @end

  /** Sends something to and fro until the server's ticket has come as well. */
  private static void awaitSession(StoqConnection connection, StoqSessionStore sessions)
      throws Exception {
    StoqSessionStore.Key key =
        new StoqSessionStore.Key(NAME, connection.remoteAddress().getPort(), connection.alpn());
    Instant end = Instant.now().plus(WAIT);
    StoqSession kept = null;
    while (kept == null) {
      assertThat(Instant.now()).isBefore(end);
      StoqStream stream = get(connection.openStream());
      stream.write(new byte[] {7}, 0, 1);
      stream.finish();
      assertThat(stream.inputStream(WAIT).readAllBytes()).containsExactly(7);
      kept = sessions.take(key);
    }
    sessions.put(key, kept);
  }
}
