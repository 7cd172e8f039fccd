package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CryptoStreamTest {
  private static final int MAX = 4_096;

  private final CryptoStream stream = new CryptoStream(MAX);
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

  private boolean receive(byte[] data, int from, int to) throws TransportException {
    return stream.receive(
        from,
        MemorySegment.ofArray(data),
        from,
        to - from,
        (bytes, at, n) -> taken.write(bytes, at, n));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldPutPiecesInOrder(long seed) throws TransportException {
    Random random = new Random(seed);
    byte[] data = new byte[20_000];
    random.nextBytes(data);
    while (taken.size() < data.length) {
      int from = Math.max(0, taken.size() - 500 + random.nextInt(1_500));
      int to = Math.min(data.length, Math.min(from + 1 + random.nextInt(900), taken.size() + MAX));
      if (from < to) {
        receive(data, from, to);
      }
    }
    assertThat(taken.toByteArray()).isEqualTo(data);
    assertThat(stream.hasGap()).isFalse();
  }

  @Test
  void shouldRefuseBytesBeyondItsBuffer() throws TransportException {
    byte[] data = new byte[10_000];
    assertThat(receive(data, MAX - 1, MAX)).isTrue();
    assertThatThrownBy(() -> receive(data, MAX, MAX + 1))
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> assertThat(e.errorCode()).isEqualTo(TransportErrorCode.CRYPTO_BUFFER_EXCEEDED));
    assertThat(taken.size()).isZero();
  }

  @Test
  void shouldRefusePiecesTooMany() throws TransportException {
    byte[] data = new byte[10_000];
    for (int i = 0; i < CryptoStream.RANGES_MAX; i++) {
      assertThat(receive(data, 1 + 2 * i, 2 + 2 * i)).isTrue();
    }
    assertThat(receive(data, 1_001, 1_002)).isFalse();
    assertThat(receive(data, 0, 200)).isTrue();
    assertThat(taken.size()).isEqualTo(200);
  }

  @Test
  void shouldSendAgainWhatIsNotAcknowledged() {
    stream.append(new byte[100]);
    stream.append(new byte[50]);
    assertThat(stream.pendingLength()).isEqualTo(150);
    stream.onSent(0, 150);
    assertThat(stream.hasPending()).isFalse();
    stream.onAcknowledged(30, 20);
    stream.resendUnacknowledged();
    assertThat(stream.pendingOffset()).isZero();
    assertThat(stream.pendingLength()).isEqualTo(30);
    stream.onSent(0, 30);
    assertThat(stream.pendingOffset()).isEqualTo(50);
    assertThat(stream.pendingLength()).isEqualTo(100);
    stream.onAcknowledged(0, 150);
    assertThat(stream.hasPending()).isFalse();
  }
}
