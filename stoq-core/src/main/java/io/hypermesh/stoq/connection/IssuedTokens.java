package io.hypermesh.stoq.connection;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that a server owes its client in NEW_TOKEN frames (RFC 9000, 8.1.3 and 19.7). Bounded;
 * owned by the connection's thread.
 */
final class IssuedTokens {
  /** Tokens that wait to be sent; of more, the oldest is dropped. */
  static final int OWED_MAX = 4;

  private final ArrayDeque<byte[]> owed = new ArrayDeque<>();

  /** Has a token sent, again if it was lost. */
  void owe(byte[] token) {
    if (owed.size() == OWED_MAX) {
      owed.poll();
    }
    owed.add(token);
  }

  boolean hasOwed() {
    return !owed.isEmpty();
  }

  /** The next token to send, or null. It stays owed. */
  byte @Nullable [] peekOwed() {
    return owed.peek();
  }

  /** The frame for {@link #peekOwed()} is in a packet. */
  void onSent() {
    owed.poll();
  }
}
