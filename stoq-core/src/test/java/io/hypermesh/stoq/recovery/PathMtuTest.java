package io.hypermesh.stoq.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathMtuTest {
  private long packetNumber;
  private long nowNanos;

  private SentPacket packet(int size, boolean probe) {
    SentPacket packet = new SentPacket();
    packet.describe(packetNumber++, size, true, true);
    if (probe) {
      packet.setProbe();
    }
    return packet;
  }

  /** Probes until there is nothing to find; returns how many probes it took. */
  private int search(PathMtu mtu, int pathBytes) {
    int probes = 0;
    int size;
    while ((size = mtu.probeBytes(Integer.MAX_VALUE)) > 0) {
      mtu.onProbeSent(packetNumber, size);
      assertThat(mtu.probeBytes(Integer.MAX_VALUE)).as("one at a time").isZero();
      SentPacket probe = packet(size, true);
      if (size <= pathBytes) {
        mtu.onAcked(probe);
      } else {
        mtu.onLost(probe, nowNanos++);
      }
      probes++;
    }
    return probes;
  }

  @ParameterizedTest
  @ValueSource(ints = {1_200, 1_220, 1_252, 1_352, 1_420, 1_451, 1_452, 1_500})
  void shouldComeCloseToWhatThePathCarries(int pathBytes) {
    PathMtu mtu = new PathMtu(1_452);

    int probes = search(mtu, pathBytes);

    int best = Math.min(pathBytes, 1_452);
    assertThat(mtu.currentBytes()).isBetween(best - PathMtu.STEP_BYTES, best);
    assertThat(probes).isLessThanOrEqualTo(20);
  }

  @Test
  void shouldFindAJumboFrameAndTheLoopbacksDatagram() {
    PathMtu jumbo = new PathMtu(65_527);
    assertThat(search(jumbo, 8_952)).isLessThan(50);
    assertThat(jumbo.currentBytes()).isBetween(8_932, 8_952);
    PathMtu loopback = new PathMtu(65_527);
    assertThat(search(loopback, 65_527)).isEqualTo(1);
    assertThat(loopback.currentBytes()).isEqualTo(65_527);
  }

  @Test
  void shouldNotProbeBeyondTheRoomThereIs() {
    PathMtu mtu = new PathMtu(9_000);
    assertThat(mtu.probeBytes(4_000)).isEqualTo(4_000);
    mtu.onProbeSent(packetNumber, 4_000);
    mtu.onAcked(packet(4_000, true));
    assertThat(mtu.currentBytes()).isEqualTo(4_000);
    assertThat(mtu.probeBytes(4_010)).as("not worth a probe").isZero();
    assertThat(mtu.probeBytes(100_000)).isEqualTo(9_000);
  }

  @Test
  void shouldRespectWhatThePeerTakes() {
    PathMtu mtu = new PathMtu(9_000);
    mtu.limit(1_300);
    search(mtu, 9_000);
    assertThat(mtu.currentBytes()).isEqualTo(1_300);
    mtu.limit(1_200);
    assertThat(mtu.currentBytes()).isEqualTo(1_200);
    assertThat(mtu.probeBytes(10_000)).isZero();
  }

  @Test
  void shouldLookAgainAfterTenMinutes() {
    PathMtu mtu = new PathMtu(1_452);
    search(mtu, 1_300);
    assertThat(mtu.currentBytes()).isLessThanOrEqualTo(1_300);
    long raise = mtu.deadlineNanos();
    assertThat(raise).isBetween(PathMtu.RAISE_NANOS, PathMtu.RAISE_NANOS + 1_000);
    mtu.onTimeout(raise - 1);
    assertThat(mtu.probeBytes(10_000)).isZero();
    mtu.onTimeout(raise);
    assertThat(mtu.deadlineNanos()).isEqualTo(Long.MAX_VALUE);
    search(mtu, 1_452);
    assertThat(mtu.currentBytes()).isEqualTo(1_452);
  }

  @Test
  void shouldNoticeThatLargePacketsVanish() {
    PathMtu mtu = new PathMtu(1_452);
    search(mtu, 1_452);
    mtu.onAcked(packet(1_452, false));
    for (int i = 0; i < PathMtu.BLACK_HOLE_LOSSES; i++) {
      assertThat(mtu.currentBytes()).isEqualTo(1_452);
      // Many at once are one loss.
      mtu.onLost(packet(1_452, false), nowNanos);
      mtu.onLost(packet(1_452, false), nowNanos++);
      mtu.onAcked(packet(100, false));
    }
    assertThat(mtu.currentBytes()).isEqualTo(1_200);
    assertThat(mtu.blackHoles()).isEqualTo(1);
    search(mtu, 1_300);
    assertThat(mtu.currentBytes()).isBetween(1_280, 1_300);
  }

  @Test
  void shouldNotTakeCongestionForABlackHole() {
    PathMtu mtu = new PathMtu(1_452);
    search(mtu, 1_452);
    for (int i = 0; i < 100; i++) {
      SentPacket lost = packet(1_452, false);
      mtu.onAcked(packet(1_452, false));
      mtu.onLost(lost, nowNanos++);
    }
    assertThat(mtu.currentBytes()).isEqualTo(1_452);
  }

  @Test
  void shouldTrySmallOnesWhenNothingArrives() {
    PathMtu mtu = new PathMtu(1_452);
    search(mtu, 1_452);
    mtu.onProbeTimeouts(1, 0);
    mtu.onProbeTimeouts(2, 0);
    assertThat(mtu.currentBytes()).isEqualTo(1_452);
    mtu.onProbeTimeouts(3, 0);
    assertThat(mtu.currentBytes()).isEqualTo(1_200);
  }
}
