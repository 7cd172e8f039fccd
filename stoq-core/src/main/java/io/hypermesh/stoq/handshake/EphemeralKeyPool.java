package io.hypermesh.stoq.handshake;

import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Ephemeral keys made ahead, so that a handshake finds its own ready: their public values are
 * computed. Each is given out once, and is then its taker's to erase. No more than a limit are held
 * for each group, and only for groups that were asked for.
 *
 * <p>It has no thread of its own: whoever has time calls {@link #makeAhead}. Where a handshake
 * finds none, it makes one itself. Any thread may call any method.
 */
final class EphemeralKeyPool implements AutoCloseable {
  /** Where keys come from. */
  @FunctionalInterface
  interface Source {
    KeyExchange generate(NamedGroup group, SecureRandom random);
  }

  private static final class Lane {
    final Queue<KeyExchange> keys;
    volatile boolean wanted;

    Lane(int keysMax) {
      // The queue's smallest capacity is 2, and others are rounded up to a power of two.
      keys = new MpmcAtomicArrayQueue<>(Math.max(2, keysMax));
    }
  }

  private final int keysMax;
  private final SecureRandom random;
  private final Source source;
  private final Map<NamedGroup, Lane> lanes = new EnumMap<>(NamedGroup.class);
  private volatile boolean closed;

  /**
   * @param keysMax the most held for each group, from 1
   * @param random for the keys' randomness, on the threads that call {@link #makeAhead}
   */
  EphemeralKeyPool(int keysMax, SecureRandom random, Source source) {
    this.keysMax = keysMax;
    this.random = random;
    this.source = source;
    for (NamedGroup group : NamedGroup.values()) {
      lanes.put(group, new Lane(keysMax));
    }
  }

  private Lane lane(NamedGroup group) {
    Lane lane = lanes.get(group);
    if (lane == null) {
      throw new IllegalStateException("no keys are made for " + group);
    }
    return lane;
  }

  /** A key that nobody had, which is the caller's now; null where there is none. */
  @Nullable KeyExchange take(NamedGroup group) {
    Lane lane = lane(group);
    if (!lane.wanted) {
      lane.wanted = true;
    }
    return lane.keys.poll();
  }

  /**
   * Makes keys of the groups that were asked for, as far as there is room.
   *
   * @param count the most to make
   */
  void makeAhead(int count) {
    int remaining = count;
    for (Map.Entry<NamedGroup, Lane> entry : lanes.entrySet()) {
      Lane lane = entry.getValue();
      while (remaining > 0 && lane.wanted && lane.keys.size() < keysMax && !closed) {
        remaining--;
        KeyExchange key = source.generate(entry.getKey(), random);
        key.share();
        if (!lane.keys.offer(key)) {
          key.close();
        }
      }
    }
    if (closed) {
      drain(); // What was added while it was being closed.
    }
  }

  /** How many keys of a group are ready. */
  int size(NamedGroup group) {
    return lane(group).keys.size();
  }

  private void drain() {
    for (Lane lane : lanes.values()) {
      for (KeyExchange key = lane.keys.poll(); key != null; key = lane.keys.poll()) {
        key.close();
      }
    }
  }

  /** Erases all keys; none is made any more. Idempotent. */
  @Override
  public void close() {
    closed = true;
    drain();
  }
}
