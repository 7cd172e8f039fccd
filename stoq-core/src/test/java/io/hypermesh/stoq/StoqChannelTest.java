package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoqChannelTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final TestAuthority AUTHORITY = new TestAuthority("channel");
  private static final TestAuthority.Identity NODE = AUTHORITY.issue("Ed25519", "node.test", "::1");

  private StoqEndpoint server;
  private StoqEndpoint client;
  private StoqStream near;
  private final CompletableFuture<StoqStream> far = new CompletableFuture<>();

  @BeforeEach
  void connect() throws Exception {
    // Little memory, so that it runs out.
    StoqSettings settings =
        StoqSettings.builder()
            .sendBufferBytes(256 << 10)
            .sendBuffersBytesMax(128 << 10)
            .streamWindowBytes(64 << 10)
            .build();
    server = builder(settings).listener(LoopbackFixture.tellingOfStreams(far::complete)).start();
    client = builder(settings).clientOnly().start();
    StoqConnection connection =
        client.connect(server.localAddress()).get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
    near = connection.openStream().get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  private static StoqEndpointBuilder builder(StoqSettings settings) {
    return StoqEndpoint.builder()
        .bindAddress(ANY_PORT)
        .keyManager(NODE.keyManager())
        .trustManager(AUTHORITY.trustManager())
        .settings(settings);
  }

  private StoqStream far() throws Exception {
    return far.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Test
  void shouldCarryMessagesOfEverySizeInBothDirections() throws Exception {
    int lengthMax = 100_000;
    StoqChannel channel = near.channel(lengthMax);
    Thread echo =
        Thread.startVirtualThread(() -> {
          try {
            StoqChannel peers = far().channel(lengthMax);
            for (byte[] m = peers.receive(WAIT); m != null; m = peers.receive(WAIT)) {
              peers.send(m, WAIT);
            }
            peers.finish();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    Random random = new Random(7);
    List<byte[]> sent = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      byte[] message = new byte[i % 50 == 0 ? lengthMax - i : random.nextInt(3_000)];
      random.nextBytes(message);
      sent.add(message);
    }
    Thread.startVirtualThread(() -> {
      try {
        for (int i = 0; i < sent.size(); i++) {
          if (i % 2 == 0) {
            channel.send(sent.get(i), WAIT);
          } else {
            claimAndCommit(channel, sent.get(i));
          }
        }
        channel.finish();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
    for (byte[] message : sent) {
      assertThat(channel.receive(WAIT)).isEqualTo(message);
    }
    assertThat(channel.receive(WAIT)).isNull();
    assertThat(channel.isEnd()).isTrue();
    echo.join(WAIT);
  }

  private void claimAndCommit(StoqChannel channel, byte[] message) throws IOException {
    int seen = near.writeSignals();
    MemorySegment space = channel.tryClaim(message.length);
    while (space == null) {
      near.awaitWritable(seen, WAIT);
      seen = near.writeSignals();
      space = channel.tryClaim(message.length);
    }
    assertThat(space.byteSize()).isEqualTo(message.length);
    MemorySegment.copy(message, 0, space, ValueLayout.JAVA_BYTE, 0, message.length);
    channel.commit();
  }

  @Test
  void shouldSendNothingOfAnAbortedClaim() throws Exception {
    StoqChannel channel = near.channel(100_000);
    MemorySegment space = channel.tryClaim(100);
    assertThat(space).isNotNull();
    space.fill((byte) 1);
    channel.abort();
    assertThat(channel.tryClaim(40_000)).isNotNull();
    assertThatThrownBy(() -> channel.offer(new byte[1])).isInstanceOf(IllegalStateException.class);
    channel.abort();
    assertThatThrownBy(channel::commit).isInstanceOf(IllegalStateException.class);
    assertThat(channel.offer(new byte[] {9})).isTrue();

    assertThat(far().channel(100_000).receive(WAIT)).containsExactly(9);
  }

  @Test
  void shouldTakeMessagesUpToTheLimitOfAPoll() throws Exception {
    StoqChannel channel = near.channel(100_000);
    for (int i = 0; i < 10; i++) {
      assertThat(channel.offer(new byte[i])).isTrue();
    }
    channel.finish();
    StoqChannel peers = far().channel(100_000);
    List<Integer> lengths = new ArrayList<>();
    while (!peers.isEnd()) {
      int seen = far().readSignals();
      int polled = peers.poll((buffer, offset, length) -> lengths.add(length), 3);
      assertThat(polled).isLessThanOrEqualTo(3);
      if (polled == 0 && !peers.isEnd()) {
        far().awaitReadable(seen, WAIT);
      }
    }
    assertThat(lengths).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void shouldRefuseAPeersMessageThatIsTooLongAndResetTheStream() throws Exception {
    StoqChannel channel = near.channel(10_000);
    assertThat(channel.offer(new byte[5])).isTrue();
    assertThat(channel.offer(new byte[101])).isTrue();
    StoqChannel peers = far().channel(100);

    assertThat(peers.receive(WAIT)).hasSize(5);
    assertThatThrownBy(() -> peers.receive(WAIT))
        .isInstanceOf(StoqProtocolException.class)
        .hasMessageContaining("longer than 100 bytes: 101");
    assertThatThrownBy(() -> channel.receive(WAIT))
        .isInstanceOf(StoqStreamException.class)
        .extracting(e -> ((StoqStreamException) e).applicationErrorCode())
        .isEqualTo(StoqStreamChannel.ERROR_MESSAGE_TOO_LONG);
  }

  @Test
  void shouldRefuseAStreamThatEndsWithinAMessage() throws Exception {
    near.write(new byte[] {0, 0, 0, 9, 1, 2}, 0, 6);
    near.finish();
    StoqChannel peers = far().channel(100_000);

    assertThatThrownBy(() -> peers.receive(WAIT))
        .isInstanceOf(StoqProtocolException.class)
        .hasMessageContaining("ended within");
    assertThatThrownBy(() -> near.inputStream(WAIT).read())
        .isInstanceOf(StoqStreamException.class)
        .extracting(e -> ((StoqStreamException) e).applicationErrorCode())
        .isEqualTo(StoqStreamChannel.ERROR_MESSAGE_TRUNCATED);
  }

  @Test
  void shouldShowBackPressureAndTellWhenThereIsRoom() throws Exception {
    StoqChannel channel = near.channel(100_000);
    byte[] message = new byte[60_000];
    int accepted = 0;
    int refusals = 0;
    while (refusals < 3) {
      int seen = near.writeSignals();
      if (channel.offer(message)) {
        accepted++;
        continue;
      }
      try {
        near.awaitWritable(seen, Duration.ofMillis(200));
      } catch (StoqTimeoutException e) {
        refusals++;
      }
    }
    assertThat(accepted).isBetween(1, 8);

    StoqChannel peers = far().channel(100_000);
    for (int i = 0; i < accepted; i++) {
      assertThat(peers.receive(WAIT)).hasSize(message.length);
    }
    channel.send(message, WAIT);
    assertThat(peers.receive(WAIT)).hasSize(message.length);
  }

  @Test
  void shouldRefuseACallersMistakes() throws Exception {
    assertThatThrownBy(() -> near.channel(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> near.channel(256 << 10)).isInstanceOf(IllegalArgumentException.class);
    StoqChannel channel = near.channel(100);
    assertThatThrownBy(() -> near.channel(100)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> channel.offer(new byte[101]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("out of 0 to 100: 101");
    assertThatThrownBy(() -> channel.tryClaim(-1)).isInstanceOf(IllegalArgumentException.class);
    channel.finish();
    assertThatThrownBy(() -> channel.offer(new byte[1]))
        .isInstanceOf(StoqException.class)
        .extracting(e -> ((StoqException) e).category())
        .isEqualTo(StoqException.Category.CALLER_MISTAKE);
  }
}
