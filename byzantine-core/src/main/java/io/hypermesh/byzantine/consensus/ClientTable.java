package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.byzantine.message.WireReader;
import io.hypermesh.byzantine.message.WireWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The last executed request of each client and its answer: replicated state, equal on all replicas
 * after the same block and part of every checkpoint. When it is full, requests of further clients
 * are not executed: forgetting a client would let its old requests be executed a second time.
 */
final class ClientTable {
  private static final int ENTRY_BYTES_MIN = 92;

  private final int clientsMax;
  private final SortedMap<ClientId, Entry> entries = new TreeMap<>();

  ClientTable(int clientsMax) {
    this.clientsMax = clientsMax;
  }

  /** A client's last executed request. */
  @SuppressWarnings("ArrayRecordComponent") // Held for a repetition of the answer; never compared.
  record Entry(long number, long view, long sequence, Digest stateRoot, byte[] result) {}

  @Nullable Entry last(ClientId client) {
    return entries.get(client);
  }

  boolean isFresh(Request request) {
    Entry last = entries.get(request.client());
    return last == null ? entries.size() < clientsMax : request.number() > last.number();
  }

  boolean isFull() {
    return entries.size() >= clientsMax;
  }

  void put(ClientId client, Entry entry) {
    entries.put(client, entry);
  }

  /** The requests that are to be executed, in order: each client's numbers must rise. */
  List<Request> fresh(Collection<Request> requests) {
    List<Request> fresh = new ArrayList<>(requests.size());
    SortedMap<ClientId, Long> inBlock = new TreeMap<>();
    int newClients = 0;
    for (Request request : requests) {
      Long earlier = inBlock.get(request.client());
      boolean accepted;
      if (earlier != null) {
        accepted = request.number() > earlier;
      } else if (entries.containsKey(request.client())) {
        accepted = isFresh(request);
      } else {
        accepted = entries.size() + newClients < clientsMax;
        newClients += accepted ? 1 : 0;
      }
      if (accepted) {
        inBlock.put(request.client(), request.number());
        fresh.add(request);
      }
    }
    return fresh;
  }

  /** The table in the order of the clients' names, cut into chunks. */
  List<byte[]> encode() {
    WireWriter out = new WireWriter(1_024);
    entries.forEach((client, entry) ->
        out.digest(client.digest())
            .int64(entry.number())
            .int64(entry.view())
            .int64(entry.sequence())
            .digest(entry.stateRoot())
            .bytes(entry.result()));
    byte[] whole = out.toByteArray();
    List<byte[]> chunks = new ArrayList<>();
    for (int at = 0; at < whole.length; at += Snapshot.CHUNK_BYTES_MAX) {
      int end = Math.min(whole.length, at + Snapshot.CHUNK_BYTES_MAX);
      chunks.add(Arrays.copyOfRange(whole, at, end));
    }
    return chunks;
  }

  /** Replaces the table by what {@link #encode} gave. */
  void restore(List<byte[]> chunks) throws ProtocolException {
    WireWriter whole = new WireWriter(1_024);
    chunks.forEach(whole::raw);
    WireReader in = new WireReader(whole.toByteArray());
    SortedMap<ClientId, Entry> restored = new TreeMap<>();
    while (in.remaining() >= ENTRY_BYTES_MIN) {
      ClientId client = new ClientId(in.digest());
      restored.put(
          client,
          new Entry(
              in.positive("request number"),
              in.nonNegative("view"),
              in.positive("sequence"),
              in.digest(),
              in.bytes(Request.PAYLOAD_BYTES_MAX, "result")));
    }
    in.end("table of clients");
    entries.clear();
    entries.putAll(restored);
  }
}
