package io.hypermesh.stoq.connection;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where the peer is, and how much may be sent there (RFC 9000, 8 and 9).
 *
 * <p>Until an address is validated, at most three times the bytes received from it are sent to it
 * (8.1), so that nobody can aim a server at a third party. When a client's packets start to come
 * from another address, most often because a NAT has rebound its port, the path moves there at once
 * and is validated with a PATH_CHALLENGE; if no answer comes within three probe timeouts, it moves
 * back to the last address that was validated (9.3.2).
 *
 * <pre>
 *   UNVALIDATED ── Handshake packet or token ──► VALIDATED ── packet from elsewhere ──► CHALLENGING
 *                                                  ▲  ▲                                     │
 *                                                  │  └── answer ───────────────────────────┤
 *                                                  └───── timeout: back to the old address ─┘
 * </pre>
 *
 * Owned by the connection's thread.
 */
final class Path {
  /** Bytes that may be sent for each byte received (8.1). */
  static final int AMPLIFICATION_FACTOR = 3;

  /** PATH_CHALLENGE frames whose answers wait to be sent; older ones are dropped. */
  static final int RESPONSES_MAX = 4;

  /** An answer that is owed, to where its challenge came from (8.2.2). */
  record Response(InetSocketAddress remote, long data) {}

  private final ArrayDeque<Response> responses = new ArrayDeque<>();
  private InetSocketAddress remote;
  private boolean validated;
  private long receivedBytes;
  private long sentBytes;

  private @Nullable InetSocketAddress fallback;
  private long challenge;
  private boolean challengeOwed;
  private long challengeDeadlineNanos = Long.MAX_VALUE;

  Path(InetSocketAddress remote, boolean validated) {
    this.remote = remote;
    this.validated = validated;
  }

  InetSocketAddress remote() {
    return remote;
  }

  boolean isValidated() {
    return validated;
  }

  /** The address is proven by what the peer has sent: it must have received something there. */
  void validate() {
    validated = true;
  }

  // ---- Amplification ----

  void onReceived(InetSocketAddress from, long bytes) {
    if (from.equals(remote)) {
      receivedBytes += bytes;
    }
  }

  void onSent(long bytes) {
    sentBytes += bytes;
  }

  /** Bytes that may be sent to the peer now. */
  long allowance() {
    return validated
        ? Long.MAX_VALUE
        : Math.max(0, AMPLIFICATION_FACTOR * receivedBytes - sentBytes);
  }

  // ---- Migration ----

  /** A packet shows that the peer is elsewhere now. */
  void migrate(
      InetSocketAddress newRemote, long datagramBytes, long challengeData, long deadlineNanos) {
    if (newRemote.equals(fallback)) {
      // Back where it was, before the answer: that address is validated already.
      remote = newRemote;
      validated = true;
      endChallenge();
      return;
    }
    if (validated) {
      fallback = remote;
    }
    remote = newRemote;
    validated = false;
    receivedBytes = datagramBytes;
    sentBytes = 0;
    challenge = challengeData;
    challengeOwed = true;
    challengeDeadlineNanos = deadlineNanos;
  }

  private void endChallenge() {
    fallback = null;
    challengeOwed = false;
    challengeDeadlineNanos = Long.MAX_VALUE;
  }

  boolean isChallenging() {
    return challengeDeadlineNanos != Long.MAX_VALUE;
  }

  boolean isChallengeOwed() {
    return challengeOwed;
  }

  long challenge() {
    return challenge;
  }

  void onChallengeSent() {
    challengeOwed = false;
  }

  /** The PATH_CHALLENGE was lost. */
  void onChallengeLost() {
    challengeOwed = isChallenging();
  }

  /** A PATH_RESPONSE came; true where it validates the path (8.2.3: from whatever address). */
  boolean onResponse(long data) {
    if (!isChallenging() || data != challenge) {
      return false;
    }
    validated = true;
    endChallenge();
    return true;
  }

  long deadlineNanos() {
    return challengeDeadlineNanos;
  }

  /** No answer came in time: back to the address that was valid; false where there is none. */
  boolean onTimeout() {
    InetSocketAddress back = fallback;
    endChallenge();
    if (back == null) {
      return false;
    }
    remote = back;
    validated = true;
    return true;
  }

  // ---- The peer's challenges ----

  void oweResponse(InetSocketAddress from, long data) {
    if (responses.size() == RESPONSES_MAX) {
      responses.poll();
    }
    responses.add(new Response(from, data));
  }

  @Nullable Response peekResponse() {
    return responses.peek();
  }

  void onResponseSent() {
    responses.poll();
  }
}
