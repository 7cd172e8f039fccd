package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.protection.CipherSuite;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a handshake hands to its connection, in the order in which it has to take effect.
 *
 * <p>Arrays are handed over: whoever polls an event owns them, and erases those that are secret.
 */
public sealed interface HandshakeEvent {
  /** Bytes to send in CRYPTO frames of this level, behind all earlier ones of the level. */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record CryptoData(EncryptionLevel level, byte[] data) implements HandshakeEvent {}

  /**
   * Secrets to derive packet protection keys from (RFC 9001, 5.1).
   *
   * @param level {@link EncryptionLevel#HANDSHAKE} or {@link EncryptionLevel#ONE_RTT}
   * @param suite the negotiated cipher suite
   * @param readSecret for packets from the peer, or null where it comes in a later event: a server
   *     reads 1-RTT packets only once the client's Finished is verified (RFC 9001, 5.7)
   * @param writeSecret for packets to the peer, or null where it came in an earlier event
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record TrafficSecrets(
      EncryptionLevel level,
      CipherSuite suite,
      byte @Nullable [] readSecret,
      byte @Nullable [] writeSecret)
      implements HandshakeEvent {
    /** Names what is there, and no secret. */
    @Override
    public String toString() {
      return "TrafficSecrets["
          + level
          + ", "
          + suite
          + (readSecret == null ? "" : ", read")
          + (writeSecret == null ? "" : ", write")
          + "]";
    }
  }

  /**
   * The peer's quic_transport_parameters extension, undecoded (RFC 9001, 8.2). Comes once, before
   * the peer is authenticated: nothing that outlives the handshake may rely on it before {@link
   * HandshakeComplete}.
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record PeerTransportParameters(byte[] encoded) implements HandshakeEvent {}

  /**
   * The handshake is complete (RFC 9001, 4.1.1): the peer's Finished is verified, and its
   * certificates where it had to show any.
   *
   * @param applicationProtocol the negotiated ALPN protocol
   * @param peerCertificates the peer's chain as it sent it, its own certificate first; empty where
   *     a client showed none
   * @param serverName the host name of the server_name extension, or null where there was none
   * @param exporter of this handshake (RFC 8446, 7.5); whoever polls it closes it when the
   *     connection ends
   */
  record HandshakeComplete(
      String applicationProtocol,
      List<X509Certificate> peerCertificates,
      @Nullable String serverName,
      KeyExporter exporter)
      implements HandshakeEvent {
    public HandshakeComplete {
      peerCertificates = List.copyOf(peerCertificates);
    }
  }
}
