package io.hypermesh.stoq;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** The blocking view of a stream's output. Nothing is held back, so there is nothing to flush. */
final class StreamOutput extends OutputStream {
  private final StoqStream stream;
  private final Duration timeout;
  private final byte[] single = new byte[1];

  StreamOutput(StoqStream stream, Duration timeout) {
    this.stream = stream;
    this.timeout = timeout;
  }

  @Override
  public void write(int value) throws IOException {
    single[0] = (byte) value;
    write(single, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    int written = 0;
    while (written < length) {
      int seen = stream.writeSignals();
      int accepted = stream.write(source, offset + written, length - written);
      if (accepted == 0) {
        stream.awaitWritable(seen, timeout);
      }
      written += accepted;
    }
  }

  @Override
  public void close() {
    stream.finish();
  }
}
