package io.hypermesh.jmh.compare;

import org.jspecify.annotations.Nullable;

/** A contestant has failed, or didn't answer in time; its row says so. */
final class ContestantException extends Exception {
  private static final long serialVersionUID = 1L;

  ContestantException(String message) {
    super(message);
  }

  ContestantException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
