package io.hypermesh.stoq.stream;

/** What a {@link StreamSet} tells its connection. Called on the connection's thread. */
public interface StreamListener {
  /** The peer opened a stream. */
  void onOpened(Stream stream);

  /** There are new bytes to read, or the end of the stream or its reset has come. */
  void onReadable(Stream stream);

  /** A writer that was cut short has room again, or the peer wants no more. */
  void onWritable(Stream stream);

  /** A part of the stream may be done; told often, and before {@link #onClosed}. */
  void onProgress(Stream stream);

  /** Both parts are done; the stream is forgotten. */
  void onClosed(Stream stream);

  /** The peer allows more streams after one was refused. */
  void onStreamsAvailable(boolean bidirectional);
}
