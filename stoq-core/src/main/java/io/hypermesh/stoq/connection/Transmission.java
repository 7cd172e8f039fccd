package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;

/**
 * Sending, datagram by datagram or in runs: before each, whether the keys may be used still (RFC
 * 9001, 6.6); behind each, what follows from its being sent; at the end, the protection of all.
 *
 * <p>A datagram of a run is built as if those before it had left already, so that congestion
 * window, pacing, the amplification limit and the keys' limits hold for each. Owned by the
 * connection's thread.
 */
final class Transmission {
  private final ConnectionState state;
  private final PacketBuilder builder;
  private final StreamRun run;
  private final ConnectionEnd end;
  private final Lifetime lifetime;

  Transmission(
      ConnectionState state,
      PacketBuilder builder,
      StreamRun run,
      ConnectionEnd end,
      Lifetime lifetime) {
    this.state = state;
    this.builder = builder;
    this.run = run;
    this.end = end;
    this.lifetime = lifetime;
  }

  /** One datagram; returns its length, 0 where there is none now. */
  int poll(MemorySegment buffer, long offset, int capacity, long nowNanos) {
    int length = build(buffer, offset, capacity, nowNanos);
    state.sealer.seal();
    return length;
  }

  /** As many as there are and the batch takes; returns how many. */
  int poll(TransmitBatch batch, long nowNanos) {
    MemorySegment space;
    while ((space = batch.claim()) != null) {
      int length = build(space, 0, (int) space.byteSize(), nowNanos);
      if (length == 0) {
        break;
      }
      batch.add(length, builder.destination(), builder.socket(), builder.ecn());
      if (builder.isFullOfStreams(length)) {
        run.extend(batch, builder, nowNanos);
      }
    }
    state.sealer.seal();
    return batch.size();
  }

  private int build(MemorySegment buffer, long offset, int capacity, long nowNanos) {
    state.tracing.at(nowNanos);
    if (state.closing.isOpen()
        && !(state.oneRtt.isUpdateDue(state.sealer) && updateKeys())
        && state.isExhausted(state.application)) {
      end.fail(
          new TransportException(
              TransportErrorCode.AEAD_LIMIT_REACHED, 0, "keys are used up and can't be updated"),
          nowNanos);
    }
    int length = builder.build(buffer, offset, capacity, nowNanos);
    state.tracing.onDatagramSent(length, builder.ecn());
    state.noteAmplificationLimit(nowNanos);
    if (length > 0 && builder.isAckEliciting()) {
      lifetime.onElicitingSent(nowNanos);
    }
    return length;
  }

  /** Changes to fresh 1-RTT keys, where that isn't too early. */
  boolean updateKeys() {
    if (!state.confirmed || !state.closing.isOpen() || !state.oneRtt.canInitiate()) {
      return false;
    }
    state.tracing.onKeyUpdate();
    // What was written under the present keys: an update erases those that seal.
    state.sealer.seal();
    state.oneRtt.initiate();
    return true;
  }
}
