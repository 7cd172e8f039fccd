package io.hypermesh.byzantine;

/**
 * An application's whole state at one sequence number, cut into chunks so that a lagging replica
 * can fetch it from several others and check each chunk by itself.
 *
 * <p>Equal states must give equal chunks on every replica, byte for byte: the quorum's checkpoint
 * certifies the list of their hashes. A snapshot stays readable while the application executes on.
 */
public interface Snapshot extends AutoCloseable {
  /** The longest chunk, in bytes. */
  int CHUNK_BYTES_MAX = 256 << 10;

  /** The most chunks. */
  int CHUNKS_MAX = 8_192;

  /** The number of chunks, from 0 to {@value #CHUNKS_MAX}. */
  int chunkCount();

  /**
   * One chunk.
   *
   * @param index from 0 to {@code chunkCount() - 1}
   * @return at most {@value #CHUNK_BYTES_MAX} bytes; the caller does not change them
   */
  byte[] chunk(int index);

  /** The SHA-256 of a chunk; an application that keeps hashes up to date may answer from them. */
  default Digest chunkHash(int index) {
    return Digest.sha256(chunk(index));
  }

  /** Releases what the snapshot holds; it is not read afterwards. */
  @Override
  default void close() {}
}
