package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that a replica knows: the executed ones that others may still ask for, and those above
 * that are proposed or fetched.
 */
final class Chain {
  /** How many bytes of blocks of views that are over are kept without knowing a certificate. */
  static final long ABANDONED_BYTES_MAX = 128L << 20;

  private final Map<Digest, Block> known = new HashMap<>();
  private final NavigableMap<Long, Block> executed = new TreeMap<>();
  private Tip tip;

  Chain(Digest genesis) {
    this.tip = new Tip(0, genesis, 0, 0);
  }

  /** The last executed block, as far as its successor depends on it. */
  record Tip(long sequence, Digest hash, long timestampMillis, long view) {
    static Tip of(Block block) {
      return new Tip(block.sequence(), block.hash(), block.timestampMillis(), block.view());
    }
  }

  /** Where the walk from a hash down to the last executed block led. */
  sealed interface Walk {
    /** The blocks above the last executed one, ascending. */
    record Connected(List<Block> blocks) implements Walk {}

    /** This block is not known. */
    record Missing(Digest hash) implements Walk {}

    /** The chain does not contain the last executed block. */
    record Forked(Digest hash) implements Walk {}
  }

  Tip tip() {
    return tip;
  }

  void add(Block block) {
    if (block.sequence() > tip.sequence()) {
      known.putIfAbsent(block.hash(), block);
    }
  }

  @Nullable Block get(Digest hash) {
    return known.get(hash);
  }

  Walk walkFrom(Digest from) {
    Deque<Block> path = new ArrayDeque<>();
    Digest hash = from;
    while (!hash.equals(tip.hash())) {
      Block block = known.get(hash);
      if (block == null) {
        return new Walk.Missing(hash);
      }
      if (block.sequence() <= tip.sequence()) {
        return new Walk.Forked(from);
      }
      path.addFirst(block);
      hash = block.previousHash();
      if (block.sequence() == tip.sequence() + 1 && !hash.equals(tip.hash())) {
        return new Walk.Forked(from);
      }
    }
    return new Walk.Connected(new ArrayList<>(path));
  }

  void execute(Block block) {
    executed.put(block.sequence(), block);
    known.put(block.hash(), block);
    tip = Tip.of(block);
  }

  /** The blocks from the one with that hash down to above {@code floor}, as far as known. */
  List<Block> descend(Digest from, long floor, int blocksMax, int bytesMax) {
    List<Block> blocks = new ArrayList<>();
    int bytes = 0;
    Block block = known.get(from);
    while (block != null && block.sequence() > floor && blocks.size() < blocksMax) {
      bytes += block.encodedBytes();
      if (!blocks.isEmpty() && bytes > bytesMax) {
        break;
      }
      blocks.add(block);
      block = known.get(block.previousHash());
    }
    return blocks;
  }

  /** Whether everything above that sequence number is still there to be fetched. */
  boolean servesFrom(long sequence) {
    return tip.sequence() <= sequence || executed.containsKey(sequence + 1);
  }

  List<Block> executedAbove(long sequence) {
    return List.copyOf(executed.tailMap(sequence, false).values());
  }

  /** The known blocks above the last executed one, ascending. */
  List<Block> unexecuted() {
    return known.values().stream()
        .filter(block -> block.sequence() > tip.sequence())
        .sorted(Comparator.comparingLong(Block::sequence).thenComparing(Block::hash))
        .toList();
  }

  /** Forgets blocks up to a sequence number, executed or not. */
  void truncate(long sequence) {
    executed.headMap(sequence, true).clear();
    known.values().removeIf(block -> block.sequence() <= sequence);
  }

  /**
   * Whether a block may still be what a later view begins at: a quorum may have accepted it
   * although nobody here holds the certificate. Not once a block of a later view is committed, or
   * one at its sequence number: a later view begins at or above that one.
   */
  private static boolean mayBeCertified(Block block, Tip tip) {
    return block.sequence() > tip.sequence() && block.view() >= tip.view();
  }

  /**
   * Forgets what is neither executed, nor below one of these, nor {@link #mayBeCertified}. The last
   * kind is bounded by {@link #ABANDONED_BYTES_MAX}, the latest views and lowest numbers first.
   */
  void retain(List<Digest> tops) {
    Set<Digest> keep = new HashSet<>();
    executed.values().forEach(block -> keep.add(block.hash()));
    for (Digest top : tops) {
      Block block = known.get(top);
      while (block != null && keep.add(block.hash())) {
        block = known.get(block.previousHash());
      }
    }
    List<Block> abandoned =
        known.values().stream()
            .filter(block -> !keep.contains(block.hash()) && mayBeCertified(block, tip))
            .sorted(
                Comparator.comparingLong(Block::view).reversed().thenComparingLong(Block::sequence))
            .toList();
    long bytes = 0;
    for (Block block : abandoned) {
      bytes += block.encodedBytes();
      if (bytes > ABANDONED_BYTES_MAX) {
        break;
      }
      keep.add(block.hash());
    }
    known.keySet().retainAll(keep);
  }

  /** Starts again at a certified state; what may come on top of it stays. */
  void reset(Tip certified) {
    executed.clear();
    known.values().removeIf(block -> !mayBeCertified(block, certified));
    tip = certified;
  }
}
