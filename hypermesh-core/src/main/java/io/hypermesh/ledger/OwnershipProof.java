package io.hypermesh.ledger;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.WireReader;
import io.hypermesh.codec.WireWriter;
import io.hypermesh.ledger.state.MerkleTree;
import io.hypermesh.ledger.state.StateRoot;
import java.util.ArrayList;
import java.util.List;

/**
 * Says that, after the block at a height, the ledger held exactly this record of an asset: owner,
 * lessee, state. It is the record, its path in the Merkle tree over the assets' slots, and what
 * else the state root is made of. Whoever believes a state root (because f+1 replicas signed it,
 * for one) can check the proof alone, offline.
 *
 * @param asset the record
 * @param slot the asset's permanent place in the tree
 * @param path the sibling at each level, from the leaf up
 * @param header what the state root covers besides the tree's own root
 */
public record OwnershipProof(AssetRecord asset, int slot, List<Digest> path, StateHeader header) {
  /** The longest encoding. */
  public static final int BYTES_MAX = 2_048;

  private static final int VERSION = 1;

  /** Copies the path and refuses places outside the tree. */
  public OwnershipProof {
    path = List.copyOf(path);
    if (slot < 0
        || slot >= header.assetCount()
        || path.size() != MerkleTree.depth(header.assetCount())) {
      throw new IllegalArgumentException(
          "a tree of "
              + header.assetCount()
              + " has no slot "
              + slot
              + " with a path of "
              + path.size());
    }
  }

  /**
   * The block after which this was so.
   *
   * @return a height
   */
  public long height() {
    return header.height();
  }

  /**
   * Computes the only state root that this proof belongs to.
   *
   * @return the root
   */
  public Digest impliedStateRoot() {
    Digest assetsRoot = MerkleTree.rootFrom(asset.encode(), slot, path);
    return StateRoot.of(header, assetsRoot);
  }

  /**
   * Checks the proof against a state root. Pure.
   *
   * @param stateRoot a root that the caller believes
   * @return true if the ledger with that root holds exactly this record
   */
  public boolean verify(Digest stateRoot) {
    return impliedStateRoot().equals(stateRoot);
  }

  /**
   * Encodes the proof.
   *
   * @return a new array
   */
  public byte[] encode() {
    WireWriter writer = new WireWriter(BYTES_MAX).u8(VERSION).bytes(asset.encode()).count(slot);
    writer.u8(path.size());
    path.forEach(writer::digest);
    return writer.bytes(header.encode()).toByteArray();
  }

  /**
   * Decodes what {@link #encode} wrote.
   *
   * @param bytes exactly one proof
   * @return the proof, not verified yet
   * @throws DecodingException if the bytes are anything else
   */
  public static OwnershipProof decode(byte[] bytes) throws DecodingException {
    WireReader reader = new WireReader(bytes);
    int version = reader.readU8("proof version");
    if (version != VERSION) {
      throw new DecodingException("unknown proof version: " + version);
    }
    AssetRecord asset = AssetRecord.decode(reader.readBytes(AssetRecord.BYTES, "record"));
    int slot = reader.readCount(Integer.MAX_VALUE, "slot");
    int depth = reader.readU8("path length");
    if (depth > MerkleTree.DEPTH_MAX) {
      throw new DecodingException("path of " + depth + ", limit " + MerkleTree.DEPTH_MAX);
    }
    List<Digest> path = new ArrayList<>(depth);
    for (int level = 0; level < depth; level++) {
      path.add(reader.readDigest("sibling"));
    }
    StateHeader header = StateHeader.decode(reader.readBytes(StateHeader.BYTES, "header"));
    reader.expectEnd("proof");
    try {
      return new OwnershipProof(asset, slot, path, header);
    } catch (IllegalArgumentException e) {
      throw new DecodingException("proof: " + e.getMessage(), e);
    }
  }
}
