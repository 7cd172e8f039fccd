package io.hypermesh.jmh.compare;

import java.io.IOException;

/**
 * What one process does: a server, or a client. Called by one thread, which waits for the harness's
 * next command in between; while nothing is asked of it, it must not use its core.
 */
interface Role extends AutoCloseable {
  /** Makes a role. */
  @FunctionalInterface
  interface Factory {
    /**
     * Starts: a server listens, a client connects.
     *
     * @param parameters what the contestant is told; a client gets the server's {@code port}
     */
    Role start(Parameters parameters) throws Exception;
  }

  /** Bytes of streams that have arrived here. */
  default long bytes() {
    return 0;
  }

  /** Packets, or what comes next to them, that have arrived here; 0 where nobody counts them. */
  default long packets() {
    return 0;
  }

  /** A server's {@code port}, and whatever else its client or a reader should know. */
  default Parameters describe() {
    return Parameters.NONE;
  }

  /**
   * Does what is asked.
   *
   * @param verb names it
   * @param arguments say more
   * @return the answer
   */
  default Parameters run(String verb, Parameters arguments) throws Exception {
    throw new IllegalArgumentException("couldn't do what nobody here knows: " + verb);
  }

  @Override
  void close() throws IOException;
}
