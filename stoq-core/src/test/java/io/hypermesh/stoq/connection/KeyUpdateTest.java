package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.simulation.LinkConditions.PERFECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.handshake.TestTlsSettings;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The rules of RFC 9001, 6, against a peer that breaks them and against the AEAD's limits. */
class KeyUpdateTest {
  private static final int KEY_PHASE = 0x04;

  private final RogueClient rogue = new RogueClient(settings -> {});
  private final SimulatedPair pair = rogue.pair;

  private void ping(long packetNumber, int phase) {
    rogue.packetNumber = packetNumber;
    rogue.send(FrameEncoder::putPing, phase);
  }

  // ---- 6.1 and 6.2 ----

  @Test
  void shouldNotInitiateBeforeTheHandshakeIsConfirmed() {
    pair.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    assertThat(pair.runUntil(pair.client::isEstablished, 60)).isTrue();
    assertThat(pair.client.count(ConnectionEvent.HandshakeConfirmed.class)).isZero();
    assertThat(pair.client.connection.updateKeys()).isFalse();
    pair.network.runFor(SimulatedPair.SECOND);
    assertThat(pair.client.count(ConnectionEvent.HandshakeConfirmed.class)).isOne();
    assertThat(pair.client.connection.updateKeys()).isTrue();
    assertThat(pair.client.connection.updateKeys()).as("not acknowledged yet").isFalse();
  }

  @Test
  void shouldHaveAnUpdateAcknowledgedThoughTheHostHasNothingToSend() {
    pair.connect();
    pair.network.runFor(SimulatedPair.SECOND);
    for (int i = 1; i <= 3; i++) {
      assertThat(pair.client.connection.updateKeys()).isTrue();
      pair.client.work(pair.network.nowNanos());
      pair.network.runFor(SimulatedPair.SECOND);
      assertThat(pair.server.connection.keyUpdates()).isEqualTo(i);
    }
  }

  @Test
  void shouldFollowThePeersUpdateWithItsOwnKeys() {
    rogue.connect();
    rogue.updateKeys();
    ping(1_000, KEY_PHASE);
    rogue.assertTaken();
    assertThat(pair.server.connection.keyUpdates()).isOne();
  }

  @Test
  void shouldRefuseASecondUpdateBeforeTheFirstCanBeAcknowledged() {
    rogue.connect();
    rogue.updateKeys();
    ping(1_000, KEY_PHASE);
    rogue.assertTaken();
    rogue.updateKeys();
    ping(1_001, 0);
    assertThat(pair.server.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.KEY_UPDATE_ERROR);
  }

  @Test
  void shouldComeToOnePhaseWhereBothInitiateAtOnce() {
    SimulatedPair both = new SimulatedPair(3, PERFECT);
    both.client.bytesPerStream = 200_000;
    both.server.bytesPerStream = 200_000;
    assertThat(both.connect()).isTrue();
    both.network.runFor(SimulatedPair.SECOND);
    both.client.open(true, both.network.nowNanos());
    both.network.runFor(5_000_000);
    assertThat(both.client.connection.updateKeys()).isTrue();
    assertThat(both.server.connection.updateKeys()).isTrue();
    assertThat(both.runUntil(() -> both.client.streamsEnded + both.server.streamsEnded == 2, 60))
        .isTrue();
    assertThat(both.client.connection.keyUpdates()).isOne();
    assertThat(both.server.connection.keyUpdates()).isOne();
    assertThat(both.client.wrong + both.server.wrong).isEmpty();
  }

  // ---- 6.4 ----

  @Test
  void shouldRefuseNewerKeysOnALowerPacketNumber() {
    rogue.connect();
    ping(1_000, 0);
    rogue.assertTaken();
    rogue.updateKeys();
    ping(999, KEY_PHASE);
    assertThat(pair.server.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.KEY_UPDATE_ERROR);
  }

  @Test
  void shouldRefuseOlderKeysOnAHigherPacketNumber() {
    rogue.connect();
    PacketProtection older = rogue.updateKeys();
    ping(1_000, KEY_PHASE);
    rogue.assertTaken();
    rogue.keys = older;
    ping(1_001, 0);
    assertThat(pair.server.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.KEY_UPDATE_ERROR);
  }

  @Test
  void shouldRefuseNewerKeysBelowAPacketOfTheOlderOnesThatCameAfterItsOwnUpdate() {
    rogue.connect();
    assertThat(pair.server.connection.updateKeys()).isTrue();
    ping(1_000, 0); // the client hasn't followed yet
    rogue.assertTaken();
    rogue.updateKeys();
    ping(999, KEY_PHASE);
    assertThat(pair.server.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.KEY_UPDATE_ERROR);
  }

  @Test
  void shouldTakeALatePacketOfThePreviousPhaseAndForgetItsKeysInTime() {
    rogue.connect();
    PacketProtection newer = rogue.updateKeys();
    PacketProtection older = newer;
    newer = rogue.keys;
    ping(1_010, KEY_PHASE);
    rogue.keys = older;
    ping(1_000, 0);
    rogue.assertTaken();
    rogue.keys = newer;
    ping(1_011, KEY_PHASE);
    rogue.assertTaken();
    pair.network.runFor(5 * SimulatedPair.SECOND);
    rogue.keys = older;
    ping(1_001, 0); // three probe timeouts later: not authentic any more, and no offence
    rogue.assertTaken();
    assertThat(pair.server.connection.keyUpdates()).isOne();
  }

  @Test
  void shouldDropRubbishInEitherPhaseAfterAnUpdate() {
    rogue.connect();
    rogue.updateKeys();
    ping(1_000, KEY_PHASE);
    byte[] good = rogue.lastDatagram;
    for (int i = 0; i < 256; i++) {
      byte[] rubbish = Arrays.copyOf(good, good.length);
      rubbish[0] ^= (byte) (i & 0x1f);
      rubbish[rubbish.length - 1 - i % 16] ^= (byte) (i | 1);
      pair.server.handleDatagram(
          MemorySegment.ofArray(rubbish), SimulatedPair.CLIENT_ADDRESS, pair.network.nowNanos());
    }
    rogue.assertTaken();
    assertThat(pair.server.connection.keyUpdates()).isOne();
  }

  // ---- 6.6 ----

  @Test
  void shouldEndBeforeAKeyIsUsedUpThatCanNotBeChanged() {
    int limit = 300;
    SimulatedPair limited =
        new SimulatedPair(4, PERFECT, settings -> settings.confidentialityLimitPackets(limit));
    limited.client.bytesPerStream = 3_000_000;
    assertThat(limited.connect()).isTrue();
    limited.client.open(false, limited.network.nowNanos());
    assertThat(limited.runUntil(() -> limited.client.closeReason() != null, 60)).isTrue();
    assertThat(limited.client.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.AEAD_LIMIT_REACHED);
    assertThat(limited.runUntil(() -> limited.server.closeReason() != null, 60)).isTrue();
    assertThat(limited.server.closeReason().origin()).isEqualTo(CloseReason.Origin.PEER);
    assertThat(limited.server.closeReason().errorCode())
        .isEqualTo(TransportErrorCode.AEAD_LIMIT_REACHED);
  }

  @Test
  void shouldStayBelowTheLimitByUpdates() {
    SimulatedPair limited =
        new SimulatedPair(
            5,
            PERFECT.withLoss(0.02, 1), // slow enough for three probe timeouts between updates
            settings -> settings.keyUpdatePackets(200).confidentialityLimitPackets(1_200));
    limited.client.bytesPerStream = 3_000_000;
    assertThat(limited.connect()).isTrue();
    limited.client.open(false, limited.network.nowNanos());
    assertThat(limited.runUntil(() -> limited.server.streamsEnded == 1, 60))
        .as("%s", limited.client.closeReason())
        .isTrue();
    assertThat(limited.client.connection.keyUpdates()).isGreaterThan(1);
  }

  @Test
  void shouldEndWhereTooManyPacketsWereNotAuthentic() {
    RogueClient forger = new RogueClient(settings -> settings.integrityLimitPackets(10));
    forger.connect();
    forger.send(FrameEncoder::putPing);
    byte[] forged = forger.lastDatagram;
    forged[forged.length - 1] ^= 1;
    for (int i = 0; i < 10; i++) {
      forger.assertTaken();
      forger.pair.server.handleDatagram(
          MemorySegment.ofArray(forged.clone()),
          SimulatedPair.CLIENT_ADDRESS,
          forger.pair.network.nowNanos());
    }
    forger.assertClosedWith(TransportErrorCode.AEAD_LIMIT_REACHED);
  }

  @Test
  void shouldCountThoseOfTheHandshakeToo() {
    SimulatedPair limited =
        new SimulatedPair(6, PERFECT, settings -> settings.integrityLimitPackets(3));
    limited.client.connect(SimulatedPair.SERVER_ADDRESS, 0);
    byte[] initial = new byte[1_200];
    assertThat(limited.client.pollTransmit(MemorySegment.ofArray(initial), 0)).isEqualTo(1_200);
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(MemorySegment.ofArray(initial), 0, 1_200, 8)).isTrue();
    Connection server =
        Connection.server(
            limited.server.settings,
            TestTlsSettings.server(1),
            new ServerStart(
                QuicVersion.V1,
                header.destinationConnectionId(),
                header.sourceConnectionId(),
                null,
                false,
                SimulatedPair.CLIENT_ADDRESS),
            limited.server.ids,
            new SimulatedPeer.SeededRandom(1),
            0);
    initial[1_199] ^= 1;
    for (int i = 0; i < 3; i++) {
      assertThat(server.isClosed()).isFalse();
      server.handleDatagram(
          MemorySegment.ofArray(initial.clone()), 0, 1_200, 0, SimulatedPair.CLIENT_ADDRESS, 0, 0);
    }
    assertThat(server.isClosed()).isTrue();
  }

  @Test
  void shouldHoldTheLeastLimitOfTheSuitesInUse() throws TransportException {
    AeadLimits limits = new AeadLimits(Long.MAX_VALUE, 3);
    limits.onOpenFailure(CipherSuite.AES_128_GCM_SHA256);
    limits.onOpenFailure(CipherSuite.CHACHA20_POLY1305_SHA256);
    assertThatThrownBy(() -> limits.onOpenFailure(CipherSuite.AES_128_GCM_SHA256))
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> assertThat(e.errorCode()).isEqualTo(TransportErrorCode.AEAD_LIMIT_REACHED));
  }
}
