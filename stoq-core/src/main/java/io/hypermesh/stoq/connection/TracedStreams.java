package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.stream.Stream;
import java.util.HashMap;
import java.util.Map;

/**
 * Tells a trace when the parts of streams open and are done (RFC 9000, 3.1 and 3.2). Knows the
 * streams that aren't done, so no more than there are. Works only where there is a trace. Owned by
 * the connection's thread.
 */
final class TracedStreams {
  private static final int SENDING = 1;
  private static final int RECEIVING = 2;

  /** For each stream its parts that are open. */
  private final Map<Long, Integer> open = new HashMap<>();

  /** A stream is used for the first time, or something about it has changed. */
  void observe(ConnectionTrace trace, Stream stream, long nowNanos) {
    int now =
        (stream.hasSendPart() && !stream.sendState().isTerminal() ? SENDING : 0)
            | (stream.hasReceivePart() && !stream.receiveState().isTerminal() ? RECEIVING : 0);
    Integer known = open.get(stream.id());
    if (known == null) {
      known = (stream.hasSendPart() ? SENDING : 0) | (stream.hasReceivePart() ? RECEIVING : 0);
      tell(trace, stream, known, true, nowNanos);
    }
    tell(trace, stream, known & ~now, false, nowNanos);
    if (now == 0) {
      open.remove(stream.id());
    } else {
      open.put(stream.id(), now);
    }
  }

  private static void tell(
      ConnectionTrace trace, Stream stream, int parts, boolean opens, long nowNanos) {
    if ((parts & SENDING) != 0) {
      trace.onStreamPart(nowNanos, stream.id(), stream.isLocal(), true, opens);
    }
    if ((parts & RECEIVING) != 0) {
      trace.onStreamPart(nowNanos, stream.id(), stream.isLocal(), false, opens);
    }
  }
}
