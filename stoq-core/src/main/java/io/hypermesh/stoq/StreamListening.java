package io.hypermesh.stoq;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is told about a stream, and what becomes of the stream where that goes wrong. Set by any
 * thread; everything else is for the agent's.
 */
final class StreamListening {
  private static final Logger LOGGER = LoggerFactory.getLogger(StreamListening.class);

  private final StoqStream stream;
  private volatile @Nullable StoqStreamListener listener;

  StreamListening(StoqStream stream) {
    this.stream = stream;
  }

  void set(StoqStreamListener newListener) {
    listener = newListener;
  }

  void readable() {
    StoqStreamListener told = listener;
    if (told != null) {
      call(stream, () -> told.onReadable(stream));
    }
  }

  void writable() {
    StoqStreamListener told = listener;
    if (told != null) {
      call(stream, () -> told.onWritable(stream));
    }
  }

  /** The listener is new: it hears of what there may be already. */
  void start() {
    if (stream.hasInput()) {
      readable();
    }
    if (stream.hasOutput()) {
      writable();
    }
  }

  /** Calls the host; where reading or writing fails in there, the stream is given up. */
  static void call(StoqStream stream, HostNotifier.Call call) {
    try {
      call.run();
    } catch (StoqException e) {
      LOGGER.debug("a listener gave up {}", stream, e);
      if (stream.hasOutput()) {
        stream.reset(StoqListener.ERROR_LISTENER_FAILED);
      }
      if (stream.hasInput()) {
        stream.stopSending(StoqListener.ERROR_LISTENER_FAILED);
      }
    }
  }
}
