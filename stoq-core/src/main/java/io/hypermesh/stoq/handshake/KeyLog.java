package io.hypermesh.stoq.handshake;

/**
 * Receives the secrets of handshakes as lines of the NSS key log format, which packet analysers
 * read ({@code LABEL <client random in hex> <secret in hex>}).
 *
 * <p>Whoever reads these lines can decrypt the connections: the sink is for debugging, and there is
 * none unless a host sets one. Called on the thread that owns the handshake; an implementation that
 * is shared by endpoints has to be safe for use by several threads, and must not block.
 */
@FunctionalInterface
public interface KeyLog {
  /** A secret was derived. The line has no terminator. */
  void secretDerived(String line);
}
