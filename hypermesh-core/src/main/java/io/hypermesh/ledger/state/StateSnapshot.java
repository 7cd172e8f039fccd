package io.hypermesh.ledger.state;

import static io.hypermesh.ledger.state.SnapshotFormat.RECORDS_PER_CHUNK;
import static io.hypermesh.ledger.state.SnapshotFormat.REMEMBERED_PER_CHUNK;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.AssetRecord;
import io.hypermesh.ledger.LedgerSettings;
import io.hypermesh.ledger.Outcome;
import io.hypermesh.ledger.StateHeader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** A state at one block, in the chunks of {@link SnapshotFormat}. Immutable. */
final class StateSnapshot implements Snapshot {
  private final StateHeader header;
  private final Digest stateRoot;
  private final List<AssetTable.Page> pages;
  private final List<RememberedOperations.Entry> remembered;

  StateSnapshot(
      StateHeader header,
      Digest stateRoot,
      List<AssetTable.Page> pages,
      List<RememberedOperations.Entry> remembered) {
    this.header = header;
    this.stateRoot = stateRoot;
    this.pages = pages;
    this.remembered = remembered;
  }

  /** What a snapshot holds besides the records. */
  record Contents(
      StateHeader header, Digest stateRoot, List<RememberedOperations.Entry> remembered) {}

  @Override
  public int chunkCount() {
    return 1 + pages.size() + SnapshotFormat.chunksFor(remembered.size(), REMEMBERED_PER_CHUNK);
  }

  @Override
  public byte[] chunk(int index) {
    Objects.checkIndex(index, chunkCount());
    if (index == 0) {
      return new WireWriter()
          .i64(SnapshotFormat.MAGIC)
          .bytes(header.encode())
          .count(remembered.size())
          .digest(stateRoot)
          .toByteArray();
    }
    int page = index - 1;
    if (page < pages.size()) {
      return pages.get(page).bytes(recordsIn(page));
    }
    WireWriter writer = new WireWriter(Snapshot.CHUNK_BYTES_MAX);
    int from = (page - pages.size()) * REMEMBERED_PER_CHUNK;
    int to = Math.min(from + REMEMBERED_PER_CHUNK, remembered.size());
    remembered.subList(from, to).forEach(entry -> entry.writeTo(writer));
    return writer.toByteArray();
  }

  @Override
  public Digest chunkHash(int index) {
    int page = index - 1;
    boolean fullPage = page >= 0 && page < pages.size() && recordsIn(page) == RECORDS_PER_CHUNK;
    return fullPage ? pages.get(page).fullHash() : Digest.sha256(chunk(index));
  }

  private int recordsIn(int page) {
    return Math.min(RECORDS_PER_CHUNK, header.assetCount() - page * RECORDS_PER_CHUNK);
  }

  /** Reads a snapshot strictly; the records go into the empty table. */
  static Contents read(
      LedgerSettings settings, Digest settingsDigest, Snapshot snapshot, AssetTable table)
      throws DecodingException {
    if (snapshot.chunkCount() < 1) {
      throw new DecodingException("the snapshot has no chunk");
    }
    WireReader reader = new WireReader(snapshot.chunk(0));
    if (reader.readI64("snapshot magic") != SnapshotFormat.MAGIC) {
      throw new DecodingException("the snapshot is not one of a ledger");
    }
    StateHeader header = StateHeader.decode(reader.readBytes(StateHeader.BYTES, "header"));
    int rememberedCount =
        reader.readCount(settings.rememberedOperationsMax(), "remembered operations");
    Digest stateRoot = reader.readDigest("state root");
    reader.expectEnd("snapshot header");
    if (!header.settings().equals(settingsDigest)) {
      throw new DecodingException(
          "the snapshot is of a ledger with other settings: " + header.settings());
    }
    if (header.assetCount() > settings.assetsMax()) {
      throw new DecodingException(header.assetCount() + " assets, limit " + settings.assetsMax());
    }
    int assetChunks = SnapshotFormat.chunksFor(header.assetCount(), RECORDS_PER_CHUNK);
    int chunks = 1 + assetChunks + SnapshotFormat.chunksFor(rememberedCount, REMEMBERED_PER_CHUNK);
    if (snapshot.chunkCount() != chunks) {
      throw new DecodingException(
          "the snapshot has " + snapshot.chunkCount() + " chunks, not " + chunks);
    }
    for (int chunk = 0; chunk < assetChunks; chunk++) {
      int records = Math.min(RECORDS_PER_CHUNK, header.assetCount() - chunk * RECORDS_PER_CHUNK);
      readRecords(snapshot.chunk(1 + chunk), records, table);
    }
    List<RememberedOperations.Entry> remembered = new ArrayList<>();
    for (int chunk = 1 + assetChunks; chunk < chunks; chunk++) {
      readRemembered(
          snapshot.chunk(chunk),
          Math.min(REMEMBERED_PER_CHUNK, rememberedCount - remembered.size()),
          remembered);
    }
    return new Contents(header, stateRoot, remembered);
  }

  private static void readRecords(byte[] chunk, int records, AssetTable table)
      throws DecodingException {
    if (chunk.length != records * AssetLayout.BYTES) {
      throw new DecodingException(
          "a chunk of " + records + " records has " + chunk.length + " bytes");
    }
    for (int at = 0; at < chunk.length; at += AssetLayout.BYTES) {
      AssetRecord.decode(Arrays.copyOfRange(chunk, at, at + AssetLayout.BYTES));
    }
    table.appendAll(chunk);
  }

  private static void readRemembered(
      byte[] chunk, int entries, List<RememberedOperations.Entry> target) throws DecodingException {
    WireReader reader = new WireReader(chunk);
    for (int left = entries; left > 0; left--) {
      RememberedOperations.Entry entry = RememberedOperations.Entry.readFrom(reader);
      if (entry.outcome() instanceof Outcome.Proved) {
        throw new DecodingException("a proof is among the remembered operations");
      }
      if (!target.isEmpty() && target.getLast().expiresAtHeight() > entry.expiresAtHeight()) {
        throw new DecodingException(
            "remembered operations are out of order at height " + entry.expiresAtHeight());
      }
      target.add(entry);
    }
    reader.expectEnd("remembered operations");
  }
}
