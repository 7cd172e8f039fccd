package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.PacketProtectionProvider;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.recovery.CongestionAlgorithm;
import io.hypermesh.stoq.stream.ChunkPool;
import io.hypermesh.stoq.stream.StreamSettings;
import java.util.List;

/** The settings of a connection, every limit that its peer can reach among them. Immutable. */
public final class ConnectionSettings {
  private static final long KEY_UPDATE_PACKETS_DEFAULT = 1L << 22;
  private static final int MIN_ACK_DELAY_MICROS = 1_000;

  private final StreamSettings streams;
  private final long idleTimeoutNanos;
  private final long keepAliveNanos;
  private final long handshakeTimeoutNanos;
  private final boolean pacing;
  private final CongestionAlgorithm congestion;
  private final int datagramSendBytes;
  private final PathSettings paths;
  private final int datagramReceiveBytesMax;
  private final int activeConnectionIdLimit;
  private final int maxAckDelayMillis;
  private final int cryptoBufferBytesMax;
  private final int undecryptablePacketsMax;
  private final long keyUpdatePackets;
  private final long confidentialityLimitPackets;
  private final long integrityLimitPackets;
  private final int datagramFrameBytesMax;
  private final int datagramSendQueueBytes;
  private final int datagramReceiveQueueBytes;
  private final List<QuicVersion> versions;
  private final boolean greaseQuicBit;
  private final ConnectionTrace.Factory trace;
  private final PacketProtectionProvider packetProtection;

  private ConnectionSettings(Builder builder) {
    streams =
        new StreamSettings(
            builder.pool,
            builder.connectionWindowBytes,
            Math.max(builder.connectionWindowBytes, builder.connectionWindowBytesMax),
            builder.streamWindowBytes,
            Math.max(builder.streamWindowBytes, builder.streamWindowBytesMax),
            builder.sendBufferBytes,
            builder.bidirectionalStreamsMax,
            builder.unidirectionalStreamsMax,
            builder.reassemblyRangesMax);
    idleTimeoutNanos = builder.idleTimeoutNanos;
    keepAliveNanos = builder.keepAliveNanos;
    handshakeTimeoutNanos = builder.handshakeTimeoutNanos;
    pacing = builder.pacing;
    congestion = builder.congestion;
    datagramSendBytes = builder.datagramSendBytes;
    paths = builder.paths;
    datagramReceiveBytesMax = builder.datagramReceiveBytesMax;
    activeConnectionIdLimit = builder.activeConnectionIdLimit;
    maxAckDelayMillis = builder.maxAckDelayMillis;
    cryptoBufferBytesMax = builder.cryptoBufferBytesMax;
    undecryptablePacketsMax = builder.undecryptablePacketsMax;
    keyUpdatePackets = builder.keyUpdatePackets;
    confidentialityLimitPackets = builder.confidentialityLimitPackets;
    integrityLimitPackets = builder.integrityLimitPackets;
    datagramFrameBytesMax = builder.datagramFrameBytesMax;
    datagramSendQueueBytes = builder.datagramSendQueueBytes;
    datagramReceiveQueueBytes = builder.datagramReceiveQueueBytes;
    versions = builder.versions;
    greaseQuicBit = builder.greaseQuicBit;
    trace = builder.trace;
    packetProtection = builder.packetProtection;
  }

  /**
   * A builder with the defaults.
   *
   * @param pool where the memory of streams comes from; may be shared by connections
   */
  public static Builder builder(ChunkPool pool) {
    return new Builder(pool);
  }

  /**
   * Time without a packet from the peer after which the connection ends, in nanoseconds; 0 for
   * never, if the peer agrees (RFC 9000, 10.1).
   */
  public long idleTimeoutNanos() {
    return idleTimeoutNanos;
  }

  /**
   * Silence after which a PING keeps the connection alive, in nanoseconds; 0 for never (RFC 9000,
   * 10.1.2).
   */
  public long keepAliveNanos() {
    return keepAliveNanos;
  }

  /** Time that the handshake may take, in nanoseconds. */
  public long handshakeTimeoutNanos() {
    return handshakeTimeoutNanos;
  }

  /** Whether datagrams are spread over the round trip instead of sent in bursts (RFC 9002, 7.7). */
  public boolean pacing() {
    return pacing;
  }

  /** What decides how much may be in flight (RFC 9002, 7). */
  public CongestionAlgorithm congestion() {
    return congestion;
  }

  /**
   * The largest datagrams that are sent where the path carries them, in bytes of UDP payload (RFC
   * 9000, 14.3).
   */
  public int datagramSendBytes() {
    return datagramSendBytes;
  }

  /** What it does with its paths. */
  public PathSettings paths() {
    return paths;
  }

  /** Largest datagram that is taken, in bytes of UDP payload. */
  public int datagramReceiveBytesMax() {
    return datagramReceiveBytesMax;
  }

  /** Connection IDs of the peer that are kept for use (RFC 9000, 5.1.1). */
  public int activeConnectionIdLimit() {
    return activeConnectionIdLimit;
  }

  /** How long an acknowledgement may wait for more packets, in milliseconds (RFC 9000, 13.2.1). */
  public int maxAckDelayMillis() {
    return maxAckDelayMillis;
  }

  /**
   * The shortest delay of acknowledgements that the peer may ask for, in microseconds: a timer's
   * precision (draft-ietf-quic-ack-frequency-14, 3).
   */
  int minAckDelayMicros() {
    return Math.min(MIN_ACK_DELAY_MICROS, maxAckDelayMillis * 1_000);
  }

  /** Handshake bytes that may wait above a gap, at each level (RFC 9000, 7.5: at least 4,096). */
  public int cryptoBufferBytesMax() {
    return cryptoBufferBytesMax;
  }

  /** Packets that may wait for their keys (RFC 9001, 5.7). */
  public int undecryptablePacketsMax() {
    return undecryptablePacketsMax;
  }

  /** Packets sent with one 1-RTT key before this side changes it (RFC 9001, 6.6). */
  public long keyUpdatePackets() {
    return keyUpdatePackets;
  }

  /** Packets that any key may protect, if its suite allows as many (RFC 9001, 6.6). */
  public long confidentialityLimitPackets() {
    return confidentialityLimitPackets;
  }

  /** Packets that may fail to authenticate, if the suite allows as many (RFC 9001, 6.6). */
  public long integrityLimitPackets() {
    return integrityLimitPackets;
  }

  /** Largest DATAGRAM frame that is taken, in bytes; 0 for none at all (RFC 9221, 3). */
  public int datagramFrameBytesMax() {
    return datagramFrameBytesMax;
  }

  /** Bytes of DATAGRAM frames that the host may queue ahead of the connection. */
  public int datagramSendQueueBytes() {
    return datagramSendQueueBytes;
  }

  /** Bytes of DATAGRAM frames that may wait for the host; more are dropped. */
  public int datagramReceiveQueueBytes() {
    return datagramReceiveQueueBytes;
  }

  /** Who protects packets. */
  public PacketProtectionProvider packetProtection() {
    return packetProtection;
  }

  /** Who makes the traces of connections. */
  public ConnectionTrace.Factory trace() {
    return trace;
  }

  /** The versions spoken, the preferred one first: a client's first packet has that one. */
  public List<QuicVersion> versions() {
    return versions;
  }

  /** Whether packets may have their fixed bit at random, where the peer agrees (RFC 9287). */
  public boolean greaseQuicBit() {
    return greaseQuicBit;
  }

  /** What concerns streams. */
  public StreamSettings streams() {
    return streams;
  }

  /** Builds {@link ConnectionSettings}. Every setter checks its range. Owned by one thread. */
  public static final class Builder {
    private final ChunkPool pool;
    private long idleTimeoutNanos = 30_000_000_000L;
    private long keepAliveNanos = 0;
    private long handshakeTimeoutNanos = 10_000_000_000L;
    private boolean pacing = true;
    private CongestionAlgorithm congestion = CongestionAlgorithm.CUBIC;
    private long connectionWindowBytes = 4L << 20;
    private long connectionWindowBytesMax = 96L << 20;
    private long streamWindowBytes = 1L << 20;
    private long streamWindowBytesMax = 64L << 20;
    private long sendBufferBytes = 1L << 20;
    private int bidirectionalStreamsMax = 128;
    private int unidirectionalStreamsMax = 128;
    private int datagramSendBytes = 1452;
    private PathSettings paths = PathSettings.DEFAULTS;
    private int datagramReceiveBytesMax = 65_527;
    private int activeConnectionIdLimit = 4;
    private int maxAckDelayMillis = 25;
    private int cryptoBufferBytesMax = 65_536;
    private int undecryptablePacketsMax = 32;
    private int reassemblyRangesMax = 1_024;
    private long keyUpdatePackets = KEY_UPDATE_PACKETS_DEFAULT;
    private long confidentialityLimitPackets = Long.MAX_VALUE;
    private long integrityLimitPackets = Long.MAX_VALUE;
    private int datagramFrameBytesMax = 65_535;
    private int datagramSendQueueBytes = 256 << 10;
    private int datagramReceiveQueueBytes = 256 << 10;
    private List<QuicVersion> versions = List.of(QuicVersion.V1, QuicVersion.V2);
    private boolean greaseQuicBit = true;
    private ConnectionTrace.Factory trace = ConnectionTrace.Factory.NONE;
    private PacketProtectionProvider packetProtection = PacketProtectionProviders.preset();

    private Builder(ChunkPool pool) {
      this.pool = pool;
    }

    /**
     * Time without a packet from the peer after which the connection ends, in nanoseconds; 0 for
     * never, if the peer agrees (RFC 9000, 10.1). Default 30,000,000,000.
     */
    public Builder idleTimeoutNanos(long value) {
      idleTimeoutNanos = checkRange("idleTimeoutNanos", value, 0, 86_400_000_000_000L);
      return this;
    }

    /**
     * Silence after which a PING keeps the connection alive, in nanoseconds; 0 for never (RFC 9000,
     * 10.1.2). Default 0.
     */
    public Builder keepAliveNanos(long value) {
      keepAliveNanos = checkRange("keepAliveNanos", value, 0, 86_400_000_000_000L);
      return this;
    }

    /** Time that the handshake may take, in nanoseconds. Default 10,000,000,000. */
    public Builder handshakeTimeoutNanos(long value) {
      handshakeTimeoutNanos =
          checkRange("handshakeTimeoutNanos", value, 1_000_000, 600_000_000_000L);
      return this;
    }

    /** Whether datagrams are spread over the round trip (RFC 9002, 7.7). Default true. */
    public Builder pacing(boolean value) {
      pacing = value;
      return this;
    }

    /** What decides how much may be in flight (RFC 9002, 7). Default CUBIC. */
    public Builder congestion(CongestionAlgorithm value) {
      congestion = value;
      return this;
    }

    /** What the connection's window starts with. Default 4 MiB. */
    public Builder connectionWindowBytes(long value) {
      connectionWindowBytes = checkRange("connectionWindowBytes", value, 1, 1L << 40);
      return this;
    }

    /** What a stream's window starts with. Default 1 MiB. */
    public Builder streamWindowBytes(long value) {
      streamWindowBytes = checkRange("streamWindowBytes", value, 1, 1L << 30);
      return this;
    }

    /** What the connection's window may grow to, if that is more. Default 96 MiB. */
    public Builder connectionWindowBytesMax(long value) {
      connectionWindowBytesMax = checkRange("connectionWindowBytesMax", value, 1, 1L << 40);
      return this;
    }

    /** What a stream's window may grow to, if that is more. Default 64 MiB. */
    public Builder streamWindowBytesMax(long value) {
      streamWindowBytesMax = checkRange("streamWindowBytesMax", value, 1, 1L << 30);
      return this;
    }

    /**
     * Bytes of one stream that are taken from the host before the peer acknowledges them. Default 1
     * MiB.
     */
    public Builder sendBufferBytes(long value) {
      sendBufferBytes = checkRange("sendBufferBytes", value, 1, 1L << 30);
      return this;
    }

    /** Bidirectional streams that the peer may have open at once. Default 128. */
    public Builder bidirectionalStreamsMax(int value) {
      bidirectionalStreamsMax = (int) checkRange("bidirectionalStreamsMax", value, 0, 1 << 20);
      return this;
    }

    /** Unidirectional streams that the peer may have open at once. Default 128. */
    public Builder unidirectionalStreamsMax(int value) {
      unidirectionalStreamsMax = (int) checkRange("unidirectionalStreamsMax", value, 0, 1 << 20);
      return this;
    }

    /**
     * The largest datagrams that are sent where the path carries them, in bytes of UDP payload (RFC
     * 9000, 14.3). Default 1452: what an Ethernet frame has room for.
     */
    public Builder datagramSendBytes(int value) {
      datagramSendBytes = (int) checkRange("datagramSendBytes", value, 1200, 65_527);
      return this;
    }

    /** What it does with its paths. Default {@link PathSettings#DEFAULTS}. */
    public Builder paths(PathSettings value) {
      paths = value;
      return this;
    }

    /** Largest datagram that is taken, in bytes of UDP payload. Default 65,527. */
    public Builder datagramReceiveBytesMax(int value) {
      datagramReceiveBytesMax = (int) checkRange("datagramReceiveBytesMax", value, 1200, 65_527);
      return this;
    }

    /** Connection IDs of the peer that are kept for use (RFC 9000, 5.1.1). Default 4. */
    public Builder activeConnectionIdLimit(int value) {
      activeConnectionIdLimit = (int) checkRange("activeConnectionIdLimit", value, 2, 8);
      return this;
    }

    /**
     * How long an acknowledgement may wait for more packets, in milliseconds (RFC 9000, 13.2.1).
     * Default 25.
     */
    public Builder maxAckDelayMillis(int value) {
      maxAckDelayMillis = (int) checkRange("maxAckDelayMillis", value, 0, 16_383);
      return this;
    }

    /**
     * Handshake bytes that may wait above a gap, at each level (RFC 9000, 7.5: at least 4,096).
     * Default 65,536.
     */
    public Builder cryptoBufferBytesMax(int value) {
      cryptoBufferBytesMax = (int) checkRange("cryptoBufferBytesMax", value, 4_096, 1 << 20);
      return this;
    }

    /** Packets that may wait for their keys (RFC 9001, 5.7). Default 32. */
    public Builder undecryptablePacketsMax(int value) {
      undecryptablePacketsMax = (int) checkRange("undecryptablePacketsMax", value, 0, 64);
      return this;
    }

    /**
     * Pieces of one stream that may wait above its first gap; a packet that makes more counts as
     * lost. Default 1,024.
     */
    public Builder reassemblyRangesMax(int value) {
      reassemblyRangesMax = (int) checkRange("reassemblyRangesMax", value, 1, 1 << 20);
      return this;
    }

    /**
     * Packets sent with one 1-RTT key before this side changes it (RFC 9001, 6.6). Default
     * 4,194,304: half of what AES-GCM may protect.
     */
    public Builder keyUpdatePackets(long value) {
      keyUpdatePackets = checkRange("keyUpdatePackets", value, 1, KEY_UPDATE_PACKETS_DEFAULT);
      return this;
    }

    /**
     * Packets that any key may protect before the connection ends with AEAD_LIMIT_REACHED where it
     * can't be changed. Default: what the suite allows, which is also the most.
     */
    public Builder confidentialityLimitPackets(long value) {
      confidentialityLimitPackets =
          checkRange("confidentialityLimitPackets", value, 1, Long.MAX_VALUE);
      return this;
    }

    /**
     * Packets that may fail to authenticate, at all levels together, before the connection ends
     * with AEAD_LIMIT_REACHED. Default: what the suite allows, which is also the most; less lets
     * anyone on the path end a connection by sending rubbish.
     */
    public Builder integrityLimitPackets(long value) {
      integrityLimitPackets = checkRange("integrityLimitPackets", value, 1, Long.MAX_VALUE);
      return this;
    }

    /**
     * Largest DATAGRAM frame that is taken, in bytes; 0 for none at all (RFC 9221, 3). Default
     * 65,535: whatever fits a packet.
     */
    public Builder datagramFrameBytesMax(int value) {
      datagramFrameBytesMax = (int) checkRange("datagramFrameBytesMax", value, 0, 65_535);
      return this;
    }

    /** Bytes of DATAGRAM frames that the host may queue ahead. Default 256 KiB. */
    public Builder datagramSendQueueBytes(int value) {
      datagramSendQueueBytes =
          (int) checkRange("datagramSendQueueBytes", value, 128 << 10, 64 << 20);
      return this;
    }

    /** Bytes of DATAGRAM frames that may wait for the host. Default 256 KiB. */
    public Builder datagramReceiveQueueBytes(int value) {
      datagramReceiveQueueBytes =
          (int) checkRange("datagramReceiveQueueBytes", value, 128 << 10, 64 << 20);
      return this;
    }

    /** Who protects packets. Default {@link PacketProtectionProviders#preset()}. */
    public Builder packetProtection(PacketProtectionProvider value) {
      packetProtection = value;
      return this;
    }

    /** Who makes the traces of connections. Default nobody. */
    public Builder trace(ConnectionTrace.Factory value) {
      trace = value;
      return this;
    }

    /** The versions spoken, the preferred one first, each once. Default version 1, then 2. */
    public Builder versions(List<QuicVersion> value) {
      if (value.isEmpty() || value.stream().distinct().count() != value.size()) {
        throw new IllegalArgumentException(
            "couldn't set versions: each may come once, and there has to be one: " + value);
      }
      versions = List.copyOf(value);
      return this;
    }

    /** Whether packets may have their fixed bit at random (RFC 9287). Default true. */
    public Builder greaseQuicBit(boolean value) {
      greaseQuicBit = value;
      return this;
    }

    /** The settings. */
    public ConnectionSettings build() {
      return new ConnectionSettings(this);
    }

    private static long checkRange(String name, long value, long min, long max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            "couldn't set " + name + ": " + value + " is outside " + min + " to " + max);
      }
      return value;
    }
  }
}
