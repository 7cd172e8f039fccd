/**
 * STOQ and its peers in the same run: each contestant is a server and a client, two processes
 * pinned to a core each, which take turns with those of the others. {@link
 * io.hypermesh.jmh.compare.Compare} is the program, {@link io.hypermesh.jmh.compare.Participant}
 * what each process runs.
 */
@org.jspecify.annotations.NullMarked
package io.hypermesh.jmh.compare;
