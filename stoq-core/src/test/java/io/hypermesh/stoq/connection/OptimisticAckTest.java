package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.recovery.AckRanges;
import org.junit.jupiter.api.Test;

/** RFC 9000, 21.4. */
class OptimisticAckTest {
  @Test
  void shouldFindOutAPeerThatAcknowledgesWhatItCannotHaveReceived() {
    RogueClient rogue = new RogueClient(settings -> {});
    rogue.connect();
    rogue.pair.server.bytesPerStream = 160_000;
    rogue.pair.client.open(true, rogue.pair.network.nowNanos());
    rogue.pair.network.runFor(2 * SimulatedPair.SECOND);
    rogue.assertTaken();
    // An honest peer has acknowledged all but one of the first numbers.
    AckRanges all = new AckRanges();
    for (int number = 0; number < 2 * PacketNumberGaps.DISTANCE_MIN; number++) {
      all.add(number);
    }
    rogue.send((buffer, at) -> FrameEncoder.putAck(buffer, at, 100, all, 0));
    rogue.assertClosedWith(TransportErrorCode.PROTOCOL_VIOLATION);
  }
}
