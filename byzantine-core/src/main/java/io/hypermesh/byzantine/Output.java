package io.hypermesh.byzantine;

import java.util.List;

/**
 * What a {@link Replica} asks its host to do. The host acts in the order in which outputs are
 * polled, and makes what {@link Persist} and {@link ReplaceLog} name durable before it acts on any
 * later output; it may poll several, write them, force the disk once and then send.
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes on their way out; nobody compares outputs.
public sealed interface Output {
  /** Appends a record to the replica's log. */
  record Persist(byte[] record) implements Output {}

  /**
   * Replaces the whole log by these records, atomically: a checkpoint made the old ones needless.
   */
  record ReplaceLog(List<byte[]> records) implements Output {}

  /** Sends a message to one other member; it may be lost. */
  record Send(int replica, byte[] message) implements Output {}

  /** Sends a message to every other member; it may be lost. */
  record Broadcast(byte[] message) implements Output {}

  /** Sends a message to a client; it may be lost. */
  record ReplyTo(ClientId client, byte[] message) implements Output {}

  /** Tells the host what happened. */
  record Notify(Event event) implements Output {}
}
