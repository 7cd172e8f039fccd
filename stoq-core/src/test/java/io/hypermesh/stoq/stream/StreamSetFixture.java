package io.hypermesh.stoq.stream;

/** Makes a {@link StreamSet} whose events nobody hears. */
final class StreamSetFixture {
  static final StreamListener DEAF =
      new StreamListener() {
        @Override
        public void onOpened(Stream stream) {}

        @Override
        public void onReadable(Stream stream) {}

        @Override
        public void onWritable(Stream stream) {}

        @Override
        public void onProgress(Stream stream) {}

        @Override
        public void onClosed(Stream stream) {}

        @Override
        public void onStreamsAvailable(boolean bidirectional) {}
      };

  private StreamSetFixture() {}

  static StreamSet client(long windowBytes) {
    return new StreamSet(
        true,
        new StreamSettings(
            new ChunkPool(64, 1 << 20),
            windowBytes,
            windowBytes,
            windowBytes,
            windowBytes,
            4_096,
            100,
            100,
            16),
        DEAF);
  }
}
