package io.hypermesh.stoq;

import io.hypermesh.stoq.endpoint.UsedTokens;

/**
 * The used tokens that an endpoint's agents remember together. One short lock for each connection
 * that begins with a token of this endpoint; two that begin with the same one at the same instant
 * may both count as proved.
 */
final class SharedUsedTokens extends UsedTokens {
  SharedUsedTokens(long lifetimeMillis, int rememberedMax, long epochMillis) {
    super(lifetimeMillis, rememberedMax, epochMillis);
  }

  @Override
  protected synchronized boolean isFresh(long identity, long epochMillis) {
    return super.isFresh(identity, epochMillis);
  }

  @Override
  protected synchronized void add(long identity) {
    super.add(identity);
  }
}
