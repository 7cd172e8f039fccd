package io.hypermesh.stoq.packet;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/** Transport parameters as bytes (RFC 9000, 18). */
final class TransportParametersCodec {
  private static final int IPV4_LENGTH = 4;
  private static final int IPV6_LENGTH = 16;
  private static final int PORT_LENGTH = 2;

  /** What comes before the connection ID of a preferred address, its length included. */
  private static final int ADDRESSES_LENGTH = IPV4_LENGTH + IPV6_LENGTH + 2 * PORT_LENGTH + 1;

  private TransportParametersCodec() {}

  static TransportParameters decode(byte[] bytes, boolean fromClient) throws TransportException {
    MemorySegment buffer = MemorySegment.ofArray(bytes);
    TransportParameters.Builder builder = TransportParameters.builder();
    LongArrayList codes = new LongArrayList();
    int at = 0;
    while (at < bytes.length) {
      long code = read(buffer, at);
      at += lengthAt(bytes, at);
      long length = read(buffer, at);
      at += lengthAt(bytes, at);
      if (length > bytes.length - at) {
        throw error("parameter " + code + " is cut short: it needs " + length + " bytes");
      }
      codes.addLong(code);
      TransportParameterId id = TransportParameterId.ofCode(code);
      if (id != null) {
        if (id.serverOnly && fromClient) {
          throw error("a client sent " + id.wireName());
        }
        decodeOne(builder, id, buffer.asSlice(at, length), fromClient);
      }
      at += (int) length;
    }
    requireDistinct(codes.toLongArray());
    TransportParameters decoded = builder.build();
    if (decoded.minAckDelayMicros() > decoded.maxAckDelayMillis() * 1_000L) {
      throw error(
          "min_ack_delay is over max_ack_delay: "
              + decoded.minAckDelayMicros()
              + " microseconds and "
              + decoded.maxAckDelayMillis()
              + " milliseconds");
    }
    return decoded;
  }

  /**
   * Unknown parameters count too: a duplicate is a duplicate (RFC 9000, 7.4). By sorting, because
   * whoever chooses thousands of codes could make them collide in a table.
   */
  private static void requireDistinct(long[] codes) throws TransportException {
    Arrays.sort(codes);
    for (int i = 1; i < codes.length; i++) {
      if (codes[i] == codes[i - 1]) {
        throw error("parameter " + codes[i] + " comes twice");
      }
    }
  }

  private static void decodeOne(
      TransportParameters.Builder builder,
      TransportParameterId id,
      MemorySegment value,
      boolean fromClient)
      throws TransportException {
    if (id.integer) {
      setInteger(builder, id, readInteger(id, value));
      return;
    }
    switch (id) {
      case ORIGINAL_DESTINATION_CONNECTION_ID ->
          builder.originalDestinationConnectionId(readId(id, value));
      case INITIAL_SOURCE_CONNECTION_ID -> builder.initialSourceConnectionId(readId(id, value));
      case RETRY_SOURCE_CONNECTION_ID -> builder.retrySourceConnectionId(readId(id, value));
      case STATELESS_RESET_TOKEN -> {
        requireLength(id, value, StatelessResetToken.LENGTH);
        builder.statelessResetToken(StatelessResetToken.of(value, 0));
      }
      case DISABLE_ACTIVE_MIGRATION -> {
        requireLength(id, value, 0);
        builder.disableActiveMigration(true);
      }
      case PREFERRED_ADDRESS -> builder.preferredAddress(readPreferredAddress(value));
      case GREASE_QUIC_BIT -> {
        requireLength(id, value, 0);
        builder.greaseQuicBit(true);
      }
      case VERSION_INFORMATION ->
          builder.versionInformation(VersionInformation.decode(value, fromClient));
      default -> throw new IllegalStateException("an integer was taken for bytes: " + id);
    }
  }

  private static void setInteger(
      TransportParameters.Builder builder, TransportParameterId id, long value) {
    switch (id) {
      case MAX_IDLE_TIMEOUT -> builder.maxIdleTimeoutMillis(value);
      case MAX_UDP_PAYLOAD_SIZE -> builder.maxUdpPayloadSize(value);
      case INITIAL_MAX_DATA -> builder.initialMaxData(value);
      case INITIAL_MAX_STREAM_DATA_BIDI_LOCAL ->
          builder.initialMaxStreamDataBidirectionalLocal(value);
      case INITIAL_MAX_STREAM_DATA_BIDI_REMOTE ->
          builder.initialMaxStreamDataBidirectionalRemote(value);
      case INITIAL_MAX_STREAM_DATA_UNI -> builder.initialMaxStreamDataUnidirectional(value);
      case INITIAL_MAX_STREAMS_BIDI -> builder.initialMaxStreamsBidirectional(value);
      case INITIAL_MAX_STREAMS_UNI -> builder.initialMaxStreamsUnidirectional(value);
      case ACK_DELAY_EXPONENT -> builder.ackDelayExponent((int) value);
      case MAX_ACK_DELAY -> builder.maxAckDelayMillis((int) value);
      case ACTIVE_CONNECTION_ID_LIMIT -> builder.activeConnectionIdLimit(value);
      case MAX_DATAGRAM_FRAME_SIZE -> builder.maxDatagramFrameSize(value);
      case MIN_ACK_DELAY -> builder.minAckDelayMicros(value);
      default -> throw new IllegalStateException("bytes were taken for an integer: " + id);
    }
  }

  private static long readInteger(TransportParameterId id, MemorySegment value)
      throws TransportException {
    if (value.byteSize() == 0 || VarInt.lengthOf(value.get(Wire.BYTE, 0)) != value.byteSize()) {
      throw error(id.wireName() + " is not one varint: " + value.byteSize() + " bytes");
    }
    long number = VarInt.get(value, 0);
    if (!id.allows(number)) {
      throw error(id.describe(number));
    }
    return number;
  }

  private static ConnectionId readId(TransportParameterId id, MemorySegment value)
      throws TransportException {
    if (value.byteSize() > ConnectionId.LENGTH_MAX) {
      throw error(id.wireName() + " has " + value.byteSize() + " bytes");
    }
    return ConnectionId.of(value, 0, (int) value.byteSize());
  }

  private static PreferredAddress readPreferredAddress(MemorySegment value)
      throws TransportException {
    TransportParameterId id = TransportParameterId.PREFERRED_ADDRESS;
    if (value.byteSize() < ADDRESSES_LENGTH) {
      throw error(id.wireName() + " is cut short: " + value.byteSize() + " bytes");
    }
    int idLength = value.get(Wire.BYTE, ADDRESSES_LENGTH - 1) & 0xff;
    if (idLength == 0 || idLength > ConnectionId.LENGTH_MAX) {
      throw error(id.wireName() + " has a connection ID of " + idLength + " bytes");
    }
    requireLength(id, value, ADDRESSES_LENGTH + idLength + StatelessResetToken.LENGTH);
    return new PreferredAddress(
        readAddress(value, 0, IPV4_LENGTH),
        readAddress(value, IPV4_LENGTH + PORT_LENGTH, IPV6_LENGTH),
        ConnectionId.of(value, ADDRESSES_LENGTH, idLength),
        StatelessResetToken.of(value, ADDRESSES_LENGTH + idLength));
  }

  private static @Nullable InetSocketAddress readAddress(MemorySegment value, int at, int length) {
    byte[] address = new byte[length];
    MemorySegment.copy(value, Wire.BYTE, at, address, 0, length);
    int port = value.get(Wire.SHORT, at + length) & 0xffff;
    // All zeros stand for "no address of this family" (RFC 9000, 18.2).
    if (port == 0 && Arrays.equals(address, new byte[length])) {
      return null;
    }
    try {
      // Not InetAddress.getByAddress: it would turn an IPv4-mapped address into an IPv4 one.
      InetAddress parsed =
          length == IPV6_LENGTH
              ? Inet6Address.getByAddress(null, address, -1)
              : InetAddress.getByAddress(address);
      return new InetSocketAddress(parsed, port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + length + " bytes was refused", e);
    }
  }

  private static void requireLength(TransportParameterId id, MemorySegment value, int length)
      throws TransportException {
    if (value.byteSize() != length) {
      throw error(id.wireName() + " has " + value.byteSize() + " bytes, not " + length);
    }
  }

  private static long read(MemorySegment buffer, int at) throws TransportException {
    if (at >= buffer.byteSize()
        || VarInt.lengthOf(buffer.get(Wire.BYTE, at)) > buffer.byteSize() - at) {
      throw error("the parameters are cut short at byte " + at);
    }
    return VarInt.get(buffer, at);
  }

  private static int lengthAt(byte[] bytes, int at) {
    return VarInt.lengthOf(bytes[at]);
  }

  private static TransportException error(String reason) {
    return new TransportException(
        TransportErrorCode.TRANSPORT_PARAMETER_ERROR, FrameType.CRYPTO, reason);
  }

  static byte[] encode(TransportParameters p) {
    Writer out = new Writer();
    out.id(
        TransportParameterId.ORIGINAL_DESTINATION_CONNECTION_ID,
        p.originalDestinationConnectionId());
    out.integer(TransportParameterId.MAX_IDLE_TIMEOUT, p.maxIdleTimeoutMillis(), 0);
    StatelessResetToken token = p.statelessResetToken();
    if (token != null) {
      out.bytes(TransportParameterId.STATELESS_RESET_TOKEN, token.toByteArray());
    }
    out.integer(
        TransportParameterId.MAX_UDP_PAYLOAD_SIZE,
        p.maxUdpPayloadSize(),
        TransportParameters.MAX_UDP_PAYLOAD_SIZE_DEFAULT);
    encodeFlowControl(out, p);
    out.integer(
        TransportParameterId.ACK_DELAY_EXPONENT,
        p.ackDelayExponent(),
        TransportParameters.ACK_DELAY_EXPONENT_DEFAULT);
    out.integer(
        TransportParameterId.MAX_ACK_DELAY,
        p.maxAckDelayMillis(),
        TransportParameters.MAX_ACK_DELAY_MILLIS_DEFAULT);
    if (p.disableActiveMigration()) {
      out.bytes(TransportParameterId.DISABLE_ACTIVE_MIGRATION, new byte[0]);
    }
    PreferredAddress address = p.preferredAddress();
    if (address != null) {
      out.bytes(TransportParameterId.PREFERRED_ADDRESS, encodePreferredAddress(address));
    }
    out.integer(
        TransportParameterId.ACTIVE_CONNECTION_ID_LIMIT,
        p.activeConnectionIdLimit(),
        TransportParameters.ACTIVE_CONNECTION_ID_LIMIT_DEFAULT);
    out.id(TransportParameterId.INITIAL_SOURCE_CONNECTION_ID, p.initialSourceConnectionId());
    out.id(TransportParameterId.RETRY_SOURCE_CONNECTION_ID, p.retrySourceConnectionId());
    VersionInformation versions = p.versionInformation();
    if (versions != null) {
      out.bytes(TransportParameterId.VERSION_INFORMATION, versions.encode());
    }
    if (p.greaseQuicBit()) {
      out.bytes(TransportParameterId.GREASE_QUIC_BIT, new byte[0]);
    }
    out.integer(TransportParameterId.MAX_DATAGRAM_FRAME_SIZE, p.maxDatagramFrameSize(), 0);
    out.integer(
        TransportParameterId.MIN_ACK_DELAY,
        p.minAckDelayMicros(),
        TransportParameters.MIN_ACK_DELAY_NONE);
    return out.toByteArray();
  }

  private static void encodeFlowControl(Writer out, TransportParameters p) {
    out.integer(TransportParameterId.INITIAL_MAX_DATA, p.initialMaxData(), 0);
    out.integer(
        TransportParameterId.INITIAL_MAX_STREAM_DATA_BIDI_LOCAL,
        p.initialMaxStreamDataBidirectionalLocal(),
        0);
    out.integer(
        TransportParameterId.INITIAL_MAX_STREAM_DATA_BIDI_REMOTE,
        p.initialMaxStreamDataBidirectionalRemote(),
        0);
    out.integer(
        TransportParameterId.INITIAL_MAX_STREAM_DATA_UNI,
        p.initialMaxStreamDataUnidirectional(),
        0);
    out.integer(
        TransportParameterId.INITIAL_MAX_STREAMS_BIDI, p.initialMaxStreamsBidirectional(), 0);
    out.integer(
        TransportParameterId.INITIAL_MAX_STREAMS_UNI, p.initialMaxStreamsUnidirectional(), 0);
  }

  private static byte[] encodePreferredAddress(PreferredAddress address) {
    int idLength = address.connectionId().length();
    byte[] bytes = new byte[ADDRESSES_LENGTH + idLength + StatelessResetToken.LENGTH];
    MemorySegment buffer = MemorySegment.ofArray(bytes);
    putAddress(buffer, 0, address.ipv4(), IPV4_LENGTH);
    putAddress(buffer, IPV4_LENGTH + PORT_LENGTH, address.ipv6(), IPV6_LENGTH);
    bytes[ADDRESSES_LENGTH - 1] = (byte) idLength;
    address.connectionId().writeTo(buffer, ADDRESSES_LENGTH);
    address.resetToken().writeTo(buffer, ADDRESSES_LENGTH + idLength);
    return bytes;
  }

  private static void putAddress(
      MemorySegment buffer, int at, @Nullable InetSocketAddress address, int length) {
    if (address == null) {
      return;
    }
    byte[] bytes = address.getAddress().getAddress();
    MemorySegment.copy(bytes, 0, buffer, Wire.BYTE, at, length);
    buffer.set(Wire.SHORT, at + length, (short) address.getPort());
  }

  /** Appends parameters to a growing array. */
  private static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);
    private final byte[] scratch = new byte[VarInt.LENGTH_MAX];
    private final MemorySegment scratchSegment = MemorySegment.ofArray(scratch);

    void integer(TransportParameterId id, long value, long defaultValue) {
      if (value != defaultValue) {
        varInt(id.code);
        varInt(VarInt.sizeOf(value));
        varInt(value);
      }
    }

    void id(TransportParameterId id, @Nullable ConnectionId value) {
      if (value != null) {
        bytes(id, value.toByteArray());
      }
    }

    void bytes(TransportParameterId id, byte[] value) {
      varInt(id.code);
      varInt(value.length);
      out.writeBytes(value);
    }

    private void varInt(long value) {
      out.write(scratch, 0, VarInt.put(scratchSegment, 0, value));
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }
  }
}
