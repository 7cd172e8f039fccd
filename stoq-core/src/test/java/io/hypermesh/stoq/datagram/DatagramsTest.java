package io.hypermesh.stoq.datagram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hypermesh.stoq.packet.AllocationMeter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DatagramsTest {
  private static final int QUEUE = 128 << 10;
  private final Datagrams datagrams = new Datagrams(QUEUE, QUEUE);

  private boolean offer(int length) {
    if (datagrams.claim(length) == null) {
      return false;
    }
    datagrams.commit();
    return true;
  }

  @Test
  void shouldBoundWhatWaitsToBeSentAndTellOfRoomOnce() {
    datagrams.payloadBytesMax(1_200);
    int accepted = 0;
    while (offer(1_000)) {
      accepted++;
    }
    // Parts of 8, 16, 32, 64 and 128 KiB, none of them emptied: below twice the limit.
    assertThat((long) accepted * 1_004).isBetween((long) QUEUE, 2L * QUEUE);
    assertThat(offer(1_000)).isFalse();
    assertThat(datagrams.takeWritable()).isTrue();
    assertThat(datagrams.takeWritable()).isFalse();

    MemorySegment packet = MemorySegment.ofArray(new byte[1_200]);
    for (int i = 0; i < accepted; i++) {
      assertThat(datagrams.hasPending()).isTrue();
      assertThat(datagrams.pendingLength()).isEqualTo(1_000);
      datagrams.takePending(packet, 0);
    }
    assertThat(datagrams.hasPending()).isFalse();
    assertThat(datagrams.sent()).isEqualTo(accepted);
    int again = 0;
    while (offer(1_000)) {
      again++;
    }
    assertThat((long) again * 1_004)
        .as("the old parts are gone")
        .isBetween(QUEUE / 2L, (long) QUEUE);
  }

  @Test
  void shouldDropAndCountWhatTheHostIsTooSlowToTake() {
    MemorySegment source = MemorySegment.ofArray(new byte[1_000]);
    for (int i = 0; i < 1_000; i++) {
      source.set(ValueLayout.JAVA_INT_UNALIGNED, 0, i);
      datagrams.onReceived(source, 0, 1_000);
    }
    assertThat(datagrams.received() + datagrams.receiveDropped()).isEqualTo(1_000);
    assertThat(datagrams.received() * 1_004).isBetween((long) QUEUE, 2L * QUEUE);
    for (int i = 0; i < datagrams.received(); i++) {
      assertThat(datagrams.next()).isTrue();
      assertThat(datagrams.buffer().get(ValueLayout.JAVA_INT_UNALIGNED, datagrams.offset()))
          .isEqualTo(i);
      datagrams.remove();
    }
    assertThat(datagrams.next()).isFalse();
  }

  @Test
  void shouldDropAndCountWhatThePathCarriesNoMore() {
    datagrams.payloadBytesMax(1_400);
    offer(1_400);
    offer(1_000);
    datagrams.payloadBytesMax(1_100);
    assertThat(datagrams.hasPending()).isTrue();
    assertThat(datagrams.pendingLength()).isEqualTo(1_000);
    assertThat(datagrams.sendDropped()).isEqualTo(1);
  }

  @Test
  void shouldRefuseTwoClaimsAtOnceAndWhatNeverFits() {
    datagrams.claim(10);
    assertThatIllegalStateException().isThrownBy(() -> datagrams.claim(1));
    datagrams.abort();
    assertThatIllegalStateException().isThrownBy(datagrams::commit);
    assertThatIllegalArgumentException().isThrownBy(() -> datagrams.claim(QUEUE / 2));
  }

  @Test
  void shouldAllocateNothingOnceItRuns() throws Exception {
    datagrams.payloadBytesMax(1_200);
    MemorySegment packet = MemorySegment.ofArray(new byte[1_200]);
    double each =
        AllocationMeter.bytesEach(
            round -> {
              datagrams.offer(packet, 0, 900);
              datagrams.hasPending();
              datagrams.takePending(packet, 0);
              datagrams.onReceived(packet, 0, 900);
              datagrams.next();
              datagrams.remove();
            },
            1);
    assertThat(each).isLessThanOrEqualTo(1);
  }

  @Test
  @Timeout(60)
  void shouldCarryDatagramsBetweenTwoThreads() throws InterruptedException {
    int count = 100_000;
    datagrams.payloadBytesMax(1_200);
    Thread sender =
        Thread.ofPlatform()
            .start(() -> {
              for (int i = 0; i < count; i++) {
                MemorySegment space = datagrams.claim(4 + i % 1_000);
                while (space == null) {
                  LockSupport.parkNanos(1_000);
                  space = datagrams.claim(4 + i % 1_000);
                }
                space.set(ValueLayout.JAVA_INT_UNALIGNED, 0, i);
                datagrams.commit();
              }
            });
    MemorySegment packet = MemorySegment.ofArray(new byte[1_200]);
    for (int i = 0; i < count; ) {
      if (!datagrams.hasPending()) {
        Thread.onSpinWait();
        continue;
      }
      assertThat(datagrams.pendingLength()).isEqualTo(4 + i % 1_000);
      datagrams.takePending(packet, 0);
      assertThat(packet.get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(i);
      i++;
    }
    sender.join();
    assertThat(datagrams.hasPending()).isFalse();
  }
}
