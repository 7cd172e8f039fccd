package io.hypermesh.stoq.stream;

/**
 * The credit that the peer gives this side, for new bytes of all streams together (RFC 9000, 4.1),
 * and the DATA_BLOCKED frame that is owed once for each limit that is run into. Owned by the
 * connection's thread.
 */
final class SendCredit {
  private long limit;
  private long used;
  private long blockedReportedAt = -1;
  private boolean blockedOwed;

  /** New bytes may be sent below this. */
  long limit() {
    return limit;
  }

  /** The peer allows this much; a smaller value than before means nothing. */
  void raise(long newLimit) {
    limit = Math.max(limit, newLimit);
  }

  /** The limit that the peer starts with, which may be anything. */
  void start(long firstLimit) {
    limit = firstLimit;
  }

  /** Nothing that was sent counts any more, and nothing may be sent. */
  void restart() {
    limit = 0;
    used = 0;
    blockedReportedAt = -1;
    blockedOwed = false;
  }

  /** New bytes that may be sent now. */
  long available() {
    return limit - used;
  }

  /** So many new bytes are sent. */
  void use(long bytes) {
    used += bytes;
  }

  /** There are new bytes to send, and no credit: owes DATA_BLOCKED once for this limit. */
  void noteBlocked() {
    if (blockedReportedAt < limit) {
      blockedReportedAt = limit;
      blockedOwed = true;
    }
  }

  /** A DATA_BLOCKED frame was lost: it is owed again where the limit is still the same. */
  void onBlockedLost(long reportedLimit) {
    blockedOwed |= reportedLimit == limit && used >= limit;
  }

  boolean owesBlocked() {
    return blockedOwed;
  }

  /** Whether DATA_BLOCKED is owed; asking settles it. */
  boolean takeBlocked() {
    boolean owed = blockedOwed;
    blockedOwed = false;
    return owed;
  }
}
