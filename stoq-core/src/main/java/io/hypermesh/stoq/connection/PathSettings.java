package io.hypermesh.stoq.connection;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a connection does with its paths.
 *
 * @param ecn whether packets are marked for ECN where the path carries that (RFC 9000, 13.4); only
 *     with a driver that can mark, and read marks
 * @param disableActiveMigration whether the peer is asked to stay at its address (RFC 9000, 18.2)
 * @param preferredAddress where a server wants its clients to move to: an IPv6 address, or null
 *     (RFC 9000, 9.6)
 * @param followPreferredAddress whether a client moves to where its server wants it
 */
public record PathSettings(
    boolean ecn,
    boolean disableActiveMigration,
    @Nullable InetSocketAddress preferredAddress,
    boolean followPreferredAddress) {

  /** No marks; everybody may move. */
  public static final PathSettings DEFAULTS = new PathSettings(false, false, null, true);

  /** With marks, or without. */
  public PathSettings withEcn(boolean value) {
    return new PathSettings(
        value, disableActiveMigration, preferredAddress, followPreferredAddress);
  }

  /** With the wish that the peer stays, or without. */
  public PathSettings withDisableActiveMigration(boolean value) {
    return new PathSettings(ecn, value, preferredAddress, followPreferredAddress);
  }

  /** With another address for a server's clients, or null. */
  public PathSettings withPreferredAddress(@Nullable InetSocketAddress value) {
    return new PathSettings(ecn, disableActiveMigration, value, followPreferredAddress);
  }

  /** With a client that goes where its server wants it, or doesn't. */
  public PathSettings withFollowPreferredAddress(boolean value) {
    return new PathSettings(ecn, disableActiveMigration, preferredAddress, value);
  }
}
