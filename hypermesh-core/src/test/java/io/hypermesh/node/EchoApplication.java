package io.hypermesh.node;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Snapshot;
import java.util.ArrayList;
import java.util.List;

/** Answers each payload with itself; its state is the hash over all it has seen. */
final class EchoApplication implements Application {
  private Digest state = Digest.sha256(new byte[0]);

  @Override
  public List<byte[]> execute(Block block) {
    List<byte[]> results = new ArrayList<>();
    for (Request request : block.requests()) {
      state = Digest.sha256(state.bytes(), request.payload());
      results.add(request.payload());
    }
    return results;
  }

  @Override
  public byte[] stateRoot() {
    return state.bytes();
  }

  @Override
  public Snapshot snapshot() {
    byte[] bytes = state.bytes();
    return new Snapshot() {
      @Override
      public int chunkCount() {
        return 1;
      }

      @Override
      public byte[] chunk(int index) {
        return bytes;
      }
    };
  }

  @Override
  public void restore(long sequence, Snapshot snapshot) {
    state = Digest.of(snapshot.chunk(0));
  }
}
