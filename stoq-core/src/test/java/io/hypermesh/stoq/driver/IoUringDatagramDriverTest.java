package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class IoUringDatagramDriverTest extends NativeDriverContract {
  @BeforeEach
  void skipWhereThereIsNone() {
    assumeTrue(
        IoUringDatagramDriver.isAvailable(),
        () -> "no io_uring here: " + IoUringDatagramDriver.unavailable());
  }

  @Override
  DatagramDriver open(InetSocketAddress address, int datagramBytesMax) throws IOException {
    return IoUringDatagramDriver.open(address, datagramBytesMax);
  }

  @Override
  DatagramDriver open(UnaryOperator<SegmentedSend.Call> sendCall) throws IOException {
    return IoUringDatagramDriver.open(ANY_PORT, DATAGRAM_BYTES, sendCall);
  }

  @Override
  long sendFailures(DatagramDriver driver) {
    return ((IoUringDatagramDriver) driver).sendFailures();
  }

  @Override
  int refusedPaths(DatagramDriver driver) {
    return ((IoUringDatagramDriver) driver).refusedPaths();
  }

  @Test
  void shouldSubmitManyMessagesAtOnceAndGoOnPastOneThatFails() throws Exception {
    List<Integer> counts = new ArrayList<>();
    try (DatagramDriver a =
            open(call ->
                (messages, count) -> {
                  int tried = call.send(messages, count);
                  counts.add(tried);
                  return tried;
                });
        DatagramDriver b = open(ANY_PORT);
        DatagramDriver c = open(ANY_PORT)) {
      List<DatagramDriver> receivers = List.of(b, c);
      for (int i = 0; i < 8; i++) {
        // No datagram goes to port 0.
        write(a, i, 300, i == 4 ? ANY_PORT : receivers.get(i % 2).localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      assertThat(counts).containsExactly(8);
      assertThat(sendFailures(a)).isEqualTo(1);
      assertThat(receive(b, 3)).extracting(List::getFirst).containsExactly(0, 2, 6);
      assertThat(receive(c, 4)).extracting(List::getFirst).containsExactly(1, 3, 5, 7);
    }
  }

  @Test
  void shouldKeepWhatOneMessageOfManyLeavesBehind() throws Exception {
    List<Integer> results = new ArrayList<>(List.of(-Errno.EAGAIN));
    try (DatagramDriver a =
            open(call ->
                (messages, count) -> {
                  int tried = call.send(messages, count);
                  if (!results.isEmpty()) {
                    messages.setResult(1, results.removeFirst());
                  }
                  return tried;
                });
        DatagramDriver b = open(ANY_PORT);
        DatagramDriver c = open(ANY_PORT)) {
      write(a, 1, 300, b.localAddress(), 0);
      write(a, 2, 300, c.localAddress(), 0);
      write(a, 3, 300, b.localAddress(), 0);
      // As where the socket had no room for the second, and had some again for the third.
      assertThat(a.flush()).isEqualTo(1);
      a.await(Long.MAX_VALUE);
      assertThat(a.flush()).isZero();
      assertThat(receive(b, 2)).extracting(List::getFirst).containsExactly(1, 3);
      assertThat(receive(c, 2)).extracting(List::getFirst).containsExactly(2, 2);
    }
  }

  @Test
  void shouldReceiveAgainWhenAllBuffersWereFull() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
      // The receiving request is made, and many more datagrams come than there are buffers.
      b.receive((buffer, offset, length, source, ecn) -> {}, 1);
      List<Integer> sent = new ArrayList<>();
      for (int i = 0; i < 10 * ProvidedBuffers.COUNT; i++) {
        // A longer one doesn't go into the run of one before, so each takes a buffer.
        write(a, i, 100 + i, b.localAddress(), 0);
        assertThat(a.flush()).isZero();
        sent.add(i);
      }
      assertThat(receive(b, sent.size())).extracting(List::getFirst).isEqualTo(sent);
      write(a, 1, 10, b.localAddress(), 0);
      assertThat(a.flush()).isZero();
      assertThat(receive(b, 1)).containsExactly(List.of(1, 10));
    }
  }

  private static <T> T onAnotherThread(Callable<T> call) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            result.complete(call.call());
          } catch (Exception e) {
            result.completeExceptionally(e);
          }
        });
    return result.get(20, TimeUnit.SECONDS);
  }

  @Test
  void shouldGoOnWhereAnotherThreadTakesOver() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
      int number = 0;
      for (int round = 0; round < 20; round++) {
        int first = number;
        for (int i = 0; i < 40; i++) {
          write(a, number++, 500 + i, b.localAddress(), 0);
        }
        assertThat(onAnotherThread(a::flush)).isZero();
        // Some of them are in the first thread's ring when the second comes.
        assertThat(receive(b, 5, 5)).extracting(List::getFirst).isEqualTo(numbers(first, 5));
        assertThat(onAnotherThread(() -> receive(b, 15, 5)))
            .extracting(List::getFirst)
            .isEqualTo(numbers(first + 5, 15));
        assertThat(receive(b, 20)).extracting(List::getFirst).isEqualTo(numbers(first + 20, 20));
      }
    }
  }

  private static List<Integer> numbers(int first, int count) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      numbers.add(i & 0xff);
    }
    return numbers;
  }

  /** Receives so many datagrams, a few a call. */
  private static List<List<Integer>> receive(DatagramDriver driver, int count, int limit)
      throws IOException {
    List<List<Integer>> received = new ArrayList<>();
    while (received.size() < count) {
      driver.await(WAIT_NANOS);
      driver.receive(
          (buffer, offset, length, source, ecn) ->
              received.add(
                  List.of(Byte.toUnsignedInt(buffer.get(ValueLayout.JAVA_BYTE, offset)), length)),
          Math.min(limit, count - received.size()));
    }
    return received;
  }

  @Test
  void shouldFreeItsPortWhenClosed() throws Exception {
    InetSocketAddress address;
    try (DatagramDriver first = open(ANY_PORT)) {
      address = first.localAddress();
    }
    for (int round = 0; round < 20; round++) {
      try (DatagramDriver driver = open(address);
          DatagramDriver other = open(ANY_PORT)) {
        // Everything is in flight that can be.
        driver.await(1_000);
        driver.receive((buffer, offset, length, source, ecn) -> {}, 1);
        write(other, round, 10, address, 0);
        assertThat(other.flush()).isZero();
      }
    }
  }

  @Test
  void shouldBeClosedByAnotherThreadThanTheOneThatUsedIt() throws Exception {
    for (int round = 0; round < 20; round++) {
      DatagramDriver driver = open(ANY_PORT);
      onAnotherThread(() -> {
        driver.await(1_000);
        return driver.receive((buffer, offset, length, source, ecn) -> {}, 1);
      });
      driver.close();
      assertThatThrownBy(() -> driver.await(1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void shouldAskTheKernelWhatItCanDo() throws Exception {
    assertThat(IoUring.missing(Libc.newCallState())).isNull();
    try (DatagramDriver driver = open(new InetSocketAddress(InetAddress.ofLiteral("::"), 0))) {
      assertThat(driver.name()).isEqualTo("io_uring");
    }
  }

  @Test
  void shouldTakeBackWhatWasNeverSubmittedAndTellOfTime() throws Exception {
    try (Arena arena = Arena.ofConfined();
        IoUring ring = new IoUring(Libc.newCallState());
        WakeUpEvent event = new WakeUpEvent(Libc.newCallState(), arena)) {
      assertThat(ring.room()).isEqualTo(IoUring.ENTRIES);
      ring.prepare(IoUring.OP_POLL_ADD, 0, 0, event.number(), 0, 0, 1, 77);
      assertThat(ring.room()).isEqualTo(IoUring.ENTRIES - 1);
      ring.forget();
      assertThat(ring.room()).isEqualTo(IoUring.ENTRIES);
      long before = System.nanoTime();
      assertThat(ring.enter(1, 2_000_000)).isEqualTo(-Errno.ETIME);
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(2_000_000);
      assertThat(onAnotherThread(() -> ring.enter(0, 0))).isEqualTo(-Errno.EEXIST);

      ring.prepare(IoUring.OP_POLL_ADD, 0, 0, event.number(), 0, 0, 1, 78);
      event.signal();
      assertThat(ring.enter(1, Long.MAX_VALUE)).isEqualTo(1);
      List<Long> requests = new ArrayList<>();
      ring.reap((request, result, flags) -> requests.add(request));
      assertThat(requests).containsExactly(78L);
    }
  }
}
