package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.ConnectionTrace;
import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.qlog.QlogTrace;
import io.hypermesh.stoq.qlog.RecordSink;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the qlogs of connections for what the host has given; its failures end here. */
final class QlogTraces implements ConnectionTrace.Factory {
  private static final Logger LOGGER = LoggerFactory.getLogger(QlogTraces.class);

  private final Qlog qlog;
  private final InstantSource wallClock;

  QlogTraces(Qlog qlog, InstantSource wallClock) {
    this.qlog = qlog;
    this.wallClock = wallClock;
  }

  @Override
  public @Nullable ConnectionTrace open(
      boolean client, ConnectionId originalDestination, long nowNanos) {
    QlogSink sink;
    try {
      sink = qlog.open(originalDestination.toString(), client);
    } catch (RuntimeException e) {
      LOGGER.warn("couldn't open the log of connection {}", originalDestination, e);
      return null;
    }
    return sink == null
        ? null
        : new QlogTrace(
            client, originalDestination, new Guarded(sink), nowNanos, wallClock.instant());
  }

  /** A host's sink that is left alone once it has thrown. */
  private static final class Guarded implements RecordSink {
    private final QlogSink sink;
    private boolean failed;

    Guarded(QlogSink sink) {
      this.sink = sink;
    }

    @Override
    public boolean append(String record) {
      if (failed) {
        return false;
      }
      try {
        return sink.append(record);
      } catch (RuntimeException e) {
        fail(e);
        return false;
      }
    }

    @Override
    public void close(String last) {
      if (failed) {
        return;
      }
      try {
        sink.close(last);
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    private void fail(RuntimeException cause) {
      failed = true;
      LOGGER.warn("a log of a connection has failed and is given up", cause);
    }
  }
}
