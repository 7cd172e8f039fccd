package io.hypermesh.byzantine;

import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.Rules;
import java.util.Optional;

/**
 * Turns bytes from the network into messages that a {@link Replica} or {@link Client} may take. It
 * checks everything that needs no state: structure, limits, configuration, every signature,
 * certificate and hash. That is where nearly all CPU time of the protocol goes, and it is a pure
 * function: one verifier may be used by any number of threads at once.
 */
public final class MessageVerifier {
  /** The longest message that is read. */
  public static final int MESSAGE_BYTES_MAX = MessageCodec.MESSAGE_BYTES_MAX;

  private final Membership membership;
  private final MessageCodec codec;

  /** A verifier of the messages of one membership and its clients. */
  public MessageVerifier(Membership membership, Verifier verifier) {
    this.membership = membership;
    this.codec = new MessageCodec(membership, verifier, Rules.STANDARD);
  }

  /**
   * Reads and verifies a message.
   *
   * @param bytes one whole message; not changed during the call
   * @throws ProtocolException if anything about it is wrong; it is to be dropped
   */
  public VerifiedMessage verify(byte[] bytes) throws ProtocolException {
    return new VerifiedMessage(codec.verify(bytes), membership);
  }

  /**
   * Whose request a message says that it is; empty if it is none. Nothing is verified: good for
   * turning away, before any work, what a peer may not send.
   */
  public static Optional<ClientId> claimedClient(byte[] message) {
    return MessageCodec.claimedClient(message);
  }
}
