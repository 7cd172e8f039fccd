package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests that wait to be executed, oldest first, one a client. Bounded in number and bytes; what
 * does not fit is refused, so that its client slows down.
 */
final class RequestPool {
  private final int requestsMax;
  private final long bytesMax;
  private final Map<ClientId, Pending> pending = new LinkedHashMap<>();
  private long bytes;
  private int unproposed;

  RequestPool(int requestsMax, long bytesMax) {
    this.requestsMax = requestsMax;
    this.bytesMax = bytesMax;
  }

  private static final class Pending {
    private final Request request;
    private final long arrivedNanos;
    private boolean proposed;

    Pending(Request request, long arrivedNanos) {
      this.request = request;
      this.arrivedNanos = arrivedNanos;
    }
  }

  enum Offer {
    ACCEPTED,
    KNOWN,
    FULL
  }

  Offer offer(Request request, long nowNanos) {
    Pending known = pending.get(request.client());
    if (known != null && known.request.number() >= request.number()) {
      return Offer.KNOWN;
    }
    if (known != null) {
      remove(request.client(), known.request.number());
    }
    if (pending.size() >= requestsMax || bytes + request.encodedBytes() > bytesMax) {
      return Offer.FULL;
    }
    pending.put(request.client(), new Pending(request, nowNanos));
    bytes += request.encodedBytes();
    unproposed++;
    return Offer.ACCEPTED;
  }

  /** Removes a client's request if its number is not above that of an executed one. */
  void remove(ClientId client, long number) {
    Pending known = pending.get(client);
    if (known != null && known.request.number() <= number) {
      pending.remove(client);
      bytes -= known.request.encodedBytes();
      unproposed -= known.proposed ? 0 : 1;
    }
  }

  /** Removes what was executed while this replica was elsewhere. */
  void removeExecuted(ClientTable clients) {
    for (Pending waiting : List.copyOf(pending.values())) {
      if (!clients.isFresh(waiting.request)) {
        remove(waiting.request.client(), waiting.request.number());
      }
    }
  }

  /** The oldest requests that no block in flight holds. */
  List<Request> batch(int countMax, int batchBytesMax) {
    List<Request> batch = new ArrayList<>();
    long batchBytes = 0;
    for (Pending waiting : pending.values()) {
      if (waiting.proposed) {
        continue;
      }
      batchBytes += waiting.request.encodedBytes();
      if (batch.size() >= countMax || (!batch.isEmpty() && batchBytes > batchBytesMax)) {
        break;
      }
      batch.add(waiting.request);
    }
    return batch;
  }

  /** A block in flight holds these. */
  void markProposed(Block block) {
    for (Request request : block.requests()) {
      Pending waiting = pending.get(request.client());
      if (waiting != null && !waiting.proposed && waiting.request.equals(request)) {
        waiting.proposed = true;
        unproposed--;
      }
    }
  }

  /** Another view begins: nothing is in flight. */
  void markNoneProposed() {
    pending.values().forEach(waiting -> waiting.proposed = false);
    unproposed = pending.size();
  }

  int unproposed() {
    return unproposed;
  }

  /** When the oldest request that is not in flight arrived; only while there is one. */
  long oldestUnproposedNanos() {
    for (Pending waiting : pending.values()) {
      if (!waiting.proposed) {
        return waiting.arrivedNanos;
      }
    }
    throw new IllegalStateException("couldn't find a waiting request because all are in flight");
  }

  /** When the oldest request arrived; only while there is one. */
  long oldestNanos() {
    return pending.values().iterator().next().arrivedNanos;
  }

  List<Request> oldest(int countMax) {
    return pending.values().stream().limit(countMax).map(waiting -> waiting.request).toList();
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  int size() {
    return pending.size();
  }
}
