package io.hypermesh.stoq.datagram;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;

/** A host and a peer at both queues in any order, against queues of arrays as the model. */
public final class DatagramQueueFuzz implements FuzzTarget {
  private static final int QUEUE_BYTES = 32 << 10;
  private static final int LENGTH_MAX = QUEUE_BYTES / 2 - 8;

  @Override
  public void run(FuzzInput input) {
    Datagrams datagrams = new Datagrams(QUEUE_BYTES, QUEUE_BYTES);
    datagrams.payloadBytesMax(LENGTH_MAX);
    ArrayDeque<byte[]> sending = new ArrayDeque<>();
    ArrayDeque<byte[]> receiving = new ArrayDeque<>();
    MemorySegment target = MemorySegment.ofArray(new byte[LENGTH_MAX]);
    long dropped = 0;
    for (int step = 0; input.hasRemaining() && step < 600; step++) {
      int choice = input.below(6);
      byte[] record = choice < 3 ? record(input, step) : new byte[0];
      MemorySegment source = MemorySegment.ofArray(record);
      switch (choice) {
        case 0 -> {
          if (datagrams.offer(source, 0, record.length)) {
            sending.add(record);
          }
        }
        case 1 -> claim(datagrams, source, sending, input.flag());
        case 2 -> {
          long before = datagrams.received();
          datagrams.onReceived(source, 0, record.length);
          if (datagrams.received() > before) {
            receiving.add(record);
          } else {
            require(!receiving.isEmpty(), "an empty queue is full");
          }
        }
        case 3 -> {
          require(datagrams.hasPending() != sending.isEmpty(), "what is to be sent");
          if (!sending.isEmpty()) {
            require(datagrams.pendingLength() == sending.getFirst().length, "its length");
            datagrams.takePending(target, 0);
            requireSame(target, 0, sending.poll());
          }
        }
        case 4 -> {
          require(datagrams.next() != receiving.isEmpty(), "what was received");
          if (!receiving.isEmpty()) {
            require(datagrams.length() == receiving.getFirst().length, "its length");
            requireSame(datagrams.buffer(), datagrams.offset(), receiving.poll());
            datagrams.remove();
          }
        }
        default -> {
          int max = input.uint16() % LENGTH_MAX;
          datagrams.payloadBytesMax(max);
          while (!sending.isEmpty() && sending.getFirst().length > max) {
            sending.poll();
            dropped++;
          }
          datagrams.hasPending();
          require(datagrams.sendDropped() == dropped, "drops");
          datagrams.payloadBytesMax(LENGTH_MAX);
        }
      }
    }
  }

  private static byte[] record(FuzzInput input, int step) {
    byte[] record = new byte[input.uint16() % LENGTH_MAX];
    Arrays.fill(record, (byte) step);
    return record;
  }

  private static void claim(
      Datagrams datagrams, MemorySegment source, ArrayDeque<byte[]> model, boolean aborted) {
    MemorySegment space = datagrams.claim((int) source.byteSize());
    if (space == null) {
      require(!model.isEmpty(), "an empty queue is full");
    } else if (aborted) {
      datagrams.abort();
    } else {
      space.copyFrom(source);
      datagrams.commit();
      model.add(source.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private static void requireSame(MemorySegment buffer, long offset, byte[] expected) {
    require(
        buffer.asSlice(offset, expected.length).mismatch(MemorySegment.ofArray(expected)) < 0,
        "other bytes");
  }
}
