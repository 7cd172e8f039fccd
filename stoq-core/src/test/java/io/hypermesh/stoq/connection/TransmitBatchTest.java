package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.simulation.NetworkListener;
import io.hypermesh.stoq.simulation.SimulatedDatagram;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Datagrams that are written and sealed several at once are those that are made one by one. */
class TransmitBatchTest {
  private static final LinkConditions LOSSY =
      LinkConditions.PERFECT.withDelay(5_000_000, 0).withLoss(0.02, 1);

  /** All that two sides say to each other in a transfer both ways. */
  private static final class Talk implements NetworkListener {
    private final List<String> said = new ArrayList<>();
    private final SimulatedPair pair;

    /** Whether what is said shows byte for byte; else only when, from where, and how much. */
    private boolean bytes = true;

    private Talk(long seed, int runMax, Consumer<ConnectionSettings.Builder> change) {
      pair = new SimulatedPair(seed, LOSSY, change);
      pair.network.setListener(this);
      pair.client.runMax = runMax;
      pair.server.runMax = runMax;
    }

    @Override
    public void onSent(SimulatedDatagram sent) {
      byte[] payload = sent.payload().toArray(ValueLayout.JAVA_BYTE);
      String shown = bytes ? HexFormat.of().formatHex(payload) : String.valueOf(payload.length);
      said.add(sent.atNanos() + " " + sent.from() + " " + shown);
    }

    private Talk transfer(long bytesPerStream) {
      pair.client.bytesPerStream = bytesPerStream;
      pair.server.bytesPerStream = bytesPerStream;
      assertThat(pair.connect()).isTrue();
      pair.client.open(true, pair.network.nowNanos());
      pair.runUntil(
          () ->
              pair.client.streamsEnded + pair.server.streamsEnded == 2
                  || pair.client.closeReason() != null
                  || pair.server.closeReason() != null,
          60);
      pair.network.runFor(SimulatedPair.SECOND);
      assertThat(pair.client.wrong + pair.server.wrong).isEmpty();
      return this;
    }
  }

  @Property(tries = 8, shrinking = ShrinkingMode.OFF)
  void shouldBeTheSameBytesAtTheSameTimesWhateverTheRun(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 16) int runMax) {
    Talk single = new Talk(seed, 0, settings -> {}).transfer(100_000);
    Talk runs = new Talk(seed, runMax, settings -> {}).transfer(100_000);
    assertThat(runs.said).isEqualTo(single.said);
  }

  @Property(tries = 4, shrinking = ShrinkingMode.OFF)
  void shouldUpdateKeysInTheMiddleOfARun(@ForAll long seed) {
    Consumer<ConnectionSettings.Builder> often = settings -> settings.keyUpdatePackets(37);
    Talk single = new Talk(seed, 0, often).transfer(400_000);
    Talk runs = new Talk(seed, 16, often).transfer(400_000);
    assertThat(runs.said).isEqualTo(single.said);
    assertThat(runs.pair.client.connection.keyUpdates()).isPositive();
    assertThat(runs.pair.client.closeReason()).isNull();
  }

  /** RFC 9001, 6.6: those of a run that aren't sealed yet count already. */
  @Property(tries = 4, shrinking = ShrinkingMode.OFF)
  void shouldEndAtTheSamePacketWhereKeysAreUsedUp(@ForAll long seed) {
    Consumer<ConnectionSettings.Builder> limited =
        settings -> settings.confidentialityLimitPackets(202);
    Talk single = new Talk(seed, 0, limited).transfer(1_000_000);
    Talk runs = new Talk(seed, 16, limited).transfer(1_000_000);
    assertThat(runs.said).isEqualTo(single.said);
    assertThat(List.of(runs.pair.client.closeReason(), runs.pair.server.closeReason()))
        .anyMatch(reason -> reason.errorCode() == TransportErrorCode.AEAD_LIMIT_REACHED);
  }

  /** The server's flight is several times what it may send at once; its keys change within. */
  @Test
  void shouldHoldTheAmplificationLimitInARun() {
    List<Talk> talks = new ArrayList<>();
    for (int runMax : new int[] {0, 16}) {
      Talk talk = new Talk(5, runMax, settings -> {});
      talk.bytes = false; // signatures differ
      talk.pair.server.serverTls = TestTlsSettings.postQuantumServer(6);
      talk.pair.client.connect(
          SimulatedPair.SERVER_ADDRESS, TestTlsSettings.postQuantumClient(5), 0);
      assertThat(talk.pair.runUntil(talk.pair.server::isEstablished, 60)).isTrue();
      talk.pair.network.runFor(SimulatedPair.SECOND);
      talks.add(talk);
    }
    assertThat(talks.get(1).said).isEqualTo(talks.get(0).said);
    assertThat(talks.get(0).pair.server.transmissions()).isGreaterThan(10);
  }

  // ---- The batch itself ----

  @Test
  void shouldEndARunWithADatagramForAnotherSocket() {
    MemorySegment space = MemorySegment.ofArray(new byte[1_200]);
    TransmitBatch batch = new TransmitBatch();
    batch.begin(ahead -> space, 2, 16);
    batch.add(100, SimulatedPair.CLIENT_ADDRESS, 2, 0);
    assertThat(batch.claim()).isNotNull();
    batch.add(200, SimulatedPair.SERVER_ADDRESS, 3, 1);
    assertThat(batch.claim()).isNull();
    assertThat(batch.size()).isEqualTo(2);
    assertThat(List.of(batch.socket(0), batch.socket(1))).containsExactly(2, 3);
    assertThat(List.of(batch.ecn(0), batch.ecn(1))).containsExactly(0, 1);
    assertThat(List.of(batch.length(0), batch.length(1))).containsExactly(100, 200);
    assertThat(batch.destination(1)).isEqualTo(SimulatedPair.SERVER_ADDRESS);
    batch.clear();
    assertThat(batch.size()).isZero();
    assertThat(batch.claim()).isNotNull();
  }

  @Test
  void shouldEndARunAtItsLimitsAndWhereThereIsNoSpace() {
    MemorySegment space = MemorySegment.ofArray(new byte[1_200]);
    TransmitBatch batch = new TransmitBatch();
    batch.begin(ahead -> space, 0, 100);
    assertThat(fill(batch)).isEqualTo(TransmitBatch.DATAGRAMS_MAX);
    batch.begin(ahead -> space, 0, 5);
    batch.limit(3);
    assertThat(fill(batch)).isEqualTo(3);
    batch.limit(9);
    assertThat(fill(batch)).isEqualTo(5);
    batch.begin(ahead -> ahead < 2 ? space : null, 0, 16);
    assertThat(fill(batch)).isEqualTo(2);
  }

  private static int fill(TransmitBatch batch) {
    while (batch.claim() != null) {
      batch.add(1, SimulatedPair.CLIENT_ADDRESS, 0, 0);
    }
    return batch.size();
  }
}
