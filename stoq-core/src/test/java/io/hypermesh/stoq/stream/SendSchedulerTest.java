package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hypermesh.stoq.packet.AllocationMeter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SendSchedulerTest {
  private final StreamSet streams = StreamSetFixture.client(1 << 20);
  private final MemorySegment data = MemorySegment.ofArray(new byte[1_000]);

  private List<Stream> open(int count) {
    streams.peerLimits(1L << 40, 0, 1L << 40, 0, count, 0);
    List<Stream> opened = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      opened.add(streams.open(true));
    }
    return opened;
  }

  private void write(Stream stream, int length) {
    assertThat(stream.sendBuffer().write(data, 0, length)).isEqualTo(length);
    streams.onProgress(stream);
  }

  /** A packet of at most 100 bytes; the ID of the stream that sent it, or -1. */
  private long send() {
    Stream stream = streams.peekSender();
    if (stream == null) {
      return -1;
    }
    SendBuffer buffer = stream.sendBuffer();
    long available = buffer.pendingLength(streams.sendEnd(stream));
    int length = (int) Math.min(100, available);
    long offset = buffer.pendingOffset();
    streams.onSent(stream, offset, length, buffer.finAt(offset + length));
    if (length < available) {
      streams.endTurn(stream);
    }
    return stream.id();
  }

  private List<Long> sendAll() {
    List<Long> order = new ArrayList<>();
    for (long id = send(); id >= 0; id = send()) {
      order.add(id);
    }
    return order;
  }

  @Test
  void shouldShareAmongIncrementalStreams() {
    for (Stream stream : open(3)) {
      write(stream, 300);
    }
    assertThat(sendAll()).containsExactly(0L, 4L, 8L, 0L, 4L, 8L, 0L, 4L, 8L);
  }

  @Test
  void shouldFinishOneStreamAfterTheOtherWhereTheyAreNotIncremental() {
    List<Stream> opened = open(3);
    opened.forEach(stream -> stream.prioritize(3, false));
    opened.reversed().forEach(stream -> write(stream, 200));
    assertThat(sendAll()).containsExactly(8L, 8L, 4L, 4L, 0L, 0L);
  }

  @Test
  void shouldSendTheMoreUrgentFirstAlsoWhenItComesLater() {
    List<Stream> opened = open(3);
    opened.get(2).prioritize(0, false);
    opened.get(1).prioritize(7, true);
    write(opened.get(0), 200);
    write(opened.get(1), 100);
    assertThat(send()).isEqualTo(0);
    write(opened.get(2), 200);
    assertThat(sendAll()).containsExactly(8L, 8L, 0L, 4L);
  }

  @Test
  void shouldRepeatWhatWasLostFirstWithinItsUrgencyOnly() {
    List<Stream> opened = open(3);
    opened.get(0).prioritize(1, true);
    write(opened.get(1), 100);
    write(opened.get(2), 100);
    assertThat(sendAll()).containsExactly(4L, 8L);
    write(opened.get(0), 100);
    write(opened.get(1), 100);
    streams.onLost(8, 0, 100, false);
    assertThat(sendAll()).containsExactly(0L, 8L, 4L);
  }

  @Test
  void shouldNotSendWhatThePeerAcknowledgedAfterAll() {
    List<Stream> opened = open(1);
    write(opened.getFirst(), 100);
    send();
    streams.onLost(0, 0, 100, false);
    streams.onAcknowledged(0, 0, 100, false);
    assertThat(streams.peekSender()).isNull();
  }

  @Test
  void shouldTakeUpAnotherPriorityAtOnce() {
    List<Stream> opened = open(2);
    opened.forEach(stream -> write(stream, 200));
    opened.get(1).prioritize(2, true);
    assertThat(sendAll()).containsExactly(4L, 4L, 0L, 0L);
    assertThatIllegalArgumentException().isThrownBy(() -> opened.get(0).prioritize(8, true));
  }

  @Test
  void shouldForgetAStreamThatIsReset() {
    List<Stream> opened = open(2);
    opened.forEach(stream -> write(stream, 200));
    streams.reset(opened.get(0), 1);
    assertThat(sendAll()).containsExactly(4L, 4L);
    streams.orphanAll();
    assertThat(streams.peekSender()).isNull();
  }

  @Test
  void shouldAllocateNothingWithTenThousandStreams() throws Exception {
    List<Stream> opened = open(10_000);
    for (int i = 0; i < opened.size(); i++) {
      opened.get(i).prioritize(i % 8, i % 3 > 0);
      write(opened.get(i), 64);
    }
    double each =
        AllocationMeter.bytesEach(
            round -> {
              Stream stream = opened.get((int) (round * 7_919 % 10_000));
              long offset = stream.sendBuffer().sentEnd();
              Stream sender = streams.peekSender();
              if (sender == null) {
                throw new AssertionError("nothing to send");
              }
              streams.onLost(stream.id(), Math.max(0, offset - 10), 10, false);
              streams.endTurn(sender);
              streams.onAcknowledged(stream.id(), Math.max(0, offset - 10), 10, false);
            },
            1);
    assertThat(each).isLessThanOrEqualTo(1);
  }
}
