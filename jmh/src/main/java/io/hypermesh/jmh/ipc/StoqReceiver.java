package io.hypermesh.jmh.ipc;

import io.hypermesh.stoq.StoqMessageHandler;
import io.hypermesh.stoq.ipc.StoqIpc;
import io.hypermesh.stoq.ipc.StoqIpcChannel;
import io.hypermesh.stoq.ipc.StoqIpcListener;
import io.hypermesh.stoq.ipc.StoqIpcSettings;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;

/** STOQ's. */
final class StoqReceiver extends MessageReceiver {
  private final StoqMessageHandler handler =
      (buffer, offset, length) -> onNumber(buffer.get(ValueLayout.JAVA_LONG, offset));
  private final StoqIpcListener listener;
  private StoqIpcChannel channel;

  StoqReceiver(Path directory, StoqIpcSettings settings) throws IOException {
    listener = StoqIpc.listen(directory, settings);
  }

  static StoqIpcSettings settings(String ringBytes) {
    return StoqIpcSettings.builder()
        .ringBytes(Integer.parseInt(ringBytes))
        .messageLengthMax(MessageSender.LENGTH_MAX)
        .build();
  }

  @Override
  void connect() throws IOException {
    channel = listener.accept(Duration.ofSeconds(30));
  }

  @Override
  int poll() throws IOException {
    return channel.poll(handler, LIMIT);
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.close();
    }
    listener.close();
  }
}
