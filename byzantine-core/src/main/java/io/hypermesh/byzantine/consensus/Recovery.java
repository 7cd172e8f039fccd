package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.checkpoint.Manifest;
import io.hypermesh.byzantine.checkpoint.ReplicaSnapshot;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.Payload;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings a replica back to what its log says: the state at the last checkpoint, the committed
 * blocks executed again, and every vote as it was sent, so that it is never contradicted. Silent:
 * nothing is sent while the log is read.
 */
final class Recovery {
  private final ReplicaState state;
  private final Ordering ordering;
  private final Execution execution;
  private final Checkpoints checkpoints;
  private final Views views;
  private final List<byte[]> chunks = new ArrayList<>();
  private @Nullable Certificate certificate;
  private @Nullable Manifest manifest;

  Recovery(
      ReplicaState state,
      Ordering ordering,
      Execution execution,
      Checkpoints checkpoints,
      Views views) {
    this.state = state;
    this.ordering = ordering;
    this.execution = execution;
    this.checkpoints = checkpoints;
    this.views = views;
  }

  /**
   * Replays a log.
   *
   * @throws ProtocolException if a record is not one of ours
   */
  void replay(List<byte[]> records, long nowNanos) throws ProtocolException {
    for (byte[] bytes : records) {
      LogRecord record = LogRecord.decode(bytes);
      if (!(record instanceof LogRecord.Chunk)) {
        restoreIfComplete();
      }
      replay(record, nowNanos);
    }
    restoreIfComplete();
    if (manifest != null) {
      throw new ProtocolException(
          "couldn't replay the log because chunks of its state are missing");
    }
    ordering.recoverVoted(state.executed());
    state.progressNanos = nowNanos;
  }

  private void replay(LogRecord record, long nowNanos) throws ProtocolException {
    switch (record) {
      case LogRecord.Spoken(Message.OfMember message) -> replay(message);
      case LogRecord.CommitVote(var prepared) -> ordering.recoverCommit(prepared);
      case LogRecord.Committed(var committed) -> execution.recover(committed, nowNanos);
      case LogRecord.Fetched(var block) -> {
        state.chain.add(block);
        execution.recoverAdvance(nowNanos);
      }
      case LogRecord.Convicted(var evidence) -> state.isolation.convict(evidence);
      case LogRecord.Checkpoint(var stable, var ofState) -> {
        certificate = stable;
        manifest = ofState;
        chunks.clear();
      }
      case LogRecord.Chunk(int index, byte[] chunk) -> {
        if (index != chunks.size()) {
          throw new ProtocolException(
              "couldn't replay the log because a chunk of its state is missing: " + index);
        }
        chunks.add(chunk);
      }
      case LogRecord.Highest(var highest) -> state.raiseHighest(highest);
      case LogRecord.Voted(long view, long sequence) -> {
        if (view == state.view) {
          ordering.recoverVoted(sequence);
        }
      }
    }
  }

  private void replay(Message.OfMember message) {
    if (message.payload() instanceof Payload.PrePrepare) {
      ordering.recoverProposal(message);
    } else {
      views.recover(message);
    }
  }

  private void restoreIfComplete() {
    Certificate stable = certificate;
    Manifest ofState = manifest;
    if (stable != null && ofState != null && chunks.size() == ofState.chunkHashes().size()) {
      checkpoints.restore(stable, ReplicaSnapshot.ofVerified(ofState, List.copyOf(chunks)));
      manifest = null;
      certificate = null;
    }
  }
}
