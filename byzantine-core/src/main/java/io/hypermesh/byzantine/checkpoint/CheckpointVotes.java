package io.hypermesh.byzantine.checkpoint;

import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.SignedStatement;
import io.hypermesh.byzantine.message.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * CHECKPOINT votes inside the log window. One vote a member and sequence number is kept, and only
 * multiples of the interval inside the window, so that the memory is bounded.
 */
public final class CheckpointVotes {
  private final int quorum;
  private final int interval;
  private final SortedMap<Long, Map<Integer, SignedStatement>> votes = new TreeMap<>();

  /** No votes. */
  public CheckpointVotes(int quorum, int interval) {
    this.quorum = quorum;
    this.interval = interval;
  }

  /**
   * Takes a verified vote.
   *
   * @return the certificate, if this vote belongs to one
   */
  public @Nullable Certificate add(SignedStatement signed, long stable, long window) {
    Statement statement = signed.statement();
    long sequence = statement.sequence();
    if (sequence <= stable || sequence > stable + window || sequence % interval != 0) {
      return null;
    }
    Map<Integer, SignedStatement> atSequence =
        votes.computeIfAbsent(sequence, any -> new HashMap<>());
    if (atSequence.putIfAbsent(statement.replica(), signed) != null) {
      return null;
    }
    Map<Integer, byte[]> equal = new TreeMap<>();
    for (SignedStatement vote : atSequence.values()) {
      if (vote.statement().agreesWith(statement)) {
        equal.put(vote.statement().replica(), vote.signature());
      }
    }
    return equal.size() >= quorum
        ? new Certificate(MessageType.CHECKPOINT, 0, sequence, statement.body(), equal)
        : null;
  }

  /** Forgets votes up to a sequence number. */
  public void forgetUpTo(long sequence) {
    votes.headMap(sequence + 1).clear();
  }
}
