package io.hypermesh.stoq.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two threads, messages of all lengths, each with a number and a checksum. */
@Timeout(120)
class RingStressTest {
  private static final int MESSAGES = 400_000;
  private static final int LENGTH_MAX = 500;

  private static int lengthOf(long number) {
    // Mostly short, so that ends meet often.
    long mixed = number * 0x9e3779b97f4a7c15L;
    return Long.BYTES + (int) (mixed >>> 60 == 0 ? (mixed >>> 32) % LENGTH_MAX : mixed >>> 61);
  }

  private static byte byteOf(long number, int index) {
    return (byte) (number * 31 + index);
  }

  @Test
  void shouldDeliverEveryMessageWholeOnceAndInOrderBetweenTwoThreads() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment region = arena.allocate(RingLayout.bytes(2_048), 64);
      RingProducer producer = new RingProducer(region, LENGTH_MAX + Long.BYTES);
      RingConsumer consumer = new RingConsumer(region, LENGTH_MAX + Long.BYTES);
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(() -> send(producer), Thread::startVirtualThread);
      long[] next = new long[1];
      IdleStrategy idle = new BackoffIdleStrategy(50, 5, 1_000, 100_000);
      while (!consumer.isEnd()) {
        int polled =
            consumer.poll((buffer, offset, length) -> check(buffer, offset, length, next[0]++), 64);
        if (sending.isCompletedExceptionally()) {
          sending.join();
        }
        idle.idle(polled);
      }
      sending.join();
      assertThat(next[0]).isEqualTo(MESSAGES);
    }
  }

  private static void send(RingProducer producer) {
    IdleStrategy idle = new BackoffIdleStrategy(50, 5, 1_000, 100_000);
    try {
      for (long number = 0; number < MESSAGES; number++) {
        int length = lengthOf(number);
        long at = producer.claim(length);
        while (at < 0) {
          idle.idle();
          at = producer.claim(length);
        }
        idle.reset();
        producer.frames().set(ValueLayout.JAVA_LONG, at, number);
        for (int i = Long.BYTES; i < length; i++) {
          producer.frames().set(ValueLayout.JAVA_BYTE, at + i, byteOf(number, i));
        }
        producer.commit();
      }
      producer.finish();
    } catch (BrokenRingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void check(MemorySegment buffer, long offset, int length, long expected) {
    if (length != lengthOf(expected) || buffer.get(ValueLayout.JAVA_LONG, offset) != expected) {
      throw new AssertionError("message " + expected + " is another, of length " + length);
    }
    for (int i = Long.BYTES; i < length; i++) {
      if (buffer.get(ValueLayout.JAVA_BYTE, offset + i) != byteOf(expected, i)) {
        throw new AssertionError("message " + expected + " is damaged at " + i);
      }
    }
  }
}
