package io.hypermesh.stoq.stream;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;

/**
 * How many streams each side has opened and may open (RFC 9000, 2.1 and 4.6), by the two low bits
 * of their IDs, and the MAX_STREAMS and STREAMS_BLOCKED frames that follow from it.
 *
 * <p>The peer may have a fixed number of streams open at once: each one that is done makes room for
 * another, told in steps of half that number. Owned by the connection's thread.
 */
public final class StreamCounts {
  /** The bit of a stream ID that says who opened it: 0 the client. */
  static final int SERVER_INITIATED = 0x1;

  /** The bit of a stream ID that says that only the opener sends. */
  static final int UNIDIRECTIONAL = 0x2;

  private static final int TYPES = 4;

  /** More streams of a type than this can't be numbered. */
  private static final long STREAMS_MAX = 1L << 60;

  private final int localBit;
  private final long[] atOnce = new long[TYPES];
  private final long[] opened = new long[TYPES];
  private final long[] limit = new long[TYPES];
  private final long[] closed = new long[TYPES];

  /** For streams of the peer: the largest limit that it was told, which it must stay below. */
  private final long[] told = new long[TYPES];

  private final boolean[] maxStreamsOwed = new boolean[TYPES];
  private final boolean[] streamsBlockedOwed = new boolean[TYPES];
  private final boolean[] refused = new boolean[TYPES];

  StreamCounts(boolean client, int bidirectionalStreamsMax, int unidirectionalStreamsMax) {
    this.localBit = client ? 0 : SERVER_INITIATED;
    setPeerMax(peerType(true), bidirectionalStreamsMax);
    setPeerMax(peerType(false), unidirectionalStreamsMax);
  }

  private void setPeerMax(int type, int max) {
    atOnce[type] = max;
    limit[type] = max;
    told[type] = max;
  }

  private int localType(boolean bidirectional) {
    return localBit | (bidirectional ? 0 : UNIDIRECTIONAL);
  }

  private int peerType(boolean bidirectional) {
    return localType(bidirectional) ^ SERVER_INITIATED;
  }

  static int typeOf(long id) {
    return (int) (id & (TYPES - 1));
  }

  boolean isLocal(long id) {
    return (id & SERVER_INITIATED) == localBit;
  }

  // ---- Opening ----

  void localLimits(long bidirectional, long unidirectional) {
    limit[localType(true)] = bidirectional;
    limit[localType(false)] = unidirectional;
  }

  /** The ID of the next stream of ours, or -1 where the peer's limit is reached. */
  long nextLocal(boolean bidirectional) {
    int type = localType(bidirectional);
    if (opened[type] >= limit[type]) {
      streamsBlockedOwed[type] |= !refused[type];
      refused[type] = true;
      return -1;
    }
    return opened[type]++ << 2 | type;
  }

  /** Whether the peer's limit allows this stream of ours, which was opened. */
  boolean isWithinLimit(long id) {
    return id >>> 2 < limit[typeOf(id)];
  }

  /** Whether the stream with this ID was opened, and so, if it's not there any more, is done. */
  boolean isOpened(long id) {
    return id >>> 2 < opened[typeOf(id)];
  }

  /** Checks that the peer may open the stream with this ID. */
  void checkPeerMayOpen(long id, long frameType) throws TransportException {
    if (isLocal(id)) {
      throw new TransportException(
          TransportErrorCode.STREAM_STATE_ERROR, frameType, "stream " + id + " was never opened");
    }
    if (id >>> 2 >= told[typeOf(id)]) {
      throw new TransportException(
          TransportErrorCode.STREAM_LIMIT_ERROR,
          frameType,
          "stream " + id + " is beyond the limit of " + told[typeOf(id)] + " streams");
    }
  }

  /** The ID of the next stream of the type of {@code id} that the peer opens. */
  long nextFromPeer(long id) {
    int type = typeOf(id);
    return opened[type]++ << 2 | type;
  }

  /** A stream that the peer opened is done. */
  void onPeerStreamClosed(long id) {
    int type = typeOf(id);
    closed[type]++;
    long newLimit = Math.min(STREAMS_MAX, closed[type] + atOnce[type]);
    if (newLimit - limit[type] >= (atOnce[type] + 1) / 2) {
      limit[type] = newLimit;
      maxStreamsOwed[type] = true;
    }
  }

  // ---- Frames from the peer ----

  /** A MAX_STREAMS frame; true where it allows a stream that was refused. */
  boolean onMaxStreams(boolean bidirectional, long maximum, long frameType)
      throws TransportException {
    checkCount(maximum, frameType);
    int type = localType(bidirectional);
    if (maximum <= limit[type]) {
      return false;
    }
    limit[type] = maximum;
    boolean wasRefused = refused[type];
    refused[type] = false;
    streamsBlockedOwed[type] = false;
    return wasRefused;
  }

  static void checkCount(long count, long frameType) throws TransportException {
    if (count > STREAMS_MAX) {
      throw new TransportException(
          TransportErrorCode.FRAME_ENCODING_ERROR, frameType, "no " + count + " streams can exist");
    }
  }

  // ---- Frames owed ----

  /** Whether any frame is owed. */
  public boolean owesAny() {
    boolean owes = false;
    for (int type = 0; type < TYPES; type++) {
      owes |= maxStreamsOwed[type] || streamsBlockedOwed[type];
    }
    return owes;
  }

  /** Whether MAX_STREAMS is owed; asking settles it: the peer may rely on the limit then. */
  public boolean takeMaxStreams(boolean bidirectional) {
    int type = peerType(bidirectional);
    boolean owed = maxStreamsOwed[type];
    maxStreamsOwed[type] = false;
    if (owed) {
      told[type] = limit[type];
    }
    return owed;
  }

  /** The value for MAX_STREAMS. */
  public long receiveLimit(boolean bidirectional) {
    return limit[peerType(bidirectional)];
  }

  /** A MAX_STREAMS frame was lost: the newest value is owed. */
  public void oweMaxStreams(boolean bidirectional) {
    maxStreamsOwed[peerType(bidirectional)] = true;
  }

  /** Whether STREAMS_BLOCKED is owed; asking settles it. */
  public boolean takeStreamsBlocked(boolean bidirectional) {
    int type = localType(bidirectional);
    boolean owed = streamsBlockedOwed[type];
    streamsBlockedOwed[type] = false;
    return owed;
  }

  /** The value for STREAMS_BLOCKED. */
  public long sendLimit(boolean bidirectional) {
    return limit[localType(bidirectional)];
  }

  /** A STREAMS_BLOCKED frame was lost: it is owed again where the host still waits. */
  public void oweStreamsBlocked(boolean bidirectional) {
    int type = localType(bidirectional);
    streamsBlockedOwed[type] = refused[type];
  }
}
