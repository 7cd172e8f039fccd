package io.hypermesh.stoq.ipc;

import io.hypermesh.stoq.channel.StoqChannelContract;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The channel through shared memory, both ends in this process. */
class IpcChannelContractTest extends StoqChannelContract {
  @TempDir Path folder;

  private final List<AutoCloseable> opened = new ArrayList<>();

  @Override
  protected Ends open() throws Exception {
    Path directory = folder.resolve("channels");
    StoqIpcSettings settings =
        StoqIpcSettings.builder().ringBytes(128 << 10).messageLengthMax(LENGTH_MAX).build();
    StoqIpcListener listener = StoqIpc.listen(directory, settings);
    opened.add(listener);
    CompletableFuture<StoqIpcChannel> far =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return listener.accept(WAIT);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            },
            Thread::startVirtualThread);
    StoqIpcChannel near = StoqIpc.connect(directory, settings, WAIT);
    opened.add(near);
    StoqIpcChannel accepted = far.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
    opened.add(accepted);
    return new Ends(near, accepted);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : opened) {
      resource.close();
    }
  }
}
