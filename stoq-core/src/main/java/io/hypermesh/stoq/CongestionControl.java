package io.hypermesh.stoq;

import io.hypermesh.stoq.recovery.CongestionAlgorithm;

/**
 * What decides how much a connection has in flight and how fast it sends. The peer needn't know,
 * and may use another one for its direction.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="congestionControl"}
 */
public enum CongestionControl {
  /**
   * NewReno (RFC 9002, 7): halves its window at each loss. The simplest; slow to fill fast, long
   * paths.
   */
  NEW_RENO,

  /**
   * CUBIC (RFC 9438) with HyStart++ (RFC 9406): what most of the Internet uses. Fills the queue of
   * the narrowest link before it slows down, and takes every loss for congestion.
   */
  CUBIC,

  /**
   * BBR version 3 (draft-ietf-ccwg-bbr): sends at the bandwidth that it measures, keeps queues
   * short, and bears random losses of up to 2%. Its specification is a draft.
   */
  BBR;

  CongestionAlgorithm algorithm() {
    return switch (this) {
      case NEW_RENO -> CongestionAlgorithm.NEW_RENO;
      case CUBIC -> CongestionAlgorithm.CUBIC;
      case BBR -> CongestionAlgorithm.BBR;
    };
  }
}
