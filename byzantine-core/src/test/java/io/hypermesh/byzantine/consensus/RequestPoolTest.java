package io.hypermesh.byzantine.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.message.TestCluster;
import org.junit.jupiter.api.Test;

class RequestPoolTest {
  private final TestCluster cluster = new TestCluster(4);

  private Request of(String client, long number) {
    return Request.sign(
        cluster.membership.clusterId(), number, new byte[10], cluster.keys.signer(client));
  }

  @Test
  void shouldRefuseWhatExceedsItsNumberOrBytes() {
    RequestPool pool = new RequestPool(2, 1_000_000);
    assertThat(pool.offer(of("a", 1), 0)).isEqualTo(RequestPool.Offer.ACCEPTED);
    assertThat(pool.offer(of("b", 1), 0)).isEqualTo(RequestPool.Offer.ACCEPTED);
    assertThat(pool.offer(of("c", 1), 0)).isEqualTo(RequestPool.Offer.FULL);
    int bytes = of("a", 1).encodedBytes();
    RequestPool small = new RequestPool(100, bytes + 10);
    assertThat(small.offer(of("a", 1), 0)).isEqualTo(RequestPool.Offer.ACCEPTED);
    assertThat(small.offer(of("b", 1), 0)).isEqualTo(RequestPool.Offer.FULL);
    small.remove(of("a", 1).client(), 1);
    assertThat(small.offer(of("b", 1), 0)).isEqualTo(RequestPool.Offer.ACCEPTED);
  }

  @Test
  void shouldKeepOneRequestAClientAndTheLaterOne() {
    RequestPool pool = new RequestPool(10, 1_000_000);
    pool.offer(of("a", 1), 0);
    assertThat(pool.offer(of("a", 1), 0)).isEqualTo(RequestPool.Offer.KNOWN);
    assertThat(pool.offer(of("a", 3), 0)).isEqualTo(RequestPool.Offer.ACCEPTED);
    assertThat(pool.offer(of("a", 2), 0)).isEqualTo(RequestPool.Offer.KNOWN);
    assertThat(pool.size()).isEqualTo(1);
    pool.remove(of("a", 1).client(), 2);
    assertThat(pool.size()).isEqualTo(1);
    pool.remove(of("a", 1).client(), 3);
    assertThat(pool.isEmpty()).isTrue();
  }

  @Test
  void shouldBatchTheOldestThatAreNotInFlight() {
    RequestPool pool = new RequestPool(10, 1_000_000);
    for (String client : new String[] {"a", "b", "c"}) {
      pool.offer(of(client, 1), client.charAt(0));
    }
    pool.markProposed(cluster.block(0, 1, Digest.ZERO, of("a", 1)));
    assertThat(pool.unproposed()).isEqualTo(2);
    assertThat(pool.oldestUnproposedNanos()).isEqualTo('b');
    assertThat(pool.batch(1, 1_000_000)).containsExactly(of("b", 1));
    assertThat(pool.batch(10, 1)).containsExactly(of("b", 1));
    assertThat(pool.batch(10, 1_000_000)).hasSize(2);
    pool.markNoneProposed();
    assertThat(pool.unproposed()).isEqualTo(3);
    pool.markProposed(cluster.block(0, 1, Digest.ZERO, of("a", 1), of("b", 1), of("c", 1)));
    assertThatThrownBy(pool::oldestUnproposedNanos).isInstanceOf(IllegalStateException.class);
  }
}
