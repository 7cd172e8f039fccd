/** QUIC version 1 over IPv6 with TLS 1.3 and certificates on both sides. */
@org.jspecify.annotations.NullMarked
module io.hypermesh.stoq {
  exports io.hypermesh.stoq;
  exports io.hypermesh.stoq.driver;
  exports io.hypermesh.stoq.ipc;
  exports io.hypermesh.stoq.simulation;

  requires jdk.net;
  requires transitive org.agrona;
  requires transitive org.jspecify;
  requires org.bouncycastle.provider;
  requires org.jctools.core;
  requires org.slf4j;
}
