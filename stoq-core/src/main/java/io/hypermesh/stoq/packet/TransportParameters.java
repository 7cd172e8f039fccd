package io.hypermesh.stoq.packet;

import org.jspecify.annotations.Nullable;

/**
 * What one endpoint tells the other in the handshake about its limits (RFC 9000, 18.2; RFC 9221,
 * 3). Immutable. Made with {@link #builder()}, or from a peer's bytes with {@link #decode}.
 *
 * @param originalDestinationConnectionId servers only: what the client's first packet was sent to
 * @param maxIdleTimeoutMillis 0 for no idle timeout
 * @param statelessResetToken servers only: goes with the handshake's connection ID
 * @param maxUdpPayloadSize bytes of UDP payload that it is willing to receive, 1,200 to 65,527
 * @param initialMaxData bytes on the whole connection
 * @param initialMaxStreamDataBidirectionalLocal bytes on each stream that its sender opens
 * @param initialMaxStreamDataBidirectionalRemote bytes on each stream that its receiver opens
 * @param initialMaxStreamDataUnidirectional bytes on each one-way stream that its receiver opens
 * @param initialMaxStreamsBidirectional how many streams its receiver may open, at most 2^60
 * @param initialMaxStreamsUnidirectional how many one-way streams its receiver may open
 * @param ackDelayExponent the shift of the ACK frames' delay field, 0 to 20
 * @param maxAckDelayMillis how long it may withhold an acknowledgement, under 2^14
 * @param disableActiveMigration whether its receiver must stay on the handshake's address
 * @param preferredAddress servers only
 * @param activeConnectionIdLimit connection IDs that it is willing to store, at least 2
 * @param initialSourceConnectionId the source connection ID of its first Initial packet
 * @param retrySourceConnectionId servers only: the source connection ID of its Retry packet
 * @param versionInformation which versions its sender speaks (RFC 9368), or null
 * @param greaseQuicBit whether it takes packets whose fixed bit is cleared (RFC 9287)
 * @param maxDatagramFrameSize the largest DATAGRAM frame that it accepts, 0 for none
 * @param minAckDelayMicros the shortest max_ack_delay that ACK_FREQUENCY frames may ask it for;
 *     {@link #MIN_ACK_DELAY_NONE} where it takes none
 */
public record TransportParameters(
    @Nullable ConnectionId originalDestinationConnectionId,
    long maxIdleTimeoutMillis,
    @Nullable StatelessResetToken statelessResetToken,
    long maxUdpPayloadSize,
    long initialMaxData,
    long initialMaxStreamDataBidirectionalLocal,
    long initialMaxStreamDataBidirectionalRemote,
    long initialMaxStreamDataUnidirectional,
    long initialMaxStreamsBidirectional,
    long initialMaxStreamsUnidirectional,
    int ackDelayExponent,
    int maxAckDelayMillis,
    boolean disableActiveMigration,
    @Nullable PreferredAddress preferredAddress,
    long activeConnectionIdLimit,
    @Nullable ConnectionId initialSourceConnectionId,
    @Nullable ConnectionId retrySourceConnectionId,
    @Nullable VersionInformation versionInformation,
    boolean greaseQuicBit,
    long maxDatagramFrameSize,
    long minAckDelayMicros) {

  /** The ack_delay_exponent of a peer that sends none. */
  public static final int ACK_DELAY_EXPONENT_DEFAULT = 3;

  /** The max_ack_delay of a peer that sends none. */
  public static final int MAX_ACK_DELAY_MILLIS_DEFAULT = 25;

  /** The max_udp_payload_size of a peer that sends none. */
  public static final int MAX_UDP_PAYLOAD_SIZE_DEFAULT = 65_527;

  /** The active_connection_id_limit of a peer that sends none, and the smallest. */
  public static final int ACTIVE_CONNECTION_ID_LIMIT_DEFAULT = 2;

  /** The min_ack_delay of a peer that takes no ACK_FREQUENCY frames. */
  public static final long MIN_ACK_DELAY_NONE = -1;

  /** The same, but for what is of use in the handshake alone: IDs, and versions. */
  public TransportParameters withoutIds() {
    return new TransportParameters(
        null,
        maxIdleTimeoutMillis,
        null,
        maxUdpPayloadSize,
        initialMaxData,
        initialMaxStreamDataBidirectionalLocal,
        initialMaxStreamDataBidirectionalRemote,
        initialMaxStreamDataUnidirectional,
        initialMaxStreamsBidirectional,
        initialMaxStreamsUnidirectional,
        ackDelayExponent,
        maxAckDelayMillis,
        disableActiveMigration,
        null,
        activeConnectionIdLimit,
        null,
        null,
        null,
        greaseQuicBit,
        maxDatagramFrameSize,
        minAckDelayMicros);
  }

  /** Checks every number's range. */
  public TransportParameters {
    check(TransportParameterId.MAX_IDLE_TIMEOUT, maxIdleTimeoutMillis);
    check(TransportParameterId.MAX_UDP_PAYLOAD_SIZE, maxUdpPayloadSize);
    check(TransportParameterId.INITIAL_MAX_DATA, initialMaxData);
    check(
        TransportParameterId.INITIAL_MAX_STREAM_DATA_BIDI_LOCAL,
        initialMaxStreamDataBidirectionalLocal);
    check(
        TransportParameterId.INITIAL_MAX_STREAM_DATA_BIDI_REMOTE,
        initialMaxStreamDataBidirectionalRemote);
    check(TransportParameterId.INITIAL_MAX_STREAM_DATA_UNI, initialMaxStreamDataUnidirectional);
    check(TransportParameterId.INITIAL_MAX_STREAMS_BIDI, initialMaxStreamsBidirectional);
    check(TransportParameterId.INITIAL_MAX_STREAMS_UNI, initialMaxStreamsUnidirectional);
    check(TransportParameterId.ACK_DELAY_EXPONENT, ackDelayExponent);
    check(TransportParameterId.MAX_ACK_DELAY, maxAckDelayMillis);
    check(TransportParameterId.ACTIVE_CONNECTION_ID_LIMIT, activeConnectionIdLimit);
    check(TransportParameterId.MAX_DATAGRAM_FRAME_SIZE, maxDatagramFrameSize);
    if (minAckDelayMicros != MIN_ACK_DELAY_NONE) {
      check(TransportParameterId.MIN_ACK_DELAY, minAckDelayMicros);
    }
  }

  private static void check(TransportParameterId id, long value) {
    if (!id.allows(value)) {
      throw new IllegalArgumentException(
          "couldn't make transport parameters: " + id.describe(value));
    }
  }

  /**
   * A builder with the protocol's defaults: all limits 0, so that the peer may send nothing yet.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from these parameters. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** The bytes for the quic_transport_parameters extension; defaults are left out. */
  public byte[] encode() {
    return TransportParametersCodec.encode(this);
  }

  /**
   * Reads a peer's parameters. Unknown ones are ignored.
   *
   * @param bytes the content of the quic_transport_parameters extension
   * @param fromClient whether the peer is a client, which must not send a server's parameters
   * @throws TransportException TRANSPORT_PARAMETER_ERROR
   */
  public static TransportParameters decode(byte[] bytes, boolean fromClient)
      throws TransportException {
    return TransportParametersCodec.decode(bytes, fromClient);
  }

  /** Builds {@link TransportParameters}. Owned by one thread. */
  public static final class Builder {
    private @Nullable ConnectionId originalDestinationConnectionId;
    private long maxIdleTimeoutMillis;
    private @Nullable StatelessResetToken statelessResetToken;
    private long maxUdpPayloadSize = MAX_UDP_PAYLOAD_SIZE_DEFAULT;
    private long initialMaxData;
    private long initialMaxStreamDataBidirectionalLocal;
    private long initialMaxStreamDataBidirectionalRemote;
    private long initialMaxStreamDataUnidirectional;
    private long initialMaxStreamsBidirectional;
    private long initialMaxStreamsUnidirectional;
    private int ackDelayExponent = ACK_DELAY_EXPONENT_DEFAULT;
    private int maxAckDelayMillis = MAX_ACK_DELAY_MILLIS_DEFAULT;
    private boolean disableActiveMigration;
    private @Nullable PreferredAddress preferredAddress;
    private long activeConnectionIdLimit = ACTIVE_CONNECTION_ID_LIMIT_DEFAULT;
    private @Nullable ConnectionId initialSourceConnectionId;
    private @Nullable ConnectionId retrySourceConnectionId;
    private @Nullable VersionInformation versionInformation;
    private boolean greaseQuicBit;
    private long maxDatagramFrameSize;
    private long minAckDelayMicros = MIN_ACK_DELAY_NONE;

    private Builder() {}

    private Builder(TransportParameters from) {
      originalDestinationConnectionId = from.originalDestinationConnectionId;
      maxIdleTimeoutMillis = from.maxIdleTimeoutMillis;
      statelessResetToken = from.statelessResetToken;
      maxUdpPayloadSize = from.maxUdpPayloadSize;
      initialMaxData = from.initialMaxData;
      initialMaxStreamDataBidirectionalLocal = from.initialMaxStreamDataBidirectionalLocal;
      initialMaxStreamDataBidirectionalRemote = from.initialMaxStreamDataBidirectionalRemote;
      initialMaxStreamDataUnidirectional = from.initialMaxStreamDataUnidirectional;
      initialMaxStreamsBidirectional = from.initialMaxStreamsBidirectional;
      initialMaxStreamsUnidirectional = from.initialMaxStreamsUnidirectional;
      ackDelayExponent = from.ackDelayExponent;
      maxAckDelayMillis = from.maxAckDelayMillis;
      disableActiveMigration = from.disableActiveMigration;
      preferredAddress = from.preferredAddress;
      activeConnectionIdLimit = from.activeConnectionIdLimit;
      initialSourceConnectionId = from.initialSourceConnectionId;
      retrySourceConnectionId = from.retrySourceConnectionId;
      versionInformation = from.versionInformation;
      greaseQuicBit = from.greaseQuicBit;
      maxDatagramFrameSize = from.maxDatagramFrameSize;
      minAckDelayMicros = from.minAckDelayMicros;
    }

    /** Servers only; null for none. */
    public Builder originalDestinationConnectionId(@Nullable ConnectionId id) {
      originalDestinationConnectionId = id;
      return this;
    }

    /** 0, the default, for no idle timeout. */
    public Builder maxIdleTimeoutMillis(long millis) {
      maxIdleTimeoutMillis = millis;
      return this;
    }

    /** Servers only; null for none. */
    public Builder statelessResetToken(@Nullable StatelessResetToken token) {
      statelessResetToken = token;
      return this;
    }

    /** 1,200 to 65,527 bytes; more counts as no limit. */
    public Builder maxUdpPayloadSize(long bytes) {
      maxUdpPayloadSize = bytes;
      return this;
    }

    /** Bytes that the peer may send on the whole connection. */
    public Builder initialMaxData(long bytes) {
      initialMaxData = bytes;
      return this;
    }

    /** Bytes that the peer may send on each two-way stream that this endpoint opens. */
    public Builder initialMaxStreamDataBidirectionalLocal(long bytes) {
      initialMaxStreamDataBidirectionalLocal = bytes;
      return this;
    }

    /** Bytes that the peer may send on each two-way stream that the peer opens. */
    public Builder initialMaxStreamDataBidirectionalRemote(long bytes) {
      initialMaxStreamDataBidirectionalRemote = bytes;
      return this;
    }

    /** Bytes that the peer may send on each one-way stream. */
    public Builder initialMaxStreamDataUnidirectional(long bytes) {
      initialMaxStreamDataUnidirectional = bytes;
      return this;
    }

    /** How many two-way streams the peer may open, at most 2^60. */
    public Builder initialMaxStreamsBidirectional(long streams) {
      initialMaxStreamsBidirectional = streams;
      return this;
    }

    /** How many one-way streams the peer may open, at most 2^60. */
    public Builder initialMaxStreamsUnidirectional(long streams) {
      initialMaxStreamsUnidirectional = streams;
      return this;
    }

    /** 0 to 20; default 3. */
    public Builder ackDelayExponent(int exponent) {
      ackDelayExponent = exponent;
      return this;
    }

    /** 0 to 16,383; default 25. */
    public Builder maxAckDelayMillis(int millis) {
      maxAckDelayMillis = millis;
      return this;
    }

    /** Whether the peer must not move to another address. */
    public Builder disableActiveMigration(boolean disable) {
      disableActiveMigration = disable;
      return this;
    }

    /** Servers only; null for none. */
    public Builder preferredAddress(@Nullable PreferredAddress address) {
      preferredAddress = address;
      return this;
    }

    /** At least 2, the default. */
    public Builder activeConnectionIdLimit(long limit) {
      activeConnectionIdLimit = limit;
      return this;
    }

    /** Both sides have to send it. */
    public Builder initialSourceConnectionId(@Nullable ConnectionId id) {
      initialSourceConnectionId = id;
      return this;
    }

    /** Servers only, after a Retry; null for none. */
    public Builder retrySourceConnectionId(@Nullable ConnectionId id) {
      retrySourceConnectionId = id;
      return this;
    }

    /** Which versions this endpoint speaks; null for none told. */
    public Builder versionInformation(@Nullable VersionInformation information) {
      versionInformation = information;
      return this;
    }

    /** Whether packets with a cleared fixed bit are taken, too. */
    public Builder greaseQuicBit(boolean grease) {
      greaseQuicBit = grease;
      return this;
    }

    /** 0, the default, for no DATAGRAM frames. */
    public Builder maxDatagramFrameSize(long bytes) {
      maxDatagramFrameSize = bytes;
      return this;
    }

    /** {@link #MIN_ACK_DELAY_NONE}, the default, for no ACK_FREQUENCY frames. */
    public Builder minAckDelayMicros(long micros) {
      minAckDelayMicros = micros;
      return this;
    }

    /**
     * The parameters.
     *
     * @throws IllegalArgumentException for a number out of its range
     */
    public TransportParameters build() {
      return new TransportParameters(
          originalDestinationConnectionId,
          maxIdleTimeoutMillis,
          statelessResetToken,
          maxUdpPayloadSize,
          initialMaxData,
          initialMaxStreamDataBidirectionalLocal,
          initialMaxStreamDataBidirectionalRemote,
          initialMaxStreamDataUnidirectional,
          initialMaxStreamsBidirectional,
          initialMaxStreamsUnidirectional,
          ackDelayExponent,
          maxAckDelayMillis,
          disableActiveMigration,
          preferredAddress,
          activeConnectionIdLimit,
          initialSourceConnectionId,
          retrySourceConnectionId,
          versionInformation,
          greaseQuicBit,
          maxDatagramFrameSize,
          minAckDelayMicros);
    }
  }
}
