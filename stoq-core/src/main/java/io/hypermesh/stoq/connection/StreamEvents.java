package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.stream.Stream;
import io.hypermesh.stoq.stream.StreamListener;
import org.jspecify.annotations.Nullable;

/**
 * What a connection's streams tell, on its way to the connection's events. Between the two there is
 * nobody to tell while the connection hibernates, and streams have nothing to tell then. Owned by
 * the connection's thread.
 */
final class StreamEvents implements StreamListener {
  private @Nullable ConnectionState owner;

  StreamEvents(ConnectionState owner) {
    this.owner = owner;
  }

  /** Whose streams they are; null while the connection hibernates. */
  void owner(@Nullable ConnectionState state) {
    owner = state;
  }

  private ConnectionState state() {
    ConnectionState present = owner;
    if (present == null) {
      throw new IllegalStateException("a stream of a connection that hibernates has changed");
    }
    return present;
  }

  private void add(ConnectionEvent event) {
    state().events.add(event);
  }

  @Override
  public void onOpened(Stream stream) {
    state().tracing.onStream(stream);
    add(new ConnectionEvent.PeerStreamOpened(stream));
  }

  @Override
  public void onReadable(Stream stream) {
    if (stream.queueReadable()) {
      add(new ConnectionEvent.StreamReadable(stream));
    }
  }

  @Override
  public void onWritable(Stream stream) {
    if (stream.queueWritable()) {
      add(new ConnectionEvent.StreamWritable(stream));
    }
  }

  @Override
  public void onProgress(Stream stream) {
    state().tracing.onStream(stream);
  }

  @Override
  public void onClosed(Stream stream) {
    add(new ConnectionEvent.StreamClosed(stream));
  }

  @Override
  public void onStreamsAvailable(boolean bidirectional) {
    add(new ConnectionEvent.StreamsAvailable(bidirectional));
  }
}
