package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Evidence;
import java.util.List;

/**
 * What a message says, by type. The {@link #body} is part of the signed statement; the {@link
 * #attachment} is not signed but checked against the body (a block by its hash, a certificate by
 * its own signatures), so that statements stay short enough to be kept and shown as evidence.
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes on their way; no payload is ever compared.
public sealed interface Payload {
  /** Nothing. */
  byte[] EMPTY = {};

  /** The type that goes with it. */
  MessageType type();

  /** The signed part. */
  default byte[] body() {
    return EMPTY;
  }

  /** The part that the body vouches for or that proves itself. */
  default byte[] attachment() {
    return EMPTY;
  }

  /** A proposal; the statement's body is the block's hash. */
  record PrePrepare(Block block) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.PRE_PREPARE;
    }

    @Override
    public byte[] body() {
      return block.hash().bytes();
    }

    @Override
    public byte[] attachment() {
      return block.encode();
    }
  }

  /**
   * A vote for a proposal. The attachment is the primary's signature over its PRE-PREPARE
   * statement, so that replicas that were shown different proposals learn of it from each other's
   * votes.
   */
  record Prepare(Digest hash, byte[] proposalSignature) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.PREPARE;
    }

    @Override
    public byte[] body() {
      return hash.bytes();
    }

    @Override
    public byte[] attachment() {
      return proposalSignature;
    }
  }

  /** A vote that a block is prepared. */
  record Commit(Digest hash) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.COMMIT;
    }

    @Override
    public byte[] body() {
      return hash.bytes();
    }
  }

  /** What a replica says of its highest certificate. */
  record Claim(Rank rank, Digest hash) {
    /** The claim that a certificate bears out. */
    public static Claim of(Certificate certificate) {
      return new Claim(certificate.rank(), certificate.blockHash());
    }

    /** The body of a VIEW-CHANGE statement. */
    public byte[] encode() {
      return new WireWriter(48)
          .int64(rank.view())
          .int64(rank.sequence())
          .digest(hash)
          .toByteArray();
    }
  }

  /** A replica leaves for the statement's view; the attached certificate bears out the claim. */
  record ViewChange(Claim claim, Certificate certificate) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.VIEW_CHANGE;
    }

    @Override
    public byte[] body() {
      return claim.encode();
    }

    @Override
    public byte[] attachment() {
      return certificate.encode();
    }
  }

  /** One replica's VIEW-CHANGE statement without its certificate. */
  record SignedClaim(int replica, Claim claim, byte[] signature) {}

  /** A quorum's claims and the certificate that bears out the highest: where the view begins. */
  record NewView(List<SignedClaim> claims, Certificate certificate) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.NEW_VIEW;
    }

    @Override
    public byte[] body() {
      WireWriter out = new WireWriter(8 + claims.size() * 128);
      out.int32(claims.size());
      for (SignedClaim signed : claims) {
        out.int32(signed.replica()).raw(signed.claim().encode()).bytes(signed.signature());
      }
      return out.toByteArray();
    }

    @Override
    public byte[] attachment() {
      return certificate.encode();
    }
  }

  /** The state after the statement's sequence number. */
  record Checkpoint(Digest blockHash, Digest stateRoot, Digest snapshotRoot) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.CHECKPOINT;
    }

    @Override
    public byte[] body() {
      return new WireWriter(96)
          .digest(blockHash)
          .digest(stateRoot)
          .digest(snapshotRoot)
          .toByteArray();
    }
  }

  /** The answer to a client; the attached result is vouched for by its hash in the body. */
  record Reply(ClientId client, long number, Digest stateRoot, byte[] result) implements Payload {
    /** The body of a reply with that result's hash. */
    public static byte[] body(ClientId client, long number, Digest resultHash, Digest stateRoot) {
      return new WireWriter(104)
          .digest(client.digest())
          .int64(number)
          .digest(resultHash)
          .digest(stateRoot)
          .toByteArray();
    }

    @Override
    public MessageType type() {
      return MessageType.REPLY;
    }

    @Override
    public byte[] body() {
      return body(client, number, Digest.sha256(result), stateRoot);
    }

    @Override
    public byte[] attachment() {
      return result;
    }
  }

  /** The request was not taken because a limit is reached. */
  record Busy(ClientId client, long number) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.BUSY;
    }

    @Override
    public byte[] body() {
      return new WireWriter(40).digest(client.digest()).int64(number).toByteArray();
    }
  }

  /** How far a replica is; the statement has its view and last executed sequence number. */
  record Status(long stableSequence, boolean active, List<Integer> convicted) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.STATUS;
    }

    @Override
    public byte[] body() {
      WireWriter out = new WireWriter(16 + 4 * convicted.size());
      out.int64(stableSequence).int8(active ? 1 : 0).int32(convicted.size());
      convicted.forEach(out::int32);
      return out.toByteArray();
    }
  }

  /** Asks for the block with that hash and its ancestors above the statement's sequence number. */
  record FetchBlocks(Digest hash) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.FETCH_BLOCKS;
    }

    @Override
    public byte[] body() {
      return hash.bytes();
    }
  }

  /** Blocks, each the parent of the one before. The asker checks their hashes. */
  record Blocks(List<Block> blocks) implements Payload {
    /** The most blocks in one message. */
    public static final int BLOCKS_MAX = 64;

    @Override
    public MessageType type() {
      return MessageType.BLOCKS;
    }

    @Override
    public byte[] body() {
      WireWriter out = new WireWriter(blocks.size() * Digest.BYTES);
      blocks.forEach(block -> out.digest(block.hash()));
      return Digest.sha256(out.toByteArray()).bytes();
    }

    @Override
    public byte[] attachment() {
      WireWriter out = new WireWriter(256);
      out.int32(blocks.size());
      blocks.forEach(block -> out.bytes(block.encode()));
      return out.toByteArray();
    }
  }

  /** A COMMIT certificate. */
  record Committed(Certificate certificate) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.COMMITTED;
    }

    @Override
    public byte[] attachment() {
      return certificate.encode();
    }
  }

  /** A CHECKPOINT certificate. */
  record Stable(Certificate certificate) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.STABLE;
    }

    @Override
    public byte[] attachment() {
      return certificate.encode();
    }
  }

  /** Asks for a chunk of the state at the statement's sequence number. */
  record FetchState(int chunk) implements Payload {
    /** In place of a chunk's index: the list of the chunks' hashes. */
    public static final int MANIFEST = -1;

    @Override
    public MessageType type() {
      return MessageType.FETCH_STATE;
    }

    @Override
    public byte[] body() {
      return new WireWriter(4).int32(chunk).toByteArray();
    }
  }

  /** A chunk, or the manifest, of the state at the statement's sequence number. */
  record State(int chunk, byte[] bytes) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.STATE;
    }

    @Override
    public byte[] body() {
      // Signed: a chunk that does not fit the certified manifest can be held against its sender.
      return new WireWriter(36).int32(chunk).digest(Digest.sha256(bytes)).toByteArray();
    }

    @Override
    public byte[] attachment() {
      return bytes;
    }
  }

  /** Evidence against a member, by itself sufficient. */
  record Accusation(Evidence evidence) implements Payload {
    @Override
    public MessageType type() {
      return MessageType.EVIDENCE;
    }

    @Override
    public byte[] attachment() {
      return evidence.encode();
    }
  }
}
