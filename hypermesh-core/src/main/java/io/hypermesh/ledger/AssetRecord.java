package io.hypermesh.ledger;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.AssetState;
import io.hypermesh.asset.Capacity;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.state.AssetLayout;
import io.hypermesh.ledger.wire.OperationCodec;
import java.util.Optional;

/**
 * What the ledger knows about an asset: the contents of its leaf in the state tree. Leases end by
 * height without anybody writing it down, so ask {@link #stateAt} and {@link #lesseeAt} rather than
 * the fields.
 *
 * @param id which asset
 * @param owner who owns it
 * @param lessee who leases it, or {@link OwnerId#NOBODY}
 * @param descriptor {@link io.hypermesh.asset.AssetDescriptor#digest} as registered
 * @param capacity how much it is
 * @param privacy who may ask about it
 * @param state as last written
 * @param registeredAtHeight the block that registered it
 * @param changedAtHeight the block that last changed it
 * @param leaseExpiresAtHeight the last block at which the lease holds; 0 without one
 * @param changes how many operations changed it, its registration counted
 */
public record AssetRecord(
    AssetId id,
    OwnerId owner,
    OwnerId lessee,
    Digest descriptor,
    Capacity capacity,
    PrivacyLevel privacy,
    AssetState state,
    long registeredAtHeight,
    long changedAtHeight,
    long leaseExpiresAtHeight,
    long changes) {
  /** How long every encoded record is. */
  public static final int BYTES = AssetLayout.BYTES;

  /**
   * The state at a height, with leases that ended by then taken into account.
   *
   * @param height this record's block or a later one
   * @return the state
   */
  public AssetState stateAt(long height) {
    return leaseEndedBy(height) ? AssetState.AVAILABLE : state;
  }

  /**
   * Who leases it at a height.
   *
   * @param height this record's block or a later one
   * @return the lessee, if there is one
   */
  public Optional<OwnerId> lesseeAt(long height) {
    return lessee.equals(OwnerId.NOBODY) || leaseEndedBy(height)
        ? Optional.empty()
        : Optional.of(lessee);
  }

  private boolean leaseEndedBy(long height) {
    return !lessee.equals(OwnerId.NOBODY) && height > leaseExpiresAtHeight;
  }

  /**
   * Encodes it as it stands in the table and under the leaf's hash.
   *
   * @return {@value #BYTES} bytes
   */
  public byte[] encode() {
    WireWriter writer = new WireWriter(BYTES);
    OperationCodec.writeAsset(writer, id);
    return writer
        .digest(owner.digest())
        .digest(lessee.digest())
        .digest(descriptor)
        .i64(capacity.amount())
        .i64(registeredAtHeight)
        .i64(changedAtHeight)
        .i64(leaseExpiresAtHeight)
        .i64(changes)
        .u8(AssetLayout.FORMAT_VERSION)
        .u8(state.id())
        .u8(privacy.id())
        .bytes(new byte[AssetLayout.RESERVED_BYTES])
        .toByteArray();
  }

  /**
   * Decodes what {@link #encode} wrote.
   *
   * @param bytes exactly one record
   * @return the record
   * @throws DecodingException if the bytes are anything else
   */
  public static AssetRecord decode(byte[] bytes) throws DecodingException {
    WireReader reader = new WireReader(bytes);
    AssetId id = OperationCodec.readAsset(reader);
    OwnerId owner = new OwnerId(reader.readDigest("owner"));
    OwnerId lessee = new OwnerId(reader.readDigest("lessee"));
    Digest descriptor = reader.readDigest("descriptor digest");
    Capacity capacity = new Capacity(reader.readNonNegative("capacity"), id.type().unit());
    long registered = reader.readNonNegative("registration height");
    long changed = reader.readNonNegative("change height");
    long leaseExpires = reader.readNonNegative("lease expiry height");
    long changes = reader.readNonNegative("changes");
    int version = reader.readU8("record version");
    if (version != AssetLayout.FORMAT_VERSION) {
      throw new DecodingException("unknown record version: " + version);
    }
    AssetState state = AssetState.fromId(reader.readU8("state"));
    PrivacyLevel privacy = PrivacyLevel.fromId(reader.readU8("privacy level"));
    for (byte reserved : reader.readBytes(AssetLayout.RESERVED_BYTES, "reserved bytes")) {
      if (reserved != 0) {
        throw new DecodingException("a reserved byte of the record is not zero: " + reserved);
      }
    }
    reader.expectEnd("record");
    return new AssetRecord(
        id,
        owner,
        lessee,
        descriptor,
        capacity,
        privacy,
        state,
        registered,
        changed,
        leaseExpires,
        changes);
  }
}
