package io.hypermesh.stoq;

import java.time.Duration;

/**
 * The limits and timeouts of an endpoint. Whatever a peer can make grow has its limit here.
 * Immutable.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="settings"}
 *
 * @param connectionsMax connections at once, in both roles together; more are refused
 * @param handshakesInFlightMax handshakes of clients at once; more are refused
 * @param handshakesPerPrefixMax of those, how many of one network (a /64 prefix): counted apart for
 *     clients that have proved their address, of which more are refused, and for others, which then
 *     have to prove it
 * @param retryThreshold from so many handshakes in flight on, a client has to prove its address
 *     first (Retry; RFC 9000, 8.1.2); 0 for always
 * @param retryTokenLifetime how long a client may take for that
 * @param addressTokenLifetime how long a client that was here before needn't prove its address,
 *     because it has a token from then (NEW_TOKEN; RFC 9000, 8.1.3); zero to give out none
 * @param addressTokensRememberedMax tokens that were used and are remembered, so that they aren't
 *     used again; past that, tokens count for nothing until older ones have expired
 * @param ephemeralKeysMax ephemeral keys of handshakes that are made ahead, for each group; 0 for
 *     none
 * @param tokenServersMax servers whose tokens are kept for later connections; 0 for none
 * @param statelessAnswersPerSecondMax datagrams a second that answer strangers; half of them are
 *     kept for Retry packets
 * @param unauthenticInitialsPerSecondMax first packets of clients a second that turn out to be
 *     forged or damaged; past that, clients have to prove their address before their packets are
 *     looked into
 * @param forwardedDatagramsMax datagrams that wait for one of several agents, having come to
 *     another's socket; more are lost
 * @param bidirectionalStreamsMax bidirectional streams that the peer of one connection may have
 *     open
 * @param unidirectionalStreamsMax unidirectional streams that the peer of one connection may have
 *     open
 * @param streamOpensPendingMax calls of one connection's host that wait until the peer allows
 *     another stream; more fail
 * @param connectionWindowBytes bytes of all streams of one connection that the peer may send ahead
 *     of the host's reading (RFC 9000, 4), to start with
 * @param streamWindowBytes the same for one stream, to start with
 * @param connectionWindowBytesMax what a connection's window may grow to where the path carries
 *     more in a round trip and the host reads it; at least {@code connectionWindowBytes}
 * @param streamWindowBytesMax the same for one stream
 * @param receiveBuffersBytesMax bytes by which the windows of all connections of the endpoint
 *     together may grow beyond their initial sizes; received and unread they have at most so many
 *     at once, and 64 initial windows of connections: beyond, packets count as lost, those of the
 *     connections first that hold most
 * @param sendBufferBytes bytes of one stream that the host may write ahead of the peer's
 *     acknowledgements
 * @param sendBuffersBytesMax bytes of all streams of the endpoint together that the host may write
 *     ahead
 * @param datagramBytes UDP payload of the datagrams sent, at most; how much of it a path carries is
 *     found out (RFC 8899)
 * @param idleTimeout a connection on which nothing is heard for so long is given up (RFC 9000,
 *     10.1)
 * @param keepAliveInterval a connection on which nothing is sent for so long sends a PING; zero for
 *     never
 * @param handshakeTimeout a handshake that takes longer is given up
 * @param congestionControl decides how much is in flight and how fast it is sent (RFC 9002, 7)
 * @param datagramFrameBytesMax largest unreliable datagram, with its frame's fields, that is taken
 *     from a peer; 0 for none at all (RFC 9221, 3)
 * @param datagramSendQueueBytes bytes of datagrams of one connection that the host may send ahead
 *     of the network
 * @param datagramReceiveQueueBytes bytes of datagrams of one connection that may wait for the host;
 *     more are dropped
 */
public record StoqSettings(
    int connectionsMax,
    int handshakesInFlightMax,
    int handshakesPerPrefixMax,
    int retryThreshold,
    Duration retryTokenLifetime,
    Duration addressTokenLifetime,
    int addressTokensRememberedMax,
    int ephemeralKeysMax,
    int tokenServersMax,
    int statelessAnswersPerSecondMax,
    int unauthenticInitialsPerSecondMax,
    int forwardedDatagramsMax,
    int bidirectionalStreamsMax,
    int unidirectionalStreamsMax,
    int streamOpensPendingMax,
    long connectionWindowBytes,
    long streamWindowBytes,
    long connectionWindowBytesMax,
    long streamWindowBytesMax,
    long receiveBuffersBytesMax,
    int sendBufferBytes,
    long sendBuffersBytesMax,
    int datagramBytes,
    Duration idleTimeout,
    Duration keepAliveInterval,
    Duration handshakeTimeout,
    CongestionControl congestionControl,
    int datagramFrameBytesMax,
    int datagramSendQueueBytes,
    int datagramReceiveQueueBytes) {

  /** For how many connections there is memory that fill their initial window at once. */
  private static final int INITIAL_WINDOWS_HELD_MAX = 64;

  /** Bytes that all connections may hold at once that came and weren't read. */
  long receivedBytesHeldMax() {
    return receiveBuffersBytesMax + INITIAL_WINDOWS_HELD_MAX * connectionWindowBytes;
  }

  /** The defaults. */
  public static StoqSettings defaults() {
    return builder().build();
  }

  /** A builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Builds settings. Each setter checks its value and throws {@link IllegalArgumentException} where
   * it is out of range. Not safe for use by several threads.
   */
  public static final class Builder {
    private int connectionsMax = 10_000;
    private int handshakesInFlightMax = 1_000;
    private int handshakesPerPrefixMax = 250;
    private int retryThreshold = 200;
    private Duration retryTokenLifetime = Duration.ofSeconds(10);
    private Duration addressTokenLifetime = Duration.ofHours(24);
    private int addressTokensRememberedMax = 65_536;
    private int ephemeralKeysMax = 16;
    private int tokenServersMax = 256;
    private int statelessAnswersPerSecondMax = 10_000;
    private int unauthenticInitialsPerSecondMax = 1_000;
    private int forwardedDatagramsMax = 256;
    private int bidirectionalStreamsMax = 128;
    private int unidirectionalStreamsMax = 128;
    private int streamOpensPendingMax = 1_024;
    private long connectionWindowBytes = 4L << 20;
    private long streamWindowBytes = 1L << 20;
    private long connectionWindowBytesMax = 96L << 20;
    private long streamWindowBytesMax = 64L << 20;
    private long receiveBuffersBytesMax = 1L << 30;
    private int sendBufferBytes = 1 << 20;
    private long sendBuffersBytesMax = 256L << 20;
    private int datagramBytes = 1_452;
    private Duration idleTimeout = Duration.ofSeconds(30);
    private Duration keepAliveInterval = Duration.ZERO;
    private Duration handshakeTimeout = Duration.ofSeconds(10);
    private CongestionControl congestionControl = CongestionControl.CUBIC;
    private int datagramFrameBytesMax = 65_535;
    private int datagramSendQueueBytes = 256 << 10;
    private int datagramReceiveQueueBytes = 256 << 10;

    private Builder() {}

    /** Connections at once: 1 to 1,000,000, 10,000 unless set. */
    public Builder connectionsMax(int value) {
      connectionsMax = (int) inRange("connectionsMax", value, 1, 1_000_000);
      return this;
    }

    /** Clients' handshakes at once: 1 to 1,000,000, 1,000 unless set. */
    public Builder handshakesInFlightMax(int value) {
      handshakesInFlightMax = (int) inRange("handshakesInFlightMax", value, 1, 1_000_000);
      return this;
    }

    /** Clients' handshakes at once of one /64 prefix: 1 to 1,000,000, 250 unless set. */
    public Builder handshakesPerPrefixMax(int value) {
      handshakesPerPrefixMax = (int) inRange("handshakesPerPrefixMax", value, 1, 1_000_000);
      return this;
    }

    /** Handshakes in flight from which on there is a Retry: 0 to 1,000,000, 200 unless set. */
    public Builder retryThreshold(int value) {
      retryThreshold = (int) inRange("retryThreshold", value, 0, 1_000_000);
      return this;
    }

    /** Lifetime of a Retry token: 1 s to 1 h, 10 s unless set. */
    public Builder retryTokenLifetime(Duration value) {
      retryTokenLifetime =
          inRange("retryTokenLifetime", value, Duration.ofSeconds(1), Duration.ofHours(1));
      return this;
    }

    /**
     * Lifetime of a token for later connections: zero for none, else 1 s to 7 days; 24 h unless
     * set.
     */
    public Builder addressTokenLifetime(Duration value) {
      addressTokenLifetime =
          value.isZero()
              ? value
              : inRange("addressTokenLifetime", value, Duration.ofSeconds(1), Duration.ofDays(7));
      return this;
    }

    /** Used tokens that are remembered: 0 to 10,000,000, 65,536 unless set. */
    public Builder addressTokensRememberedMax(int value) {
      addressTokensRememberedMax =
          (int) inRange("addressTokensRememberedMax", value, 0, 10_000_000);
      return this;
    }

    /** Ephemeral keys made ahead for each group: 0 to 4,096, 16 unless set. */
    public Builder ephemeralKeysMax(int value) {
      ephemeralKeysMax = (int) inRange("ephemeralKeysMax", value, 0, 4_096);
      return this;
    }

    /** Servers whose tokens are kept: 0 to 1,000,000, 256 unless set. */
    public Builder tokenServersMax(int value) {
      tokenServersMax = (int) inRange("tokenServersMax", value, 0, 1_000_000);
      return this;
    }

    /** Answers to strangers a second: 0 to 1,000,000, 10,000 unless set. */
    public Builder statelessAnswersPerSecondMax(int value) {
      statelessAnswersPerSecondMax =
          (int) inRange("statelessAnswersPerSecondMax", value, 0, 1_000_000);
      return this;
    }

    /** Forged or damaged first packets a second: 0 to 1,000,000, 1,000 unless set. */
    public Builder unauthenticInitialsPerSecondMax(int value) {
      unauthenticInitialsPerSecondMax =
          (int) inRange("unauthenticInitialsPerSecondMax", value, 0, 1_000_000);
      return this;
    }

    /**
     * Datagrams that wait for one of several agents, having come to another's socket: 2 to 65,536,
     * rounded up to a power of two, 256 unless set. Each takes 2 KiB, or as much as the longest
     * that came, once so many have waited.
     */
    public Builder forwardedDatagramsMax(int value) {
      forwardedDatagramsMax = (int) inRange("forwardedDatagramsMax", value, 2, 65_536);
      return this;
    }

    /** Bidirectional streams that a peer may have open: 0 to 65,535, 128 unless set. */
    public Builder bidirectionalStreamsMax(int value) {
      bidirectionalStreamsMax = (int) inRange("bidirectionalStreamsMax", value, 0, 65_535);
      return this;
    }

    /** Unidirectional streams that a peer may have open: 0 to 65,535, 128 unless set. */
    public Builder unidirectionalStreamsMax(int value) {
      unidirectionalStreamsMax = (int) inRange("unidirectionalStreamsMax", value, 0, 65_535);
      return this;
    }

    /** Stream openings that may wait on one connection: 0 to 65,535, 1,024 unless set. */
    public Builder streamOpensPendingMax(int value) {
      streamOpensPendingMax = (int) inRange("streamOpensPendingMax", value, 0, 65_535);
      return this;
    }

    /** Receive window of a new connection: 64 KiB to 1 GiB, 4 MiB unless set. */
    public Builder connectionWindowBytes(long value) {
      connectionWindowBytes = inRange("connectionWindowBytes", value, 64L << 10, 1L << 30);
      return this;
    }

    /** Receive window of a new stream: 16 KiB to 1 GiB, 1 MiB unless set. */
    public Builder streamWindowBytes(long value) {
      streamWindowBytes = inRange("streamWindowBytes", value, 16L << 10, 1L << 30);
      return this;
    }

    /** What a connection's window may grow to: 64 KiB to 4 GiB, 96 MiB unless set. */
    public Builder connectionWindowBytesMax(long value) {
      connectionWindowBytesMax = inRange("connectionWindowBytesMax", value, 64L << 10, 4L << 30);
      return this;
    }

    /**
     * What a stream's window may grow to: 16 KiB to 1 GiB, 64 MiB unless set. It stays at two
     * thirds of the connection's.
     */
    public Builder streamWindowBytesMax(long value) {
      streamWindowBytesMax = inRange("streamWindowBytesMax", value, 16L << 10, 1L << 30);
      return this;
    }

    /**
     * What all windows together may grow by, and most of what they may hold: 0, so that none does,
     * to 1 TiB, 1 GiB unless set. A connection gets no more of it than remains for the others.
     */
    public Builder receiveBuffersBytesMax(long value) {
      receiveBuffersBytesMax = inRange("receiveBuffersBytesMax", value, 0, 1L << 40);
      return this;
    }

    /** Send buffer of a stream: 16 KiB to 1 GiB, 1 MiB unless set. */
    public Builder sendBufferBytes(int value) {
      sendBufferBytes = (int) inRange("sendBufferBytes", value, 16L << 10, 1L << 30);
      return this;
    }

    /** Send buffers of all streams together: 64 KiB to 64 GiB, 256 MiB unless set. */
    public Builder sendBuffersBytesMax(long value) {
      sendBuffersBytesMax = inRange("sendBuffersBytesMax", value, 64L << 10, 64L << 30);
      return this;
    }

    /**
     * UDP payload of the datagrams sent, at most: 1,200 to 65,527 bytes, 1,452 unless set, which is
     * what an Ethernet frame has room for. More is for jumbo frames and the loopback: 65,488 is
     * what Linux's carries, and found by the first probe. Both ends have to allow it.
     */
    public Builder datagramBytes(int value) {
      datagramBytes = (int) inRange("datagramBytes", value, 1_200, 65_527);
      return this;
    }

    /** Idle timeout: 100 ms to 1 h, 30 s unless set. */
    public Builder idleTimeout(Duration value) {
      idleTimeout = inRange("idleTimeout", value, Duration.ofMillis(100), Duration.ofHours(1));
      return this;
    }

    /** Keep-alive interval: zero for none, else 100 ms to 1 h; none unless set. */
    public Builder keepAliveInterval(Duration value) {
      keepAliveInterval =
          value.isZero()
              ? value
              : inRange("keepAliveInterval", value, Duration.ofMillis(100), Duration.ofHours(1));
      return this;
    }

    /** Time for a handshake: 100 ms to 10 min, 10 s unless set. */
    public Builder handshakeTimeout(Duration value) {
      handshakeTimeout =
          inRange("handshakeTimeout", value, Duration.ofMillis(100), Duration.ofMinutes(10));
      return this;
    }

    /** What decides how much is in flight: {@link CongestionControl#CUBIC} unless set. */
    public Builder congestionControl(CongestionControl value) {
      congestionControl = value;
      return this;
    }

    /** Largest DATAGRAM frame taken: 0 for none, to 65,535 bytes, 65,535 unless set. */
    public Builder datagramFrameBytesMax(int value) {
      datagramFrameBytesMax = (int) inRange("datagramFrameBytesMax", value, 0, 65_535);
      return this;
    }

    /**
     * Datagrams of a connection that wait to be sent: 128 KiB to 64 MiB, rounded down to a power of
     * two, 256 KiB unless set. Memory is taken as it is needed.
     */
    public Builder datagramSendQueueBytes(int value) {
      datagramSendQueueBytes = (int) inRange("datagramSendQueueBytes", value, 128 << 10, 64 << 20);
      return this;
    }

    /** The same for datagrams that wait for the host. */
    public Builder datagramReceiveQueueBytes(int value) {
      datagramReceiveQueueBytes =
          (int) inRange("datagramReceiveQueueBytes", value, 128 << 10, 64 << 20);
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException where the keep-alive interval isn't shorter than the idle
     *     timeout that it is to prevent
     */
    public StoqSettings build() {
      if (keepAliveInterval.compareTo(idleTimeout) >= 0) {
        throw new IllegalArgumentException(
            "couldn't use keepAliveInterval "
                + keepAliveInterval
                + " because idleTimeout ends connections after "
                + idleTimeout);
      }
      return new StoqSettings(
          connectionsMax,
          handshakesInFlightMax,
          handshakesPerPrefixMax,
          retryThreshold,
          retryTokenLifetime,
          addressTokenLifetime,
          addressTokensRememberedMax,
          ephemeralKeysMax,
          tokenServersMax,
          statelessAnswersPerSecondMax,
          unauthenticInitialsPerSecondMax,
          forwardedDatagramsMax,
          bidirectionalStreamsMax,
          unidirectionalStreamsMax,
          streamOpensPendingMax,
          connectionWindowBytes,
          streamWindowBytes,
          Math.max(connectionWindowBytes, connectionWindowBytesMax),
          Math.max(streamWindowBytes, streamWindowBytesMax),
          receiveBuffersBytesMax,
          sendBufferBytes,
          sendBuffersBytesMax,
          datagramBytes,
          idleTimeout,
          keepAliveInterval,
          handshakeTimeout,
          congestionControl,
          datagramFrameBytesMax,
          datagramSendQueueBytes,
          datagramReceiveQueueBytes);
    }

    private static long inRange(String name, long value, long min, long max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            "couldn't set " + name + " because it is out of " + min + " to " + max + ": " + value);
      }
      return value;
    }

    private static Duration inRange(String name, Duration value, Duration min, Duration max) {
      if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
        throw new IllegalArgumentException(
            "couldn't set " + name + " because it is out of " + min + " to " + max + ": " + value);
      }
      return value;
    }
  }
}
