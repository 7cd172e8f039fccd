package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class DeadlineHeapProperties {
  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.ofLiteral("::1"), 1);

  @Property(tries = 100)
  void shouldAlwaysKnowTheEarliest(@ForAll Random random) {
    DeadlineHeap heap = new DeadlineHeap();
    List<EndpointConnection> connections = new ArrayList<>();
    Map<EndpointConnection, Long> model = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      connections.add(new EndpointConnection(null, null, REMOTE));
    }
    for (int step = 0; step < 2_000; step++) {
      EndpointConnection connection = connections.get(random.nextInt(connections.size()));
      if (random.nextInt(4) == 0) {
        heap.remove(connection);
        model.remove(connection);
      } else {
        long deadlineNanos = random.nextInt(8) == 0 ? Long.MAX_VALUE : random.nextInt(1_000);
        heap.update(connection, deadlineNanos);
        if (deadlineNanos == Long.MAX_VALUE) {
          model.remove(connection);
        } else {
          model.put(connection, deadlineNanos);
        }
      }
      long earliest =
          model.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
      assertThat(heap.earliestNanos()).isEqualTo(earliest);
      assertThat(heap.size()).isEqualTo(model.size());
    }
    long previous = Long.MIN_VALUE;
    for (EndpointConnection next = heap.earliest(); next != null; next = heap.earliest()) {
      assertThat(next.deadlineNanos).isGreaterThanOrEqualTo(previous);
      assertThat(model.remove(next)).isEqualTo(next.deadlineNanos);
      previous = next.deadlineNanos;
      heap.remove(next);
    }
    assertThat(model).isEmpty();
  }
}
