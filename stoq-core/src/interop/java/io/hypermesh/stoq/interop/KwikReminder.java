package io.hypermesh.stoq.interop;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicStream;
import tech.kwik.core.common.EncryptionLevel;
import tech.kwik.core.impl.QuicConnectionImpl;
import tech.kwik.core.stream.FlowControlUpdateListener;

/**
 * Has kwik look again at what it was given to send.
 *
 * <p>kwik 0.10.8 and 0.10.9 can forget a stream. Whoever writes to one has {@code
 * StreamOutputStreamImpl.scheduleSendStreamFrameRequest} queue a request to send, and counts it
 * only then; the thread that sends counts it off, and queues the next only where the count is zero.
 * Where the writer loses its core between the two, the count is -1 when the sender has filled one
 * packet: it queues nothing, and what is left waits for the next write. If that one is blocked
 * because the buffer is full, or there is none, nothing is sent any more, and the connection idles
 * to its end. Of sixty transfers of megabytes on a loaded machine one ended so: the peer had
 * acknowledged all that had come, and its windows were open.
 *
 * <p>A MAX_STREAM_DATA frame makes kwik queue a request as well. This calls what such a frame
 * calls, and puts nothing on the wire itself; where kwik has nothing left to send or isn't allowed
 * to, it does nothing.
 */
final class KwikReminder implements AutoCloseable {
  static final String REMARK =
      "kwik can forget to go on sending what its host wrote, whoever the peer is; in all scenarios"
          + " the test has it look again (`KwikReminder` says why that is so)";

  private static final Duration INTERVAL = Duration.ofMillis(20);

  private record Watched(QuicConnectionImpl connection, QuicStream stream) {}

  private final Queue<Watched> streams = new ConcurrentLinkedQueue<>();
  private final Thread thread = Thread.ofVirtual().start(this::run);
  private volatile boolean closed;

  /** Has the stream be looked at from now on. */
  void watch(QuicConnection connection, QuicStream stream) {
    streams.add(new Watched((QuicConnectionImpl) connection, stream));
  }

  private void run() {
    while (!closed) {
      LockSupport.parkNanos(INTERVAL.toNanos());
      for (Watched watched : streams) {
        ((FlowControlUpdateListener) watched.stream.getOutputStream())
            .streamNotBlocked(watched.stream.getStreamId());
        // A frame that doesn't come, for the sake of the waking that comes with it.
        watched.connection.send(_ -> null, 1, EncryptionLevel.App, _ -> {}, true);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
