package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.fuzz.Fuzz;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/**
 * What CRYPTO frames of one byte cost, in whatever order: before the handshake anyone can send
 * them, some 300 in a datagram. Measured in bytes allocated, which don't depend on the machine.
 */
class CryptoStreamWorkTest {
  private static final int BYTES = 60_000;

  /** An array of one byte and its part of what holds it; a buffer that grows by doubling. */
  private static final long ALLOCATED_PER_BYTE_MAX = 400;

  private final CryptoStream stream = new CryptoStream(65_536);
  private final MemorySegment data = MemorySegment.ofArray(new byte[BYTES]);
  private long delivered;

  private void receive(int offset) throws TransportException {
    stream.receive(offset, data, 0, 1, (_, _, length) -> delivered += length);
  }

  private void assertCheap(long before) {
    assertThat(Fuzz.allocatedBytes() - before).isLessThan(BYTES * ALLOCATED_PER_BYTE_MAX);
  }

  @Test
  void shouldTakeBytesBehindAGapInLinearWork() throws TransportException {
    long before = Fuzz.allocatedBytes();
    for (int offset = 1; offset < BYTES; offset++) {
      receive(offset);
    }
    receive(0);
    assertCheap(before);
    assertThat(delivered).isEqualTo(BYTES);
    assertThat(stream.aheadBytes()).isLessThanOrEqualTo(CryptoStream.AHEAD_BYTES_MIN);
  }

  @Test
  void shouldTakeBytesBackwardsInLinearWork() throws TransportException {
    long before = Fuzz.allocatedBytes();
    for (int offset = BYTES - 1; offset >= 0; offset--) {
      receive(offset);
    }
    assertCheap(before);
    assertThat(delivered).isEqualTo(BYTES);
  }

  @Test
  void shouldTakeEverySecondByteFirstInLinearWork() throws TransportException {
    long before = Fuzz.allocatedBytes();
    for (int offset = 0; offset + 1 < BYTES; offset += 2) {
      receive(offset + 1);
      receive(offset);
    }
    assertCheap(before);
    assertThat(delivered).isEqualTo(BYTES);
  }

  /** The far byte keeps the whole buffer in use while the near ones come. */
  @Test
  void shouldTakeBytesBelowAFarOneInLinearWork() throws TransportException {
    receive(BYTES - 1);
    assertThat(stream.aheadBytes()).isLessThanOrEqualTo(65_536);
    long before = Fuzz.allocatedBytes();
    for (int offset = 0; offset < BYTES - 1; offset++) {
      receive(offset);
    }
    assertCheap(before);
    assertThat(delivered).isEqualTo(BYTES);
    assertThat(stream.aheadBytes()).isLessThanOrEqualTo(CryptoStream.AHEAD_BYTES_MIN);
  }

  @Test
  void shouldHoldNoMoreThanItsLimit() throws TransportException {
    for (int round = 0; round < 1_000; round++) {
      stream.receive(1 + (round * 977L) % 65_000, data, 0, 1 + round % 500, (_, _, _) -> {});
      assertThat(stream.aheadBytes()).isLessThanOrEqualTo(65_536);
    }
  }
}
