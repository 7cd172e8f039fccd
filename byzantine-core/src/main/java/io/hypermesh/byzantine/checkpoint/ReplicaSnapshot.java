package io.hypermesh.byzantine.checkpoint;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Snapshot;
import java.util.ArrayList;
import java.util.List;

/** A replica's whole state at a checkpoint: the table of clients and the application's snapshot. */
public final class ReplicaSnapshot {
  private final Manifest manifest;
  private final List<byte[]> clientChunks;
  private final Snapshot application;

  private ReplicaSnapshot(Manifest manifest, List<byte[]> clientChunks, Snapshot application) {
    this.manifest = manifest;
    this.clientChunks = clientChunks;
    this.application = application;
  }

  /**
   * The snapshot of its parts.
   *
   * @throws IllegalStateException if the application's exceeds the limits of {@link Snapshot}
   */
  public static ReplicaSnapshot of(
      long blockView, long blockTimestampMillis, List<byte[]> clientChunks, Snapshot application) {
    if (application.chunkCount() > Snapshot.CHUNKS_MAX) {
      throw new IllegalStateException(
          "couldn't take a checkpoint because of the number of chunks: "
              + application.chunkCount());
    }
    List<Digest> hashes = new ArrayList<>();
    clientChunks.forEach(chunk -> hashes.add(Digest.sha256(chunk)));
    for (int i = 0; i < application.chunkCount(); i++) {
      hashes.add(application.chunkHash(i));
    }
    Manifest manifest =
        new Manifest(blockView, blockTimestampMillis, clientChunks.size(), List.copyOf(hashes));
    return new ReplicaSnapshot(manifest, List.copyOf(clientChunks), application);
  }

  /** The snapshot whose chunks have been checked against the manifest. */
  public static ReplicaSnapshot ofVerified(Manifest manifest, List<byte[]> chunks) {
    int clients = manifest.clientChunks();
    List<byte[]> application = List.copyOf(chunks.subList(clients, chunks.size()));
    return new ReplicaSnapshot(
        manifest, List.copyOf(chunks.subList(0, clients)), new ChunkList(application));
  }

  private record ChunkList(List<byte[]> chunks) implements Snapshot {
    @Override
    public int chunkCount() {
      return chunks.size();
    }

    @Override
    public byte[] chunk(int index) {
      return chunks.get(index);
    }
  }

  /** The list of hashes that the checkpoint certifies. */
  public Manifest manifest() {
    return manifest;
  }

  /** The number of chunks, the table's and the application's. */
  public int chunkCount() {
    return manifest.chunkHashes().size();
  }

  /** A chunk, the table's first. */
  public byte[] chunk(int index) {
    return index < clientChunks.size()
        ? clientChunks.get(index)
        : application.chunk(index - clientChunks.size());
  }

  /** The table of clients. */
  public List<byte[]> clientChunks() {
    return clientChunks;
  }

  /** The application's part. */
  public Snapshot application() {
    return application;
  }

  /** Releases the application's part. */
  public void close() {
    application.close();
  }
}
