package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.util.Arrays;

/**
 * The protection of Initial packets (RFC 9001, 5.2): keys that everyone who sees the client's first
 * packet can derive. They keep out packets from off the path and corrupted ones, no more.
 *
 * @param client protects what the client sends
 * @param server protects what the server sends
 */
public record InitialSecrets(PacketProtection client, PacketProtection server) {
  private static final CipherSuite SUITE = CipherSuite.AES_128_GCM_SHA256;
  private static final byte[] NO_CONTEXT = new byte[0];

  /**
   * Derives both sides' keys.
   *
   * @param provider who protects the packets
   * @param version the QUIC version, which chooses salt and labels
   * @param destination the destination connection ID of the client's first Initial packet; after a
   *     Retry, the one that the server chose there
   */
  public static InitialSecrets derive(
      PacketProtectionProvider provider, QuicVersion version, ConnectionId destination) {
    String hash = SUITE.hashAlgorithm();
    byte[] initial = Hkdf.extract(hash, version.initialSalt(), destination.toByteArray());
    byte[] client = Hkdf.expandLabel(hash, initial, "client in", NO_CONTEXT, SUITE.hashLength());
    byte[] server = Hkdf.expandLabel(hash, initial, "server in", NO_CONTEXT, SUITE.hashLength());
    InitialSecrets secrets =
        new InitialSecrets(
            provider.create(version, SUITE, client), provider.create(version, SUITE, server));
    Arrays.fill(initial, (byte) 0);
    Arrays.fill(client, (byte) 0);
    Arrays.fill(server, (byte) 0);
    return secrets;
  }

  /** Derives what protects the client's packets, alone. */
  public static PacketProtection deriveClient(
      PacketProtectionProvider provider, QuicVersion version, ConnectionId destination) {
    String hash = SUITE.hashAlgorithm();
    byte[] initial = Hkdf.extract(hash, version.initialSalt(), destination.toByteArray());
    byte[] client = Hkdf.expandLabel(hash, initial, "client in", NO_CONTEXT, SUITE.hashLength());
    PacketProtection protection = provider.create(version, SUITE, client);
    Arrays.fill(initial, (byte) 0);
    Arrays.fill(client, (byte) 0);
    return protection;
  }
}
