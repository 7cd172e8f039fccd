package io.hypermesh.ledger.journal;

import java.io.IOException;
import java.nio.file.Path;

/** A file of a journal is not what was written. Says which file, where in it, and what is wrong. */
public final class JournalException extends IOException {
  private static final long serialVersionUID = 1L;

  JournalException(Path file, long offset, String problem) {
    super(file + " is damaged at offset " + offset + ": " + problem);
  }
}
