package io.hypermesh.stoq.stream;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a connection: the state of its two parts, and the frames that it owes the peer.
 *
 * <p>Guarantees, whatever the peer sends: bytes leave the receive buffer in order, each exactly
 * once; no byte is taken above a limit given to the peer; a final size never changes (RFC 9000,
 * 4.5). The parts move as {@link SendState} and {@link ReceiveState} say.
 *
 * <p>The connection's thread owns all of it. The host's thread uses only {@link #sendBuffer()} and
 * {@link #receiveBuffer()}, whose own documentation says how, and the final properties.
 */
public final class Stream {
  /** RESET_STREAM is owed. */
  public static final int OWES_RESET = 1;

  /** STOP_SENDING is owed. */
  public static final int OWES_STOP_SENDING = 2;

  /** MAX_STREAM_DATA is owed. */
  public static final int OWES_MAX_STREAM_DATA = 4;

  /** STREAM_DATA_BLOCKED is owed. */
  public static final int OWES_STREAM_DATA_BLOCKED = 8;

  private static final int BIDIRECTIONAL_MASK = 0x2;

  private final long id;
  private final boolean local;
  private final @Nullable SendBuffer sendBuffer;
  private final @Nullable ReceiveBuffer receiveBuffer;
  private final ReceiveCredit receiveCredit;

  private final SendScheduler scheduler;
  private final SendScheduler.@Nullable Place place;

  private SendState sendState = SendState.READY;
  private ReceiveState receiveState = ReceiveState.RECEIVE;
  private long sendLimit;
  private long blockedReportedAt = -1;
  private long resetCode;
  private long stopSendingCode;
  private int owed;

  /** How much of what the host has read was counted for the connection's credit. */
  private long consumedCounted;

  /** Nothing may be sent on it: the peer doesn't allow so many; owned by {@link StreamSet}. */
  boolean held;

  /** In the queue of streams that owe frames; owned by {@link OwingStreams}. */
  boolean owing;

  private boolean readableQueued;
  private boolean writableQueued;
  private @Nullable Object attachment;

  Stream(
      long id,
      boolean local,
      StreamSettings settings,
      ReceiveShare share,
      SendScheduler scheduler,
      long sendLimit) {
    this.scheduler = scheduler;
    this.id = id;
    this.local = local;
    boolean bidirectional = (id & BIDIRECTIONAL_MASK) == 0;
    this.sendBuffer =
        bidirectional || local ? new SendBuffer(settings.pool(), settings.sendBufferBytes()) : null;
    this.place = sendBuffer == null ? null : new SendScheduler.Place(this);
    this.receiveBuffer = bidirectional || !local ? share.newBuffer(settings) : null;
    this.receiveCredit =
        new ReceiveCredit(settings.streamWindowBytes(), settings.streamWindowBytesMax());
    this.sendLimit = sendLimit;
  }

  // ---- What it is ----

  /** The stream ID (RFC 9000, 2.1). */
  public long id() {
    return id;
  }

  /** Whether this side opened it. */
  public boolean isLocal() {
    return local;
  }

  /** Whether both sides can send. */
  public boolean isBidirectional() {
    return (id & BIDIRECTIONAL_MASK) == 0;
  }

  /** Whether this side can send. */
  public boolean hasSendPart() {
    return sendBuffer != null;
  }

  /** Whether the peer can send. */
  public boolean hasReceivePart() {
    return receiveBuffer != null;
  }

  /**
   * Where the host writes.
   *
   * @throws IllegalStateException where this side can't send on the stream
   */
  public SendBuffer sendBuffer() {
    if (sendBuffer == null) {
      throw new IllegalStateException("couldn't send on stream " + id + ": only the peer can");
    }
    return sendBuffer;
  }

  /**
   * Where the host reads.
   *
   * @throws IllegalStateException where the peer can't send on the stream
   */
  public ReceiveBuffer receiveBuffer() {
    if (receiveBuffer == null) {
      throw new IllegalStateException("couldn't read stream " + id + ": the peer can't send on it");
    }
    return receiveBuffer;
  }

  /** What the owner attached. */
  public @Nullable Object attachment() {
    return attachment;
  }

  /** Attaches an object of the owner's; connection's thread only. */
  public void attach(@Nullable Object object) {
    attachment = object;
  }

  /** State of the sending part. */
  public SendState sendState() {
    return sendState;
  }

  /** State of the receiving part. */
  public ReceiveState receiveState() {
    return receiveState;
  }

  boolean isDone() {
    return (sendBuffer == null || sendState.isTerminal())
        && (receiveBuffer == null || receiveState.isTerminal());
  }

  // ---- Sending ----

  /** New bytes may be sent below this offset. */
  public long sendLimit() {
    return sendLimit;
  }

  void raiseSendLimit(long limit) {
    sendLimit = Math.max(sendLimit, limit);
  }

  /** Whether there is something to send that needs no credit: lost bytes, or a FIN alone. */
  boolean hasCreditlessToSend() {
    return sendBuffer != null
        && sendState.sendsData()
        && !held
        && (sendBuffer.hasLost() || sendBuffer.finPending());
  }

  /** Whether there are new bytes to send, credit of the connection permitting. */
  boolean hasFreshToSend() {
    return sendBuffer != null && sendState.sendsData() && !held && sendBuffer.hasFresh(sendLimit);
  }

  /** Its place among those that send; null where it never does. */
  SendScheduler.@Nullable Place place() {
    return place;
  }

  /**
   * Says when it sends, compared with the connection's other streams of this side; connection's
   * thread only.
   *
   * @param urgency 0, which goes first, to 7
   * @param incremental whether it shares with others of its urgency, packet by packet
   */
  public void prioritize(int urgency, boolean incremental) {
    scheduler.prioritize(this, urgency, incremental);
  }

  /** Bytes are in a packet, or in several. */
  void onSent(long offset, long length, boolean fin) {
    sendBuffer().onSent(offset, length, fin);
    sendState = sendState.on(fin ? SendState.Event.SEND_FIN : SendState.Event.SEND_STREAM);
  }

  void onAcknowledged(long offset, long length, boolean fin) {
    SendBuffer buffer = sendBuffer();
    if (!sendState.sendsData()) {
      return;
    }
    buffer.onAcknowledged(offset, length, fin);
    if (buffer.isAllAcknowledged()) {
      sendState = sendState.on(SendState.Event.ALL_ACKNOWLEDGED);
    }
  }

  void onLost(long offset, int length, boolean fin) {
    if (sendState.sendsData()) {
      sendBuffer().onLost(offset, length, fin);
    }
  }

  /** Stops sending; owes a RESET_STREAM. False where there is nothing left to reset. */
  boolean reset(long errorCode) {
    if (!sendState.sendsData()) {
      return false;
    }
    resetCode = errorCode;
    sendState = sendState.on(SendState.Event.SEND_RESET);
    sendBuffer().abandon();
    owe(OWES_RESET);
    settle(OWES_STREAM_DATA_BLOCKED);
    return true;
  }

  /** Nothing that was sent has been received: it starts anew, once it's given credit. */
  void restartSending() {
    held = true;
    owing = false;
    sendLimit = 0;
    blockedReportedAt = -1;
    settle(OWES_STREAM_DATA_BLOCKED);
    if (sendBuffer != null) {
      sendBuffer.restart();
      if (sendState == SendState.RESET_SENT) {
        owe(OWES_RESET);
      } else {
        sendState = SendState.READY;
      }
    }
    if (receiveBuffer != null && receiveBuffer.isDiscarded() && receiveState.takesData()) {
      owe(OWES_STOP_SENDING);
    }
  }

  /** Notes whether it's beyond the streams that the peer allows; returns the same. */
  boolean hold(boolean beyond) {
    held = beyond;
    return beyond;
  }

  void onResetAcknowledged() {
    if (sendState == SendState.RESET_SENT) {
      sendState = sendState.on(SendState.Event.RESET_ACKNOWLEDGED);
    }
  }

  /** The code for RESET_STREAM. */
  public long resetCode() {
    return resetCode;
  }

  /** The final size for RESET_STREAM: the flow control credit that was used (RFC 9000, 4.5). */
  public long resetFinalSize() {
    return sendBuffer().sentEnd();
  }

  /** Owes STREAM_DATA_BLOCKED once for each limit that it runs into (RFC 9000, 4.1). */
  boolean noteBlocked() {
    if (sendBuffer == null
        || !sendState.sendsData()
        || blockedReportedAt >= sendLimit
        || !sendBuffer.isBlockedAt(sendLimit)) {
      return false;
    }
    blockedReportedAt = sendLimit;
    owe(OWES_STREAM_DATA_BLOCKED);
    return true;
  }

  // ---- Receiving ----

  /**
   * Takes a STREAM frame.
   *
   * @return false, and nothing changed, where the frame can't be kept: its packet is to be treated
   *     as lost
   */
  boolean receive(
      long offset,
      MemorySegment data,
      long dataOffset,
      int length,
      boolean fin,
      ReceiveCredit connectionCredit,
      long frameType)
      throws TransportException {
    ReceiveBuffer buffer = receiveBuffer();
    long end = offset + length;
    checkFinalSize(buffer, end, fin, frameType);
    long newBytes = checkCredit(buffer, end, connectionCredit, frameType);
    if (!receiveState.takesData()) {
      return true;
    }
    if (!buffer.insert(offset, data, dataOffset, length)) {
      return false;
    }
    receiveCredit.use(newBytes);
    connectionCredit.use(newBytes);
    if (fin) {
      buffer.finalSize(end);
      receiveState = receiveState.on(ReceiveState.Event.RECEIVE_FIN);
    }
    if (receiveState == ReceiveState.SIZE_KNOWN && buffer.isAllReceived()) {
      receiveState = receiveState.on(ReceiveState.Event.ALL_RECEIVED);
    }
    return true;
  }

  /** Takes a RESET_STREAM frame; true where the host is to be told. */
  boolean receiveReset(
      long errorCode, long finalSize, ReceiveCredit connectionCredit, long frameType)
      throws TransportException {
    ReceiveBuffer buffer = receiveBuffer();
    checkFinalSize(buffer, finalSize, true, frameType);
    long newBytes = checkCredit(buffer, finalSize, connectionCredit, frameType);
    if (!receiveState.takesData()) {
      return false;
    }
    receiveCredit.use(newBytes);
    connectionCredit.use(newBytes);
    // The bytes that will never be read are credit again (RFC 9000, 3.2 and 4.5).
    long unread = finalSize - consumedCounted;
    consumedCounted = finalSize;
    connectionCredit.consume(unread);
    buffer.reset(errorCode, finalSize);
    receiveState = receiveState.on(ReceiveState.Event.RECEIVE_RESET);
    receiveState = receiveState.on(ReceiveState.Event.RESET_TOLD);
    settle(OWES_MAX_STREAM_DATA | OWES_STOP_SENDING);
    return true;
  }

  /** RFC 9000, 4.5: a final size is never exceeded, never undercut, never changed. */
  private void checkFinalSize(ReceiveBuffer buffer, long end, boolean isFinal, long frameType)
      throws TransportException {
    long known = buffer.finalSize();
    if (known >= 0 && (end > known || (isFinal && end != known))) {
      throw new TransportException(
          TransportErrorCode.FINAL_SIZE_ERROR,
          frameType,
          "stream " + id + " ends at " + known + ", not at or beyond " + end);
    }
    if (isFinal && end < buffer.highest()) {
      throw new TransportException(
          TransportErrorCode.FINAL_SIZE_ERROR,
          frameType,
          "stream " + id + " can't end at " + end + ": bytes up to " + buffer.highest() + " came");
    }
  }

  /** RFC 9000, 4.1: both limits are checked before anything changes. */
  private long checkCredit(
      ReceiveBuffer buffer, long end, ReceiveCredit connectionCredit, long frameType)
      throws TransportException {
    long newBytes = Math.max(0, end - buffer.highest());
    if (!receiveCredit.allows(newBytes)) {
      throw new TransportException(
          TransportErrorCode.FLOW_CONTROL_ERROR,
          frameType,
          "stream " + id + " is limited to " + receiveCredit.limit() + " bytes, not " + end);
    }
    if (!connectionCredit.allows(newBytes)) {
      throw new TransportException(
          TransportErrorCode.FLOW_CONTROL_ERROR,
          frameType,
          "the connection is limited to " + connectionCredit.limit() + " bytes");
    }
    return newBytes;
  }

  /** Asks the peer to stop; what comes is dropped. False where all has come already. */
  boolean stopSending(long errorCode) {
    receiveBuffer().discard();
    if (!receiveState.takesData()) {
      return false;
    }
    stopSendingCode = errorCode;
    owe(OWES_STOP_SENDING);
    return true;
  }

  /** The code for STOP_SENDING. */
  public long stopSendingCode() {
    return stopSendingCode;
  }

  /** The value for MAX_STREAM_DATA. */
  public long receiveLimit() {
    return receiveCredit.limit();
  }

  /** Takes note of what the host has read or given up since the last time. */
  void noteConsumed(ReceiveCredit connectionCredit, WindowTuning tuning) {
    ReceiveBuffer buffer = receiveBuffer;
    if (buffer == null || receiveState.isTerminal()) {
      return;
    }
    boolean discarded = buffer.dropDiscarded();
    long consumed = buffer.consumedEnd();
    long delta = consumed - consumedCounted;
    consumedCounted = consumed;
    receiveCredit.consume(delta);
    connectionCredit.consume(delta);
    if (discarded && receiveState == ReceiveState.SIZE_KNOWN) {
      // Nobody waits for the missing bytes: the final size is all that was still needed.
      receiveState = receiveState.on(ReceiveState.Event.ALL_RECEIVED);
    }
    if (receiveState == ReceiveState.DATA_RECEIVED && consumed == buffer.finalSize()) {
      receiveState = receiveState.on(ReceiveState.Event.ALL_READ);
      buffer.close();
      settle(OWES_MAX_STREAM_DATA | OWES_STOP_SENDING);
      return;
    }
    if (receiveState == ReceiveState.RECEIVE && tuning.extendStream(receiveCredit, buffer)) {
      owe(OWES_MAX_STREAM_DATA);
    }
    buffer.releaseIdle();
  }

  /** The connection is gone: the sending memory goes back, the received bytes are the host's. */
  void orphan() {
    if (sendBuffer != null) {
      sendBuffer.abandon();
    }
    if (receiveBuffer != null) {
      receiveBuffer.orphan();
    }
  }

  // ---- Frames owed, and events told ----

  /** Notes frames to send. */
  void owe(int frames) {
    owed |= frames;
  }

  /** Notes that frames are sent, or no longer needed. */
  public void settle(int frames) {
    owed &= ~frames;
  }

  /** Whether one of these frames is owed. */
  public boolean owes(int frames) {
    return (owed & frames) != 0;
  }

  /** Whether any frame is owed. */
  public boolean owesAny() {
    return owed != 0;
  }

  /** Notes that the host is about to be told of bytes to read; false where it is already. */
  public boolean queueReadable() {
    boolean first = !readableQueued;
    readableQueued = true;
    return first;
  }

  /** The host was told of bytes to read. */
  public void readableTold() {
    readableQueued = false;
  }

  /** Notes that the host is about to be told of room to write; false where it is already. */
  public boolean queueWritable() {
    boolean first = !writableQueued;
    writableQueued = true;
    return first;
  }

  /** The host was told of room to write. */
  public void writableTold() {
    writableQueued = false;
  }

  @Override
  public String toString() {
    return "stream " + id + " " + sendState + "/" + receiveState;
  }
}
