package io.hypermesh.stoq.ipc;

/** What a channel knows of the process at its other end, beside what that one writes. */
interface Peer extends AutoCloseable {
  /** Whether it is there. Costs system calls. */
  boolean isAlive();

  /** Whether the shared memory is as long as it was; where it isn't, it can't be read. */
  boolean isMemoryIntact();

  /** Lets the memory go: whoever uses it afterwards meets an {@link IllegalStateException}. */
  @Override
  void close();
}
