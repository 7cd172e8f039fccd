package io.hypermesh.adapter.storage;

import java.io.IOException;
import java.nio.file.Path;

/** Says how large a file system is, which no file does. */
@FunctionalInterface
public interface SpaceProbe {
  /**
   * Asks the operating system.
   *
   * @param mountPoint where the file system is mounted
   * @return its size in bytes
   * @throws IOException if it cannot be asked
   */
  long totalBytes(Path mountPoint) throws IOException;
}
