package io.hypermesh.node;

import io.hypermesh.byzantine.MessageVerifier;
import io.hypermesh.byzantine.ReplicaSettings;
import io.hypermesh.stoq.StoqSettings;
import io.hypermesh.stoq.StoqStreamChannel;
import java.time.Duration;
import java.util.Objects;

/**
 * Limits and times of a node's own parts. The consensus has its own, {@link ReplicaSettings}.
 *
 * @param replica what the replica is set to
 * @param messageBytesMax the longest message between members, in bytes; a client's may be as long
 *     as the replica's settings let a request be
 * @param outboundBytesMax how many bytes wait for one peer that does not read, in bytes; the oldest
 *     messages are dropped above
 * @param messagesPerCycleMax how many messages are taken in before timers and output get their turn
 * @param reconnectDelayMin the pause before the second attempt to connect to a member
 * @param reconnectDelayMax what that pause grows to
 */
public record NodeSettings(
    ReplicaSettings replica,
    int messageBytesMax,
    long outboundBytesMax,
    int messagesPerCycleMax,
    Duration reconnectDelayMin,
    Duration reconnectDelayMax) {
  /** Key, signature and framing of a request, rounded up. */
  private static final int REQUEST_OVERHEAD_BYTES = 16 << 10;

  /** How often an idle connection is used, and after what silence its peer counts as gone. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(1);

  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(4);

  /** Checks that the values make sense together. */
  public NodeSettings {
    Objects.requireNonNull(replica, "replica");
    within("messageBytesMax", messageBytesMax, 64 << 10, 64 << 20);
    within("outboundBytesMax", outboundBytesMax, messageBytesMax, 1L << 32);
    within("messagesPerCycleMax", messagesPerCycleMax, 1, 1 << 20);
    within("reconnectDelayMin", reconnectDelayMin.toMillis(), 1, 60_000);
    within(
        "reconnectDelayMax", reconnectDelayMax.toMillis(), reconnectDelayMin.toMillis(), 600_000);
  }

  /**
   * The defaults: the longest message that the consensus knows, 32 MiB waiting for a peer, 256
   * messages a cycle, reconnecting after 50 ms to 2 s.
   */
  public static NodeSettings defaults() {
    return new NodeSettings(
        ReplicaSettings.defaults(),
        MessageVerifier.MESSAGE_BYTES_MAX,
        32L << 20,
        256,
        Duration.ofMillis(50),
        Duration.ofSeconds(2));
  }

  /** The same with another replica's settings. */
  public NodeSettings withReplica(ReplicaSettings newReplica) {
    return new NodeSettings(
        newReplica,
        messageBytesMax,
        outboundBytesMax,
        messagesPerCycleMax,
        reconnectDelayMin,
        reconnectDelayMax);
  }

  /** The longest message from a client, in bytes: a request with the longest payload accepted. */
  int clientMessageBytesMax() {
    return Math.min(messageBytesMax, replica.requestPayloadBytesMax() + REQUEST_OVERHEAD_BYTES);
  }

  /** What STOQ needs so that the longest message fits a channel, in either direction. */
  StoqSettings stoq() {
    int buffer = messageBytesMax + StoqStreamChannel.HEADER_LENGTH;
    StoqSettings defaults = StoqSettings.defaults();
    return StoqSettings.builder()
        .sendBufferBytes(Math.max(buffer, defaults.sendBufferBytes()))
        .keepAliveInterval(KEEP_ALIVE)
        .idleTimeout(IDLE_TIMEOUT)
        .build();
  }

  private static void within(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "couldn't set " + name + " because it is from " + min + " to " + max + ": " + value);
    }
  }
}
