package io.hypermesh.jmh.ipc;

import io.aeron.Aeron;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.FragmentHandler;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Aeron's, with the media driver in the same process. Fragments are as large as they can be, so
 * that no message is in two; terms are as long as they are by default, so that the driver, which
 * moves the publisher's limit on, needn't keep a core busy for it.
 */
final class AeronReceiver extends MessageReceiver {
  static final String CHANNEL = "aeron:ipc?term-length=64m|mtu=65504";
  static final int STREAM = 1_001;

  private final FragmentHandler handler =
      (buffer, offset, length, header) -> onNumber(buffer.getLong(offset, ByteOrder.nativeOrder()));
  private final MediaDriver driver;
  private final Aeron aeron;
  private final Subscription subscription;

  AeronReceiver(Path directory) {
    driver =
        MediaDriver.launchEmbedded(
            new MediaDriver.Context()
                .aeronDirectoryName(directory.toString())
                .dirDeleteOnShutdown(true)
                .termBufferSparseFile(false)
                .threadingMode(ThreadingMode.SHARED));
    aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(directory.toString()));
    subscription = aeron.addSubscription(CHANNEL, STREAM);
  }

  @Override
  void connect() {
    while (!subscription.isConnected()) {
      Thread.onSpinWait();
    }
  }

  @Override
  int poll() {
    return subscription.poll(handler, LIMIT);
  }

  @Override
  public void close() {
    subscription.close();
    aeron.close();
    driver.close();
  }
}
