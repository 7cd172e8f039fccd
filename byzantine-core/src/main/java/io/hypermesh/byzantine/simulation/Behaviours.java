package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.SignedStatement;
import io.hypermesh.byzantine.message.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The usual ways to misbehave. Each is stateless or keeps its state in the returned object. */
public final class Behaviours {
  private Behaviours() {}

  private static List<Behaviour.Sending> one(int to, byte[] message) {
    return List.of(new Behaviour.Sending(to, message, 0));
  }

  /** Says nothing to anybody. */
  public static Behaviour silent() {
    return (self, to, message) -> List.of();
  }

  /** Leaves out each message with that probability. */
  public static Behaviour withhold(double probability) {
    return (self, to, message) ->
        self.random().nextDouble() < probability ? List.of() : one(to, message);
  }

  /** Sends everything that much later. */
  public static Behaviour delay(Duration delay) {
    return (self, to, message) -> List.of(new Behaviour.Sending(to, message, delay.toNanos()));
  }

  /** Flips a bit of each message with that probability. */
  public static Behaviour corrupt(double probability) {
    return (self, to, message) -> {
      if (self.random().nextDouble() >= probability) {
        return one(to, message);
      }
      byte[] damaged = message.clone();
      damaged[self.random().nextInt(damaged.length)] ^= (byte) (1 << self.random().nextInt(8));
      return one(to, damaged);
    };
  }

  /** Sends an old message again beside each, with that probability. */
  public static Behaviour replay(double probability) {
    List<byte[]> said = new ArrayList<>();
    return (self, to, message) -> {
      if (said.size() < 1_000) {
        said.add(message);
      } else {
        said.set(self.random().nextInt(said.size()), message);
      }
      if (self.random().nextDouble() >= probability) {
        return one(to, message);
      }
      byte[] old = said.get(self.random().nextInt(said.size()));
      return List.of(new Behaviour.Sending(to, message, 0), new Behaviour.Sending(to, old, 0));
    };
  }

  /** As primary shows members of odd and even index different proposals. */
  public static Behaviour equivocate() {
    return rewriting((self, to, message) ->
        message.payload() instanceof Payload.PrePrepare(Block block) && to % 2 == 1
            ? List.of(proposal(self, message, block))
            : List.of(message));
  }

  private static Message.OfMember proposal(
      Behaviour.Misbehaving self, Message.OfMember message, Block block) {
    Block other =
        new Block(
            block.view(),
            block.sequence(),
            block.timestampMillis() + 1,
            block.previousHash(),
            block.requests());
    return sign(self, message, new Payload.PrePrepare(other));
  }

  /** Votes for what was never proposed, beside its right votes, towards members of odd index. */
  public static Behaviour voteWrongly() {
    return rewriting((self, to, message) -> {
      Payload wrong =
          switch (message.payload()) {
            case Payload.Prepare(Digest hash, byte[] signature) ->
                new Payload.Prepare(other(hash), signature);
            case Payload.Commit(Digest hash) -> new Payload.Commit(other(hash));
            case Payload.Checkpoint(Digest block, Digest state, Digest snapshot) ->
                new Payload.Checkpoint(block, other(state), snapshot);
            default -> message.payload();
          };
      return wrong.equals(message.payload()) || to % 2 == 0
          ? List.of(message)
          : List.of(sign(self, message, wrong));
    });
  }

  /** Sends each vote twice, for different things, to everybody. */
  public static Behaviour voteTwice() {
    return rewriting((self, to, message) -> {
      Payload second =
          switch (message.payload()) {
            case Payload.Prepare(Digest hash, byte[] signature) ->
                new Payload.Prepare(other(hash), signature);
            case Payload.Commit(Digest hash) -> new Payload.Commit(other(hash));
            default -> message.payload();
          };
      return second.equals(message.payload())
          ? List.of(message)
          : List.of(message, sign(self, message, second));
    });
  }

  /** Signs two states for each checkpoint. */
  public static Behaviour contradictCheckpoints() {
    return rewriting((self, to, message) ->
        message.payload() instanceof Payload.Checkpoint(Digest block, Digest state, Digest snapshot)
            ? List.of(
                message, sign(self, message, new Payload.Checkpoint(block, other(state), snapshot)))
            : List.of(message));
  }

  /** Leaves views as if it had never prepared anything. */
  public static Behaviour lieInViewChanges() {
    return rewriting((self, to, message) -> {
      if (!(message.payload() instanceof Payload.ViewChange)) {
        return List.of(message);
      }
      Certificate genesis = Certificate.genesis(self.membership());
      return List.of(
          sign(self, message, new Payload.ViewChange(Payload.Claim.of(genesis), genesis)));
    });
  }

  /** Sends damaged state and wrong results, well signed. */
  public static Behaviour lieAboutState() {
    return rewriting((self, to, message) ->
        message.payload() instanceof Payload.State(int chunk, byte[] bytes) && bytes.length > 0
            ? List.of(sign(self, message, new Payload.State(chunk, flipped(bytes))))
            : List.of(message));
  }

  /**
   * Beside its messages sends others in the name of the member with the next index, and evidence
   * against that member with signatures that are not its own.
   */
  public static Behaviour forge() {
    return rewriting((self, to, message) -> {
      int victim = (self.index() + 1) % self.membership().size();
      Statement said = message.statement();
      Statement asVictim =
          new Statement(
              said.type(), said.configuration(), said.view(), said.sequence(), victim, said.body());
      Message.OfMember forged =
          new Message.OfMember(
              new SignedStatement(asVictim, message.signed().signature()), message.payload());
      List<Message.OfMember> all = new ArrayList<>(List.of(message, forged));
      if (said.type() == MessageType.COMMIT) {
        all.add(sign(self, message, new Payload.Accusation(forgedEvidence(self, asVictim))));
      }
      return all;
    });
  }

  private static Evidence forgedEvidence(Behaviour.Misbehaving self, Statement first) {
    Statement second =
        new Statement(
            first.type(),
            first.configuration(),
            first.view(),
            first.sequence(),
            first.replica(),
            flipped(first.body()));
    try {
      return Evidence.of(
          new SignedStatement(first, self.signer().sign(first.signedBytes())).encode(),
          new SignedStatement(second, self.signer().sign(second.signedBytes())).encode());
    } catch (ProtocolException e) {
      throw new IllegalStateException("couldn't forge evidence", e);
    }
  }

  /** All of the above by name, for tests that draw one. */
  public static Map<String, Supplier<Behaviour>> all() {
    return Map.ofEntries(
        Map.entry("silent", () -> silent()),
        Map.entry("withhold", () -> withhold(0.3)),
        Map.entry("delay", () -> delay(Duration.ofMillis(100))),
        Map.entry("corrupt", () -> corrupt(0.3)),
        Map.entry("replay", () -> replay(0.3)),
        Map.entry("equivocate", () -> equivocate()),
        Map.entry("vote wrongly", () -> voteWrongly()),
        Map.entry("vote twice", () -> voteTwice()),
        Map.entry("contradict checkpoints", () -> contradictCheckpoints()),
        Map.entry("lie in view changes", () -> lieInViewChanges()),
        Map.entry("lie about state", () -> lieAboutState()),
        Map.entry("forge", () -> forge()),
        Map.entry("equivocate and withhold", () -> equivocate().andThen(withhold(0.2))));
  }

  private static byte[] flipped(byte[] bytes) {
    byte[] other = bytes.clone();
    other[0] ^= 1;
    return other;
  }

  private static Digest other(Digest digest) {
    return Digest.of(flipped(digest.bytes()));
  }

  private static Message.OfMember sign(
      Behaviour.Misbehaving self, Message.OfMember in, Payload payload) {
    return MessageCodec.sign(
        self.membership(), self.signer(), self.index(), in.view(), in.sequence(), payload);
  }

  private interface Rewrite {
    List<Message.OfMember> apply(Behaviour.Misbehaving self, int to, Message.OfMember message);
  }

  private static Behaviour rewriting(Rewrite rewrite) {
    return (self, to, bytes) -> {
      try {
        if (!(MessageCodec.decode(bytes) instanceof Message.OfMember message)) {
          return one(to, bytes);
        }
        return rewrite.apply(self, to, message).stream()
            .map(out -> new Behaviour.Sending(to, MessageCodec.encode(out), 0))
            .toList();
      } catch (ProtocolException e) {
        // Damaged by the behaviour before this one; it goes out as it is.
        return one(to, bytes);
      }
    };
  }
}
