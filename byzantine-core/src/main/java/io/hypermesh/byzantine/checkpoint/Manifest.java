package io.hypermesh.byzantine.checkpoint;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.byzantine.message.WireReader;
import io.hypermesh.byzantine.message.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The list of a snapshot's chunk hashes, and what of the last block is needed to go on from it. Its
 * own hash is what a checkpoint certifies, so that a replica verifies each chunk by itself whoever
 * sent it.
 *
 * @param blockView the view of the last block
 * @param blockTimestampMillis its timestamp
 * @param clientChunks how many of the chunks, from the first, hold the table of clients
 * @param chunkHashes the hashes of the table's chunks and then the application's
 */
public record Manifest(
    long blockView, long blockTimestampMillis, int clientChunks, List<Digest> chunkHashes) {
  /** The most chunks: the application's and as many for the table of clients. */
  public static final int CHUNKS_MAX = 2 * Snapshot.CHUNKS_MAX;

  private static final int VERSION = 1;

  /** Reads a manifest from its {@link #encode encoding}. */
  public static Manifest decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes);
    int version = in.int8("version");
    if (version != VERSION) {
      throw new ProtocolException(
          "couldn't read a manifest because its version is unknown: " + version);
    }
    long view = in.nonNegative("block view");
    long timestampMillis = in.nonNegative("block timestamp");
    int clientChunks = in.int32("client chunks");
    int count = in.count(CHUNKS_MAX, Digest.BYTES, "chunk hashes");
    if (clientChunks < 0 || clientChunks > count) {
      throw new ProtocolException(
          "couldn't read a manifest because of its client chunks: " + clientChunks);
    }
    List<Digest> hashes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      hashes.add(in.digest());
    }
    in.end("manifest");
    return new Manifest(view, timestampMillis, clientChunks, List.copyOf(hashes));
  }

  /** The bytes that {@link #decode} reads. */
  public byte[] encode() {
    WireWriter out = new WireWriter(32 + chunkHashes.size() * Digest.BYTES);
    out.int8(VERSION).int64(blockView).int64(blockTimestampMillis).int32(clientChunks);
    out.int32(chunkHashes.size());
    chunkHashes.forEach(out::digest);
    return out.toByteArray();
  }

  /** What a checkpoint certifies. */
  public Digest root() {
    return Digest.sha256(encode());
  }
}
