package io.hypermesh.byzantine;

import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Rank;
import io.hypermesh.byzantine.message.SignedStatement;
import io.hypermesh.byzantine.message.Statement;
import io.hypermesh.byzantine.message.WireReader;
import io.hypermesh.byzantine.message.WireWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Two statements, both signed by one member, that a correct member never both signs. It convicts
 * exactly that member, to anyone who has the {@link Membership}: no word of anybody else is part of
 * it. Immutable and thread-safe.
 *
 * <p>A correct member is never convicted, provided its key is its own and it got back after a crash
 * what it was told to persist.
 */
public final class Evidence {
  private static final int VERSION = 1;
  private static final int STATEMENT_BYTES_MAX = 16 << 10;

  private final Kind kind;
  private final SignedStatement first;
  private final SignedStatement second;

  private Evidence(Kind kind, SignedStatement first, SignedStatement second) {
    this.kind = kind;
    this.first = first;
    this.second = second;
  }

  /** What a member did. */
  public enum Kind {
    /** As primary it proposed two blocks for one sequence number of one view. */
    DOUBLE_PROPOSAL,
    /** It sent two PREPAREs for one sequence number of one view. */
    DOUBLE_PREPARE,
    /** It sent two COMMITs for one sequence number of one view. */
    DOUBLE_COMMIT,
    /** It left for one view with two different claims. */
    DOUBLE_VIEW_CHANGE,
    /** It signed two states for one sequence number. */
    CONTRADICTORY_CHECKPOINT,
    /** It sent a COMMIT and later left the view without the certificate that the COMMIT needs. */
    CONCEALED_CERTIFICATE
  }

  /**
   * The evidence that two signed statements make.
   *
   * @param first a signed statement as it is encoded in messages
   * @param second another
   * @throws ProtocolException if either is malformed or they do not contradict each other
   */
  public static Evidence of(byte[] first, byte[] second) throws ProtocolException {
    SignedStatement one = SignedStatement.decode(first);
    SignedStatement other = SignedStatement.decode(second);
    Kind kind = kind(one.statement(), other.statement());
    if (kind == null) {
      throw new ProtocolException(
          "couldn't make evidence because the statements do not contradict each other: "
              + one
              + "; "
              + other);
    }
    return new Evidence(kind, one, other);
  }

  /** Reads evidence from its {@link #encode encoding}; no signature is checked. */
  public static Evidence decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes);
    int version = in.int8("version");
    if (version != VERSION) {
      throw new ProtocolException(
          "couldn't read evidence because its version is unknown: " + version);
    }
    byte[] first = in.bytes(STATEMENT_BYTES_MAX, "first statement");
    byte[] second = in.bytes(STATEMENT_BYTES_MAX, "second statement");
    in.end("evidence");
    return of(first, second);
  }

  private static @Nullable Kind kind(Statement first, Statement second) {
    if (first.replica() != second.replica()
        || !first.configuration().equals(second.configuration())) {
      return null;
    }
    if (first.type() == second.type()) {
      boolean sameSlot = first.view() == second.view() && first.sequence() == second.sequence();
      if (!sameSlot || Arrays.equals(first.body(), second.body())) {
        return null;
      }
      return switch (first.type()) {
        case PRE_PREPARE -> Kind.DOUBLE_PROPOSAL;
        case PREPARE -> Kind.DOUBLE_PREPARE;
        case COMMIT -> Kind.DOUBLE_COMMIT;
        case VIEW_CHANGE -> Kind.DOUBLE_VIEW_CHANGE;
        case CHECKPOINT -> Kind.CONTRADICTORY_CHECKPOINT;
        default -> null;
      };
    }
    return conceals(first, second) || conceals(second, first) ? Kind.CONCEALED_CERTIFICATE : null;
  }

  private static boolean conceals(Statement commit, Statement change) {
    if (commit.type() != MessageType.COMMIT
        || change.type() != MessageType.VIEW_CHANGE
        || change.view() <= commit.view()) {
      return false;
    }
    WireReader claim = new WireReader(change.body());
    try {
      Rank claimed = new Rank(claim.nonNegative("view"), claim.nonNegative("sequence"));
      return claimed.compareTo(new Rank(commit.view(), commit.sequence())) < 0;
    } catch (ProtocolException e) {
      // A malformed claim says nothing, so nothing contradicts it.
      return false;
    }
  }

  /**
   * Whether it convicts: both statements are of that membership and carry the accused member's
   * signature. Both signatures are checked.
   */
  public boolean verify(Membership membership, Verifier verifier) {
    return first.verify(membership, verifier) && second.verify(membership, verifier);
  }

  /** The bytes that {@link #decode} reads. */
  public byte[] encode() {
    return new WireWriter(512)
        .int8(VERSION)
        .bytes(first.encode())
        .bytes(second.encode())
        .toByteArray();
  }

  /** What the member did. */
  public Kind kind() {
    return kind;
  }

  /** The index of the member that signed both. */
  public int accused() {
    return first.statement().replica();
  }

  /** The view of the earlier statement. */
  public long view() {
    return Math.min(first.statement().view(), second.statement().view());
  }

  /** The sequence number that both are about; 0 for a view change. */
  public long sequence() {
    return Math.max(first.statement().sequence(), second.statement().sequence());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Evidence evidence && Arrays.equals(encode(), evidence.encode());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(encode());
  }

  @Override
  public String toString() {
    return kind + " by replica " + accused() + " in view " + view() + ", sequence " + sequence();
  }
}
