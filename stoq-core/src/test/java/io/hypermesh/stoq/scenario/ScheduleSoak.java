package io.hypermesh.stoq.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Runs schedules of many seeds on several threads, and keeps the first that fail. */
final class ScheduleSoak {
  private static final int FAILURES_KEPT = 10;

  /** A seed whose run failed. */
  record Failure(long seed, Throwable cause) {}

  private final long from;
  private final long count;
  private final long endNanos;
  private final AtomicLong next = new AtomicLong();
  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder connections = new LongAdder();
  private final LongAdder established = new LongAdder();
  private final LongAdder survived = new LongAdder();
  private final LongAdder streams = new LongAdder();
  private final LongAdder bytesRead = new LongAdder();
  private final LongAdder virtualSeconds = new LongAdder();
  private final Coverage coverage = new Coverage();
  private final List<Failure> failures = new ArrayList<>();

  /**
   * @param from the first seed; the others follow it
   * @param count how many
   * @param limitNanos time after which no more are begun
   */
  ScheduleSoak(long from, long count, long limitNanos) {
    this.from = from;
    this.count = count;
    this.endNanos = System.nanoTime() + limitNanos;
  }

  /** Runs them all; returns when the last one is over. */
  void run(int threads) throws InterruptedException {
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      workers.add(Thread.ofPlatform().name("schedules-" + i).start(this::work));
    }
    for (Thread worker : workers) {
      worker.join();
    }
  }

  private void work() {
    long index;
    while ((index = next.getAndIncrement()) < count && System.nanoTime() - endNanos < 0) {
      runOne(from + index);
    }
  }

  private void runOne(long seed) {
    try {
      ScheduleRun.Outcome outcome = new ScheduleRun(Schedule.of(seed)).run();
      connections.add(outcome.connections());
      established.add(outcome.established());
      survived.add(outcome.survived());
      streams.add(outcome.streams());
      bytesRead.add(outcome.bytesRead());
      virtualSeconds.add(outcome.nanos() / Schedule.SECOND);
      coverage.add(outcome.exercised());
    } catch (RuntimeException | AssertionError e) {
      failed.increment();
      synchronized (failures) {
        failures.add(new Failure(seed, e));
        failures.sort((one, other) -> Long.compare(one.seed(), other.seed()));
        if (failures.size() > FAILURES_KEPT) {
          failures.removeLast();
        }
      }
    } finally {
      done.increment();
    }
  }

  long done() {
    return done.sum();
  }

  long failed() {
    return failed.sum();
  }

  /** The failures with the smallest seeds. */
  List<Failure> failures() {
    synchronized (failures) {
      return List.copyOf(failures);
    }
  }

  double establishedShare() {
    return established.sum() / (double) connections.sum();
  }

  double survivedShare() {
    return survived.sum() / (double) connections.sum();
  }

  /** What the schedules exercised. */
  Coverage coverage() {
    return coverage;
  }

  /** What was done, in a line. */
  String summary() {
    return String.format(
        "%,d schedules, %,d failed; %,d connections, of which %.1f%% were established and %.1f%%"
            + " lived to the end of their work; %,d streams, %,d MB; %,d s of virtual time",
        done(),
        failed(),
        connections.sum(),
        100 * establishedShare(),
        100 * survivedShare(),
        streams.sum(),
        bytesRead.sum() / 1_000_000,
        virtualSeconds.sum());
  }
}
