package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** How much memory streams hold: what a peer can make of it, and what remains when they idle. */
class BufferMemoryTest {
  private static final int CHUNK = 1 << 10;
  private static final int WINDOW = 64 << 10;
  private static final int CONNECTION_WINDOW = 256 << 10;
  private static final int STREAMS_MAX = 32;
  private static final int RANGES_MAX = 100;
  private static final int STREAM_FRAME = 0x08;

  private final ChunkPool pool = new ChunkPool(CHUNK, 10_000);
  private final MemorySegment data = MemorySegment.ofArray(new byte[CHUNK]);

  private StreamSet server() {
    return new StreamSet(
        false,
        new StreamSettings(
            pool,
            CONNECTION_WINDOW,
            CONNECTION_WINDOW,
            WINDOW,
            WINDOW,
            WINDOW,
            STREAMS_MAX,
            STREAMS_MAX,
            RANGES_MAX),
        StreamSetFixture.DEAF);
  }

  @Test
  void shouldBoundTheMemoryOfBytesThatLieFarApart() throws TransportException {
    StreamSet streams = server();
    int bytes = 0;
    for (long id = 0; id < 4L * STREAMS_MAX; id += 4) {
      // One byte in every chunk, as far as the connection's credit lets the peer go.
      long room = Math.min(WINDOW, CONNECTION_WINDOW - (id / 4) * WINDOW);
      for (long at = CHUNK - 1; at < room; at += CHUNK) {
        assertThat(streams.onStream(id, at, data, 0, 1, false, STREAM_FRAME)).isTrue();
        bytes++;
      }
    }
    assertThat(bytes).isEqualTo(CONNECTION_WINDOW / CHUNK);
    assertThat((long) pool.acquired() * CHUNK)
        .isLessThanOrEqualTo(CONNECTION_WINDOW + (long) STREAMS_MAX * CHUNK);
  }

  @Test
  void shouldBoundThePiecesThatOneByteGapsMake() throws TransportException {
    StreamSet streams = server();
    int taken = 0;
    for (int i = 0; i < WINDOW / 2; i++) {
      taken += streams.onStream(0, 1 + 2L * i, data, 0, 1, false, STREAM_FRAME) ? 1 : 0;
    }
    // What makes more pieces counts as lost: neither memory nor work is spent on it.
    assertThat(taken).isEqualTo(RANGES_MAX);
    assertThat(pool.acquired()).isEqualTo(1);
  }

  @Test
  void shouldNotLetUnreadBytesTakeTheMemoryOfWriters() throws TransportException {
    ChunkPool small = new ChunkPool(CHUNK, 4);
    ReceiveBuffer unread = new ReceiveBuffer(small, WINDOW, 8);
    for (int at = 0; at < WINDOW; at += CHUNK) {
      assertThat(unread.insert(at, data, 0, CHUNK)).isTrue();
    }
    assertThat(small.acquired()).isEqualTo(WINDOW / CHUNK);
    assertThat(small.hasRoomToSend()).isTrue();
    SendBuffer writer = new SendBuffer(small, WINDOW);
    int written = 0;
    while (writer.write(data, 0, CHUNK) > 0) {
      written++;
    }
    assertThat(written).isEqualTo(4);
    assertThat(small.hasRoomToSend()).isFalse();
    writer.onSent(0, CHUNK, false);
    writer.onAcknowledged(0, CHUNK, false);
    assertThat(small.hasRoomToSend()).isTrue();
  }

  @Test
  void shouldHoldNoMemoryForAStreamThatIsIdle() {
    SendBuffer send = new SendBuffer(pool, WINDOW);
    ReceiveBuffer receive = new ReceiveBuffer(pool, WINDOW, 8);
    byte[] target = new byte[100];
    for (int at = 0; at < 5_000; at += 100) {
      assertThat(send.write(data, 0, 100)).isEqualTo(100);
      send.onSent(at, 100, false);
      send.onAcknowledged(at, 100, false);
      assertThat(receive.insert(at, data, 0, 100)).isTrue();
      assertThat(receive.read(MemorySegment.ofArray(target), 0, 100)).isEqualTo(100);
      receive.releaseIdle();
      assertThat(pool.acquired()).isZero();
    }
    // Not while there is a claim or a gap.
    assertThat(send.claim()).isNotNull();
    send.commit(50);
    send.onSent(5_000, 50, false);
    assertThat(send.claim()).isNotNull();
    send.onAcknowledged(5_000, 50, false);
    assertThat(pool.acquired()).isEqualTo(1);
    send.commit(0);
    assertThat(receive.insert(5_010, data, 0, 10)).isTrue();
    receive.releaseIdle();
    assertThat(pool.acquired()).isEqualTo(2);
  }

  private static int fill(ReceiveBuffer buffer, MemorySegment data, int from) {
    int taken = 0;
    while (buffer.insert(from + taken * (long) CHUNK, data, 0, CHUNK)) {
      taken++;
    }
    return taken;
  }

  /** Connections were promised windows of more than there is: none takes what others need. */
  @Test
  void shouldLeaveMemoryForTheNextConnectionHoweverMuchIsUnread() {
    ChunkPool small = new ChunkPool(CHUNK, 10, 0, 64L * CHUNK);
    int total = 0;
    for (int connection = 1; connection <= 6; connection++) {
      ReceiveBuffer unread = new ReceiveBuffer(new ReceiveShare(small), 1L << 20, 8);
      int taken = fill(unread, data, 0);
      assertThat(taken).isBetween(1, 32);
      total += taken;
    }
    assertThat(total).isLessThan(64);
    assertThat(small.acquired()).isEqualTo(total);
  }

  @Test
  void shouldTakeMoreOnceItIsReadAndGiveAllBack() {
    ChunkPool small = new ChunkPool(CHUNK, 10, 0, 64L * CHUNK);
    ReceiveShare share = new ReceiveShare(small);
    ReceiveBuffer buffer = new ReceiveBuffer(share, 1L << 20, 8);
    int taken = fill(buffer, data, 0);
    assertThat(taken).isEqualTo(32);
    byte[] target = new byte[CHUNK];
    for (int i = 0; i < 10; i++) {
      assertThat(buffer.read(MemorySegment.ofArray(target), 0, CHUNK)).isEqualTo(CHUNK);
    }
    assertThat(fill(buffer, data, taken * CHUNK)).isEqualTo(10);
    buffer.reset(1, 42L * CHUNK);
    assertThat(share.held()).isZero();
    assertThat(small.acquired()).isZero();
  }

  @Test
  void shouldNotLetWhatLiesAboveAGapKeepOutWhatClosesIt() {
    ChunkPool small = new ChunkPool(CHUNK, 10, 0, 64L * CHUNK);
    ReceiveBuffer buffer = new ReceiveBuffer(new ReceiveShare(small), 1L << 20, 8);
    int above = fill(buffer, data, CHUNK);
    assertThat(above).isLessThan(32);
    assertThat(buffer.insert(0, data, 0, CHUNK)).isTrue();
    assertThat(buffer.readable()).isEqualTo((above + 1L) * CHUNK);
  }

  /** As a peer would: what was refused is sent again, until all has come and been read. */
  @Test
  void shouldDeliverEverythingThroughLittleMemory() throws TransportException {
    ChunkPool small = new ChunkPool(CHUNK, 10, 0, 6L * CHUNK);
    ReceiveBuffer buffer = new ReceiveBuffer(new ReceiveShare(small), WINDOW, RANGES_MAX);
    boolean[] came = new boolean[WINDOW / CHUNK];
    byte[] target = new byte[CHUNK];
    long read = 0;
    for (int round = 0; read < WINDOW; round++) {
      assertThat(round).isLessThan(1_000);
      for (int i = came.length - 1; i >= 0; i--) {
        came[i] |= !came[i] && buffer.insert((long) i * CHUNK, data, 0, CHUNK);
      }
      assertThat(small.acquired()).isLessThanOrEqualTo(6);
      int count;
      while ((count = buffer.read(MemorySegment.ofArray(target), 0, CHUNK)) > 0) {
        read += count;
      }
    }
  }
}
