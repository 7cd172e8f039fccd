package io.hypermesh.jmh.ipc;

import io.hypermesh.stoq.ipc.StoqIpc;
import io.hypermesh.stoq.ipc.StoqIpcChannel;
import io.hypermesh.stoq.ipc.StoqIpcSettings;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;

/** STOQ's. */
final class StoqSender implements MessageSender {
  private final StoqIpcChannel channel;
  private final MemorySegment source = Arena.ofAuto().allocate(LENGTH_MAX, 64);

  StoqSender(Path directory, StoqIpcSettings settings) throws IOException {
    channel = StoqIpc.connect(directory, settings, Duration.ofSeconds(30));
  }

  @Override
  public boolean offer(long number, int length) throws IOException {
    source.set(ValueLayout.JAVA_LONG, 0, number);
    return channel.offer(source, 0, length);
  }

  @Override
  public boolean claim(long number, int length) throws IOException {
    long offset = channel.tryClaimOffset(length);
    if (offset < 0) {
      return false;
    }
    source.set(ValueLayout.JAVA_LONG, 0, number);
    MemorySegment.copy(source, 0, channel.claimBuffer(), offset, length);
    channel.commit();
    return true;
  }

  @Override
  public void close() {
    channel.close();
  }
}
