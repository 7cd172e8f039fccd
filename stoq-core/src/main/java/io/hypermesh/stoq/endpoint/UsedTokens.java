package io.hypermesh.stoq.endpoint;

import org.agrona.collections.LongHashSet;

/**
 * The tokens of NEW_TOKEN frames that clients have used, remembered for their lifetime, so that
 * none counts twice (RFC 9000, 8.1.4). The shards of an endpoint have one in common, because a
 * token may be shown to any of them: then it has to be one that takes a lock. It is asked only
 * about tokens that this endpoint has made.
 */
public class UsedTokens {
  private final long lifetimeMillis;
  private final int rememberedMax;

  // Tokens used in this lifetime and in the one before: after two, all of a set have expired.
  private LongHashSet used = new LongHashSet();
  private LongHashSet usedBefore = new LongHashSet();
  private long turnAtMillis;

  /**
   * @param lifetimeMillis of a token; 0 for an endpoint that makes none
   * @param rememberedMax tokens that are remembered at most
   */
  public UsedTokens(long lifetimeMillis, int rememberedMax, long epochMillis) {
    this.lifetimeMillis = lifetimeMillis;
    this.rememberedMax = rememberedMax;
    this.turnAtMillis = epochMillis + lifetimeMillis;
  }

  /** Whether a token hasn't been used, and can be remembered when it is. */
  protected boolean isFresh(long identity, long epochMillis) {
    if (epochMillis >= turnAtMillis) {
      usedBefore = epochMillis - turnAtMillis >= lifetimeMillis ? new LongHashSet() : used;
      used = new LongHashSet();
      turnAtMillis = epochMillis + lifetimeMillis;
    }
    return used.size() + usedBefore.size() < rememberedMax
        && !used.contains(identity)
        && !usedBefore.contains(identity);
  }

  /** A token has been used. */
  protected void add(long identity) {
    used.add(identity);
  }
}
