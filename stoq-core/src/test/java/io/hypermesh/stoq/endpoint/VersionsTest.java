package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Endpoints that don't speak the same versions. */
class VersionsTest {
  private static final List<QuicVersion> V1_ONLY = List.of(QuicVersion.V1);
  private static final List<QuicVersion> V2_FIRST = List.of(QuicVersion.V2, QuicVersion.V1);

  private static EndpointPair pair(
      List<QuicVersion> clientVersions, List<QuicVersion> serverVersions, int retryThreshold) {
    return new EndpointPair(
        EndpointPair.settings(100, 100, retryThreshold),
        100,
        client -> client.versions(clientVersions),
        server -> server.versions(serverVersions));
  }

  @Test
  void shouldStartAnewWithAVersionThatTheServerSpeaks() {
    EndpointPair pair = pair(V2_FIRST, V1_ONLY, 100);
    EndpointConnection client = pair.connect();
    pair.run();

    assertThat(client.connection().isEstablished()).isTrue();
    assertThat(client.connection().version()).isEqualTo(QuicVersion.V1);
    assertThat(pair.server.counters().versionNegotiations()).isEqualTo(1);
    assertThat(pair.clientHandler.established).containsExactly(client);
    assertThat(pair.clientHandler.closed).isEmpty();
    // The first attempt has left no connection ID behind.
    pair.client.connections().forEach(c -> c.connection().close(0, "", pair.nowNanos));
    pair.client.connections().forEach(pair.client::touch);
    pair.runUntil(pair.nowNanos + 60_000_000_000L);
    assertThat(pair.client.size()).isZero();
    assertThat(pair.client.routes.ids()).isZero();
  }

  @Test
  void shouldEndWhereNoVersionIsShared() {
    EndpointPair pair = pair(List.of(QuicVersion.V2), V1_ONLY, 100);
    EndpointConnection client = pair.connect();
    pair.run();

    CloseReason reason = pair.clientHandler.closed.get(client);
    assertThat(reason.origin()).isEqualTo(CloseReason.Origin.VERSION_NEGOTIATION);
    assertThat(reason.reason()).contains("version 2").contains("nor another");
  }

  @Test
  void shouldNotLetAForgedVersionNegotiationBringItDown() {
    EndpointPair pair = pair(V2_FIRST, V2_FIRST, 100);
    EndpointConnection client = pair.connect();
    byte[] first = pair.pollClient();
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(MemorySegment.ofArray(first), 0, first.length, 8)).isTrue();
    MemorySegment forged = MemorySegment.ofArray(new byte[100]);
    int length = PacketHeaders.putVersionNegotiation(forged, 0, 0, header, QuicVersion.V1.wire());
    pair.toClient(forged.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    pair.run();

    assertThat(pair.clientHandler.established).isEmpty();
    CloseReason reason = pair.clientHandler.closed.get(client);
    assertThat(reason.origin()).isEqualTo(CloseReason.Origin.LOCAL);
    assertThat(reason.errorCode()).isEqualTo(TransportErrorCode.VERSION_NEGOTIATION_ERROR);
  }

  @Test
  void shouldGoOverToVersion2AfterARetry() {
    EndpointPair pair = pair(List.of(QuicVersion.V1, QuicVersion.V2), V2_FIRST, 0);
    EndpointConnection client = pair.connect();
    pair.run();

    assertThat(pair.server.counters().retries()).isEqualTo(1);
    assertThat(client.connection().isEstablished()).isTrue();
    assertThat(client.connection().version()).isEqualTo(QuicVersion.V2);
  }

  @Test
  void shouldRefuseInTheClientsVersion() {
    EndpointPair pair = pair(List.of(QuicVersion.V2), V2_FIRST, 100);
    EndpointPair full =
        new EndpointPair(EndpointPair.settings(1, 1, 100), 10, c -> c.versions(V2_FIRST), _ -> {});
    full.connect();
    EndpointConnection second = full.connect();
    byte[] one = full.pollClient();
    byte[] two = full.pollClient();
    full.toServer(one);
    full.toServer(two);
    byte[] refusal = full.pollServer();
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(MemorySegment.ofArray(refusal), 0, refusal.length, 8)).isTrue();
    assertThat(header.version()).isEqualTo(QuicVersion.V2.wire());
    assertThat(header.type()).isEqualTo(PacketType.INITIAL);
    full.toClient(refusal);
    full.run();
    assertThat(full.clientHandler.closed.get(second).errorCode())
        .isEqualTo(TransportErrorCode.CONNECTION_REFUSED);
    assertThat(pair.server.size()).isZero();
  }
}
