package io.hypermesh.stoq;

import io.hypermesh.stoq.channel.StoqChannelContract;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The channel over a stream of a connection. */
class StreamChannelContractTest extends StoqChannelContract {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
  private static final TestAuthority AUTHORITY = new TestAuthority("contract");
  private static final TestAuthority.Identity NODE = AUTHORITY.issue("Ed25519", "node.test", "::1");

  private static StoqEndpoint server;
  private static StoqEndpoint client;
  private static StoqConnection near;
  private static StoqConnection far;

  @BeforeAll
  static void connect() throws Exception {
    CompletableFuture<StoqConnection> accepted = new CompletableFuture<>();
    server = builder().listener(LoopbackFixture.tellingOfConnections(accepted::complete)).start();
    client = builder().clientOnly().start();
    near = client.connect(server.localAddress()).get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
    far = accepted.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  @AfterAll
  static void close() {
    client.close();
    server.close();
  }

  private static StoqEndpointBuilder builder() {
    return StoqEndpoint.builder()
        .bindAddress(ANY_PORT)
        .keyManager(NODE.keyManager())
        .trustManager(AUTHORITY.trustManager())
        .settings(
            StoqSettings.builder()
                .sendBufferBytes(128 << 10)
                .streamWindowBytes(64 << 10)
                .streamWindowBytesMax(64 << 10)
                .build());
  }

  @Override
  protected Ends open() throws Exception {
    StoqStream stream = near.openStream().get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
    StoqStreamChannel channel = stream.channel(LENGTH_MAX);
    // The peer learns of a stream by its first bytes; a message, taken here.
    channel.send(new byte[0], WAIT);
    StoqStreamChannel peers = far.acceptStream(WAIT).channel(LENGTH_MAX);
    if (peers.receive(WAIT) == null) {
      throw new IllegalStateException("the stream ended");
    }
    return new Ends(channel, peers);
  }
}
