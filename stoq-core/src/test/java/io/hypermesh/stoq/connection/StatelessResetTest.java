package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.StatelessResetToken;
import io.hypermesh.stoq.simulation.LinkConditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which tokens end a connection (RFC 9000, 10.3.1): those of IDs that were sent to, and are. */
class StatelessResetTest {
  private static final int RESET_BYTES = 60;

  private final RogueClient rogue = new RogueClient(settings -> {});

  private static StatelessResetToken token(long sequenceNumber) {
    return StatelessResetToken.of(
        ByteBuffer.allocate(StatelessResetToken.LENGTH).putLong(8, sequenceNumber + 77).array());
  }

  private void issue(long sequenceNumber, long retirePriorTo) {
    ConnectionId id = ConnectionId.of(ByteBuffer.allocate(8).putLong(sequenceNumber).array());
    rogue.send((buffer, at) ->
        FrameEncoder.putNewConnectionId(
            buffer, at, sequenceNumber, retirePriorTo, id, token(sequenceNumber)));
  }

  private void reset(long sequenceNumber) {
    byte[] datagram = new byte[RESET_BYTES];
    datagram[0] = 0x40;
    MemorySegment segment = MemorySegment.ofArray(datagram);
    token(sequenceNumber).writeTo(segment, RESET_BYTES - StatelessResetToken.LENGTH);
    rogue.pair.server.handleDatagram(
        segment, SimulatedPair.CLIENT_ADDRESS, rogue.pair.network.nowNanos());
  }

  @Test
  void shouldCountOnlyTheTokensOfIdsInUse() {
    rogue.connect();
    issue(10, 10);
    issue(11, 10);
    reset(11);
    assertThat(rogue.pair.server.closeReason()).as("never sent to").isNull();
    issue(12, 11);
    reset(10);
    assertThat(rogue.pair.server.closeReason()).as("retired").isNull();
    reset(11);
    assertThat(rogue.pair.server.closeReason().origin())
        .isEqualTo(CloseReason.Origin.STATELESS_RESET);
  }

  @Test
  void shouldSendNoProbeThatAStatelessResetCouldNotAnswer() {
    SimulatedPair pair =
        new SimulatedPair(
            3, LinkConditions.PERFECT, settings -> settings.keepAliveNanos(SimulatedPair.SECOND));
    List<Integer> lengths = new ArrayList<>();
    pair.network.setFilter((datagram, number) -> {
      if (datagram.payload().get(ValueLayout.JAVA_BYTE, 0) >= 0) {
        lengths.add((int) datagram.payload().byteSize());
      }
      return true;
    });
    assertThat(pair.connect()).isTrue();
    pair.network.runFor(20 * SimulatedPair.SECOND);
    // RFC 9000, 10.3: 22 bytes more than this side's connection IDs, which have 8.
    assertThat(lengths).hasSizeGreaterThan(10).contains(30).allMatch(length -> length >= 30);
  }
}
