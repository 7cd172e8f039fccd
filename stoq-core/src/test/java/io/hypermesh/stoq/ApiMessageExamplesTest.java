package io.hypermesh.stoq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.StoqDatagrams.SendResult;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples of message channels and datagrams that the Javadoc and the README show, run. */
@Timeout(60)
class ApiMessageExamplesTest extends LoopbackFixture {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final CompletableFuture<StoqConnection> accepted = new CompletableFuture<>();

  private final StoqListener accepting = tellingOfConnections(accepted::complete);

  @Test
  void shouldSendMessagesInPlace() throws Exception {
    StoqConnection connection = connect(start(serverBuilder(accepting)));
    long sequence = 42;
    // @start region="channelSend"
    StoqChannel channel = connection.openStream().get(5, SECONDS).channel();
    MemorySegment space = channel.tryClaim(Long.BYTES); // in the send buffer, without a copy
    if (space != null) { // else the stream is full: onWritable says when to go on
      space.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, sequence);
      channel.commit();
    }
    // @end
    StoqStreamChannel receiving = get(accepted).acceptStream(WAIT).channel();
    List<Long> sequences = new ArrayList<>();
    CompletableFuture<List<Long>> done = new CompletableFuture<>();
    // @start region="channelPoll"
    receiving.stream()
        .listener(
            new StoqStreamListener() {
              @Override
              public void onReadable(StoqStream stream) throws StoqException {
                while (receiving.poll(this::onMessage, 10) > 0) {
                  // Each message once, whole and in order.
                }
                if (receiving.isEnd()) {
                  done.complete(sequences);
                }
              }

              private void onMessage(MemorySegment buffer, long offset, int length) {
                sequences.add(buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, offset));
              }
            });
    // @end
    channel.finish();
    assertThat(get(done)).containsExactly(sequence);
  }

  @Test
  void shouldAnswerMessagesOnAVirtualThread() throws Exception {
    StoqConnection connection = connect(start(serverBuilder(accepting)));
    threads.execute(() -> serve(accepted.join()));
    // @start region="channelBlocking"
    StoqChannel channel = connection.openStream().get(5, SECONDS).channel(1_024); // bytes at most
    channel.send(new byte[] {1, 2, 3}, Duration.ofSeconds(5)); // waits while the stream is full
    byte[] answer = channel.receive(Duration.ofSeconds(5)); // null after the peer's last
    channel.finish();
    // @end
    assertThat(answer).containsExactly(1, 2, 3);
    assertThat(channel.receive(WAIT)).isNull();
  }

  private static void serve(StoqConnection connection) {
    // @start region="channelServe"
    try {
      StoqChannel channel = connection.acceptStream(Duration.ofSeconds(5)).channel(1_024);
      byte[] request = channel.receive(Duration.ofSeconds(5));
      while (request != null) {
        channel.send(request, Duration.ofSeconds(5));
        request = channel.receive(Duration.ofSeconds(5));
      }
      channel.finish();
    } catch (IOException e) {
      connection.close(1, "unusable messages");
    }
    // @end
  }

  @Test
  void shouldSendDatagrams() throws Exception {
    StoqConnection connection = connect(start(serverBuilder(accepting)));
    StoqDatagrams receiving = get(accepted).datagrams();
    long sequence = 42;
    // @start region="datagrams"
    StoqDatagrams datagrams = connection.datagrams();
    if (datagrams.tryClaim(Long.BYTES) == SendResult.ACCEPTED) { // else: full, too large, closed
      datagrams.claimed().set(ValueLayout.JAVA_LONG_UNALIGNED, 0, sequence);
      datagrams.commit();
    }
    // @end
    // @start region="datagramsReceive"
    byte[] datagram = receiving.receive(Duration.ofSeconds(5)); // on a virtual thread
    // @end
    assertThat(MemorySegment.ofArray(datagram).get(LONG, 0)).isEqualTo(sequence);
    assertThat(datagrams.statistics().sent()).isEqualTo(1);
  }

  @Test
  void shouldPollDatagramsFromAListener() throws Exception {
    StoqConnection connection = connect(start(serverBuilder(accepting)));
    CompletableFuture<Long> sequence = new CompletableFuture<>();
    StoqDatagrams receiving = get(accepted).datagrams();
    // @start region="datagramsPoll"
    receiving.listener(
        new StoqDatagramListener() {
          @Override
          public void onReadable(StoqDatagrams datagrams) {
            while (datagrams.poll(this::onDatagram, 10) > 0) {
              // Each whole, in any order, at most once, or not at all.
            }
          }

          private void onDatagram(MemorySegment buffer, long offset, int length) {
            sequence.complete(buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, offset));
          }
        });
    // @end
    byte[] datagram = new byte[Long.BYTES];
    MemorySegment.ofArray(datagram).set(LONG, 0, 7);
    // @start region="datagramsSend"
    connection.datagrams().send(datagram, Duration.ofSeconds(5)); // waits while the queue is full
    // @end
    assertThat(get(sequence)).isEqualTo(7);
  }
}
