package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The bounded queue between an endpoint's agents. */
class ForwardedDatagramsTest {
  private static final InetSocketAddress SOURCE =
      new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 4_433);

  private static MemorySegment datagram(int length, int value) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[length + 1]);
    bytes.fill((byte) value);
    return bytes;
  }

  private static boolean offer(ForwardedDatagrams queue, int length, int value) {
    return queue.offer(datagram(length, value), 1, length, value, SOURCE, value & 3);
  }

  @Test
  void shouldHandOverCopiesInOrderAndLoseWhatIsOverItsBound() {
    ForwardedDatagrams queue = new ForwardedDatagrams(5);
    assertThat(queue.capacity()).isEqualTo(8);
    assertThat(queue.isEmpty()).isTrue();
    int value = 0;
    int expected = 0;
    for (int turn = 0; turn < 5; turn++) {
      int taken = 0;
      for (int i = 0; i < 10; i++) {
        // Lengths up to the longest datagram there is.
        if (offer(queue, 1 + value * 1_500 % 65_527, value)) {
          taken++;
          value++;
        }
      }
      assertThat(taken).isEqualTo(8);
      assertThat(queue.isEmpty()).isFalse();
      List<Integer> groups = new ArrayList<>();
      ForwardedDatagrams.Handler handler =
          (buffer, length, group, source, ecn) -> {
            groups.add(group);
            assertThat(length).isEqualTo(1 + group * 1_500 % 65_527);
            assertThat(buffer.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) group);
            assertThat(buffer.get(ValueLayout.JAVA_BYTE, length - 1)).isEqualTo((byte) group);
            assertThat(source).isEqualTo(SOURCE);
            assertThat(ecn).isEqualTo(group & 3);
          };
      assertThat(queue.drain(handler, 3)).isEqualTo(3);
      assertThat(queue.drain(handler, 100)).isEqualTo(5);
      assertThat(queue.drain(handler, 100)).isZero();
      assertThat(queue.isEmpty()).isTrue();
      for (int group : groups) {
        assertThat(group).isEqualTo(expected++);
      }
    }
  }

  @Test
  void shouldFreeThePlaceOfWhatItsHandlerFailedOn() {
    ForwardedDatagrams queue = new ForwardedDatagrams(2);
    assertThat(offer(queue, 10, 1)).isTrue();
    assertThat(offer(queue, 10, 2)).isTrue();
    assertThat(offer(queue, 10, 3)).isFalse();
    assertThatThrownBy(() ->
            queue.drain(
                (_, _, _, _, _) -> {
                  throw new IllegalStateException("made to fail");
                },
                2))
        .isInstanceOf(IllegalStateException.class);
    assertThat(offer(queue, 10, 3)).isTrue();
    List<Integer> groups = new ArrayList<>();
    assertThat(queue.drain((_, _, group, _, _) -> groups.add(group), 9)).isEqualTo(2);
    assertThat(groups).containsExactly(2, 3);
  }

  @Test
  void shouldLoseNothingThatItTookFromSeveralThreads() throws Exception {
    ForwardedDatagrams queue = new ForwardedDatagrams(16);
    int producers = 3;
    int each = 500;
    AtomicInteger taken = new AtomicInteger();
    AtomicInteger running = new AtomicInteger(producers);
    List<Thread> threads = new ArrayList<>();
    for (int p = 0; p < producers; p++) {
      int producer = p;
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                for (int i = 0; i < each; i++) {
                  if (offer(queue, 20 + producer, producer)) {
                    taken.incrementAndGet();
                  } else {
                    Thread.onSpinWait();
                  }
                }
                running.decrementAndGet();
              }));
    }
    AtomicInteger seen = new AtomicInteger();
    ForwardedDatagrams.Handler handler =
        (buffer, length, group, source, ecn) -> {
          assertThat(length).isEqualTo(20 + group);
          assertThat(buffer.get(ValueLayout.JAVA_BYTE, length - 1)).isEqualTo((byte) group);
          seen.incrementAndGet();
        };
    while (running.get() > 0 || !queue.isEmpty()) {
      if (queue.drain(handler, 8) == 0) {
        Thread.onSpinWait();
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(seen).hasValue(taken.get());
    assertThat(taken.get()).isPositive();
  }
}
