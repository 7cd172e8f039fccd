package io.hypermesh.adapter;

/**
 * A difference between the allocations that should be and those that the kernel has.
 *
 * @param handle which allocation
 * @param kind what kind of difference
 * @param detail what was found, in one line
 */
public record Drift(String handle, Kind kind, String detail) {
  /** What kind of difference it is. */
  public enum Kind {
    /** It should be and is not. */
    MISSING,
    /** It is and should not be. */
    UNEXPECTED,
    /** It is, with other limits than it should have. */
    DIFFERENT
  }
}
