package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Event;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Payload;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Executes committed blocks in order, each once, and answers clients. A COMMIT certificate commits
 * the whole chain below its block; blocks that are missing are fetched by hash from any member, as
 * the hash says whether they are the right ones. Owned by the replica's thread.
 */
final class Execution {
  private final ReplicaState state;
  private final Checkpoints checkpoints;
  private @Nullable Certificate target;
  private boolean recovering;

  Execution(ReplicaState state, Checkpoints checkpoints) {
    this.state = state;
    this.checkpoints = checkpoints;
  }

  /** Takes a verified COMMIT certificate. */
  void commit(Certificate certificate, long nowNanos) {
    state.raiseHighest(certificate);
    if (certificate.sequence() <= state.executed()) {
      return;
    }
    Certificate known = target;
    if (known == null || certificate.sequence() > known.sequence()) {
      target = certificate;
    }
    advance(nowNanos);
  }

  /** Executes as far as the blocks are there. */
  void advance(long nowNanos) {
    Certificate certificate = target;
    if (certificate == null || state.transfer != null) {
      return;
    }
    if (certificate.sequence() <= state.executed()) {
      target = null;
      return;
    }
    switch (state.chain.walkFrom(certificate.blockHash())) {
      case Chain.Walk.Connected(var blocks) -> {
        target = null;
        state.committed = certificate;
        if (!recovering) {
          state.out.persist(new LogRecord.Committed(certificate));
        }
        for (Block block : blocks) {
          execute(block);
          checkpoints.afterExecution(block, recovering);
        }
        state.progressNanos = nowNanos;
        state.timer.progressed();
      }
      case Chain.Walk.Missing missing -> {
        // The wanted block is asked for by the next status tick, and at once by the core.
      }
      case Chain.Walk.Forked(var hash) ->
          throw new IllegalStateException(
              "couldn't execute because a quorum certified a chain without block "
                  + state.chain.tip()
                  + ", so more than f members misbehave: "
                  + hash);
    }
  }

  private void execute(Block block) {
    List<Request> fresh = state.clients.fresh(block.requests());
    Block filtered =
        fresh.size() == block.requests().size()
            ? block
            : new Block(
                block.view(),
                block.sequence(),
                block.timestampMillis(),
                block.previousHash(),
                fresh);
    List<byte[]> results = state.application.execute(filtered);
    if (results.size() != fresh.size()) {
      throw new IllegalStateException(
          "couldn't execute "
              + block
              + " because the application gave another number of results: "
              + results.size());
    }
    Digest stateRoot = Digest.of(state.application.stateRoot());
    state.chain.execute(block);
    state.out.notify(new Event.BlockExecuted(block, stateRoot));
    for (int i = 0; i < fresh.size(); i++) {
      Request request = fresh.get(i);
      ClientTable.Entry entry =
          new ClientTable.Entry(
              request.number(), block.view(), block.sequence(), stateRoot, results.get(i));
      state.clients.put(request.client(), entry);
      if (!recovering) {
        reply(request.client(), entry);
      }
    }
    for (Request request : block.requests()) {
      state.pool.remove(request.client(), request.number());
    }
  }

  /** Sends a client the answer to its last executed request. */
  void reply(ClientId client, ClientTable.Entry entry) {
    state.out.reply(
        client,
        state.out.sign(
            entry.view(),
            entry.sequence(),
            new Payload.Reply(client, entry.number(), entry.stateRoot(), entry.result())));
  }

  /** The hash of a block that has to be fetched before anything goes on, or null. */
  @Nullable Digest wanted() {
    Certificate committed = target;
    if (committed != null
        && committed.sequence() > state.executed()
        && state.chain.walkFrom(committed.blockHash()) instanceof Chain.Walk.Missing(var hash)) {
      return hash;
    }
    if (state.base.sequence() > state.executed()
        && state.chain.walkFrom(state.base.blockHash()) instanceof Chain.Walk.Missing(var hash)) {
      return hash;
    }
    return null;
  }

  /** The committed block that waits for others. */
  Optional<Digest> targetHash() {
    return Optional.ofNullable(target).map(Certificate::blockHash);
  }

  /** Whether a committed block waits for blocks below it. */
  boolean isBehind() {
    Certificate certificate = target;
    return certificate != null && certificate.sequence() > state.executed();
  }

  /** Takes fetched blocks: each must be the wanted one when its turn comes. */
  void onBlocks(List<Block> blocks, long nowNanos) {
    Digest wanted = wanted();
    for (Block block : blocks) {
      if (wanted == null || !block.hash().equals(wanted)) {
        return;
      }
      state.chain.add(block);
      state.out.persist(new LogRecord.Fetched(block));
      advance(nowNanos);
      wanted = wanted();
    }
  }

  /** After a restart a block that a committed one waited for was read. */
  void recoverAdvance(long nowNanos) {
    recovering = true;
    try {
      advance(nowNanos);
    } finally {
      recovering = false;
    }
  }

  /** Replays a committed prefix after a restart, silently. */
  void recover(Certificate certificate, long nowNanos) {
    recovering = true;
    try {
      commit(certificate, nowNanos);
    } finally {
      recovering = false;
    }
  }
}
