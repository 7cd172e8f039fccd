package io.hypermesh.stoq.endpoint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The connections that wait for a deadline, the earliest first: a binary heap in which every
 * connection knows its place, so that a changed deadline costs O(log n) and looking for work O(1),
 * with however many connections. Owned by the endpoint's thread.
 */
final class DeadlineHeap {
  private static final int ABSENT = -1;

  private @Nullable EndpointConnection[] heap = new EndpointConnection[64];
  private int size;

  /** How many connections wait for a deadline. */
  int size() {
    return size;
  }

  /** The earliest deadline; {@link Long#MAX_VALUE} where none is set. */
  long earliestNanos() {
    return size == 0 ? Long.MAX_VALUE : at(0).deadlineNanos;
  }

  /** The connection with the earliest deadline, or null. */
  @Nullable EndpointConnection earliest() {
    return size == 0 ? null : heap[0];
  }

  /** Sets, moves or, with {@link Long#MAX_VALUE}, removes a connection's deadline. */
  void update(EndpointConnection connection, long deadlineNanos) {
    if (deadlineNanos == Long.MAX_VALUE) {
      remove(connection);
      return;
    }
    long previousNanos = connection.deadlineNanos;
    connection.deadlineNanos = deadlineNanos;
    if (connection.heapIndex == ABSENT) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      siftUp(size++, connection);
    } else if (deadlineNanos < previousNanos) {
      siftUp(connection.heapIndex, connection);
    } else if (deadlineNanos > previousNanos) {
      siftDown(connection.heapIndex, connection);
    }
  }

  /** Removes a connection's deadline, if it has one. */
  void remove(EndpointConnection connection) {
    int index = connection.heapIndex;
    connection.deadlineNanos = Long.MAX_VALUE;
    if (index == ABSENT) {
      return;
    }
    connection.heapIndex = ABSENT;
    EndpointConnection last = at(--size);
    heap[size] = null;
    if (last != connection) {
      siftDown(index, last);
      if (last.heapIndex == index) {
        siftUp(index, last);
      }
    }
  }

  private void siftUp(int start, EndpointConnection connection) {
    int index = start;
    while (index > 0) {
      int parent = (index - 1) >>> 1;
      EndpointConnection above = at(parent);
      if (above.deadlineNanos <= connection.deadlineNanos) {
        break;
      }
      place(index, above);
      index = parent;
    }
    place(index, connection);
  }

  private void siftDown(int start, EndpointConnection connection) {
    int index = start;
    while (true) {
      int child = 2 * index + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && at(child + 1).deadlineNanos < at(child).deadlineNanos) {
        child++;
      }
      if (at(child).deadlineNanos >= connection.deadlineNanos) {
        break;
      }
      place(index, at(child));
      index = child;
    }
    place(index, connection);
  }

  private void place(int index, EndpointConnection connection) {
    heap[index] = connection;
    connection.heapIndex = index;
  }

  private EndpointConnection at(int index) {
    EndpointConnection connection = heap[index];
    if (connection == null) {
      throw new IllegalStateException("the heap of deadlines has a hole at " + index);
    }
    return connection;
  }
}
