package io.hypermesh.stoq;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** The blocking view of a stream's input. */
final class StreamInput extends InputStream {
  private final StoqStream stream;
  private final Duration timeout;
  private final byte[] single = new byte[1];

  StreamInput(StoqStream stream, Duration timeout) {
    this.stream = stream;
    this.timeout = timeout;
  }

  @Override
  public int read() throws IOException {
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      int seen = stream.readSignals();
      int count = stream.read(target, offset, length);
      if (count != 0) {
        return count;
      }
      stream.awaitReadable(seen, timeout);
    }
  }

  @Override
  public int available() {
    return (int) Math.min(stream.readable(), Integer.MAX_VALUE);
  }

  @Override
  public void close() {
    stream.stopSending(0);
  }
}
