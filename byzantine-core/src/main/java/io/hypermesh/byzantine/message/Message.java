package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.Request;

/** What travels: a member's signed message or a client's request. */
public sealed interface Message {
  /** A member's statement with what belongs to it. */
  record OfMember(SignedStatement signed, Payload payload) implements Message {
    /** The statement. */
    public Statement statement() {
      return signed.statement();
    }

    /** Who says it. */
    public int replica() {
      return signed.statement().replica();
    }

    /** The view that the statement is about. */
    public long view() {
      return signed.statement().view();
    }

    /** The sequence number that the statement is about. */
    public long sequence() {
      return signed.statement().sequence();
    }
  }

  /** A client's request, from itself or relayed. */
  record OfClient(Request request) implements Message {}
}
