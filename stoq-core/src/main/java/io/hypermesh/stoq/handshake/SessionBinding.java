package io.hypermesh.stoq.handshake;

import java.util.function.IntSupplier;
import java.util.function.Predicate;

/**
 * What a server's connection ties its sessions to, besides what TLS knows.
 *
 * @param quicVersion gives the version of the connection as it is then: a ticket of one version is
 *     none for a connection that starts with another, and one that is given is of the version that
 *     was negotiated (RFC 9369, 5)
 * @param parameters the transport parameters that early data of a later connection will have to
 *     keep to, encoded; goes into tickets (RFC 9000, 7.4.1)
 * @param parametersHold whether a connection that was promised these parameters by an earlier one
 *     can have them now, none of them lowered
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
public record SessionBinding(
    IntSupplier quicVersion, byte[] parameters, Predicate<byte[]> parametersHold) {
  /** For a connection of QUIC version 1 that takes no early data. */
  public static SessionBinding withoutEarlyData() {
    return new SessionBinding(() -> 1, new byte[0], _ -> false);
  }
}
