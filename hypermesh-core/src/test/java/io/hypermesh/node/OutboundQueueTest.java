package io.hypermesh.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutboundQueueTest {
  @Test
  void shouldKeepNoMoreBytesThanItsLimitAndCountWhatItDrops() throws Exception {
    OutboundQueue queue = new OutboundQueue(100);

    for (int i = 0; i < 30; i++) {
      queue.offer(new byte[10]);
      assertThat(queue.waitingBytes()).isLessThanOrEqualTo(100);
    }

    assertThat(queue.waitingBytes()).isEqualTo(100);
    assertThat(queue.dropped()).isEqualTo(20);
    assertThat(queue.isConnected()).isFalse();
  }

  @Test
  void shouldDropAMessageThatIsLongerThanItsLimit() throws Exception {
    OutboundQueue queue = new OutboundQueue(100);

    queue.offer(new byte[101]);

    assertThat(queue.waitingBytes()).isZero();
    assertThat(queue.dropped()).isEqualTo(1);
    assertThat(queue.flush()).isZero();
  }
}
