package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Snapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A small application for tests that notices what must not happen: it counts each client's
 * requests, hashes every payload into its state, and refuses to execute a number that does not
 * rise. A result is the count of all requests and the hash, so that equal results mean equal
 * histories.
 */
public final class LedgerApplication implements Application {
  private static final int ENTRY_BYTES = Digest.BYTES + 8;

  private final SortedMap<ClientId, Long> lastNumbers = new TreeMap<>();
  private Digest history = Digest.ZERO;
  private long count;

  /** An application in its initial state. */
  public LedgerApplication() {}

  @Override
  public List<byte[]> execute(Block block) {
    List<byte[]> results = new ArrayList<>();
    for (Request request : block.requests()) {
      Long last = lastNumbers.put(request.client(), request.number());
      if (last != null && last >= request.number()) {
        throw new IllegalStateException(
            "couldn't execute " + request + " because its number does not rise above " + last);
      }
      count++;
      history = Digest.sha256(history.bytes(), request.hash().bytes());
      results.add(
          ByteBuffer.allocate(8 + Digest.BYTES).putLong(count).put(history.bytes()).array());
    }
    return results;
  }

  @Override
  public byte[] stateRoot() {
    return Digest.sha256(head()).bytes();
  }

  private byte[] head() {
    return ByteBuffer.allocate(8 + Digest.BYTES).putLong(count).put(history.bytes()).array();
  }

  /** How many requests were executed. */
  public long count() {
    return count;
  }

  @Override
  public Snapshot snapshot() {
    List<byte[]> chunks = new ArrayList<>();
    chunks.add(head());
    // Small chunks, so that even a small state is fetched from several replicas.
    lastNumbers.forEach((client, number) ->
        chunks.add(
            ByteBuffer.allocate(ENTRY_BYTES).put(client.digest().bytes()).putLong(number).array()));
    return new Snapshot() {
      @Override
      public int chunkCount() {
        return chunks.size();
      }

      @Override
      public byte[] chunk(int index) {
        return chunks.get(index);
      }
    };
  }

  @Override
  public void restore(long sequence, Snapshot snapshot) {
    lastNumbers.clear();
    ByteBuffer head = ByteBuffer.wrap(snapshot.chunk(0));
    count = head.getLong();
    history = digest(head);
    for (int i = 1; i < snapshot.chunkCount(); i++) {
      ByteBuffer entry = ByteBuffer.wrap(snapshot.chunk(i));
      lastNumbers.put(new ClientId(digest(entry)), entry.getLong());
    }
  }

  private static Digest digest(ByteBuffer in) {
    byte[] bytes = new byte[Digest.BYTES];
    in.get(bytes);
    return Digest.of(bytes);
  }
}
