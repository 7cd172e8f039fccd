package io.hypermesh.stoq.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RingProperties {
  private static final int CAPACITY = RingLayout.CAPACITY_MIN;
  private static final int LENGTH_MAX = RingLayout.messageLengthMax(CAPACITY);

  private static MemorySegment memory(long capacity) {
    return MemorySegment.ofArray(new long[(int) RingLayout.bytes(capacity) / Long.BYTES]);
  }

  private static byte[] message(Random random, int length) {
    byte[] message = new byte[length];
    random.nextBytes(message);
    return message;
  }

  private static boolean send(RingProducer producer, byte[] message) throws BrokenRingException {
    long at = producer.claim(message.length);
    if (at < 0) {
      return false;
    }
    MemorySegment.copy(message, 0, producer.frames(), ValueLayout.JAVA_BYTE, at, message.length);
    producer.commit();
    return true;
  }

  private static int take(RingConsumer consumer, ArrayDeque<byte[]> expected, int limit)
      throws BrokenRingException {
    return consumer.poll(
        (buffer, offset, length) -> {
          assertThat(buffer.isReadOnly()).isTrue();
          assertThat(offset % RingLayout.ALIGNMENT).isZero();
          assertThat(buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE))
              .isEqualTo(expected.remove());
        },
        limit);
  }

  /** Against a queue, whatever the two ends do one after the other. */
  @Property(tries = 300)
  void shouldCarryWhatAQueueWouldWhateverTheInterleaving(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 3) int doublings) throws Exception {
    Random random = new Random(seed);
    long capacity = (long) CAPACITY << doublings;
    int lengthMax = 1 + random.nextInt(RingLayout.messageLengthMax(capacity));
    MemorySegment memory = memory(capacity);
    RingProducer producer = new RingProducer(memory, lengthMax);
    RingConsumer consumer = new RingConsumer(memory, lengthMax);
    ArrayDeque<byte[]> queue = new ArrayDeque<>();
    int refused = 0;
    for (int step = 0; step < 300; step++) {
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          byte[] message = message(random, random.nextInt(lengthMax + 1));
          if (send(producer, message)) {
            queue.add(message);
          } else {
            refused++;
            assertThat(queue).as("full without anything in it").isNotEmpty();
          }
        }
        case 3 -> {
          int length = random.nextInt(lengthMax + 1);
          long at = producer.claim(length);
          if (at >= 0) {
            assertThat(producer.isClaimed()).isTrue();
            producer.frames().asSlice(at, length).fill((byte) step);
          }
          producer.abort();
          assertThat(producer.isClaimed()).isFalse();
        }
        default -> {
          int limit = random.nextInt(4);
          int waiting = queue.size();
          int taken = take(consumer, queue, limit);
          assertThat(taken).isLessThanOrEqualTo(limit).isEqualTo(waiting - queue.size());
          assertThat(taken > 0 || limit == 0 || waiting == 0).isTrue();
        }
      }
    }
    drain(consumer, queue);
    assertThat(consumer.isDrained()).isTrue();
    assertThat(consumer.isEnd()).isFalse();
    producer.finish();
    producer.abandon();
    assertThat(consumer.isEnd()).isTrue();
    assertThat(consumer.isAbandoned()).isFalse();
    assertThat(refused).isLessThan(300);
  }

  private static void drain(RingConsumer consumer, ArrayDeque<byte[]> queue) throws Exception {
    while (take(consumer, queue, 10) > 0) {
      // Until nothing is left.
    }
    assertThat(queue).isEmpty();
  }

  @Test
  void shouldCarryEveryLengthAtEveryPositionOfTheRing() throws Exception {
    MemorySegment memory = memory(CAPACITY);
    RingProducer producer = new RingProducer(memory, LENGTH_MAX);
    RingConsumer consumer = new RingConsumer(memory, LENGTH_MAX);
    Random random = new Random(1);
    ArrayDeque<byte[]> queue = new ArrayDeque<>();
    for (int shift = 0; shift < CAPACITY; shift += RingLayout.ALIGNMENT) {
      for (int length = 0; length <= LENGTH_MAX; length += 1 + shift % 7) {
        byte[] message = message(random, length);
        assertThat(send(producer, message)).as("an empty ring has room").isTrue();
        queue.add(message);
        assertThat(take(consumer, queue, 1)).isEqualTo(1);
      }
    }
  }

  @Test
  void shouldRefuseWhatDoesNotFitUntilThereIsRoom() throws Exception {
    MemorySegment memory = memory(CAPACITY);
    RingProducer producer = new RingProducer(memory, LENGTH_MAX);
    RingConsumer consumer = new RingConsumer(memory, LENGTH_MAX);
    ArrayDeque<byte[]> queue = new ArrayDeque<>();
    while (send(producer, new byte[8])) {
      queue.add(new byte[8]);
    }
    assertThat(queue).hasSize(CAPACITY / 16);
    assertThat(take(consumer, queue, 1)).isEqualTo(1);
    assertThat(send(producer, new byte[9])).isFalse();
    assertThat(send(producer, new byte[8])).isTrue();
    queue.add(new byte[8]);
    drain(consumer, queue);
  }

  @Test
  void shouldCountAMessageAsTakenWhoseHandlerThrows() throws Exception {
    MemorySegment memory = memory(CAPACITY);
    RingProducer producer = new RingProducer(memory, LENGTH_MAX);
    RingConsumer consumer = new RingConsumer(memory, LENGTH_MAX);
    send(producer, new byte[1]);
    send(producer, new byte[2]);
    assertThatThrownBy(() ->
            consumer.poll(
                (buffer, offset, length) -> {
                  throw new IllegalArgumentException("no");
                },
                5))
        .hasMessage("no");
    assertThat(take(consumer, new ArrayDeque<>(List.of(new byte[2])), 5)).isEqualTo(1);
  }

  @Test
  void shouldSayThatTheOtherEndIsGone() throws Exception {
    MemorySegment memory = memory(CAPACITY);
    RingProducer producer = new RingProducer(memory, LENGTH_MAX);
    RingConsumer consumer = new RingConsumer(memory, LENGTH_MAX);
    send(producer, new byte[3]);
    producer.abandon();
    producer.finish();
    assertThat(consumer.isAbandoned()).as("one message is there").isFalse();
    take(consumer, new ArrayDeque<>(List.of(new byte[3])), 1);
    assertThat(consumer.isAbandoned()).isTrue();
    assertThat(consumer.isEnd()).isFalse();
    assertThat(producer.isConsumerGone()).isFalse();
    consumer.abandon();
    assertThat(producer.isConsumerGone()).isTrue();
  }

  @Test
  void shouldRefuseMemoryAndLengthsThatCannotBe() {
    assertThatThrownBy(() -> new RingProducer(MemorySegment.ofArray(new long[200]), 1))
        .hasMessageContaining("power of two");
    assertThatThrownBy(() -> new RingConsumer(memory(CAPACITY), LENGTH_MAX + 1))
        .hasMessageContaining("out of 1 to " + LENGTH_MAX);
    RingProducer producer = new RingProducer(memory(CAPACITY), 10);
    assertThatThrownBy(() -> producer.claim(11)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> producer.claim(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  // ---- A hostile other end -------------------------------------------------------------------

  /**
   * Guard bytes around the ring stay as they are; the consumer hands out only what lies in the
   * ring; each poll ends.
   */
  @Property(tries = 1_000)
  void shouldReadNothingOutsideAndEndWhateverTheProducerWrote(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int words) {
    Random random = new Random(seed);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment region = arena.allocate(RingLayout.bytes(CAPACITY), Long.BYTES);
      int lengthMax = 1 + random.nextInt(LENGTH_MAX);
      RingProducer producer = new RingProducer(region, lengthMax);
      RingConsumer consumer = new RingConsumer(region, lengthMax);
      try {
        for (int i = 0; i < random.nextInt(20); i++) {
          send(producer, message(random, random.nextInt(lengthMax + 1)));
        }
      } catch (BrokenRingException e) {
        throw new AssertionError("nobody broke it yet", e);
      }
      for (int i = 0; i < words; i++) {
        scribble(region, random);
        int[] handed = new int[1];
        try {
          consumer.poll(
              (buffer, offset, length) -> {
                handed[0]++;
                assertThat(length).isBetween(0, lengthMax);
                assertThat(offset).isBetween(0L, CAPACITY - (long) length);
              },
              CAPACITY);
        } catch (BrokenRingException e) {
          assertThat(e).hasMessageContaining("can't be");
        }
        assertThat(handed[0]).isLessThanOrEqualTo(CAPACITY / RingLayout.FRAME_HEADER_LENGTH);
      }
    }
  }

  /** The producer stays in the ring and never writes over what it believes to be untaken. */
  @Property(tries = 1_000)
  void shouldWriteNothingOutsideWhateverTheConsumerWrote(@ForAll long seed) {
    Random random = new Random(seed);
    MemorySegment memory = memory(CAPACITY);
    RingProducer producer = new RingProducer(memory, LENGTH_MAX);
    for (int i = 0; i < 50; i++) {
      memory.set(ValueLayout.JAVA_LONG, RingLayout.HEAD, anyPosition(random));
      int length = random.nextInt(LENGTH_MAX + 1);
      try {
        long at = producer.claim(length);
        if (at >= 0) {
          assertThat(at).isBetween(0L, CAPACITY - (long) length);
          producer.commit();
        }
      } catch (BrokenRingException e) {
        assertThat(e).hasMessageContaining("position can't be");
        assertThat(producer.isClaimed()).isFalse();
      }
    }
  }

  private static void scribble(MemorySegment region, Random random) {
    long value =
        switch (random.nextInt(4)) {
          case 0 -> random.nextLong();
          case 1 -> RingLayout.frameHeader(1 + random.nextInt(2), random.nextInt(CAPACITY));
          case 2 -> RingLayout.frameHeader(random.nextInt(4), random.nextInt());
          default -> anyPosition(random);
        };
    long offset =
        random.nextInt(3) == 0
            ? RingLayout.TAIL
            : RingLayout.OVERHEAD + random.nextInt(CAPACITY / Long.BYTES) * (long) Long.BYTES;
    region.set(ValueLayout.JAVA_LONG, offset, value);
  }

  private static long anyPosition(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> Long.MIN_VALUE;
      case 2 -> Long.MAX_VALUE & -RingLayout.ALIGNMENT;
      default -> random.nextInt(3 * CAPACITY);
    };
  }

  @Test
  void shouldNameWhatEachKindOfBadFrameIs() throws Exception {
    long[] headers = {
      0,
      RingLayout.frameHeader(3, 0),
      RingLayout.frameHeader(RingLayout.MESSAGE, 101),
      RingLayout.frameHeader(RingLayout.MESSAGE, 0x80000000L),
      RingLayout.frameHeader(RingLayout.MESSAGE, 0xffffffffL),
      RingLayout.frameHeader(RingLayout.MESSAGE, 90),
      RingLayout.frameHeader(RingLayout.PADDING, 8),
      RingLayout.frameHeader(RingLayout.PADDING, 0xfffffff8L)
    };
    for (long header : headers) {
      MemorySegment memory = memory(CAPACITY);
      RingConsumer consumer = new RingConsumer(memory, 100);
      memory.set(ValueLayout.JAVA_LONG, RingLayout.OVERHEAD, header);
      memory.set(ValueLayout.JAVA_LONG, RingLayout.TAIL, 48);
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(() -> consumer.poll((buffer, offset, length) -> {}, 1))
            .isInstanceOf(BrokenRingException.class)
            .hasMessageContaining("frame can't be: " + header);
      }
      assertThat(memory.get(ValueLayout.JAVA_LONG, RingLayout.HEAD)).isZero();
    }
  }

  @Test
  void shouldRefusePositionsThatCannotBe() {
    for (long tail : new long[] {-8, 1, CAPACITY + 8, Long.MIN_VALUE, Long.MAX_VALUE}) {
      MemorySegment memory = memory(CAPACITY);
      memory.set(ValueLayout.JAVA_LONG, RingLayout.TAIL, tail);
      RingConsumer consumer = new RingConsumer(memory, 100);
      assertThatThrownBy(() -> consumer.poll((buffer, offset, length) -> {}, 1))
          .hasMessageContaining("position can't be: " + tail);
      assertThatThrownBy(consumer::isDrained).isInstanceOf(BrokenRingException.class);
    }
    assertThat(List.of(RingLayout.isCapacity(0), RingLayout.isCapacity(CAPACITY + 1)))
        .containsOnly(false);
  }
}
