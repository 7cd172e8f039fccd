package io.hypermesh.ledger.journal;

import java.io.IOException;
import java.nio.file.Path;

/** A file is sound but was written for something else than it is opened for. */
public final class OtherContextException extends IOException {
  private static final long serialVersionUID = 1L;

  OtherContextException(Path file) {
    super(file + " was written with other settings");
  }
}
