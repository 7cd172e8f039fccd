package io.hypermesh.ledger.wire;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.AssetState;
import io.hypermesh.asset.Capacity;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.Operation;
import io.hypermesh.ledger.Operation.ChangeState;
import io.hypermesh.ledger.Operation.Lease;
import io.hypermesh.ledger.Operation.Prove;
import io.hypermesh.ledger.Operation.Register;
import io.hypermesh.ledger.Operation.Release;
import io.hypermesh.ledger.Operation.Transfer;
import io.hypermesh.ledger.OperationId;

/**
 * Operations as bytes:
 *
 * <pre>
 *   code 8 | flags 8, zero | operation id 128 | asset id 128 | fields of the operation
 * </pre>
 *
 * <p>The flags are there for operations that succeed or fail together; a flag that is not known is
 * refused, never ignored.
 */
public final class OperationCodec {
  private static final int REGISTER = 1;
  private static final int TRANSFER = 2;
  private static final int CHANGE_STATE = 3;
  private static final int LEASE = 4;
  private static final int RELEASE = 5;
  private static final int PROVE = 6;

  private OperationCodec() {}

  /**
   * Appends an operation's encoding.
   *
   * @param writer where to
   * @param operation what to write
   */
  public static void write(WireWriter writer, Operation operation) {
    writer.u8(code(operation)).u8(0);
    writeId(writer, operation.id());
    writeAsset(writer, operation.asset());
    switch (operation) {
      case Register register ->
          writer
              .digest(register.fingerprint())
              .digest(register.descriptor())
              .i64(register.capacity().amount())
              .u8(register.privacy().id());
      case Transfer transfer -> writer.digest(transfer.to().digest());
      case ChangeState change -> writer.u8(change.to().id());
      case Lease lease -> writer.digest(lease.lessee().digest()).i64(lease.expiresAtHeight());
      case Release _, Prove _ -> {}
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param reader where from
   * @return the operation
   * @throws DecodingException if it is anything else
   */
  public static Operation read(WireReader reader) throws DecodingException {
    int code = reader.readU8("operation code");
    int flags = reader.readU8("operation flags");
    if (flags != 0) {
      throw new DecodingException("unknown operation flags: " + flags);
    }
    OperationId id = readId(reader);
    AssetId asset = readAsset(reader);
    try {
      return switch (code) {
        case REGISTER ->
            new Register(
                id,
                asset,
                reader.readDigest("fingerprint"),
                reader.readDigest("descriptor digest"),
                new Capacity(reader.readNonNegative("capacity"), asset.type().unit()),
                PrivacyLevel.fromId(reader.readU8("privacy level")));
        case TRANSFER -> new Transfer(id, asset, new OwnerId(reader.readDigest("new owner")));
        case CHANGE_STATE ->
            new ChangeState(id, asset, AssetState.fromId(reader.readU8("state wanted")));
        case LEASE ->
            new Lease(
                id,
                asset,
                new OwnerId(reader.readDigest("lessee")),
                reader.readNonNegative("lease expiry height"));
        case RELEASE -> new Release(id, asset);
        case PROVE -> new Prove(id, asset);
        default -> throw new DecodingException("unknown operation code: " + code);
      };
    } catch (IllegalArgumentException e) {
      throw new DecodingException("operation " + id + ": " + e.getMessage(), e);
    }
  }

  /** Appends an operation's id. */
  public static void writeId(WireWriter writer, OperationId id) {
    writer.i64(id.high()).i64(id.low());
  }

  /** Reads an operation's id. */
  public static OperationId readId(WireReader reader) throws DecodingException {
    return new OperationId(reader.readI64("operation id"), reader.readI64("operation id"));
  }

  /** Appends an asset's id. */
  public static void writeAsset(WireWriter writer, AssetId asset) {
    writer.i64(asset.high()).i64(asset.low());
  }

  /** Reads an asset's id. */
  public static AssetId readAsset(WireReader reader) throws DecodingException {
    return AssetId.fromBits(reader.readI64("asset id"), reader.readI64("asset id"));
  }

  private static int code(Operation operation) {
    return switch (operation) {
      case Register _ -> REGISTER;
      case Transfer _ -> TRANSFER;
      case ChangeState _ -> CHANGE_STATE;
      case Lease _ -> LEASE;
      case Release _ -> RELEASE;
      case Prove _ -> PROVE;
    };
  }
}
