package io.hypermesh.adapter;

/** Whether an adapter can do something on this host. It never pretends: it says what is missing. */
public sealed interface Capability {
  /**
   * It can.
   *
   * @param mechanism what it does it with, such as a file of the kernel
   */
  record Supported(String mechanism) implements Capability {}

  /**
   * It cannot.
   *
   * @param reason what is missing, in one line
   */
  record Unsupported(String reason) implements Capability {}
}
