package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The blocking views of streams, and what ends their waiting. */
@Timeout(60)
class LoopbackBlockingTest extends LoopbackFixture {
  private final CompletableFuture<StoqConnection> accepted = new CompletableFuture<>();
  private final StoqListener accepting = tellingOfConnections(accepted::complete);

  private StoqConnection connect() throws Exception {
    return connect(start(serverBuilder(accepting)));
  }

  /** Runs a call that waits; returns once its thread sleeps. */
  private <T> Future<T> waiting(Callable<T> call) {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Future<T> future =
        threads.submit(() -> {
          thread.complete(Thread.currentThread());
          return call.call();
        });
    while (thread.join().getState() != Thread.State.TIMED_WAITING && !future.isDone()) {
      Thread.onSpinWait();
    }
    return future;
  }

  private static Throwable failure(Future<?> future) throws Exception {
    try {
      throw new AssertionError("gave " + future.get(WAIT.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  private static Integer fill(OutputStream output) throws Exception {
    while (true) {
      output.write(new byte[100_000]);
    }
  }

  @Test
  void shouldWakeReadersAndWritersWhenThePeerClosesTheConnection() throws Exception {
    StoqConnection connection = connect();
    InputStream input = get(connection.openStream()).inputStream();
    OutputStream output = get(connection.openStream()).outputStream();
    Future<Integer> reader = waiting(input::read);
    Future<Integer> writer = waiting(() -> fill(output));
    Future<StoqStream> accept = waiting(() -> connection.acceptStream(Duration.ZERO));

    get(accepted).close(9, "enough");

    for (Future<?> each : new Future<?>[] {reader, writer, accept}) {
      assertThat(failure(each))
          .isInstanceOfSatisfying(
              StoqClosedException.class, e -> assertThat(e.closeReason().errorCode()).isEqualTo(9));
    }
  }

  @Test
  void shouldWakeReadersWhenTheirOwnSideClosesTheConnectionOrTheEndpoint() throws Exception {
    StoqEndpoint server = start(serverBuilder(accepting));
    StoqEndpoint client = start(clientBuilder());
    StoqConnection first = get(client.connect(server.localAddress()));
    StoqConnection second = get(client.connect(server.localAddress()));
    InputStream firstInput = get(first.openStream()).inputStream();
    InputStream secondInput = get(second.openStream()).inputStream();
    Future<Integer> firstReader = waiting(firstInput::read);
    Future<Integer> secondReader = waiting(secondInput::read);

    first.close();
    assertThat(failure(firstReader)).isInstanceOf(StoqClosedException.class);
    client.close();
    assertThat(failure(secondReader)).isInstanceOf(StoqClosedException.class);
  }

  @Test
  void shouldEndABlockedWriteOnTimeoutAndOnInterrupt() throws Exception {
    StoqStream stream = get(connect().openStream());
    OutputStream brief = stream.outputStream(Duration.ofMillis(20));
    assertThatThrownBy(() -> fill(brief)).isInstanceOf(StoqTimeoutException.class);
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Future<Boolean> writer =
        waiting(() -> {
          thread.complete(Thread.currentThread());
          try {
            fill(stream.outputStream());
            return false;
          } catch (InterruptedIOException e) {
            // The interrupt isn't swallowed: whoever called decides.
            return Thread.currentThread().isInterrupted();
          }
        });
    get(thread).interrupt();
    assertThat(writer.get(WAIT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
  }

  @Test
  void shouldKeepNothingOfStreamsThatAreResetBeforeTheyAreAccepted() throws Exception {
    StoqConnection connection = connect();
    StoqConnection server = get(accepted);
    int limit = StoqSettings.defaults().unidirectionalStreamsMax();
    for (int i = 0; i < 10 * limit; i++) {
      StoqStream stream = get(connection.openUnidirectionalStream());
      stream.write(new byte[] {1}, 0, 1);
      stream.reset(5);
    }
    // Once all the others are gone, only this one is left to accept.
    StoqStream last = get(connection.openUnidirectionalStream());
    last.write(new byte[] {2}, 0, 1);
    last.finish();
    int seen = 0;
    StoqStream stream;
    do {
      stream = server.acceptStream(WAIT);
      seen++;
    } while (stream.id() != last.id());
    assertThat(seen).isLessThanOrEqualTo(limit + 1);
  }
}
