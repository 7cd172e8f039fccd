package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A server's streams: the client opens 0, 4, … (both ways) and 2, 6, … (one way). */
class StreamSetTest {
  private static final int STREAM_FRAME = 0x08;
  private static final int WINDOW = 1_000;
  private static final int CONNECTION_WINDOW = 1_500;

  private final ChunkPool pool = new ChunkPool(64, 1_000);
  private final List<String> told = new ArrayList<>();
  private final List<Stream> openedByPeer = new ArrayList<>();
  private final StreamSet streams =
      new StreamSet(
          false,
          new StreamSettings(
              pool, CONNECTION_WINDOW, CONNECTION_WINDOW, WINDOW, WINDOW, 500, 4, 2, 8),
          new StreamListener() {
            @Override
            public void onOpened(Stream stream) {
              told.add("opened " + stream.id());
              openedByPeer.add(stream);
            }

            @Override
            public void onReadable(Stream stream) {
              told.add("readable " + stream.id());
            }

            @Override
            public void onWritable(Stream stream) {
              told.add("writable " + stream.id());
            }

            @Override
            public void onProgress(Stream stream) {}

            @Override
            public void onClosed(Stream stream) {
              told.add("closed " + stream.id());
            }

            @Override
            public void onStreamsAvailable(boolean bidirectional) {
              told.add("available " + bidirectional);
            }
          });

  private boolean receive(long id, long offset, int length, boolean fin) throws TransportException {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) (offset + i);
    }
    return streams.onStream(id, offset, MemorySegment.ofArray(data), 0, length, fin, STREAM_FRAME);
  }

  private static void assertError(long code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TransportException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
  }

  private static int readAll(Stream stream) {
    int total = 0;
    byte[] target = new byte[128];
    int count;
    while ((count = stream.receiveBuffer().read(MemorySegment.ofArray(target), 0, 128)) > 0) {
      total += count;
    }
    return total;
  }

  @Test
  void shouldOpenLowerNumberedStreamsToo() throws TransportException {
    receive(8, 0, 10, false);

    assertThat(told).containsExactly("opened 0", "opened 4", "opened 8", "readable 8");
  }

  @Test
  void shouldRefuseAStreamBeyondTheLimit() {
    assertError(TransportErrorCode.STREAM_LIMIT_ERROR, () -> receive(16, 0, 1, false));
    assertError(TransportErrorCode.STREAM_LIMIT_ERROR, () -> receive(10, 0, 1, false));
    assertThat(told).isEmpty();
  }

  @Test
  void shouldRefuseFramesThatTheStreamsDirectionExcludes() {
    streams.peerLimits(100, 100, 100, 100, 1, 1);
    Stream sendOnly = streams.open(false);
    assertThat(sendOnly).isNotNull();

    assertError(TransportErrorCode.STREAM_STATE_ERROR, () -> receive(sendOnly.id(), 0, 1, false));
    assertError(TransportErrorCode.STREAM_STATE_ERROR, () -> streams.onMaxStreamData(2, 9, 0x11));
    assertError(TransportErrorCode.STREAM_STATE_ERROR, () -> streams.onStopSending(2, 9, 0x05));
    // A stream of ours that we haven't opened.
    assertError(TransportErrorCode.STREAM_STATE_ERROR, () -> receive(1, 0, 1, false));
  }

  @Test
  void shouldEnforceTheStreamsCreditAndTheConnections() throws TransportException {
    assertError(TransportErrorCode.FLOW_CONTROL_ERROR, () -> receive(0, WINDOW, 1, false));
    receive(0, 0, WINDOW, false);
    assertError(
        TransportErrorCode.FLOW_CONTROL_ERROR,
        () -> receive(4, 0, CONNECTION_WINDOW - WINDOW + 1, false));
    assertError(
        TransportErrorCode.FLOW_CONTROL_ERROR,
        () -> streams.onResetStream(4, 1, CONNECTION_WINDOW - WINDOW + 1, 0x04));
  }

  @Test
  void shouldEnforceTheFinalSize() throws TransportException {
    receive(0, 0, 100, true);

    assertError(TransportErrorCode.FINAL_SIZE_ERROR, () -> receive(0, 100, 1, false));
    assertError(TransportErrorCode.FINAL_SIZE_ERROR, () -> receive(0, 0, 99, true));
    assertError(TransportErrorCode.FINAL_SIZE_ERROR, () -> streams.onResetStream(0, 1, 99, 0x04));
    receive(4, 50, 50, false);
    assertError(TransportErrorCode.FINAL_SIZE_ERROR, () -> receive(4, 0, 99, true));
  }

  @Test
  void shouldGiveCreditBackAsTheHostReads() throws TransportException {
    receive(0, 0, WINDOW, false);
    Stream stream = openedByPeer.getFirst();
    assertThat(streams.takeMaxData()).isFalse();

    assertThat(readAll(stream)).isEqualTo(WINDOW);
    streams.onProgress(stream);

    assertThat(streams.takeMaxData()).isTrue();
    assertThat(streams.receiveLimit()).isEqualTo(CONNECTION_WINDOW + WINDOW);
    assertThat(streams.pollOwing()).isSameAs(stream);
    assertThat(stream.owes(Stream.OWES_MAX_STREAM_DATA)).isTrue();
    assertThat(stream.receiveLimit()).isEqualTo(2 * WINDOW);
    receive(0, WINDOW, WINDOW, false);
  }

  @Test
  void shouldGiveBackTheCreditOfWhatWasDiscarded() throws TransportException {
    receive(0, 0, 400, false);
    Stream stream = openedByPeer.getFirst();
    streams.stopSending(stream, 7);
    assertThat(stream.owes(Stream.OWES_STOP_SENDING)).isTrue();
    assertThat(pool.acquired()).isZero();

    receive(0, 400, WINDOW - 400, false);

    assertThat(pool.acquired()).isZero();
    assertThat(streams.takeMaxData()).isTrue();
    receive(0, WINDOW, 200, true);
    assertThat(stream.receiveState()).isEqualTo(ReceiveState.DATA_READ);
    assertThat(stream.receiveBuffer().read(MemorySegment.ofArray(new byte[1]), 0, 1)).isNegative();
  }

  @Test
  void shouldGiveBackTheCreditOfAStreamThatWasReset() throws TransportException {
    receive(0, 300, 100, false);
    streams.onResetStream(0, 42, WINDOW, 0x04);

    Stream stream = openedByPeer.getFirst();
    assertThat(stream.receiveBuffer().resetErrorCode()).isEqualTo(42);
    assertThat(stream.receiveBuffer().read(MemorySegment.ofArray(new byte[1]), 0, 1))
        .isEqualTo(ReceiveBuffer.ABORTED);
    assertThat(pool.acquired()).isZero();
    assertThat(streams.takeMaxData()).isTrue();
    assertThat(streams.receiveLimit()).isEqualTo(CONNECTION_WINDOW + WINDOW);
  }

  @Test
  void shouldBoundTheGapsOfOneByteSegments() throws TransportException {
    for (int i = 0; i < 8; i++) {
      assertThat(receive(0, 2 + 2L * i, 1, false)).isTrue();
    }
    assertThat(receive(0, 100, 1, false)).as("a ninth piece").isFalse();
    assertThat(receive(0, 0, 18, false)).as("what fills the gaps").isTrue();
    assertThat(receive(0, 100, 1, false)).isTrue();
    assertThat(openedByPeer.getFirst().receiveBuffer().readable()).isEqualTo(18);
  }

  @Test
  void shouldAllowAnotherStreamForEachOneThatIsDone() throws TransportException {
    for (long id : new long[] {2, 6}) {
      receive(id, 0, 1, true);
      Stream stream = openedByPeer.getLast();
      readAll(stream);
      streams.onProgress(stream);
    }
    assertThat(told).contains("closed 2", "closed 6");
    assertThat(streams.counts().takeMaxStreams(false)).isTrue();
    assertThat(streams.counts().receiveLimit(false)).isEqualTo(4);
    receive(10, 0, 1, false);
    receive(2, 0, 1, true);
    assertThat(told).as("a late duplicate").doesNotHaveDuplicates();
    assertThat(streams.size()).isEqualTo(1);
  }

  @Test
  void shouldAnswerStopSendingWithAReset() throws TransportException {
    streams.peerLimits(100, 100, 100, 100, 1, 1);
    Stream stream = streams.open(false);
    assertThat(stream).isNotNull();
    stream.sendBuffer().write(MemorySegment.ofArray(new byte[50]), 0, 50);
    streams.onProgress(stream);
    streams.onSent(stream, 0, 20, false);

    streams.onStopSending(stream.id(), 9, 0x05);

    assertThat(stream.owes(Stream.OWES_RESET)).isTrue();
    assertThat(stream.resetCode()).isEqualTo(9);
    assertThat(stream.resetFinalSize()).isEqualTo(20);
    assertThat(stream.sendBuffer().stopErrorCode()).isEqualTo(9);
    assertThat(stream.sendBuffer().write(MemorySegment.ofArray(new byte[1]), 0, 1)).isNegative();
    assertThat(streams.peekSender()).isNull();
    assertThat(pool.acquired()).isZero();
    streams.onResetAcknowledged(stream);
    assertThat(told).contains("closed " + stream.id());
  }

  @Test
  void shouldStayWithinThePeersCredit() throws TransportException {
    streams.peerLimits(60, 0, 50, 50, 2, 0);
    Stream first = streams.open(true);
    Stream second = streams.open(true);
    assertThat(streams.open(true)).isNull();
    assertThat(streams.counts().takeStreamsBlocked(true)).isTrue();
    for (Stream stream : List.of(first, second)) {
      stream.sendBuffer().write(MemorySegment.ofArray(new byte[100]), 0, 100);
      streams.onProgress(stream);
    }
    assertThat(streams.peekSender()).isSameAs(first);
    assertThat(streams.sendEnd(first)).isEqualTo(50);
    streams.onSent(first, 0, 50, false);
    assertThat(streams.peekSender()).isSameAs(second);
    assertThat(first.owes(Stream.OWES_STREAM_DATA_BLOCKED)).isTrue();
    assertThat(streams.sendEnd(second)).isEqualTo(10);
    streams.onSent(second, 0, 10, false);
    assertThat(streams.peekSender()).isNull();
    assertThat(streams.takeDataBlocked()).isTrue();
    streams.onLost(second.id(), 0, 10, false);
    assertThat(streams.peekSender()).as("a retransmission needs no credit").isSameAs(second);
    streams.onMaxStreams(true, 3, 0x12);
    assertThat(told).containsExactly("available true");
    assertThat(streams.open(true)).isNotNull();
  }

  @Test
  void shouldLeaveReceivedBytesToTheHostWhenTheConnectionEnds() throws TransportException {
    receive(0, 0, 200, false);
    receive(4, 0, 10, false);
    streams.orphanAll();

    assertThat(readAll(openedByPeer.getFirst())).isEqualTo(200);
    assertThat(openedByPeer.getFirst().receiveBuffer().isAborted()).isTrue();
    openedByPeer.forEach(stream -> stream.receiveBuffer().discard());
    assertThat(pool.acquired()).isZero();
  }
}
