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
   * @param level {@link EncryptionLevel#HANDSHAKE} or {@link EncryptionLevel#ONE_RTT}; or {@link
   *     EncryptionLevel#ZERO_RTT}, where a client has a secret to write with and a server one to
   *     read with
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
   * @param resumed whether an earlier session was resumed: then the certificates were proved in
   *     that one, and the trust manager has accepted them again
   */
  record HandshakeComplete(
      String applicationProtocol,
      List<X509Certificate> peerCertificates,
      @Nullable String serverName,
      KeyExporter exporter,
      boolean resumed)
      implements HandshakeEvent {
    public HandshakeComplete {
      peerCertificates = List.copyOf(peerCertificates);
    }
  }

  /**
   * On a client: its ClientHello announces early data, the secret for it came before this event. On
   * a server: early data is accepted, and so the identity of the client from its session. What is
   * early can be a replay (RFC 8446, 8).
   *
   * @param applicationProtocol the session's ALPN protocol
   * @param peerCertificates the peer's chain from the session, accepted by the trust manager again;
   *     empty where a client showed none
   * @param serverName the host name of the server_name extension, or null
   */
  record EarlyDataBegun(
      String applicationProtocol,
      List<X509Certificate> peerCertificates,
      @Nullable String serverName)
      implements HandshakeEvent {
    public EarlyDataBegun {
      peerCertificates = List.copyOf(peerCertificates);
    }
  }

  /**
   * A client's early data was accepted or rejected; comes before {@link PeerTransportParameters},
   * where it was accepted, and as soon as it is known where not. On a server: early data that the
   * client announced is rejected; never accepted, for that is {@link EarlyDataBegun}.
   */
  record EarlyDataDecided(boolean accepted) implements HandshakeEvent {}

  /** A client got a ticket, and with it a session that it may resume; the receiver owns it. */
  record SessionKept(ClientSession session) implements HandshakeEvent {}
}
