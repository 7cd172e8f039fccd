package io.hypermesh.stoq;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the logs of an endpoint's connections go, one for each, in qlog, the standard schema of
 * QUIC's events, which tools like qvis show (draft-ietf-quic-qlog-main-schema-14 and
 * draft-ietf-quic-qlog-quic-events-13): versions and parameters, every packet with its frames,
 * losses, round-trip times and windows, keys, paths, connection IDs, streams:
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="qlog"}
 *
 * <p>Of data, tokens and keys only lengths and types are logged. Connection IDs, addresses and the
 * reasons of closes are logged as they are. It costs time and memory for every packet: it's meant
 * for finding out what happens, not for always.
 */
public interface Qlog extends AutoCloseable {
  /** What {@link #toDirectory(Path)} writes at most, in bytes. */
  long BYTES_MAX_DEFAULT = 1L << 30;

  /**
   * A connection is made. Called on the agent's thread: it must return at once.
   *
   * @param originalConnectionId the destination of the client's first packet, in hexadecimal; both
   *     sides know it, and a server's peer has chosen it
   * @param client whether this side is the client
   * @return where its log goes, or null for none
   */
  @Nullable QlogSink open(String originalConnectionId, boolean client);

  /** The endpoint has ended; called at least once, on any thread but the agent's. */
  @Override
  default void close() {}

  /** As {@link #toDirectory(Path, long)}, with {@link #BYTES_MAX_DEFAULT}. */
  static Qlog toDirectory(Path directory) {
    return toDirectory(directory, BYTES_MAX_DEFAULT);
  }

  /**
   * Writes each log to a file of its own, {@code ID_client.sqlog} or {@code ID_server.sqlog}, on a
   * thread of its own; for one endpoint. Nothing waits for the disk: where it's too slow, events
   * are dropped and the log says how many. A failing disk is told once by SLF4J, and harms nothing
   * else. At most 256 connections are logged at once and 10,000 in all; others have no log. The
   * endpoint's {@code close()} waits up to 5 seconds until everything is written.
   *
   * @param directory made where it's not there; existing files are never written over
   * @param bytesMax after so many bytes in all files together events are dropped
   */
  static Qlog toDirectory(Path directory, long bytesMax) {
    return new QlogDirectory(directory, bytesMax, QlogDirectory.QUEUE_CHARS_MAX);
  }
}
