package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.byzantine.Verifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads payloads: every body and attachment to its last byte, and each attachment against its body.
 */
final class PayloadCodec {
  private PayloadCodec() {}

  static Payload decode(Statement statement, byte[] attachment) throws ProtocolException {
    WireReader body = new WireReader(statement.body());
    WireReader attached = new WireReader(attachment);
    Payload payload =
        switch (statement.type()) {
          case PRE_PREPARE -> prePrepare(statement, body.digest(), attached);
          case PREPARE ->
              new Payload.Prepare(
                  body.digest(), attached.raw(attached.remaining(), "proposal signature"));
          case COMMIT -> new Payload.Commit(body.digest());
          case VIEW_CHANGE -> viewChange(body, attached);
          case NEW_VIEW -> newView(body, attached);
          case CHECKPOINT -> new Payload.Checkpoint(body.digest(), body.digest(), body.digest());
          case REPLY -> reply(body, attached);
          case BUSY ->
              new Payload.Busy(new ClientId(body.digest()), body.positive("request number"));
          case STATUS -> status(body);
          case FETCH_BLOCKS -> new Payload.FetchBlocks(body.digest());
          case BLOCKS -> blocks(body, attached);
          case COMMITTED -> new Payload.Committed(certificate(attached, MessageType.COMMIT));
          case STABLE -> new Payload.Stable(certificate(attached, MessageType.CHECKPOINT));
          case FETCH_STATE -> new Payload.FetchState(chunk(body));
          case STATE -> state(body, attached);
          case EVIDENCE ->
              new Payload.Accusation(
                  Evidence.decode(attached.raw(attached.remaining(), "evidence")));
        };
    body.end("body of " + statement.type());
    attached.end("attachment of " + statement.type());
    return payload;
  }

  private static Payload prePrepare(Statement statement, Digest hash, WireReader attached)
      throws ProtocolException {
    Block block = Block.decode(attached.raw(attached.remaining(), "block"));
    if (!block.hash().equals(hash)
        || block.view() != statement.view()
        || block.sequence() != statement.sequence()) {
      throw new ProtocolException(
          "couldn't read a PRE-PREPARE because its block is another: " + block);
    }
    return new Payload.PrePrepare(block);
  }

  private static Payload viewChange(WireReader body, WireReader attached) throws ProtocolException {
    Payload.Claim claim = claim(body);
    Certificate certificate = Certificate.decode(attached);
    if (certificate.type() == MessageType.CHECKPOINT
        || !Payload.Claim.of(certificate).equals(claim)) {
      throw new ProtocolException(
          "couldn't read a VIEW-CHANGE because its certificate does not bear out its claim: "
              + certificate);
    }
    return new Payload.ViewChange(claim, certificate);
  }

  private static Payload newView(WireReader body, WireReader attached) throws ProtocolException {
    int count = body.count(Membership.MEMBERS_MAX, 56, "claims");
    List<Payload.SignedClaim> claims = new ArrayList<>(count);
    Payload.Claim highest = null;
    int previous = -1;
    for (int i = 0; i < count; i++) {
      int replica = body.int32("claiming replica");
      if (replica <= previous) {
        throw new ProtocolException(
            "couldn't read a NEW-VIEW because its claims do not ascend: " + replica);
      }
      previous = replica;
      Payload.Claim claim = claim(body);
      claims.add(
          new Payload.SignedClaim(
              replica, claim, body.bytes(Verifier.SIGNATURE_BYTES_MAX, "claim's signature")));
      if (highest == null || claim.rank().compareTo(highest.rank()) > 0) {
        highest = claim;
      }
    }
    Certificate certificate = Certificate.decode(attached);
    if (highest == null
        || certificate.type() == MessageType.CHECKPOINT
        || !Payload.Claim.of(certificate).equals(highest)) {
      throw new ProtocolException(
          "couldn't read a NEW-VIEW because its certificate does not bear out the highest claim: "
              + certificate);
    }
    return new Payload.NewView(claims, certificate);
  }

  private static Payload.Claim claim(WireReader in) throws ProtocolException {
    Rank rank = new Rank(in.nonNegative("claimed view"), in.nonNegative("claimed sequence"));
    return new Payload.Claim(rank, in.digest());
  }

  private static Payload reply(WireReader body, WireReader attached) throws ProtocolException {
    ClientId client = new ClientId(body.digest());
    long number = body.positive("request number");
    Digest resultHash = body.digest();
    Digest stateRoot = body.digest();
    int length = attached.remaining();
    if (length > Request.PAYLOAD_BYTES_MAX) {
      throw new ProtocolException("couldn't read a REPLY because of its length: " + length);
    }
    byte[] result = attached.raw(length, "result");
    if (!Digest.sha256(result).equals(resultHash)) {
      throw new ProtocolException("couldn't read a REPLY because its result is another");
    }
    return new Payload.Reply(client, number, stateRoot, result);
  }

  private static Payload status(WireReader body) throws ProtocolException {
    long stable = body.nonNegative("stable sequence");
    int active = body.int8("active");
    if (active > 1) {
      throw new ProtocolException("couldn't read a STATUS because of its flag: " + active);
    }
    int count = body.count(Membership.MEMBERS_MAX, 4, "convicted members");
    List<Integer> convicted = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      convicted.add(body.int32("convicted member"));
    }
    return new Payload.Status(stable, active == 1, List.copyOf(convicted));
  }

  private static Payload blocks(WireReader body, WireReader attached) throws ProtocolException {
    int count = attached.count(Payload.Blocks.BLOCKS_MAX, 64, "blocks");
    List<Block> blocks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      blocks.add(Block.decode(attached.bytes(Block.ENCODED_BYTES_MAX, "block")));
    }
    Payload.Blocks payload = new Payload.Blocks(List.copyOf(blocks));
    if (!Arrays.equals(payload.body(), body.raw(Digest.BYTES, "blocks' hash"))) {
      throw new ProtocolException("couldn't read BLOCKS because they are others");
    }
    return payload;
  }

  private static Certificate certificate(WireReader attached, MessageType type)
      throws ProtocolException {
    Certificate certificate = Certificate.decode(attached);
    if (certificate.type() != type) {
      throw new ProtocolException(
          "couldn't read a certificate because it has another type: " + certificate);
    }
    return certificate;
  }

  private static int chunk(WireReader body) throws ProtocolException {
    int chunk = body.int32("chunk");
    if (chunk < Payload.FetchState.MANIFEST || chunk >= Snapshot.CHUNKS_MAX * 2) {
      throw new ProtocolException("couldn't read a chunk's index: " + chunk);
    }
    return chunk;
  }

  private static Payload state(WireReader body, WireReader attached) throws ProtocolException {
    int chunk = chunk(body);
    Digest hash = body.digest();
    byte[] bytes = attached.raw(attached.remaining(), "chunk");
    if (!Digest.sha256(bytes).equals(hash)) {
      throw new ProtocolException("couldn't read a STATE because its chunk is another: " + chunk);
    }
    return new Payload.State(chunk, bytes);
  }
}
