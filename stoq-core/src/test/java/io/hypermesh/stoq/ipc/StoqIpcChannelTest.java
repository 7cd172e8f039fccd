package io.hypermesh.stoq.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.hypermesh.stoq.StoqMessageHandler;
import io.hypermesh.stoq.StoqTimeoutException;
import io.hypermesh.stoq.ipc.StoqIpcException.Reason;
import io.hypermesh.stoq.packet.AllocationMeter;
import io.hypermesh.stoq.ring.RingConsumer;
import io.hypermesh.stoq.ring.RingProducer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.IdleStrategy;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A channel over memory of this process, in virtual time, with a peer that the test lets die. */
@Timeout(60)
class StoqIpcChannelTest {
  private static final int RING_BYTES = 4_096;
  private static final long CHECK_NANOS = Duration.ofMillis(100).toNanos();
  private static final StoqMessageHandler IGNORE = (buffer, offset, length) -> {};

  private final MemorySegment memory =
      MemorySegment.ofArray(new long[(int) ChannelHeader.memoryBytes(RING_BYTES) / Long.BYTES]);
  private long nowNanos = 1_000;
  private boolean alive = true;
  private int looks;
  private final StoqIpcChannel near = channel(true);
  private final StoqIpcChannel far = channel(false);

  /** Waiting is what makes the time go on. */
  private final class Waiting implements IdleStrategy {
    @Override
    public void idle(int workCount) {
      idle();
    }

    @Override
    public void idle() {
      nowNanos += Duration.ofMillis(7).toNanos();
    }

    @Override
    public void reset() {
      // Nothing is kept.
    }
  }

  private final class MortalPeer implements Peer {
    @Override
    public boolean isAlive() {
      looks++;
      return alive;
    }

    @Override
    public boolean isMemoryIntact() {
      return true;
    }

    @Override
    public void close() {
      // The garbage collector's.
    }
  }

  private StoqIpcChannel channel(boolean connector) {
    StoqIpcSettings settings =
        StoqIpcSettings.builder()
            .ringBytes(RING_BYTES)
            .messageLengthMax(1_000)
            .idleStrategies(Waiting::new)
            .build();
    return new StoqIpcChannel(
        new RingProducer(ChannelHeader.ring(memory, RING_BYTES, connector), 1_000),
        new RingConsumer(ChannelHeader.ring(memory, RING_BYTES, !connector), 1_000),
        new MortalPeer(),
        new ChannelHeader(1_000, RING_BYTES, 4711),
        () -> "me",
        settings,
        () -> nowNanos);
  }

  private static void assertPeerDied(ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(StoqIpcException.class))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.PEER_DIED))
        .satisfies(e -> assertThat(e).hasMessageContaining("process has ended: process 4711"));
  }

  @Test
  void shouldNoticeADeadPeerWithinTheIntervalAndPollWhatItSentBefore() throws Exception {
    assertThat(far.offer(new byte[] {1})).isTrue();
    assertThat(far.offer(new byte[] {2})).isTrue();
    alive = false;
    assertThat(near.poll(IGNORE, 1)).isEqualTo(1);
    nowNanos += CHECK_NANOS;
    assertThat(near.poll(IGNORE, 1)).isEqualTo(1);
    nowNanos += CHECK_NANOS - 1;
    assertPeerDied(() -> near.poll(IGNORE, 1));
    assertPeerDied(() -> near.poll(IGNORE, 1));
    assertPeerDied(() -> near.offer(new byte[1]));
    assertThat(near.isEnd()).isFalse();
  }

  @Test
  void shouldLookForThePeerNoOftenerThanTheIntervalSays() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      assertThat(near.poll(IGNORE, 1)).isZero();
      nowNanos += CHECK_NANOS / 100;
    }
    assertThat(looks).isEqualTo(9);
  }

  @Test
  void shouldNoticeADeadPeerWhenThereIsNoRoomAndWhileWaiting() throws Exception {
    alive = false;
    long startedAtNanos = nowNanos;
    assertPeerDied(() -> {
      while (true) {
        near.send(new byte[100], Duration.ofSeconds(10));
      }
    });
    assertThat(nowNanos - startedAtNanos).isLessThan(CHECK_NANOS * 2);
    assertPeerDied(() -> near.receive(Duration.ofSeconds(10)));
  }

  @Test
  void shouldNoticeADeadPeerWhileThereIsRoom() throws Exception {
    alive = false;
    nowNanos += CHECK_NANOS;
    int[] sent = new int[1];
    assertPeerDied(() -> {
      while (true) {
        assertThat(near.offer(new byte[100])).isTrue();
        sent[0] += 100;
        // Somebody takes it, in its last moments.
        far.poll(IGNORE, 10);
      }
    });
    assertThat(sent[0]).isLessThanOrEqualTo(StoqIpcChannel.BYTES_BETWEEN_PEER_CHECKS);
  }

  @Test
  void shouldTakeADeadPeersEndForTheEnd() throws Exception {
    far.send(new byte[] {3}, Duration.ofSeconds(1));
    far.finish();
    alive = false;
    nowNanos += CHECK_NANOS;
    assertThat(near.receive(Duration.ofSeconds(1))).containsExactly(3);
    assertThat(near.receive(Duration.ofSeconds(1))).isNull();
    assertThat(near.isEnd()).isTrue();
  }

  @Test
  void shouldWaitAsLongAsToldInVirtualTime() throws Exception {
    long startedAtNanos = nowNanos;
    assertThatThrownBy(() -> near.receive(Duration.ofMillis(500)))
        .isInstanceOf(StoqTimeoutException.class);
    assertThat(nowNanos - startedAtNanos)
        .isBetween(Duration.ofMillis(500).toNanos(), Duration.ofMillis(510).toNanos());
    while (near.offer(new byte[1_000])) {
      // Until it is full.
    }
    assertThatThrownBy(() -> near.send(new byte[1_000], Duration.ofMillis(500)))
        .isInstanceOf(StoqTimeoutException.class);
  }

  @Test
  void shouldTellWhoTriesWhichSideClosed() throws Exception {
    assertThat(far.offer(new byte[] {1})).isTrue();
    far.close();
    assertThat(near.poll(IGNORE, 5)).isEqualTo(1);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> near.poll(IGNORE, 5))
          .asInstanceOf(type(StoqIpcException.class))
          .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.PEER_CLOSED));
      assertThatThrownBy(() -> near.offer(new byte[1]))
          .asInstanceOf(type(StoqIpcException.class))
          .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.PEER_CLOSED));
    }
    assertThatThrownBy(() -> far.tryClaim(1)).hasMessageContaining("this side has closed");
    assertThatThrownBy(far::finish).hasMessageContaining("this side has closed");
  }

  @Test
  void shouldEndTheClaimOfWhatCannotBeCommitted() throws Exception {
    assertThat(near.tryClaim(10)).isNotNull();
    near.close();
    assertThatThrownBy(near::commit).hasMessageContaining("this side has closed");
    assertThatThrownBy(near::abort).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> far.poll(IGNORE, 1)).hasMessageContaining("the peer has closed");
  }

  @Test
  void shouldLetAHandlerCloseTheChannel() throws Exception {
    assertThat(far.offer(new byte[] {1})).isTrue();
    List<Integer> lengths = new ArrayList<>();
    near.poll(
        (buffer, offset, length) -> {
          lengths.add(length);
          near.close();
        },
        1);
    assertThat(lengths).containsExactly(1);
    assertThatThrownBy(() -> near.poll(IGNORE, 1)).hasMessageContaining("this side has closed");
  }

  @Test
  void shouldAllocateNothingForAMessage() throws Exception {
    MemorySegment source = MemorySegment.ofArray(new byte[64]);
    byte[] array = new byte[48];
    long[] sum = new long[1];
    StoqMessageHandler handler =
        (buffer, offset, length) -> sum[0] += buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    double bytes =
        AllocationMeter.bytesEach(
            round -> {
              source.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, round);
              send(source, array);
              if (far.poll(handler, 4) != 3 || far.poll(handler, 4) != 0) {
                throw new IOException("it isn't there");
              }
            },
            0.5);
    assertThat(bytes).as("bytes allocated for three messages").isLessThan(1);
    assertThat(sum[0]).isPositive();
  }

  private void send(MemorySegment source, byte[] array) throws IOException {
    if (!near.offer(source, 0, 64) || !near.offer(array)) {
      throw new IOException("the ring is full");
    }
    long offset = near.tryClaimOffset(16);
    if (offset < 0) {
      throw new IOException("the ring is full");
    }
    near.claimBuffer().set(ValueLayout.JAVA_LONG, offset, 5);
    near.commit();
  }
}
