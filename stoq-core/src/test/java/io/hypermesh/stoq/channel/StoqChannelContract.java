package io.hypermesh.stoq.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.StoqChannel;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link StoqChannel} does, whatever is beneath. */
@Timeout(120)
public abstract class StoqChannelContract {
  protected static final Duration WAIT = Duration.ofSeconds(60);

  /** Longest message of the channels, in bytes; some tens of them are more than a channel holds. */
  protected static final int LENGTH_MAX = 60_000;

  /** The two ends of a new channel; whoever made them closes them after the test. */
  public record Ends(StoqChannel near, StoqChannel far) {}

  protected abstract Ends open() throws Exception;

  private static byte[] message(int length, int seed) {
    byte[] message = new byte[length];
    new Random(seed).nextBytes(message);
    return message;
  }

  private static CompletableFuture<Void> inBackground(Action action) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            action.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        Thread::startVirtualThread);
  }

  private interface Action {
    void run() throws Exception;
  }

  @Test
  void shouldEchoMessagesOfEverySizeAndThenTheEnd() throws Exception {
    Ends ends = open();
    CompletableFuture<Void> echo =
        inBackground(() -> {
          for (byte[] m = ends.far.receive(WAIT); m != null; m = ends.far.receive(WAIT)) {
            ends.far.send(m, WAIT);
          }
          ends.far.finish();
        });
    List<byte[]> sent = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sent.add(message(i % 25 == 0 ? LENGTH_MAX - i : i % 40 == 1 ? 0 : i * 11, i));
    }
    CompletableFuture<Void> sending =
        inBackground(() -> {
          for (byte[] message : sent) {
            ends.near.send(message, WAIT);
          }
          ends.near.finish();
          ends.near.finish();
        });
    for (byte[] message : sent) {
      assertThat(ends.near.receive(WAIT)).isEqualTo(message);
    }
    assertThat(ends.near.receive(WAIT)).isNull();
    assertThat(ends.near.isEnd()).isTrue();
    assertThat(ends.near.poll((buffer, offset, length) -> {}, 1)).isZero();
    sending.join();
    echo.join();
    assertThat(ends.far.isEnd()).isTrue();
  }

  @Test
  void shouldSendWhatIsClaimedInPlaceAndNothingOfWhatIsAborted() throws Exception {
    Ends ends = open();
    MemorySegment space = ends.near.tryClaim(100);
    assertThat(space.byteSize()).isEqualTo(100);
    space.fill((byte) 1);
    ends.near.abort();
    space = ends.near.tryClaim(3);
    assertThatThrownBy(() -> ends.near.tryClaim(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> ends.near.offer(new byte[1]))
        .isInstanceOf(IllegalStateException.class);
    MemorySegment.copy(new byte[] {7, 8, 9}, 0, space, ValueLayout.JAVA_BYTE, 0, 3);
    ends.near.commit();
    assertThatThrownBy(ends.near::commit).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(ends.near::abort).isInstanceOf(IllegalStateException.class);
    assertThat(ends.near.tryClaim(0).byteSize()).isZero();
    ends.near.commit();

    assertThat(ends.far.receive(WAIT)).containsExactly(7, 8, 9);
    assertThat(ends.far.receive(WAIT)).isEmpty();
  }

  @Test
  void shouldSendPartsOfSegmentsAndTakeUpToTheLimitOfAPoll() throws Exception {
    Ends ends = open();
    MemorySegment source = MemorySegment.ofArray(new byte[] {0, 1, 2, 3, 4, 5});
    for (int i = 0; i < 6; i++) {
      assertThat(ends.near.offer(source, i, 6 - i)).isTrue();
    }
    assertThatThrownBy(() -> ends.near.offer(source, 2, 6))
        .isInstanceOf(IndexOutOfBoundsException.class);
    ends.near.finish();
    assertThat(ends.far.poll((buffer, offset, length) -> {}, 0)).isZero();
    List<byte[]> taken = new ArrayList<>();
    while (!ends.far.isEnd()) {
      int before = taken.size();
      int polled =
          ends.far.poll(
              (buffer, offset, length) -> {
                assertThat(buffer.isReadOnly()).isTrue();
                taken.add(buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
              },
              2);
      assertThat(polled).isLessThanOrEqualTo(2).isEqualTo(taken.size() - before);
      Thread.onSpinWait();
    }
    assertThat(taken).extracting(message -> message.length).containsExactly(6, 5, 4, 3, 2, 1);
    assertThat(taken.get(2)).containsExactly(2, 3, 4, 5);
  }

  @Test
  void shouldCountAMessageAsTakenWhoseHandlerThrows() throws Exception {
    Ends ends = open();
    assertThat(ends.near.offer(new byte[] {1})).isTrue();
    assertThat(ends.near.offer(new byte[] {2})).isTrue();
    assertThatThrownBy(
            () -> {
              while (ends.far.poll(
                      (buffer, offset, length) -> {
                        throw new UnsupportedOperationException("by the handler");
                      },
                      10)
                  == 0) {
                Thread.onSpinWait();
              }
            })
        .hasMessage("by the handler");
    assertThat(ends.far.receive(WAIT)).containsExactly(2);
  }

  @Test
  void shouldShowBackPressureAndGoOnWhenThereIsRoom() throws Exception {
    Ends ends = open();
    byte[] message = message(LENGTH_MAX, 1);
    int accepted = 0;
    try {
      while (accepted < 1_000) {
        ends.near.send(message, Duration.ofMillis(300));
        accepted++;
      }
    } catch (StoqTimeoutException e) {
      assertThat(e.category()).isEqualTo(StoqException.Category.RETRYABLE);
    }
    assertThat(accepted).isBetween(1, 100);
    assertThat(ends.near.offer(message)).isFalse();
    assertThat(ends.near.tryClaim(LENGTH_MAX)).isNull();
    for (int i = 0; i < accepted; i++) {
      assertThat(ends.far.receive(WAIT)).isEqualTo(message);
    }
    ends.near.send(new byte[] {1}, WAIT);
    assertThat(ends.far.receive(WAIT)).containsExactly(1);
  }

  @Test
  void shouldWaitForMessagesNoLongerThanTold() throws Exception {
    Ends ends = open();
    assertThatThrownBy(() -> ends.far.receive(Duration.ofMillis(20)))
        .isInstanceOf(StoqTimeoutException.class)
        .hasMessageContaining("within 20 ms");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> ends.far.receive(WAIT)).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(ends.near.offer(new byte[] {4})).isTrue();
    assertThat(ends.far.receive(WAIT)).containsExactly(4);
  }

  @Test
  void shouldRefuseACallersMistakes() throws Exception {
    StoqChannel channel = open().near;
    assertThat(channel.messageLengthMax()).isEqualTo(LENGTH_MAX);
    assertThatThrownBy(() -> channel.offer(new byte[LENGTH_MAX + 1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("out of 0 to " + LENGTH_MAX + ": " + (LENGTH_MAX + 1));
    assertThatThrownBy(() -> channel.tryClaim(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(channel::commit).isInstanceOf(IllegalStateException.class);
    channel.finish();
    assertThatThrownBy(() -> channel.offer(new byte[1]))
        .isInstanceOf(StoqException.class)
        .extracting(e -> ((StoqException) e).category())
        .isEqualTo(StoqException.Category.CALLER_MISTAKE);
  }

  @Test
  void shouldDeliverWhatWasFinishedBeforeItWasClosed() throws Exception {
    Ends ends = open();
    assertThat(ends.near.offer(new byte[] {1})).isTrue();
    ends.near.finish();
    ends.near.close();
    ends.near.close();
    assertThat(ends.far.receive(WAIT)).containsExactly(1);
    assertThat(ends.far.receive(WAIT)).isNull();
    assertThat(ends.far.isEnd()).isTrue();
  }

  @Test
  void shouldFailOnBothSidesOfWhatWasClosedUnfinished() throws Exception {
    Ends ends = open();
    assertThat(ends.near.offer(new byte[] {1})).isTrue();
    ends.near.close();
    assertFails(() -> ends.near.offer(new byte[1]));
    assertFails(() -> ends.near.poll((buffer, offset, length) -> {}, 1));
    assertFails(() -> {
      while (ends.far.receive(WAIT) != null) {
        // What was sent before may come, and then a failure.
      }
    });
    assertFails(() -> {
      while (true) {
        ends.far.send(new byte[1_000], WAIT);
      }
    });
    assertThat(ends.far.isEnd()).isFalse();
  }

  private static void assertFails(Action action) {
    assertThatThrownBy(action::run)
        .isInstanceOf(StoqException.class)
        .isNotInstanceOf(StoqTimeoutException.class)
        .isInstanceOf(IOException.class);
  }
}
