package io.hypermesh.ledger.state;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the fields of an asset's record are. The record stands in the table exactly as it is hashed
 * and as a proof carries it, so nothing is encoded on the way. Its 176 bytes with their leaf prefix
 * fill three SHA-256 blocks; with the tree (64 bytes an asset) and the index (8) an asset costs
 * less than 256 bytes.
 */
public final class AssetLayout {
  /** Offset of the asset's id, 16 bytes. */
  static final int ID = 0;

  /** Offset of the owner, 32 bytes. */
  static final int OWNER = 16;

  /** Offset of the lessee, 32 bytes, all zero without one. */
  static final int LESSEE = 48;

  /** Offset of the descriptor's digest, 32 bytes. */
  static final int DESCRIPTOR = 80;

  /** Offset of the capacity's amount, 8 bytes. */
  static final int CAPACITY = 112;

  /** Offset of the height of the registration, 8 bytes. */
  static final int REGISTERED = 120;

  /** Offset of the height of the last change, 8 bytes. */
  static final int CHANGED = 128;

  /** Offset of the last height of the lease, 8 bytes, 0 without one. */
  static final int LEASE_EXPIRES = 136;

  /** Offset of the number of changes, 8 bytes. */
  static final int CHANGES = 144;

  /** Offset of the format's version, 1 byte. */
  static final int VERSION = 152;

  /** Offset of the state's id, 1 byte. */
  static final int STATE = 153;

  /** Offset of the privacy level's id, 1 byte. */
  static final int PRIVACY = 154;

  /** Offset of bytes that are zero in this version, room for what later versions need. */
  static final int RESERVED = 155;

  /** How long a record is. */
  public static final int BYTES = 176;

  /** How many bytes at the end are zero. */
  public static final int RESERVED_BYTES = BYTES - RESERVED;

  /** The version that this layout is. */
  public static final int FORMAT_VERSION = 1;

  /** Eight bytes, big-endian, at multiples of eight. */
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

  /** One byte. */
  static final ValueLayout.OfByte BYTE = JAVA_BYTE;

  private AssetLayout() {}
}
