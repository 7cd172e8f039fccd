package io.hypermesh.stoq.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class TransportParametersProperties {
  private static final Arbitrary<Long> NUMBER = Arbitraries.longs().between(0, VarInt.MAX);

  private static Arbitrary<ConnectionId> ids(int smallest) {
    return Arbitraries.bytes()
        .array(byte[].class)
        .ofMinSize(smallest)
        .ofMaxSize(20)
        .map(ConnectionId::of);
  }

  @Provide
  Arbitrary<TransportParameters> parameters() {
    Arbitrary<StatelessResetToken> tokens =
        Arbitraries.bytes().array(byte[].class).ofSize(16).map(StatelessResetToken::of);
    Arbitrary<PreferredAddress> addresses =
        Combinators.combine(ids(1), tokens, Arbitraries.bytes().array(byte[].class).ofSize(16))
            .as(TransportParametersProperties::preferred);
    Arbitrary<TransportParameters.Builder> numbers =
        Combinators.combine(
                NUMBER,
                NUMBER,
                Arbitraries.longs().between(0, FrameDecoder.STREAMS_MAX),
                Arbitraries.longs().between(1200, VarInt.MAX),
                Arbitraries.integers().between(0, 20),
                Arbitraries.integers().between(0, (1 << 14) - 1),
                Arbitraries.longs().between(2, VarInt.MAX))
            .as((one, two, streams, payload, exponent, delay, limit) ->
                TransportParameters.builder()
                    .maxIdleTimeoutMillis(one)
                    .maxUdpPayloadSize(payload)
                    .initialMaxData(two)
                    .initialMaxStreamDataBidirectionalLocal(one / 2)
                    .initialMaxStreamDataBidirectionalRemote(two / 2)
                    .initialMaxStreamDataUnidirectional(one / 3)
                    .initialMaxStreamsBidirectional(streams)
                    .initialMaxStreamsUnidirectional(streams / 2)
                    .ackDelayExponent(exponent)
                    .maxAckDelayMillis(delay)
                    .activeConnectionIdLimit(limit)
                    .maxDatagramFrameSize(two / 5)
                    .minAckDelayMicros(Math.min(two / 7, delay * 1_000L)));
    return Combinators.combine(
            numbers,
            ids(0).injectNull(0.3),
            ids(0).injectNull(0.3),
            tokens.injectNull(0.3),
            addresses.injectNull(0.3),
            Arbitraries.of(true, false),
            versions().injectNull(0.3))
        .as((builder, id, retryId, token, address, disable, versions) ->
            builder
                .originalDestinationConnectionId(id)
                .initialSourceConnectionId(retryId)
                .retrySourceConnectionId(id)
                .statelessResetToken(token)
                .preferredAddress(address)
                .disableActiveMigration(disable)
                .versionInformation(versions)
                .build());
  }

  private static Arbitrary<VersionInformation> versions() {
    Arbitrary<Integer> version = Arbitraries.integers().filter(number -> number != 0);
    return Combinators.combine(version, version.list().ofMaxSize(5)).as(VersionInformation::new);
  }

  private static PreferredAddress preferred(
      ConnectionId id, StatelessResetToken token, byte[] address) {
    address[0] = 0x20;
    try {
      return new PreferredAddress(
          null, new InetSocketAddress(InetAddress.getByAddress(address), 4433), id, token);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void shouldReadBackWhatItWrote(@ForAll("parameters") TransportParameters parameters)
      throws TransportException {
    TransportParameters read = TransportParameters.decode(parameters.encode(), false);
    assertThat(read).isEqualTo(parameters);
    assertThat(read.toBuilder().build()).isEqualTo(parameters);
  }

  @Property(tries = 2000)
  void shouldThrowOnlyTransportErrorsForRandomBytes(
      @ForAll @Size(max = 80) byte[] bytes, @ForAll boolean fromClient) {
    decodeAnything(bytes, fromClient);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void shouldThrowOnlyTransportErrorsForMutatedParameters(
      @ForAll("parameters") TransportParameters parameters,
      @ForAll @IntRange(max = 300) int place,
      @ForAll byte value,
      @ForAll boolean fromClient) {
    byte[] bytes = parameters.encode();
    bytes[place % bytes.length] = value;
    decodeAnything(bytes, fromClient);
  }

  private static void decodeAnything(byte[] bytes, boolean fromClient) {
    try {
      assertThat(TransportParameters.decode(bytes, fromClient)).isNotNull();
    } catch (TransportException e) {
      assertThat(e.errorCode()).isEqualTo(TransportErrorCode.TRANSPORT_PARAMETER_ERROR);
    }
  }
}
