package io.hypermesh.stoq.ipc;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.StoqChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of channels through shared memory that the Javadoc shows, run. */
@Timeout(60)
class StoqIpcExamplesTest {
  @TempDir Path folder;

  @Test
  void shouldAnswerAnotherProcess() throws Exception {
    Path directory = folder.resolve("ticker");
    StoqIpcListener open = StoqIpc.listen(directory);
    CompletableFuture<Void> serving =
        CompletableFuture.runAsync(() -> serve(open), Thread::startVirtualThread);
    // @start region="ipcConnect"
    try (StoqChannel channel = StoqIpc.connect(directory, Duration.ofSeconds(5))) {
      channel.send(new byte[] {1, 2, 3}, Duration.ofSeconds(5)); // waits while the ring is full
      byte[] answer = channel.receive(Duration.ofSeconds(5)); // null after the peer's last
      channel.finish();
      // @end
      assertThat(answer).containsExactly(1, 2, 3);
      assertThat(channel.receive(Duration.ofSeconds(20))).isNull();
    }
    serving.join();
    open.close();
  }

  private static void serve(StoqIpcListener listener) {
    try {
      // @start region="ipcListen"
      // Elsewhere: StoqIpcListener listener = StoqIpc.listen(Path.of("/dev/shm/ticker"));
      try (StoqChannel channel = listener.accept(Duration.ofSeconds(5))) {
        byte[] request = channel.receive(Duration.ofSeconds(5));
        while (request != null) {
          channel.send(request, Duration.ofSeconds(5));
          request = channel.receive(Duration.ofSeconds(5));
        }
        channel.finish();
      }
      // @end
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldPollInPlace() throws Exception {
    // @start region="ipcSettings"
    StoqIpcSettings settings =
        StoqIpcSettings.builder()
            .ringBytes(256 << 10)
            .messageLengthMax(16 << 10)
            .peerCheckInterval(Duration.ofMillis(10))
            .idleStrategies(() -> new SleepingMillisIdleStrategy(1)) // of send and receive
            .build();
    // @end
    Path directory = folder.resolve("ticker");
    try (StoqIpcListener listener = StoqIpc.listen(directory, settings)) {
      CompletableFuture<StoqChannel> connecting =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return StoqIpc.connect(directory, settings, Duration.ofSeconds(20));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              Thread::startVirtualThread);
      StoqChannel channel = listener.accept(Duration.ofSeconds(20));
      StoqChannel sender = connecting.join();
      List<Long> sequences = new ArrayList<>();
      long sequence = 42;
      // @start region="ipcPoll"
      MemorySegment space = sender.tryClaim(Long.BYTES); // in the ring, without a copy
      if (space != null) { // else the ring is full: try again later
        space.set(ValueLayout.JAVA_LONG, 0, sequence);
        sender.commit();
      }
      sender.finish();
      while (!channel.isEnd()) { // the duty cycle of another thread or process
        int polled =
            channel.poll(
                (buffer, offset, length) ->
                    sequences.add(buffer.get(ValueLayout.JAVA_LONG, offset)),
                10);
        if (polled == 0) {
          Thread.onSpinWait();
        }
      }
      // @end
      assertThat(sequences).containsExactly(sequence);
      channel.close();
      sender.close();
    }
  }
}
