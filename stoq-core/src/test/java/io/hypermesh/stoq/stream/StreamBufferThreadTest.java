package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The two threads of a buffer, at full speed. */
@Timeout(60)
class StreamBufferThreadTest {
  private static final int TOTAL = 2 << 20;

  private static byte expected(long offset) {
    return (byte) (offset * 31 + (offset >>> 8));
  }

  @Test
  void shouldCarryEveryByteBetweenTwoThreads() throws InterruptedException {
    ChunkPool pool = new ChunkPool(1024, 64);
    SendBuffer send = new SendBuffer(pool, 16 << 10);
    ReceiveBuffer receive = new ReceiveBuffer(pool, 16 << 10, 64);
    AtomicReference<String> wrong = new AtomicReference<>("not finished");
    Thread writer = Thread.ofPlatform().start(() -> write(send));
    Thread reader = Thread.ofPlatform().start(() -> wrong.set(readAndCheck(receive)));

    // This thread is the connection's: bytes go from one buffer to the other.
    byte[] packet = new byte[1200];
    MemorySegment segment = MemorySegment.ofArray(packet);
    boolean finished = false;
    while (!finished) {
      long offset = send.pendingOffset();
      long credit = receive.consumedEnd() + (16 << 10);
      int length = (int) Math.min(packet.length, send.pendingLength(credit));
      boolean fin = send.finAt(offset + length);
      if (length == 0 && !fin) {
        LockSupport.parkNanos(1_000);
        continue;
      }
      send.copyTo(offset, segment, 0, length);
      send.onSent(offset, length, fin);
      assertThat(receive.insert(offset, segment, 0, length)).isTrue();
      if (fin) {
        receive.finalSize(offset + length);
      }
      send.onAcknowledged(offset, length, fin);
      finished = fin;
    }
    writer.join();
    reader.join();
    assertThat(wrong.get()).isEmpty();
    assertThat(pool.acquired()).isZero();
  }

  private static void write(SendBuffer send) {
    byte[] data = new byte[3_000];
    long at = 0;
    while (at < TOTAL) {
      int length = (int) Math.min(data.length, TOTAL - at);
      for (int i = 0; i < length; i++) {
        data[i] = expected(at + i);
      }
      for (int done = 0; done < length; ) {
        int count = send.write(MemorySegment.ofArray(data), done, length - done);
        done += count;
        if (count == 0) {
          LockSupport.parkNanos(1_000);
        }
      }
      at += length;
    }
    send.finish();
  }

  private static String readAndCheck(ReceiveBuffer receive) {
    byte[] target = new byte[2_000];
    long at = 0;
    while (true) {
      int count = receive.read(MemorySegment.ofArray(target), 0, target.length);
      if (count == ReceiveBuffer.END) {
        return at == TOTAL ? "" : "ended at " + at;
      }
      if (count == ReceiveBuffer.ABORTED) {
        return "aborted at " + at;
      }
      for (int i = 0; i < count; i++, at++) {
        if (target[i] != expected(at)) {
          return "wrong byte at " + at;
        }
      }
      if (count == 0) {
        LockSupport.parkNanos(1_000);
      }
    }
  }

  @Test
  void shouldGiveEveryChunkBackWhenTheConnectionLeavesAWriterInTheMiddle()
      throws InterruptedException {
    ChunkPool pool = new ChunkPool(64, 10_000);
    Random random = new Random(1);
    for (int round = 0; round < 100; round++) {
      SendBuffer send = new SendBuffer(pool, 1 << 16);
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                MemorySegment data = MemorySegment.ofArray(new byte[500]);
                while (send.write(data, 0, 500) > 0) {
                  Thread.onSpinWait();
                }
              });
      for (int spin = random.nextInt(5_000); spin > 0; spin--) {
        Thread.onSpinWait();
      }
      send.abandon();
      writer.join();
      assertThat(pool.acquired()).isZero();
    }
  }
}
