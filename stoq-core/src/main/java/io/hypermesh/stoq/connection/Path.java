package io.hypermesh.stoq.connection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.recovery.PathRecovery;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A way to the peer: from one of our sockets to one of its addresses (RFC 9000, 8 and 9).
 *
 * <p>Until a client's address is validated, at most three times the bytes received from it are sent
 * to it (8.1), so that nobody can aim a server at a third party. {@link Paths} says which path is
 * used; {@link PathValidation} proves it. Owned by the connection's thread.
 */
final class Path {
  /** Bytes that may be sent for each byte received (8.1). */
  static final int AMPLIFICATION_FACTOR = 3;

  /** PATH_CHALLENGE frames whose answers wait to be sent; older ones are dropped. */
  static final int RESPONSES_MAX = 4;

  private final InetSocketAddress remote;
  private final PathRecovery recovery;
  private final PathValidation validation = new PathValidation();
  private final long[] responses = new long[RESPONSES_MAX];
  private int responseCount;
  private int socket;
  private RemoteConnectionIds.Known remoteId;
  private @Nullable ConnectionId localId;
  private boolean validated;
  private boolean limited;
  private long receivedBytes;
  private long sentBytes;
  private boolean wanted;
  private long expiresAtNanos = Long.MAX_VALUE;

  /**
   * @param socket the number of our socket
   * @param remoteId what is sent here goes to
   * @param limited whether the amplification limit holds until the address is validated
   */
  Path(
      int socket,
      InetSocketAddress remote,
      RemoteConnectionIds.Known remoteId,
      PathRecovery recovery,
      boolean limited) {
    this.socket = socket;
    this.remote = remote;
    this.remoteId = remoteId;
    this.recovery = recovery;
    this.limited = limited;
    this.validated = !limited;
  }

  int socket() {
    return socket;
  }

  /** Names the socket, before anything was sent. */
  void socket(int number) {
    socket = number;
  }

  InetSocketAddress remote() {
    return remote;
  }

  @SuppressWarnings("ReferenceEquality") // A driver gives the same address for the same peer.
  boolean leads(int fromSocket, InetSocketAddress to) {
    return fromSocket == socket && (to == remote || to.equals(remote));
  }

  PathRecovery recovery() {
    return recovery;
  }

  PathValidation validation() {
    return validation;
  }

  // ---- Connection IDs (9.5) ----

  RemoteConnectionIds.Known remoteId() {
    return remoteId;
  }

  void remoteId(RemoteConnectionIds.Known id) {
    remoteId = id;
  }

  /** The ID of ours that the peer's last packet here was for, or null. */
  @Nullable ConnectionId localId() {
    return localId;
  }

  void localId(ConnectionId id) {
    localId = id;
  }

  // ---- Amplification ----

  boolean isValidated() {
    return validated;
  }

  /** The address is proven: the peer must have received something there. */
  void validate() {
    validated = true;
    limited = false;
  }

  /** A client's new path: its server is where it was, but the path has to be proven. */
  void unprove() {
    validated = false;
  }

  void onReceived(long bytes) {
    receivedBytes += bytes;
  }

  void onSent(long bytes) {
    sentBytes += bytes;
  }

  /** Bytes that may be sent to the peer now. */
  long allowance() {
    return limited ? Math.max(0, AMPLIFICATION_FACTOR * receivedBytes - sentBytes) : Long.MAX_VALUE;
  }

  // ---- The peer's challenges (8.2.2) ----

  void oweResponse(long data) {
    if (responseCount == RESPONSES_MAX) {
      onResponseSent();
    }
    responses[responseCount++] = data;
  }

  boolean hasResponse() {
    return responseCount > 0;
  }

  /** The data of the answer that is owed longest. */
  long response() {
    return responses[0];
  }

  /** It's in a packet; a lost answer isn't repeated: the challenge is (13.3). */
  void onResponseSent() {
    responseCount--;
    System.arraycopy(responses, 1, responses, 0, responseCount);
  }

  /** Whether a packet is to be sent here although the connection is elsewhere. */
  boolean owes() {
    return responseCount > 0 || validation.isOwed();
  }

  /** Whether it's validated, and nothing is to be proved or answered. */
  boolean isQuiet() {
    return validated && !limited && responseCount == 0 && !validation.isRunning() && !wanted;
  }

  // ---- Its place among the paths ----

  /** The peer uses it already, but it has to be validated first (9.6.2). */
  boolean isWanted() {
    return wanted;
  }

  void want(boolean value) {
    wanted = value;
  }

  /** When it's forgotten, unless it's used by then. */
  long expiresAtNanos() {
    return expiresAtNanos;
  }

  void expireAt(long nanos) {
    expiresAtNanos = nanos;
  }
}
