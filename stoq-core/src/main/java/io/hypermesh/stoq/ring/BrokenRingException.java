package io.hypermesh.stoq.ring;

/** The other end wrote what no end that keeps to {@link RingLayout} writes. */
public final class BrokenRingException extends Exception {
  private static final long serialVersionUID = 1L;

  BrokenRingException(String what, long value) {
    super(what + ": " + value);
  }
}
