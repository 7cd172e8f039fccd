package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.StoqDatagrams.SendResult;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two endpoints over real sockets: unreliable datagrams. */
@Timeout(60)
class LoopbackDatagramTest extends LoopbackFixture {
  private final CompletableFuture<StoqConnection> accepted = new CompletableFuture<>();
  private final StoqListener accepting = tellingOfConnections(accepted::complete);

  @Test
  void shouldEchoDatagramsFromAListenerInPlace() throws Exception {
    StoqEndpoint server =
        start(
            serverBuilder(
                tellingOfConnections(
                    connection -> connection.datagrams().listener(new EchoingListener()))));
    StoqDatagrams datagrams = connect(server).datagrams();
    assertThat(datagrams.maxPayloadBytes()).isBetween(1_000, 1_500);
    List<Long> numbers = new ArrayList<>();
    for (long i = 0; i < 50; i++) {
      assertThat(datagrams.tryClaim(Long.BYTES)).isEqualTo(SendResult.ACCEPTED);
      datagrams.claimed().set(ValueLayout.JAVA_LONG_UNALIGNED, 0, i);
      datagrams.commit();
      byte[] echo = datagrams.receive(WAIT);
      numbers.add(MemorySegment.ofArray(echo).get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
    }
    assertThat(numbers).hasSize(50).isSorted().doesNotHaveDuplicates();
    assertThat(datagrams.statistics().sent()).isEqualTo(50);
    assertThat(datagrams.statistics().received()).isEqualTo(50);
    assertThat(datagrams.poll((buffer, offset, length) -> {}, 1)).isZero();
    assertThatThrownBy(() -> datagrams.receive(Duration.ofMillis(10)))
        .isInstanceOf(StoqTimeoutException.class);
  }

  private static final class EchoingListener implements StoqDatagramListener {
    @Override
    public void onReadable(StoqDatagrams datagrams) {
      datagrams.poll(
          (buffer, offset, length) ->
              assertThat(datagrams.offer(buffer, offset, length)).isEqualTo(SendResult.ACCEPTED),
          Integer.MAX_VALUE);
    }
  }

  @Test
  void shouldWaitForRoomWhereTheQueueIsFull() throws Exception {
    StoqEndpoint server = start(serverBuilder(accepting));
    StoqDatagrams datagrams = connect(server).datagrams();
    byte[] datagram = new byte[1_000];
    // Far more than the queue holds: a sender that didn't wait would be refused.
    for (int i = 0; i < 3_000; i++) {
      datagrams.send(datagram, WAIT);
    }
    assertThat(datagrams.offer(new byte[70_000])).isEqualTo(SendResult.TOO_LARGE);
    assertThatThrownBy(() -> datagrams.send(new byte[70_000], WAIT))
        .isInstanceOf(StoqException.class)
        .hasMessageContaining("70000 bytes");
    datagrams.tryClaim(10);
    datagrams.abort();
    assertThatThrownBy(() -> datagrams.tryClaim(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(datagrams::claimed).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldShowBackPressureAndTellOfRoom() throws Exception {
    StoqSettings settings = StoqSettings.builder().datagramSendQueueBytes(128 << 10).build();
    StoqEndpoint server = start(serverBuilder(accepting));
    StoqDatagrams datagrams =
        get(start(clientBuilder().settings(settings)).connect(server.localAddress())).datagrams();
    CompletableFuture<Void> full = new CompletableFuture<>();
    CompletableFuture<Void> room = new CompletableFuture<>();
    datagrams.listener(
        new StoqDatagramListener() {
          @Override
          public void onWritable(StoqDatagrams writable) {
            if (full.isDone()) {
              room.complete(null);
              return;
            }
            // On the agent's thread nothing is sent meanwhile.
            SendResult result = SendResult.ACCEPTED;
            while (result == SendResult.ACCEPTED) {
              result = writable.offer(new byte[1_000]);
            }
            assertThat(result).isEqualTo(SendResult.BACK_PRESSURE);
            full.complete(null);
          }
        });
    get(full);
    get(room);
  }

  @Test
  void shouldSendNothingWhereThePeerTakesNone() throws Exception {
    StoqSettings none = StoqSettings.builder().datagramFrameBytesMax(0).build();
    StoqEndpoint server = start(serverBuilder(accepting).settings(none));
    StoqDatagrams datagrams = connect(server).datagrams();
    assertThat(datagrams.maxPayloadBytes()).isZero();
    assertThat(datagrams.offer(new byte[1])).isEqualTo(SendResult.UNSUPPORTED);
    assertThatThrownBy(() -> datagrams.send(new byte[1], WAIT))
        .isInstanceOf(StoqException.class)
        .hasMessageContaining("takes none");
    // The other way is open: the client takes them.
    StoqDatagrams others = get(accepted).datagrams();
    assertThat(others.offer(new byte[7])).isEqualTo(SendResult.ACCEPTED);
    assertThat(datagrams.receive(WAIT)).hasSize(7);
  }

  @Test
  void shouldWakeWhoWaitsWhenTheConnectionEnds() throws Exception {
    StoqEndpoint server = start(serverBuilder(accepting));
    StoqConnection connection = connect(server);
    StoqDatagrams datagrams = connection.datagrams();
    Future<byte[]> waiting = threads.submit(() -> datagrams.receive(Duration.ZERO));
    get(accepted).close(3, "enough");
    assertThatThrownBy(() -> waiting.get(WAIT.toMillis(), TimeUnit.MILLISECONDS))
        .hasCauseInstanceOf(StoqClosedException.class);
    assertThat(datagrams.offer(new byte[1])).isEqualTo(SendResult.CLOSED);
    assertThatThrownBy(() -> datagrams.send(new byte[1], WAIT))
        .isInstanceOf(StoqClosedException.class);
  }
}
