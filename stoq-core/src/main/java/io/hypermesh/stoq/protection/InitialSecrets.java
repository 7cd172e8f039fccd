package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The protection of Initial packets (RFC 9001, 5.2): keys that everyone who sees the client's first
 * packet can derive. They keep out packets from off the path and corrupted ones, no more.
 *
 * @param client protects what the client sends
 * @param server protects what the server sends
 */
public record InitialSecrets(PacketProtection client, PacketProtection server) {
  private static final CipherSuite SUITE = CipherSuite.AES_128_GCM_SHA256;
  private static final byte[] SALT_VERSION_1 =
      HexFormat.of().parseHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
  private static final byte[] NO_CONTEXT = new byte[0];

  /**
   * Derives both sides' keys.
   *
   * @param version the QUIC version, which chooses the salt
   * @param destination the destination connection ID of the client's first Initial packet; after a
   *     Retry, the one that the server chose there
   */
  public static InitialSecrets derive(int version, ConnectionId destination) {
    if (version != PacketHeader.VERSION_1) {
      throw new IllegalArgumentException(
          "couldn't derive Initial keys: version " + version + " is not spoken here");
    }
    String hash = SUITE.hashAlgorithm();
    byte[] initial = Hkdf.extract(hash, SALT_VERSION_1, destination.toByteArray());
    byte[] client = Hkdf.expandLabel(hash, initial, "client in", NO_CONTEXT, SUITE.hashLength());
    byte[] server = Hkdf.expandLabel(hash, initial, "server in", NO_CONTEXT, SUITE.hashLength());
    InitialSecrets secrets =
        new InitialSecrets(
            JcePacketProtection.of(SUITE, client), JcePacketProtection.of(SUITE, server));
    Arrays.fill(initial, (byte) 0);
    Arrays.fill(client, (byte) 0);
    Arrays.fill(server, (byte) 0);
    return secrets;
  }
}
