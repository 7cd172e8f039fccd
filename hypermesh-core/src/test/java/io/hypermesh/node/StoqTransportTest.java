package io.hypermesh.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.ClientId;
import io.hypermesh.stoq.ClientAuthentication;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.stoq.StoqStreamChannel;
import io.hypermesh.trustchain.CertificateValidator;
import io.hypermesh.trustchain.LiveKeyManager;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a certified client can make a member keep. */
@Timeout(60)
class StoqTransportTest {
  @TempDir Path directory;
  private TestCluster cluster;
  private TrustChainIdentity client;
  private StoqTransport transport;
  private StoqEndpoint member;
  private StoqEndpoint peer;
  private StoqConnection connection;

  @BeforeEach
  void open() throws Exception {
    cluster = new TestCluster(directory);
    client = cluster.identity("client");
    transport = new StoqTransport(cluster.membership(), 0, NodeSettings.defaults(), () -> {});
    member = endpoint(cluster.identity("member")).listener(transport).start();
    transport.bound(member);
    peer = endpoint(client).start();
    connection = await(peer.connect(member.localAddress()));
  }

  private StoqEndpointBuilder endpoint(TrustChainIdentity identity) throws Exception {
    return StoqEndpoint.builder()
        .alpns(HyperMeshNode.ALPN)
        .bindAddress(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0))
        .keyManager(new LiveKeyManager(identity))
        .trustManager(
            CertificateValidator.trusting(List.of(cluster.authority().root())).trustManager())
        .clientAuthentication(ClientAuthentication.REQUIRED);
  }

  @AfterEach
  void close() throws Exception {
    peer.close();
    transport.close();
    cluster.close();
  }

  private int poll() {
    return transport.poll(message -> {}, 32, System.nanoTime());
  }

  private void pollUntil(BooleanSupplier done) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!done.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      if (poll() == 0) {
        Thread.onSpinWait();
      }
    }
  }

  private <T> T await(CompletableFuture<T> future) throws Exception {
    pollUntil(future::isDone);
    return future.get();
  }

  private StoqStreamChannel channel(boolean bidirectional) throws Exception {
    StoqStream stream =
        await(bidirectional ? connection.openStream() : connection.openUnidirectionalStream());
    StoqStreamChannel channel = stream.channel(1_024);
    channel.offer(StoqTransport.ANNOUNCEMENT);
    return channel;
  }

  @Test
  void shouldForgetChannelsThatEndWhileTheirConnectionLivesOn() throws Exception {
    for (int i = 0; i < 300; i++) {
      channel(false).finish();
    }
    channel(true).finish();
    pollUntil(() -> transport.inboundChannels() == 0);
    StoqStreamChannel last = channel(true);

    pollUntil(() -> transport.inboundChannels() == 1);

    assertThat(connection.isOpen()).isTrue();
    assertThat(last.isEnd()).isFalse();
  }

  @Test
  void shouldKeepRepliesOfAFewChannelsOfOneClient() throws Exception {
    for (int i = 0; i < StoqTransport.REPLY_CHANNELS_MAX; i++) {
      channel(true);
    }
    pollUntil(() -> transport.inboundChannels() == StoqTransport.REPLY_CHANNELS_MAX);
    assertThat(connection.isOpen()).isTrue();

    channel(true);

    pollUntil(() -> !connection.isOpen());
    pollUntil(() -> transport.inboundChannels() == 0);
  }

  @Test
  void shouldKeepNoRepliesForAChannelOnWhichTheyCanNotBeSent() throws Exception {
    channel(false);
    pollUntil(() -> transport.inboundChannels() == 1);
    ClientId id = ClientId.of(client.certificate().getPublicKey().getEncoded());

    for (int i = 0; i < 100; i++) {
      transport.reply(id, new byte[1 << 20]);
    }

    assertThat(transport.waitingReplyBytes()).isZero();
  }
}
