package io.hypermesh.byzantine;

import io.hypermesh.byzantine.message.Message;

/**
 * A message that passed {@link MessageVerifier#verify}: nothing else makes one, so whoever takes
 * one need not check anything again. Immutable; it may pass between threads.
 */
public final class VerifiedMessage {
  private final Message message;
  private final Membership membership;

  VerifiedMessage(Message message, Membership membership) {
    this.message = message;
    this.membership = membership;
  }

  Message message(Membership expected) {
    if (!membership.equals(expected)) {
      throw new IllegalArgumentException(
          "couldn't take the message because it was verified for another membership: "
              + membership.cluster());
    }
    return message;
  }

  /** The index of the member that signed it, or -1 for a client's request. */
  public int replica() {
    return message instanceof Message.OfMember member ? member.replica() : -1;
  }

  @Override
  public String toString() {
    return switch (message) {
      case Message.OfMember member -> member.statement().toString();
      case Message.OfClient(Request request) -> request.toString();
    };
  }
}
