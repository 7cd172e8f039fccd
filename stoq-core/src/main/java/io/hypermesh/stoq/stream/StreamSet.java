package io.hypermesh.stoq.stream;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All streams of one connection: who may open how many, how many bytes all of them may carry, and
 * which is next to send (RFC 9000, 2, 4 and 19.4 to 19.14).
 *
 * <p>Guarantees: the peer never has more streams open than it was given, nor more bytes unread; a
 * stream that is done is forgotten, and frames that still come for it are ignored rather than taken
 * for a new stream. Which stream sends next is for {@link SendScheduler} to say.
 *
 * <p>Owned by the connection's thread. Limits of the peer are zero until its transport parameters
 * are known.
 */
public final class StreamSet {
  private final StreamSettings settings;
  private final ReceiveShare share;
  private final StreamListener listener;
  private final Long2ObjectHashMap<Stream> streams = new Long2ObjectHashMap<>();
  private final SendScheduler scheduler = new SendScheduler();
  private final SendCredit sendCredit = new SendCredit();
  private final OwingStreams owing = new OwingStreams();
  private final ReceiveCredit credit;
  private final WindowTuning tuning;
  private final StreamCounts counts;

  private long peerStreamDataForLocal;
  private long peerStreamDataForRemote;
  private long peerStreamDataForUnidirectional;
  private boolean anyHeld;
  private boolean maxDataOwed;

  /**
   * @param client whether this side is the client
   */
  public StreamSet(boolean client, StreamSettings settings, StreamListener listener) {
    this.settings = settings;
    this.share = new ReceiveShare(settings.pool());
    this.listener = listener;
    this.credit =
        new ReceiveCredit(settings.connectionWindowBytes(), settings.connectionWindowBytesMax());
    this.tuning = new WindowTuning(credit, settings.pool().receiveBudget());
    this.counts =
        new StreamCounts(
            client, settings.bidirectionalStreamsMax(), settings.unidirectionalStreamsMax());
  }

  /**
   * The limits from the peer's transport parameters (RFC 9000, 18.2), in that section's terms.
   *
   * @param streamDataBidiLocal for streams that the peer opens
   * @param streamDataBidiRemote for bidirectional streams that this side opens
   * @param streamDataUni for unidirectional streams that this side opens
   */
  public void peerLimits(
      long maxData,
      long streamDataBidiLocal,
      long streamDataBidiRemote,
      long streamDataUni,
      long streamsBidi,
      long streamsUni) {
    sendCredit.start(maxData);
    peerStreamDataForRemote = streamDataBidiLocal;
    peerStreamDataForLocal = streamDataBidiRemote;
    peerStreamDataForUnidirectional = streamDataUni;
    counts.localLimits(streamsBidi, streamsUni);
    admitHeld();
  }

  /** Nothing sent was received: each stream starts anew under new limits (RFC 9001, 4.6.2). */
  public void restartSending() {
    sendCredit.restart();
    counts.localLimits(0, 0);
    owing.clear();
    for (Stream stream : streams.values()) {
      stream.restartSending();
      scheduler.update(stream);
    }
  }

  /** Streams opened for early data get the new limits; those beyond their number wait. */
  private void admitHeld() {
    anyHeld = false;
    for (Stream stream : streams.values()) {
      if (stream.isLocal()) {
        anyHeld |= stream.hold(!counts.isWithinLimit(stream.id()));
        stream.raiseSendLimit(
            stream.isBidirectional() ? peerStreamDataForLocal : peerStreamDataForUnidirectional);
        enqueueIfSending(stream);
        enqueueOwing(stream);
      }
    }
  }

  /** A stream carried bytes of early data. */
  public void noteEarly(long id) {
    Stream stream = streams.get(id);
    if (stream != null) {
      stream.receiveBuffer().noteEarly();
    }
  }

  /**
   * Tells the time, before anything else that happens at it.
   *
   * @param roundTripNanos the smoothed round-trip time, 0 while it isn't known
   */
  public void onTime(long nowNanos, long roundTripNanos) {
    tuning.onTime(nowNanos, roundTripNanos);
  }

  /** How many streams there may be, and the frames that say so. */
  public StreamCounts counts() {
    return counts;
  }

  // ---- The host's wishes ----

  /**
   * Opens a stream, or gives null where the peer's limit doesn't allow one more (RFC 9000, 4.6).
   */
  public @Nullable Stream open(boolean bidirectional) {
    long id = counts.nextLocal(bidirectional);
    if (id < 0) {
      return null;
    }
    return newStream(
        id, true, bidirectional ? peerStreamDataForLocal : peerStreamDataForUnidirectional);
  }

  private Stream newStream(long id, boolean local, long sendLimit) {
    Stream stream = new Stream(id, local, settings, share, scheduler, sendLimit);
    streams.put(id, stream);
    return stream;
  }

  /** Abandons the sending part with a code (RFC 9000, 2.4). */
  public void reset(Stream stream, long errorCode) {
    if (stream.hasSendPart() && stream.reset(errorCode)) {
      scheduler.update(stream);
      enqueueOwing(stream);
    }
  }

  /** Gives up the receiving part with a code (RFC 9000, 2.4). */
  public void stopSending(Stream stream, long errorCode) {
    if (!stream.hasReceivePart()) {
      return;
    }
    stream.stopSending(errorCode);
    onProgress(stream);
  }

  /** The host wrote, finished, read or gave up. */
  public void onProgress(Stream stream) {
    if (streams.get(stream.id()) != stream) {
      return;
    }
    stream.noteConsumed(credit, tuning);
    afterConsumption(stream);
    enqueueIfSending(stream);
    forgetIfDone(stream);
  }

  // ---- Frames from the peer ----

  /**
   * A STREAM frame (RFC 9000, 19.8).
   *
   * @return false, and nothing changed, where its packet is to be treated as lost
   */
  public boolean onStream(
      long id,
      long offset,
      MemorySegment data,
      long dataOffset,
      int length,
      boolean fin,
      long frameType)
      throws TransportException {
    Stream stream = findForReceive(id, frameType);
    if (stream == null) {
      return true;
    }
    long before = stream.receiveBuffer().receivedEnd();
    ReceiveState stateBefore = stream.receiveState();
    if (!stream.receive(offset, data, dataOffset, length, fin, credit, frameType)) {
      return false;
    }
    if (stream.receiveBuffer().isDiscarded()) {
      onProgress(stream);
    } else if (stream.receiveBuffer().receivedEnd() > before
        || (stream.receiveState() == ReceiveState.DATA_RECEIVED
            && stateBefore != ReceiveState.DATA_RECEIVED)) {
      listener.onReadable(stream);
    }
    if (stream.receiveState() == ReceiveState.DATA_RECEIVED
        && stateBefore != ReceiveState.DATA_RECEIVED) {
      // The host may have read all the bytes before it was known that they are all.
      onProgress(stream);
    }
    return true;
  }

  /** A RESET_STREAM frame (RFC 9000, 19.4). */
  public void onResetStream(long id, long errorCode, long finalSize, long frameType)
      throws TransportException {
    Stream stream = findForReceive(id, frameType);
    if (stream != null && stream.receiveReset(errorCode, finalSize, credit, frameType)) {
      listener.onReadable(stream);
      afterConsumption(stream);
      forgetIfDone(stream);
    }
  }

  /** A STOP_SENDING frame (RFC 9000, 19.5), answered with RESET_STREAM and its code (3.5). */
  public void onStopSending(long id, long errorCode, long frameType) throws TransportException {
    Stream stream = findForSend(id, frameType);
    if (stream != null && stream.sendState().sendsData()) {
      stream.sendBuffer().stop(errorCode);
      stream.reset(errorCode);
      scheduler.update(stream);
      enqueueOwing(stream);
      listener.onWritable(stream);
    }
  }

  /** A MAX_DATA frame (RFC 9000, 19.9). */
  public void onMaxData(long maximum) {
    sendCredit.raise(maximum);
  }

  /** A MAX_STREAM_DATA frame (RFC 9000, 19.10). */
  public void onMaxStreamData(long id, long maximum, long frameType) throws TransportException {
    Stream stream = findForSend(id, frameType);
    if (stream != null) {
      stream.raiseSendLimit(maximum);
      enqueueIfSending(stream);
    }
  }

  /** A MAX_STREAMS frame (RFC 9000, 19.11). */
  public void onMaxStreams(boolean bidirectional, long maximum, long frameType)
      throws TransportException {
    boolean raised = maximum > counts.sendLimit(bidirectional);
    if (counts.onMaxStreams(bidirectional, maximum, frameType)) {
      listener.onStreamsAvailable(bidirectional);
    }
    if (anyHeld && raised) {
      admitHeld();
    }
  }

  /** A STREAM_DATA_BLOCKED frame (RFC 9000, 19.13): only its stream is checked. */
  public void onStreamDataBlocked(long id, long frameType) throws TransportException {
    findForReceive(id, frameType);
  }

  /** A STREAMS_BLOCKED frame (RFC 9000, 19.14): only its value is checked. */
  public void onStreamsBlocked(long maximum, long frameType) throws TransportException {
    StreamCounts.checkCount(maximum, frameType);
  }

  private @Nullable Stream findForReceive(long id, long frameType) throws TransportException {
    if (counts.isLocal(id) && isUnidirectional(id)) {
      throw new TransportException(
          TransportErrorCode.STREAM_STATE_ERROR, frameType, "stream " + id + " is send-only here");
    }
    return find(id, frameType);
  }

  private @Nullable Stream findForSend(long id, long frameType) throws TransportException {
    if (!counts.isLocal(id) && isUnidirectional(id)) {
      throw new TransportException(
          TransportErrorCode.STREAM_STATE_ERROR,
          frameType,
          "stream " + id + " is receive-only here");
    }
    return find(id, frameType);
  }

  /** The stream, opened now where the peer may open it; null where it is done and forgotten. */
  private @Nullable Stream find(long id, long frameType) throws TransportException {
    Stream stream = streams.get(id);
    if (stream != null) {
      return stream;
    }
    if (counts.isOpened(id)) {
      return null;
    }
    counts.checkPeerMayOpen(id, frameType);
    // Opening a stream opens all lower-numbered ones of its type (RFC 9000, 3.2).
    Stream last = null;
    while (!counts.isOpened(id)) {
      last = openForPeer(counts.nextFromPeer(id));
    }
    return last;
  }

  private Stream openForPeer(long id) {
    Stream stream = newStream(id, false, peerStreamDataForRemote);
    listener.onOpened(stream);
    return stream;
  }

  private static boolean isUnidirectional(long id) {
    return (id & StreamCounts.UNIDIRECTIONAL) != 0;
  }

  // ---- Fate of what was sent ----

  /** Bytes of a stream are in a packet, or in several. */
  public void onSent(Stream stream, long offset, long length, boolean fin) {
    long sentBefore = stream.sendBuffer().sentEnd();
    stream.onSent(offset, length, fin);
    sendCredit.use(stream.sendBuffer().sentEnd() - sentBefore);
    enqueueIfSending(stream);
  }

  /** Bytes of a stream were acknowledged, of one STREAM frame or of several. */
  public void onAcknowledged(long id, long offset, long length, boolean fin) {
    Stream stream = streams.get(id);
    if (stream == null) {
      return;
    }
    stream.onAcknowledged(offset, length, fin);
    scheduler.update(stream);
    if (stream.sendBuffer().takeWritable()) {
      listener.onWritable(stream);
    }
    forgetIfDone(stream);
  }

  /** A STREAM frame was lost. */
  public void onLost(long id, long offset, int length, boolean fin) {
    Stream stream = streams.get(id);
    if (stream != null) {
      stream.onLost(offset, length, fin);
      enqueueIfSending(stream);
    }
  }

  /** A RESET_STREAM frame was acknowledged. */
  public void onResetAcknowledged(Stream stream) {
    stream.onResetAcknowledged();
    forgetIfDone(stream);
  }

  /**
   * Frames of this stream, as {@code OWES_…}, were lost; they are owed again where still of use.
   */
  public void onOwedLost(Stream stream, int frame) {
    if (streams.get(stream.id()) == stream) {
      owing.onLost(stream, frame);
    }
  }

  // ---- What is to be sent ----

  /** The next stream with a STREAM frame to send within the credits, or null. It stays queued. */
  public @Nullable Stream peekSender() {
    boolean credit = sendCredit.available() > 0;
    if (!credit && scheduler.hasFresh()) {
      sendCredit.noteBlocked();
    }
    return scheduler.next(credit);
  }

  /**
   * The only stream that has something to send, and only new bytes, within the credits; or null.
   */
  public @Nullable Stream soleSender() {
    return sendCredit.available() > 0 ? scheduler.sole() : null;
  }

  /** A packet is full of this stream's bytes. */
  public void endTurn(Stream stream) {
    scheduler.endTurn(stream);
  }

  /** New bytes of this stream may be sent below this offset, by both credits. */
  public long sendEnd(Stream stream) {
    return Math.min(stream.sendLimit(), stream.sendBuffer().sentEnd() + sendCredit.available());
  }

  /** The next stream that owes frames, taken out of the queue, or null. */
  public @Nullable Stream pollOwing() {
    return owing.poll();
  }

  /** Puts a stream back that still owes frames. */
  public void enqueueOwing(Stream stream) {
    owing.add(stream);
  }

  /** Whether anything of this set waits to be sent. */
  public boolean hasPending() {
    // First the sender: looking for one can make a frame owed.
    return peekSender() != null || !hasOnlyBytes();
  }

  /** Whether STREAM frames are all that waits to be sent. */
  public boolean hasOnlyBytes() {
    return owing.isEmpty() && !maxDataOwed && !sendCredit.owesBlocked() && !counts.owesAny();
  }

  /** Whether MAX_DATA is owed; asking settles it. */
  public boolean takeMaxData() {
    boolean owed = maxDataOwed;
    maxDataOwed = false;
    return owed;
  }

  /** The value for MAX_DATA. */
  public long receiveLimit() {
    return credit.limit();
  }

  /** Whether DATA_BLOCKED is owed; asking settles it. */
  public boolean takeDataBlocked() {
    return sendCredit.takeBlocked();
  }

  /** The value for DATA_BLOCKED. */
  public long sendLimit() {
    return sendCredit.limit();
  }

  /** A DATA_BLOCKED frame was lost: it is owed again where the limit is still the same. */
  public void oweDataBlocked(long reportedLimit) {
    sendCredit.onBlockedLost(reportedLimit);
  }

  /** A MAX_DATA frame was lost: the newest value is owed again. */
  public void oweMaxData() {
    maxDataOwed = true;
  }

  // ---- The end of streams ----

  /** Streams that are open in the sense of this side's memory. */
  public int size() {
    return streams.size();
  }

  /** The connection is gone: every stream is given up to the host; returns them. */
  public List<Stream> orphanAll() {
    List<Stream> orphans = new ArrayList<>(streams.values());
    for (Stream orphan : orphans) {
      scheduler.remove(orphan);
      orphan.orphan();
    }
    streams.clear();
    tuning.close();
    owing.clear();
    return orphans;
  }

  private void afterConsumption(Stream stream) {
    enqueueOwing(stream);
    maxDataOwed |= tuning.extendConnection();
  }

  private void enqueueIfSending(Stream stream) {
    scheduler.update(stream);
    if (stream.noteBlocked()) {
      enqueueOwing(stream);
    }
  }

  private void forgetIfDone(Stream stream) {
    listener.onProgress(stream);
    if (stream.isDone() && streams.remove(stream.id()) != null) {
      listener.onClosed(stream);
      if (!stream.isLocal()) {
        counts.onPeerStreamClosed(stream.id());
      }
    }
  }
}
