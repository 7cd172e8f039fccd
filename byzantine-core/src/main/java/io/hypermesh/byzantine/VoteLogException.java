package io.hypermesh.byzantine;

import java.io.IOException;
import java.io.Serial;

/**
 * A {@link VoteLog} cannot be opened as it is: it is damaged before its end, in use, or of
 * something else. Starting without it could make the replica contradict its own votes, so the host
 * must not.
 */
public final class VoteLogException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  VoteLogException(String message) {
    super(message);
  }
}
