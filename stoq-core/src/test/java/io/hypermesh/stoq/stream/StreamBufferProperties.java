package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Bytes read are the bytes written, whatever happens to the pieces between. */
class StreamBufferProperties {
  private static final int CHUNK = 64;

  private record Piece(int start, int end, boolean fin) {
    Piece(int start, int end) {
      this(start, end, false);
    }
  }

  @Property(tries = 300)
  void shouldReadWhatWasWrittenWhateverTheOrderOverlapAndDuplication(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] data = new byte[random.nextInt(4_000)];
    random.nextBytes(data);
    ChunkPool pool = new ChunkPool(CHUNK, 1_000);
    ReceiveBuffer buffer = new ReceiveBuffer(pool, data.length + 1, Integer.MAX_VALUE);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    boolean finTold = false;
    for (Piece piece : pieces(data.length, random)) {
      MemorySegment source = MemorySegment.ofArray(data);
      assertThat(buffer.insert(piece.start(), source, piece.start(), piece.end() - piece.start()))
          .isTrue();
      if (!finTold && piece.end() == data.length) {
        buffer.finalSize(data.length);
        finTold = true;
      }
      if (random.nextBoolean()) {
        readSome(buffer, read, random);
      }
    }
    while (readSome(buffer, read, random)) {
      assertThat(read.size()).isLessThanOrEqualTo(data.length);
    }
    assertThat(read.toByteArray()).isEqualTo(data);
    assertThat(buffer.isEnd()).isTrue();
    assertThat(buffer.read(MemorySegment.ofArray(new byte[1]), 0, 1)).isEqualTo(ReceiveBuffer.END);
    assertThat(pool.acquired()).isZero();
  }

  /** Covers the whole stream, then pieces again, shuffled. */
  private static List<Piece> pieces(int length, Random random) {
    List<Piece> pieces = new ArrayList<>();
    int at = 0;
    while (at < length) {
      int end = Math.min(length, at + 1 + random.nextInt(200));
      pieces.add(new Piece(Math.max(0, at - random.nextInt(100)), end));
      at = end;
    }
    pieces.add(new Piece(length, length));
    for (int i = random.nextInt(20); i > 0 && length > 0; i--) {
      int start = random.nextInt(length);
      pieces.add(new Piece(start, start + random.nextInt(length - start + 1)));
    }
    Collections.shuffle(pieces, random);
    return pieces;
  }

  private static boolean readSome(ReceiveBuffer buffer, ByteArrayOutputStream to, Random random) {
    if (random.nextBoolean()) {
      MemorySegment peeked = buffer.peek();
      if (peeked == null) {
        return buffer.readable() > 0;
      }
      int length = 1 + random.nextInt((int) peeked.byteSize());
      to.writeBytes(peeked.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      buffer.consume(length);
      return true;
    }
    byte[] target = new byte[1 + random.nextInt(300)];
    int count = buffer.read(MemorySegment.ofArray(target), 0, target.length);
    if (count > 0) {
      to.write(target, 0, count);
    }
    return count > 0;
  }

  @Property(tries = 300)
  void shouldSendEveryByteOnceAcknowledgedWhateverIsLost(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] data = new byte[1 + random.nextInt(4_000)];
    random.nextBytes(data);
    byte[] arrived = new byte[data.length];
    ChunkPool pool = new ChunkPool(CHUNK, 1_000);
    SendBuffer buffer = new SendBuffer(pool, 1 + random.nextInt(1_500));
    List<Piece> inFlight = new ArrayList<>();
    int written = 0;
    int steps = 0;
    while (!buffer.isAllAcknowledged()) {
      assertThat(steps++).isLessThan(100_000);
      if (written < data.length) {
        written += writeSome(buffer, data, written, random);
      } else {
        buffer.finish();
      }
      sendSome(buffer, data.length, arrived, inFlight, random);
      if (!inFlight.isEmpty() && random.nextBoolean()) {
        Piece piece = inFlight.remove(random.nextInt(inFlight.size()));
        int length = piece.end() - piece.start();
        boolean fin = piece.fin();
        if (random.nextInt(4) == 0) {
          buffer.onLost(piece.start(), length, fin);
        } else {
          buffer.onAcknowledged(piece.start(), length, fin);
        }
      }
    }
    assertThat(arrived).isEqualTo(data);
    assertThat(pool.acquired()).isZero();
    assertThat(buffer.write(MemorySegment.ofArray(data), 0, 1)).isEqualTo(SendBuffer.CLOSED);
  }

  private static int writeSome(SendBuffer buffer, byte[] data, int at, Random random) {
    int length = Math.min(data.length - at, 1 + random.nextInt(300));
    if (random.nextBoolean()) {
      return buffer.write(MemorySegment.ofArray(data), at, length);
    }
    MemorySegment claim = buffer.claim();
    if (claim == null) {
      return 0;
    }
    int filled = (int) Math.min(length, claim.byteSize());
    MemorySegment.copy(MemorySegment.ofArray(data), at, claim, 0, filled);
    buffer.commit(filled);
    return filled;
  }

  private static void sendSome(
      SendBuffer buffer, int end, byte[] arrived, List<Piece> inFlight, Random random) {
    long offset = buffer.pendingOffset();
    int length = (int) Math.min(buffer.pendingLength(Long.MAX_VALUE), 1 + random.nextInt(100));
    if (length == 0 && !buffer.finPending()) {
      return;
    }
    buffer.copyTo(offset, MemorySegment.ofArray(arrived), offset, length);
    boolean fin = buffer.finAt(offset + length);
    assertThat(fin && offset + length != end).isFalse();
    buffer.onSent(offset, length, fin);
    inFlight.add(new Piece((int) offset, (int) offset + length, fin));
  }
}
