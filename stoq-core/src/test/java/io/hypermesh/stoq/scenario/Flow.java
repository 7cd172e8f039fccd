package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.stream.ReceiveBuffer;
import io.hypermesh.stoq.stream.SendBuffer;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * One stream as one side's application has it: follows its {@link FlowPlan}, and checks that every
 * byte that it reads is the one that belongs there.
 */
final class Flow {
  static final long RESET_CODE = 71;
  static final long STOP_CODE = 72;

  /** A prime, so that no chunk, window or packet size divides it. */
  private static final int PATTERN_BYTES = 65_521;

  private static final int STEP_BYTES = 16_384;
  private static final MemorySegment PATTERN = pattern();

  final Stream stream;
  final FlowPlan plan;
  private final int salt;
  private final int peerSalt;

  long written;
  boolean finished;
  boolean resetSent;
  boolean stopSent;

  /** The stream takes no more bytes: the peer asked to stop, or the connection has ended. */
  boolean sendClosed;

  long read;
  boolean ended;
  boolean aborted;

  /** The pool had no memory, or a slow reader waits: to be looked at again at a tick. */
  boolean wantsTick;

  private long readThisTick;

  /**
   * @param connectionSalt the same on both sides of a connection, and another one elsewhere
   */
  Flow(Stream stream, FlowPlan plan, boolean client, int connectionSalt) {
    this.stream = stream;
    this.plan = plan;
    this.salt = salt(stream.id(), client, connectionSalt);
    this.peerSalt = salt(stream.id(), !client, connectionSalt);
  }

  private static MemorySegment pattern() {
    byte[] once = new byte[PATTERN_BYTES];
    new SplittableRandom(1).nextBytes(once);
    byte[] twice = new byte[2 * PATTERN_BYTES];
    System.arraycopy(once, 0, twice, 0, PATTERN_BYTES);
    System.arraycopy(once, 0, twice, PATTERN_BYTES, PATTERN_BYTES);
    return MemorySegment.ofArray(twice);
  }

  private static int salt(long id, boolean client, int connectionSalt) {
    long mixed = id * 7_919 + (client ? 13 : 29_989) + connectionSalt;
    return (int) Math.floorMod(mixed, (long) PATTERN_BYTES);
  }

  private static int position(int salt, long offset) {
    return (int) ((salt + offset) % PATTERN_BYTES);
  }

  /** Whether nothing more will happen here. */
  boolean isOver() {
    boolean sendOver = !stream.hasSendPart() || finished || resetSent || sendClosed;
    boolean receiveOver = !stream.hasReceivePart() || ended || aborted || stopSent;
    return sendOver && receiveOver;
  }

  /** Reads and writes what's possible now; true where something moved. */
  boolean move(Connection connection, byte[] scratch) {
    wantsTick = false;
    boolean moved = stream.hasReceivePart() && read(connection, scratch);
    return (stream.hasSendPart() && write(connection)) || moved;
  }

  /** A tick: a slow reader may read again. */
  void tick() {
    readThisTick = 0;
  }

  private boolean write(Connection connection) {
    boolean waits = plan.writeAfterRead() && !ended && !aborted && !stopSent;
    if (finished || resetSent || sendClosed || waits) {
      return false;
    }
    boolean resets = plan.resetAtBytes() >= 0;
    long total = resets ? Math.min(plan.resetAtBytes(), plan.writeBytes()) : plan.writeBytes();
    SendBuffer buffer = stream.sendBuffer();
    boolean moved = false;
    while (written < total) {
      int length = (int) Math.min(STEP_BYTES, total - written);
      int count = buffer.write(PATTERN, position(salt, written), length);
      if (count == SendBuffer.CLOSED) {
        sendClosed = true;
        return true;
      }
      written += count;
      moved |= count > 0;
      if (count < length) {
        // Its own room comes back with an event, the pool's doesn't.
        wantsTick |= buffer.writable() > 0;
        return moved;
      }
    }
    if (resets) {
      resetSent = true;
      connection.reset(stream, RESET_CODE);
    } else {
      finished = true;
      buffer.finish();
    }
    return true;
  }

  private boolean read(Connection connection, byte[] scratch) {
    boolean moved = false;
    while (!ended && !aborted && !stopSent) {
      if (plan.stopAtBytes() >= 0 && read >= plan.stopAtBytes()) {
        stopSent = true;
        connection.stopSending(stream, STOP_CODE);
        return true;
      }
      int length = scratch.length;
      if (plan.readPerTickBytes() > 0) {
        length = (int) Math.min(length, plan.readPerTickBytes() - readThisTick);
        if (length <= 0) {
          wantsTick = true;
          return moved;
        }
      }
      int count = stream.receiveBuffer().read(MemorySegment.ofArray(scratch), 0, length);
      if (count == 0) {
        return moved;
      }
      moved = true;
      if (count == ReceiveBuffer.END) {
        ended = true;
      } else if (count == ReceiveBuffer.ABORTED) {
        aborted = true;
      } else {
        check(scratch, count);
        readThisTick += count;
      }
    }
    return moved;
  }

  private void check(byte[] scratch, int count) {
    long wrong =
        MemorySegment.mismatch(
            MemorySegment.ofArray(scratch),
            0,
            count,
            PATTERN,
            position(peerSalt, read),
            position(peerSalt, read) + count);
    if (wrong >= 0) {
      throw new IllegalStateException(
          stream + " has a wrong byte at " + (read + wrong) + " where it was read");
    }
    read += count;
  }

  @Override
  public String toString() {
    return stream
        + " wrote "
        + written
        + (finished ? " all" : "")
        + (resetSent ? " reset" : "")
        + (sendClosed ? " closed" : "")
        + ", read "
        + read
        + (ended ? " all" : "")
        + (aborted ? " aborted" : "")
        + (stopSent ? " stopped" : "")
        + " of "
        + plan;
  }
}
