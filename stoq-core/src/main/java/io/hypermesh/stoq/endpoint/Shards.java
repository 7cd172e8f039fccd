package io.hypermesh.stoq.endpoint;

import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the shards of one endpoint have in common: how connection IDs lead to them, how many
 * connections they may have together, and which tokens have been used. Each shard is an {@link
 * Endpoint} of its own, with its own thread; what they share is asked when a connection comes or
 * goes, never for the packets of one.
 */
public final class Shards {
  /** Shards of one endpoint. */
  public static final int SHARDS_MAX = 64;

  final int count;
  final Steering steering;
  final boolean steered;
  final ConnectionCount connections;
  final UsedTokens usedTokens;

  /**
   * The IDs of connections to servers, where first packets are taken wherever they arrive: the
   * first packets of servers aren't.
   */
  final Set<Long> clientIds = ConcurrentHashMap.newKeySet();

  /**
   * @param steering also tells how many there are
   * @param steered whether datagrams come to the shard that their connection ID leads to; else a
   *     connection begins at the shard that its first packet came to, and what comes to another is
   *     forwarded
   * @param connectionsMax connections of all shards together
   * @param usedTokens has to be safe for use by several threads where there are several shards
   */
  public Shards(Steering steering, boolean steered, int connectionsMax, UsedTokens usedTokens) {
    this.count = steering.shards();
    this.steering = steering;
    this.steered = steered;
    this.connections = new ConnectionCount(connectionsMax);
    this.usedTokens = usedTokens;
  }

  /** An endpoint without others. */
  static Shard alone(EndpointSettings settings, long epochMillis) {
    UsedTokens usedTokens =
        new UsedTokens(
            settings.addressTokenLifetimeNanos() / 1_000_000,
            settings.addressTokensRememberedMax(),
            epochMillis);
    return new Shards(new Steering(0, 0, 1), true, settings.connectionsMax(), usedTokens)
        .shard(0, Forwarding.NONE);
  }

  /**
   * A way of leading connection IDs to shards that nobody can guess.
   *
   * @param count how many shards there are: 1 to {@link #SHARDS_MAX}
   */
  public static Steering steering(SecureRandom random, int count) {
    if (count < 1 || count > SHARDS_MAX) {
      throw new IllegalArgumentException(
          "couldn't make shards because there may be 1 to " + SHARDS_MAX + ": " + count);
    }
    return Steering.random(random, count);
  }

  /**
   * One of them.
   *
   * @param index from 0
   */
  public Shard shard(int index, Forwarding forwarding) {
    return new Shard(this, index, forwarding);
  }
}
