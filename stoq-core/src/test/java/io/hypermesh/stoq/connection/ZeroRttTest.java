package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.handshake.NamedGroup;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.packet.TransportParameters;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.stream.Stream;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Early data between simulated peers (RFC 9001, 4.6; RFC 9000, 7.4.1). */
class ZeroRttTest {
  private final ZeroRttFixture fixture = new ZeroRttFixture();

  private static <T extends ConnectionEvent> int indexOf(SimulatedPeer peer, Class<T> type) {
    for (int i = 0; i < peer.events.size(); i++) {
      if (type.isInstance(peer.events.get(i))) {
        return i;
      }
    }
    return -1;
  }

  private static ConnectionEvent.Established established(SimulatedPeer peer) {
    return (ConnectionEvent.Established)
        peer.events.get(indexOf(peer, ConnectionEvent.Established.class));
  }

  /** Transfers on so many streams and checks that every byte comes once and in order. */
  private static void transfer(SimulatedPair pair, int streams, long bytes) {
    pair.client.bytesPerStream = bytes;
    for (int i = 0; i < streams; i++) {
      assertThat(pair.client.open(true, pair.network.nowNanos())).isNotNull();
    }
    assertThat(
            pair.runUntil(
                () -> pair.server.streamsEnded == streams && pair.client.streamsEnded == streams,
                120))
        .as("server read " + pair.server.bytesRead + " " + pair.server.closeReason())
        .isTrue();
    assertThat(pair.server.bytesRead).isEqualTo(streams * bytes);
    assertThat(pair.server.wrong).isEmpty();
    assertThat(
            pair.runUntil(
                () -> pair.client.count(ConnectionEvent.HandshakeConfirmed.class) == 1, 60))
        .isTrue();
    assertThat(pair.client.closeReason()).isNull();
    assertThat(pair.server.closeReason()).isNull();
  }

  @Test
  void shouldDeliverEarlyDataBeforeTheHandshakeIsComplete() {
    SimulatedPair pair = fixture.resume(5, fixture.session(), LinkConditions.PERFECT, s -> {});
    long start = pair.network.nowNanos();
    pair.client.bytesPerStream = 700;
    pair.client.open(true, start);
    assertThat(pair.runUntil(() -> pair.server.streamsEnded == 1, 10)).isTrue();

    // One way, and not a round trip and a half.
    assertThat(pair.network.nowNanos() - start).isLessThan(2 * LinkConditions.PERFECT.delayNanos());
    assertThat(pair.server.isEstablished()).isFalse();
    Stream stream = pair.server.streams().getFirst();
    assertThat(stream.receiveBuffer().isEarly()).isTrue();
    ConnectionEvent.EarlyDataBegun begun =
        (ConnectionEvent.EarlyDataBegun)
            pair.server.events.get(indexOf(pair.server, ConnectionEvent.EarlyDataBegun.class));
    assertThat(begun.peerCertificates()).isNotEmpty();

    assertThat(pair.runUntil(() -> pair.client.streamsEnded == 1, 10)).isTrue();
    assertThat(pair.runUntil(() -> pair.server.isEstablished(), 10)).isTrue();
    assertThat(established(pair.client).earlyDataAccepted()).isTrue();
    assertThat(established(pair.client).resumed()).isTrue();
    assertThat(established(pair.server).earlyDataAccepted()).isTrue();
    assertThat(established(pair.server).peerCertificates()).isEqualTo(begun.peerCertificates());
    assertThat(indexOf(pair.server, ConnectionEvent.PeerStreamOpened.class))
        .isLessThan(indexOf(pair.server, ConnectionEvent.Established.class));
  }

  @Test
  void shouldGoOnInOneRttWithWhatIsAccepted() {
    SimulatedPair pair = fixture.resume(5, fixture.session(), LinkConditions.PERFECT, s -> {});
    transfer(pair, 4, 100_000);
    assertThat(established(pair.client).earlyDataAccepted()).isTrue();
  }

  @Test
  void shouldSendAgainWhatWasRejected() {
    ClientSession session = fixture.session();
    fixture.register = null;
    SimulatedPair pair = fixture.resume(5, session, LinkConditions.PERFECT, s -> {});
    transfer(pair, 4, 100_000);
    assertThat(pair.client.count(ConnectionEvent.EarlyDataRejected.class)).isEqualTo(1);
    assertThat(pair.server.count(ConnectionEvent.EarlyDataBegun.class)).isZero();
    assertThat(established(pair.client).resumed()).isTrue();
    assertThat(established(pair.client).earlyDataAccepted()).isFalse();
    assertThat(pair.server.streams()).noneMatch(stream -> stream.receiveBuffer().isEarly());
  }

  @Test
  void shouldSendAgainUnderFreshAndLowerLimits() {
    ClientSession session = fixture.session();
    SimulatedPair pair =
        fixture.resume(
            5,
            session,
            LinkConditions.PERFECT,
            settings ->
                settings
                    .bidirectionalStreamsMax(2)
                    .streamWindowBytes(2_000)
                    .connectionWindowBytes(3_000));
    // Six streams were opened under the old limit; two at a time are allowed now.
    transfer(pair, 6, 20_000);
    assertThat(pair.client.count(ConnectionEvent.EarlyDataRejected.class)).isEqualTo(1);
  }

  @Test
  void shouldSayAgainThatAStreamWasResetOrIsNotWanted() {
    ClientSession session = fixture.session();
    fixture.register = null;
    SimulatedPair pair = fixture.resume(5, session, LinkConditions.PERFECT, s -> {});
    pair.client.bytesPerStream = 500_000;
    long now = pair.network.nowNanos();
    Stream reset = pair.client.open(true, now);
    pair.client.connection.reset(reset, 77);
    pair.client.connection.stopSending(reset, 78);
    assertThat(pair.runUntil(() -> pair.server.isEstablished(), 10)).isTrue();
    assertThat(pair.runUntil(() -> !pair.server.streams().isEmpty(), 10)).isTrue();
    Stream seen = pair.server.streams().getFirst();
    assertThat(pair.runUntil(() -> seen.receiveBuffer().resetErrorCode() == 77, 10)).isTrue();
    assertThat(pair.runUntil(() -> seen.sendBuffer().stopErrorCode() == 78, 10)).isTrue();
    assertThat(pair.server.closeReason()).isNull();
  }

  @Test
  void shouldSendNoMoreEarlyDataAfterAHelloRetryRequest() {
    ClientSession session = fixture.session();
    fixture.groups = List.of(NamedGroup.SECP256R1);
    SimulatedPair pair = fixture.resume(5, session, LinkConditions.PERFECT, s -> {});
    transfer(pair, 3, 50_000);
    assertThat(pair.client.count(ConnectionEvent.EarlyDataRejected.class)).isEqualTo(1);
    assertThat(established(pair.client).resumed()).isTrue();
  }

  @Test
  void shouldStartWithTheVersionThatTheSessionIsOf() {
    ClientSession session =
        fixture.session(settings -> settings.versions(List.of(QuicVersion.V2, QuicVersion.V1)));
    assertThat(session.quicVersion()).isEqualTo(QuicVersion.V2.wire());
    SimulatedPair pair = fixture.resume(5, session, LinkConditions.PERFECT, s -> {});
    transfer(pair, 2, 20_000);
    assertThat(established(pair.client).earlyDataAccepted()).isTrue();
    assertThat(pair.client.connection.version()).isEqualTo(QuicVersion.V2);
  }

  @Test
  void shouldGoOverToAnotherVersionWithEarlyDataInTheOriginalOne() {
    ClientSession session = fixture.session();
    assertThat(session.quicVersion()).isEqualTo(QuicVersion.V1.wire());
    SimulatedPair pair =
        fixture.resume(
            5,
            session,
            LinkConditions.PERFECT,
            settings -> settings.versions(List.of(QuicVersion.V2, QuicVersion.V1)));
    transfer(pair, 2, 20_000);
    assertThat(pair.client.connection.version()).isEqualTo(QuicVersion.V2);
    assertThat(established(pair.client).earlyDataAccepted()).isTrue();
  }

  @Test
  void shouldTakeEarlyDataOfASessionOnce() {
    ClientSession session = fixture.session();
    byte[] kept = session.encode();
    SimulatedPair first = fixture.resume(5, session, LinkConditions.PERFECT, s -> {});
    transfer(first, 1, 1_000);
    assertThat(established(first.client).earlyDataAccepted()).isTrue();
    SimulatedPair second =
        fixture.resume(6, ClientSession.decode(kept), LinkConditions.PERFECT, s -> {});
    transfer(second, 1, 1_000);
    assertThat(established(second.client).earlyDataAccepted()).isFalse();
  }

  /**
   * The client's Finished is lost, its window is full of early data that nothing is heard of before
   * the handshake is confirmed, and what the server asks for comes more often than probe timeouts.
   */
  @ParameterizedTest
  @ValueSource(longs = {119, 197, 266, 602, 1_380, 1_507, 65_504})
  void shouldSendTheLostFinishedThoughEarlyDataFillsTheWindow(long seed) {
    shouldDeliverEveryByteOnceWhateverTheNetworkDoes(seed, true);
  }

  @Property(tries = 40)
  void shouldDeliverEveryByteOnceWhateverTheNetworkDoes(
      @ForAll long seed, @ForAll boolean accepted) {
    ZeroRttFixture fresh = new ZeroRttFixture();
    ClientSession session = fresh.session();
    if (!accepted) {
      fresh.register = null;
    }
    LinkConditions conditions =
        LinkConditions.PERFECT.withLoss(0.05, 2).withDuplication(0.1).withReordering(0.2);
    SimulatedPair pair =
        fresh.resume(
            seed & 0xffff,
            session,
            conditions,
            settings -> settings.handshakeTimeoutNanos(60_000_000_000L));
    transfer(pair, 3, 5_000);
    if (!accepted) {
      assertThat(established(pair.client).earlyDataAccepted()).isFalse();
    }
  }

  @Test
  void shouldRefuseAServerThatAcceptsEarlyDataAndLowersALimit() throws Exception {
    TransportParameters then =
        TransportParameters.builder()
            .initialMaxData(10)
            .initialMaxStreamDataBidirectionalLocal(10)
            .initialMaxStreamDataBidirectionalRemote(10)
            .initialMaxStreamDataUnidirectional(10)
            .initialMaxStreamsBidirectional(10)
            .initialMaxStreamsUnidirectional(10)
            .activeConnectionIdLimit(10)
            .maxDatagramFrameSize(10)
            .build();
    List<Function<TransportParameters.Builder, TransportParameters.Builder>> changes =
        List.of(
            builder -> builder.initialMaxData(9),
            builder -> builder.initialMaxStreamDataBidirectionalLocal(9),
            builder -> builder.initialMaxStreamDataBidirectionalRemote(9),
            builder -> builder.initialMaxStreamDataUnidirectional(9),
            builder -> builder.initialMaxStreamsBidirectional(9),
            builder -> builder.initialMaxStreamsUnidirectional(9),
            builder -> builder.activeConnectionIdLimit(9),
            builder -> builder.maxDatagramFrameSize(9));
    for (var change : changes) {
      TransportParameters lowered = change.apply(then.toBuilder()).build();
      assertThatThrownBy(() -> RememberedParameters.requireKept(then, lowered))
          .isInstanceOfSatisfying(
              TransportException.class,
              e -> assertThat(e.errorCode()).isEqualTo(TransportErrorCode.PROTOCOL_VIOLATION));
      assertThat(RememberedParameters.hold(RememberedParameters.encode(then), lowered)).isFalse();
    }
    RememberedParameters.requireKept(then, then.toBuilder().initialMaxData(11).build());
    assertThat(RememberedParameters.hold(RememberedParameters.encode(then), then)).isTrue();
    assertThat(RememberedParameters.hold(new byte[] {4}, then)).isFalse();
  }
}
