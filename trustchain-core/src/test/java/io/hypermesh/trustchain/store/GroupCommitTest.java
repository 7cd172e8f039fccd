package io.hypermesh.trustchain.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.TransparencyException;
import io.hypermesh.trustchain.TrustChainException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GroupCommitTest {
  private static final Path FILE = Path.of("file");

  @Test
  void shouldCommitEveryItemOnceWithOneLeaderAtATime() throws Exception {
    List<Integer> committed = new ArrayList<>();
    List<Integer> batchSizes = new ArrayList<>();
    GroupCommit<Integer> group =
        new GroupCommit<>(
            FILE,
            1 << 16,
            batch -> {
              // Plain lists: two leaders at once would lose items.
              committed.addAll(batch);
              batchSizes.add(batch.size());
            });
    int threads = 16;
    int each = 500;
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> results = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int base = t * each;
        results.add(
            executor.submit(() -> {
              for (int i = 0; i < each; i++) {
                group.submit(base + i);
              }
              return null;
            }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
    assertThat(committed).hasSize(threads * each).doesNotHaveDuplicates();
    assertThat(batchSizes).allMatch(size -> size > 0 && size <= GroupCommit.BATCH_MAX);
  }

  @Test
  void shouldTellEveryCallerOfABatchThatItFailedAndGoOn() throws Exception {
    List<String> committed = Collections.synchronizedList(new ArrayList<>());
    GroupCommit<String> group =
        new GroupCommit<>(
            FILE,
            10,
            batch -> {
              if (batch.contains("bad")) {
                throw new TransparencyException("refused");
              }
              committed.addAll(batch);
            });
    assertThatThrownBy(() -> group.submit("bad"))
        .isInstanceOf(TransparencyException.class)
        .hasMessage("refused");
    group.submit("good");
    assertThat(committed).containsExactly("good");
  }

  @Test
  void shouldRefuseWhatExceedsTheLimitOfPendingItems() throws Exception {
    CountDownLatch leading = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    GroupCommit<Integer> group =
        new GroupCommit<>(
            FILE,
            3,
            batch -> {
              leading.countDown();
              awaitUninterruptibly(release);
            });
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> accepted = new ArrayList<>();
      accepted.add(submit(executor, group, 0));
      leading.await();
      CountDownLatch refused = new CountDownLatch(7);
      for (int i = 1; i < 10; i++) {
        int item = i;
        accepted.add(
            executor.submit(() -> {
              try {
                group.submit(item);
              } catch (StoreException e) {
                assertThat(e.category()).isEqualTo(TrustChainException.Category.RETRYABLE);
                assertThat(e)
                    .hasMessageContaining("limit of pending appends")
                    .hasMessageContaining("3");
                refused.countDown();
              }
              return null;
            }));
      }
      assertThat(refused.await(20, TimeUnit.SECONDS)).isTrue();
      release.countDown();
      for (Future<?> result : accepted) {
        result.get();
      }
    }
    group.submit(11);
  }

  @Test
  void shouldKeepAnInterruptionForTheCallerAndStillCommit() throws Exception {
    List<Integer> committed = new ArrayList<>();
    GroupCommit<Integer> group = new GroupCommit<>(FILE, 10, committed::addAll);
    Thread.currentThread().interrupt();
    group.submit(5);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(committed).containsExactly(5);
  }

  private static Future<?> submit(ExecutorService executor, GroupCommit<Integer> group, int item) {
    return executor.submit(() -> {
      group.submit(item);
      return null;
    });
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      assertThat(latch.await(25, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
