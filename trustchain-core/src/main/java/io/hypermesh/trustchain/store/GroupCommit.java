package io.hypermesh.trustchain.store;

import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.TrustChainException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets many threads share one durable write, without a thread of its own.
 *
 * <p>Each caller queues its item. One of them becomes the leader, takes what is queued, commits it
 * in one go, wakes those whose items it committed, and hands the lead to the first that still
 * waits. The longer a write takes, the more items the next one carries.
 *
 * <pre>
 *   submit ─► queue ─┬─ lead free ─► leader: commit batch ─► wake the batch ─► pass the lead on
 *                    └─ lead taken ─► wait ─► (woken) done, or lead
 * </pre>
 *
 * <p>The committer is only ever called by the leader, so one thread at a time, in queue order. A
 * waiting thread's interruption is kept for it but does not stop the wait: its item may already be
 * on disk.
 *
 * @param <T> what is committed; results are left in it
 */
public final class GroupCommit<T> {
  /** The default limit of items that wait at once. */
  public static final int PENDING_MAX = 1 << 16;

  /** The most items in one commit. */
  public static final int BATCH_MAX = 1000;

  /**
   * Makes a batch durable.
   *
   * @param <T> what is committed
   */
  @FunctionalInterface
  public interface Committer<T> {
    /**
     * Makes a batch durable, or fails for all of it.
     *
     * @param batch the items, in the order in which they were submitted
     * @throws TrustChainException where nothing of it may be acknowledged
     */
    void commit(List<T> batch) throws TrustChainException;
  }

  private static final class Pending<T> {
    final T item;
    final Thread thread = Thread.currentThread();
    @Nullable Throwable failure;
    volatile boolean done;

    Pending(T item) {
      this.item = item;
    }
  }

  private final Path file;
  private final Committer<T> committer;
  private final int pendingMax;
  private final ConcurrentLinkedQueue<Pending<T>> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicBoolean lead = new AtomicBoolean();

  /**
   * Makes a group.
   *
   * @param file what errors name
   * @param pendingMax the most items that may wait at once
   * @param committer what makes a batch durable
   */
  public GroupCommit(Path file, int pendingMax, Committer<T> committer) {
    this.file = file;
    this.pendingMax = pendingMax;
    this.committer = committer;
  }

  /**
   * Commits an item, together with those of other threads, and waits until it is durable.
   *
   * @param item the item
   * @throws TrustChainException where it could not be made durable, or too many wait already
   */
  public void submit(T item) throws TrustChainException {
    if (pending.incrementAndGet() > pendingMax) {
      pending.decrementAndGet();
      throw StoreException.busy(file, pendingMax);
    }
    Pending<T> mine = new Pending<>(item);
    queue.add(mine);
    boolean interrupted = false;
    while (!mine.done) {
      if (lead.compareAndSet(false, true)) {
        leadOnce(mine);
      } else if (!mine.done) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    rethrow(mine.failure);
  }

  private void leadOnce(Pending<T> mine) {
    try {
      if (!mine.done) {
        commitBatch();
      }
    } finally {
      lead.set(false);
      // Set before this look: whoever queues after it sees a free lead, whoever queued before is
      // woken here. Nobody is left asleep.
      Pending<T> next = queue.peek();
      if (next != null) {
        LockSupport.unpark(next.thread);
      }
    }
  }

  private void commitBatch() {
    List<Pending<T>> batch = new ArrayList<>();
    List<T> items = new ArrayList<>();
    for (Pending<T> each; batch.size() < BATCH_MAX && (each = queue.poll()) != null; ) {
      batch.add(each);
      items.add(each.item);
    }
    Throwable failure = null;
    try {
      committer.commit(items);
    } catch (TrustChainException | RuntimeException | Error e) {
      // Handed to every caller of the batch: each of them has to know that nothing was promised.
      failure = e;
    }
    pending.addAndGet(-batch.size());
    for (Pending<T> each : batch) {
      each.failure = failure;
      each.done = true;
      LockSupport.unpark(each.thread);
    }
  }

  private static void rethrow(@Nullable Throwable failure) throws TrustChainException {
    switch (failure) {
      case null -> {}
      case TrustChainException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException("a committer threw " + failure, failure);
    }
  }
}
