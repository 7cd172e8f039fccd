/**
 * A certificate authority with a transparency log, certificate validation, and live key managers.
 */
@org.jspecify.annotations.NullMarked
module io.hypermesh.trustchain {
  requires transitive org.jspecify;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;
  requires org.bouncycastle.util;
  requires org.slf4j;

  exports io.hypermesh.trustchain;
}
