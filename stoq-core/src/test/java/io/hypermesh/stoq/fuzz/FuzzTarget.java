package io.hypermesh.stoq.fuzz;

/**
 * Takes any bytes. Whatever it throws is a bug: exceptions that bytes may cause are caught inside.
 * Keeps nothing from one input to the next that would change what an input does.
 */
@FunctionalInterface
public interface FuzzTarget {
  /** Does with the input whatever a peer could. */
  void run(FuzzInput input) throws Exception;
}
