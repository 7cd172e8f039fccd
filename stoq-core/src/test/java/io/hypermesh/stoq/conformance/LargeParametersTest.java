package io.hypermesh.stoq.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.EncryptionLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transport parameters of any valid size are taken for what they mean: no limit. */
class LargeParametersTest {
  private static final long VARINT_MAX = (1L << 62) - 1;
  private static final long FIVE_SECONDS = 5_000_000_000L;
  private static final int DATAGRAM_BYTES_MIN = 1_200;

  @Test
  void shouldTakeALargeIdleTimeoutWhereItHasNone() {
    RoguePeer rogue = new RoguePeer(true);
    rogue.victimSettings(settings -> settings.idleTimeoutNanos(0));
    rogue.parameters(ParameterBytes.withNumber(1, VARINT_MAX)).connect();
    rogue.victim.connection.handleTimeout(FIVE_SECONDS);
    assertThat(rogue.victim.connection.isClosed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0x3fffffffffffffff",
    "3, 0x3fffffffffffffff",
    "3, 0x80000000",
    "3, 0x100000001",
    "4, 0x3fffffffffffffff",
    "5, 0x3fffffffffffffff",
    "6, 0x3fffffffffffffff",
    "7, 0x3fffffffffffffff",
    "14, 0x3fffffffffffffff",
    "32, 0x3fffffffffffffff"
  })
  void shouldTakeLargeValues(long id, long value) {
    assertThat(value).isLessThanOrEqualTo(VARINT_MAX);
    for (boolean client : new boolean[] {true, false}) {
      RoguePeer rogue = new RoguePeer(client);
      rogue.parameters(ParameterBytes.withNumber(id, value)).connect();
      rogue.send(EncryptionLevel.ONE_RTT, Frames.ping());
      rogue.exchange();
      assertThat(rogue.victim.connection.path().mtu().currentBytes())
          .isGreaterThanOrEqualTo(DATAGRAM_BYTES_MIN);
      rogue.victim.connection.handleTimeout(FIVE_SECONDS);
      assertThat(rogue.victim.connection.isClosed()).as("parameter %d of %d", id, value).isFalse();
    }
  }
}
