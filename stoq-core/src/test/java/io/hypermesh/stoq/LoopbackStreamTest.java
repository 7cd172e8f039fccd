package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two endpoints over real sockets: their streams. */
@Timeout(60)
class LoopbackStreamTest extends LoopbackFixture {
  @Test
  void shouldCarryManyStreamsAtOnceBeyondThePeersLimit() throws Exception {
    StoqSettings few = StoqSettings.builder().bidirectionalStreamsMax(10).build();
    StoqEndpoint server = start(serverBuilder(new Echo()).settings(few));
    StoqConnection connection = connect(server);

    List<Future<Integer>> results = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] message = ("stream " + i).repeat(1 + i).getBytes(StandardCharsets.UTF_8);
      CompletableFuture<StoqStream> opening = connection.openStream();
      results.add(
          threads.submit(() -> {
            StoqStream stream = get(opening);
            try (OutputStream output = stream.outputStream(WAIT)) {
              output.write(message);
            }
            assertThat(stream.inputStream(WAIT).readAllBytes()).isEqualTo(message);
            return message.length;
          }));
    }
    for (Future<Integer> result : results) {
      assertThat(result.get(WAIT.toMillis(), TimeUnit.MILLISECONDS)).isPositive();
    }
  }

  @Test
  void shouldTransferTwentyMegabytesEachWay() throws Exception {
    transfer(connect(start(serverBuilder(new Echo()))), 20 << 20);
  }

  @Test
  void shouldShowBackPressureToAWriterWhosePeerDoesNotRead() throws Exception {
    StoqSettings settings =
        StoqSettings.builder().streamWindowBytes(64 << 10).sendBufferBytes(64 << 10).build();
    CompletableFuture<StoqStream> accepted = new CompletableFuture<>();
    StoqEndpoint server =
        start(serverBuilder(tellingOfStreams(accepted::complete)).settings(settings));
    StoqEndpoint client = start(clientBuilder().settings(settings));
    StoqConnection connection = get(client.connect(server.localAddress()));
    StoqStream stream = get(connection.openStream());
    CompletableFuture<Void> full = new CompletableFuture<>();
    byte[] block = new byte[8 << 10];
    long written = 0;
    int accept = stream.write(block, 0, block.length);
    // Until the peer's window and the own buffer are full, however fast the network is.
    int idle = 0;
    while (idle < 3) {
      written += accept;
      int seen = stream.writeSignals();
      accept = stream.write(block, 0, block.length);
      if (accept == 0) {
        try {
          stream.awaitWritable(seen, Duration.ofMillis(100));
        } catch (StoqTimeoutException e) {
          idle++;
        }
      }
    }
    assertThat(written)
        .isBetween(
            settings.streamWindowBytes(),
            settings.streamWindowBytes() + settings.sendBufferBytes());
    stream.listener(
        new StoqStreamListener() {
          @Override
          public void onWritable(StoqStream writable) {
            if (writable.writable() > 0) {
              full.complete(null);
            }
          }
        });
    assertThat(full).isNotDone();

    StoqStream reading = get(accepted);
    long read = 0;
    while (read < written) {
      int seen = reading.readSignals();
      int count = reading.read(block, 0, block.length);
      if (count == 0) {
        reading.awaitReadable(seen, WAIT);
      }
      read += count;
    }
    get(full);
  }

  @Test
  void shouldTellTheOtherSideThatAStreamIsResetOrNotRead() throws Exception {
    CompletableFuture<StoqStream> accepted = new CompletableFuture<>();
    StoqEndpoint server = start(serverBuilder(tellingOfStreams(accepted::complete)));
    StoqConnection connection = connect(server);
    StoqStream stream = get(connection.openStream());
    stream.write(new byte[] {1}, 0, 1);
    StoqStream peers = get(accepted);
    peers.stopSending(7);
    peers.reset(8);

    assertThatThrownBy(() -> stream.inputStream(WAIT).readAllBytes())
        .isInstanceOf(StoqStreamException.class)
        .extracting(e -> ((StoqStreamException) e).applicationErrorCode())
        .isEqualTo(8L);
    assertThatThrownBy(
            () -> {
              OutputStream output = stream.outputStream(WAIT);
              while (true) {
                output.write(new byte[1_000]);
              }
            })
        .isInstanceOf(StoqStreamException.class)
        .extracting(e -> ((StoqStreamException) e).applicationErrorCode())
        .isEqualTo(7L);
    assertThatThrownBy(() -> peers.read(new byte[1], 0, 1))
        .isInstanceOf(StoqException.class)
        .hasMessageContaining("this side has given up");
  }

  @Test
  void shouldEndABlockedReadOnTimeoutAndOnInterrupt() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqStream stream = get(connect(server).openStream());

    assertThatThrownBy(() -> stream.inputStream(Duration.ofMillis(50)).read())
        .isInstanceOf(StoqTimeoutException.class);
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    Thread reader =
        Thread.startVirtualThread(() -> {
          try {
            failure.complete(new AssertionError("read " + stream.inputStream().read()));
          } catch (Exception e) {
            failure.complete(e);
          }
        });
    reader.interrupt();
    assertThat(get(failure)).isInstanceOf(java.io.InterruptedIOException.class);
  }

  @Test
  void shouldSendTheUrgentStreamBeforeTheOthers() throws Exception {
    List<Long> endedInOrder = new ArrayList<>();
    CompletableFuture<Void> allEnded = new CompletableFuture<>();
    StoqEndpoint server =
        start(
            serverBuilder(
                new StoqListener() {
                  @Override
                  public void onStream(StoqStream stream) {
                    stream.listener(
                        new StoqStreamListener() {
                          @Override
                          public void onReadable(StoqStream readable) {
                            try {
                              byte[] block = new byte[4_096];
                              while (readable.read(block, 0, block.length) > 0) {
                                // Only when it ends matters.
                              }
                              if (readable.isEnd() && !endedInOrder.contains(readable.id())) {
                                endedInOrder.add(readable.id());
                              }
                              if (endedInOrder.size() == 3) {
                                allEnded.complete(null);
                              }
                            } catch (StoqException e) {
                              allEnded.completeExceptionally(e);
                            }
                          }
                        });
                  }
                }));
    StoqConnection connection = connect(server);
    List<StoqStream> streams = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      streams.add(get(connection.openUnidirectionalStream()));
    }
    streams.get(2).priority(0, false);
    streams.get(1).priority(5, false);
    assertThatThrownBy(() -> streams.getFirst().priority(8, true))
        .isInstanceOf(IndexOutOfBoundsException.class);
    CompletableFuture<Void> written = new CompletableFuture<>();
    streams
        .getFirst()
        .listener(
            new StoqStreamListener() {
              @Override
              public void onWritable(StoqStream first) {
                // On the agent's thread, so that all is written before anything is sent.
                if (!written.isDone()) {
                  try {
                    for (StoqStream stream : streams) {
                      stream.write(new byte[200_000], 0, 200_000);
                      stream.finish();
                    }
                    written.complete(null);
                  } catch (StoqException e) {
                    written.completeExceptionally(e);
                  }
                }
              }
            });
    get(written);
    get(allEnded);
    assertThat(endedInOrder)
        .containsExactly(streams.get(2).id(), streams.get(0).id(), streams.get(1).id());
  }

  @Test
  void shouldAcceptStreamsByBlockingWhereNoListenerTakesThem() throws Exception {
    CompletableFuture<StoqConnection> connected = new CompletableFuture<>();
    StoqEndpoint server = start(serverBuilder(tellingOfConnections(connected::complete)));
    StoqConnection connection = connect(server);
    Future<byte[]> accepting =
        threads.submit(() -> {
          StoqStream stream = get(connected).acceptStream(WAIT);
          assertThat(stream.isBidirectional()).isFalse();
          assertThat(stream.hasOutput()).isFalse();
          return stream.inputStream(WAIT).readAllBytes();
        });
    StoqStream stream = get(connection.openUnidirectionalStream());
    try (OutputStream output = stream.outputStream(WAIT)) {
      output.write(new byte[] {1, 2, 3});
    }
    assertThat(accepting.get(WAIT.toMillis(), TimeUnit.MILLISECONDS)).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> get(connected).acceptStream(Duration.ofMillis(20)))
        .isInstanceOf(StoqTimeoutException.class);
  }

  @Test
  void shouldTransferOverSocketsThatLoseDatagrams() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()).driver(losing(1)));
    StoqEndpoint client = start(clientBuilder().driver(losing(2)));
    StoqStream stream = get(get(client.connect(server.localAddress())).openStream());
    byte[] bytes = new byte[3_000_000];
    new Random(3).nextBytes(bytes);
    Future<Integer> sender =
        threads.submit(() -> {
          try (OutputStream output = stream.outputStream(WAIT)) {
            output.write(bytes);
          }
          return bytes.length;
        });
    try (InputStream input = stream.inputStream(WAIT)) {
      assertThat(input.readAllBytes()).isEqualTo(bytes);
    }
    assertThat(sender.get(1, TimeUnit.SECONDS)).isEqualTo(bytes.length);
    assertThat(stream.connection().pathStatistics().packetsLost()).isPositive();
  }

  /** Two of a hundred datagrams that arrive are lost, by a seed. */
  private static DatagramDriver.Factory losing(long seed) {
    Random random = new Random(seed);
    return address ->
        new ForwardingDatagramDriver(DriverKind.preferred().open(address)) {
          @Override
          public int receive(DatagramHandler handler, int limit) throws IOException {
            return super.receive(
                (buffer, offset, length, source, ecn) -> {
                  if (random.nextInt(100) >= 2) {
                    handler.onDatagram(buffer, offset, length, source, ecn);
                  }
                },
                limit);
          }
        };
  }

  @Test
  void shouldGiveAllMemoryBackHoweverStreamsEnd() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqEndpoint client = start(clientBuilder());
    StoqConnection connection = get(client.connect(server.localAddress()));
    byte[] bytes = new byte[300_000];
    for (int i = 0; i < 30; i++) {
      StoqStream stream = get(connection.openStream());
      try (InputStream input = stream.inputStream(WAIT)) {
        int written = stream.write(bytes, 0, bytes.length);
        switch (i % 3) {
          case 0 -> {
            stream.finish();
            assertThat(input.readAllBytes()).hasSize(written);
          }
          case 1 -> {
            assertThat(input.read()).isZero();
            stream.reset(1);
          }
          default -> stream.reset(2);
        }
      }
    }
    connection.close();
    get(connection.closed());
    long deadline = System.nanoTime() + WAIT.toNanos();
    while (client.streamBufferBytes() + server.streamBufferBytes() > 0
        && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(client.streamBufferBytes()).isZero();
    assertThat(server.streamBufferBytes()).isZero();
  }

  @Test
  void shouldEchoFromListenersWithoutAThreadOfTheHosts() throws Exception {
    StoqEndpoint server =
        start(
            serverBuilder(
                tellingOfStreams(
                    stream -> stream.listener(new ApiExamplesTest.NonBlockingEcho()))));
    StoqStream stream = get(connect(server).openStream());
    byte[] bytes = new byte[4_000_000];
    new Random(4).nextBytes(bytes);
    Future<Integer> sender =
        threads.submit(() -> {
          try (OutputStream output = stream.outputStream(WAIT)) {
            output.write(bytes);
          }
          return bytes.length;
        });
    assertThat(stream.inputStream(WAIT).readAllBytes()).isEqualTo(bytes);
    assertThat(sender.get(1, TimeUnit.SECONDS)).isEqualTo(bytes.length);
  }

  @Test
  void shouldGiveUpTheStreamAloneWhoseListenerLetsAFailureThrough() throws Exception {
    StoqEndpoint server =
        start(
            serverBuilder(
                tellingOfStreams(
                    stream -> stream.listener(new ApiExamplesTest.NonBlockingEcho()))));
    StoqConnection connection = connect(server);
    StoqStream stream = get(connection.openStream());
    stream.write(new byte[] {1}, 0, 1);
    stream.reset(7);

    assertThatThrownBy(() -> stream.inputStream(WAIT).readAllBytes())
        .isInstanceOf(StoqStreamException.class)
        .extracting(e -> ((StoqStreamException) e).applicationErrorCode())
        .isEqualTo(StoqListener.ERROR_LISTENER_FAILED);
    StoqStream other = get(connection.openStream());
    other.write(new byte[] {2}, 0, 1);
    other.finish();
    assertThat(other.inputStream(WAIT).readAllBytes()).containsExactly(2);
  }

  @Test
  void shouldLetBoundedlyManyStreamsWaitForThePeer() throws Exception {
    StoqEndpoint server =
        start(
            serverBuilder(new StoqListener() {})
                .settings(StoqSettings.builder().bidirectionalStreamsMax(1).build()));
    StoqSettings two = StoqSettings.builder().streamOpensPendingMax(2).build();
    StoqEndpoint client = start(clientBuilder().settings(two));
    StoqConnection connection = get(client.connect(server.localAddress()));
    assertThat(get(connection.openStream()).id()).isZero();
    List<CompletableFuture<StoqStream>> waiting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      waiting.add(connection.openStream());
    }

    assertThatThrownBy(() -> get(connection.openStream()))
        .cause()
        .isInstanceOf(StoqException.class)
        .hasMessageContaining("so many wait for the peer already: 2")
        .extracting(e -> ((StoqException) e).category())
        .isEqualTo(StoqException.Category.RETRYABLE);
    connection.close();
    for (CompletableFuture<StoqStream> each : waiting) {
      assertThatThrownBy(() -> get(each)).hasCauseInstanceOf(StoqClosedException.class);
    }
  }
}
