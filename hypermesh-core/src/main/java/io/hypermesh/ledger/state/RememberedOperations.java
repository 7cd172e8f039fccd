package io.hypermesh.ledger.state;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.Sha256;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.OperationId;
import io.hypermesh.ledger.Outcome;
import io.hypermesh.ledger.wire.OutcomeCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes of operations, for as long as a batch that carries them could be executed again.
 * That makes every operation happen once with a bounded memory: after a batch's expiry height the
 * batch itself is refused, so its outcomes can be forgotten, on every replica at the same block.
 *
 * <p>An owner may sign the same operation again in a batch that expires later. It is then
 * remembered for the later height too: otherwise the later batch, replayed after the earlier
 * height, would be executed a second time.
 *
 * <p>{@link #digest} covers everything remembered, so replicas that would answer a repetition
 * differently have different state roots. It is a chain over the entries of each expiry height, and
 * a hash over the chains; forgetting drops whole chains.
 *
 * <p>Owned by one thread.
 */
final class RememberedOperations {
  /** Expiry, owner, fingerprint, and the longest outcome that is remembered. */
  static final int ENTRY_BYTES_MAX = 8 + 32 + 8 + 50;

  private static final String CHAIN_DOMAIN = "hypermesh remembered-operation v1";
  private static final String DIGEST_DOMAIN = "hypermesh remembered-operations v1";

  private final Map<Key, Entry> latest = new HashMap<>();
  private final TreeMap<Long, Chain> byExpiry = new TreeMap<>();
  private int size;

  /** Ids of different owners do not meet. */
  private record Key(OwnerId owner, OperationId operation) {}

  /** One remembered outcome, and until when. */
  record Entry(long expiresAtHeight, OwnerId owner, long fingerprint, Outcome outcome) {
    void writeTo(WireWriter writer) {
      writer.i64(expiresAtHeight).digest(owner.digest()).i64(fingerprint);
      OutcomeCodec.write(writer, outcome);
    }

    static Entry readFrom(WireReader reader) throws DecodingException {
      return new Entry(
          reader.readNonNegative("expiry height"),
          new OwnerId(reader.readDigest("owner")),
          reader.readI64("fingerprint"),
          OutcomeCodec.read(reader));
    }

    private Key key() {
      return new Key(owner, outcome.operation());
    }
  }

  private static final class Chain {
    private final List<Entry> entries = new ArrayList<>();
    private Digest digest = Digest.ZERO;
  }

  /** How many entries there are. */
  int size() {
    return size;
  }

  /** What became of an owner's operation, if it is remembered. */
  @Nullable Entry find(OwnerId owner, OperationId operation) {
    return latest.get(new Key(owner, operation));
  }

  /** Remembers an outcome; the caller has checked the limit. */
  void add(Entry entry) {
    Chain chain = byExpiry.computeIfAbsent(entry.expiresAtHeight, _ -> new Chain());
    WireWriter writer = new WireWriter(ENTRY_BYTES_MAX + Digest.BYTES).digest(chain.digest);
    entry.writeTo(writer);
    chain.digest = Sha256.of(CHAIN_DOMAIN, writer.toByteArray());
    chain.entries.add(entry);
    size++;
    latest.merge(
        entry.key(),
        entry,
        (old, added) -> added.expiresAtHeight > old.expiresAtHeight ? added : old);
  }

  /** Forgets what no batch executed at this height or later can repeat. */
  void forgetBefore(long height) {
    while (!byExpiry.isEmpty() && byExpiry.firstKey() < height) {
      Chain gone = byExpiry.pollFirstEntry().getValue();
      size -= gone.entries.size();
      // An entry that was remembered again for later stays: the later one is another object.
      gone.entries.forEach(entry -> latest.remove(entry.key(), entry));
    }
  }

  /** Covers all entries in their order. */
  Digest digest() {
    WireWriter writer = new WireWriter();
    byExpiry.forEach(
        (expiry, chain) -> writer.i64(expiry).count(chain.entries.size()).digest(chain.digest));
    return Sha256.of(DIGEST_DOMAIN, writer.toByteArray());
  }

  /** All entries, by expiry height and then in the order in which they came. */
  List<Entry> entries() {
    List<Entry> all = new ArrayList<>(size);
    byExpiry.values().forEach(chain -> all.addAll(chain.entries));
    return all;
  }
}
