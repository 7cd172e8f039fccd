package io.hypermesh.stoq;

/**
 * A version of QUIC. Both offer the same; packets of the second look different to what lies between
 * the endpoints, so that nothing there can come to rely on the looks of the first.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="versions"}
 */
public enum QuicVersion {
  /** RFC 9000 and 9001. */
  V1,
  /** RFC 9369. */
  V2
}
