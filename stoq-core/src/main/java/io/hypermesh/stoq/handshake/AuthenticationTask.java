package io.hypermesh.stoq.handshake;

import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates the peer and then, on a client that was asked to, proves the own identity: in this
 * order, so that nothing is shown to a server that is not who it should be.
 */
final class AuthenticationTask extends HandshakeTask {
  private final TlsSettings settings;
  private final HandshakeContext context;
  private final PeerAuthentication peer;
  private final @Nullable CertificateRequest request;
  private final Transcript transcript;
  private List<X509Certificate> peerCertificates = List.of();
  private byte[] proof = new byte[0];
  private long provedUntilMillis = Long.MAX_VALUE;

  /**
   * @param request of the server, or null where the own identity is not asked for
   * @param transcript a copy of the handshake's, up to the peer's Finished
   */
  AuthenticationTask(
      TlsSettings settings,
      HandshakeContext context,
      PeerAuthentication peer,
      @Nullable CertificateRequest request,
      Transcript transcript) {
    this.settings = settings;
    this.context = context;
    this.peer = peer;
    this.request = request;
    this.transcript = transcript;
  }

  @Override
  void execute() throws AuthenticationException {
    X509ExtendedTrustManager trustManager = settings.trustManager();
    if (trustManager == null) {
      throw new AuthenticationException(
          Alert.INTERNAL_ERROR, "couldn't authenticate the peer: there is no trust manager", null);
    }
    List<X509Certificate> certificates =
        peer.authenticate(trustManager, context, settings.limits());
    if (request != null) {
      proof = prove(request, context.withPeerCertificates(certificates));
    }
    peerCertificates = certificates;
  }

  private byte[] prove(CertificateRequest request, HandshakeContext context)
      throws AuthenticationException {
    X509ExtendedKeyManager keyManager = settings.keyManager();
    Credentials credentials =
        keyManager == null
            ? null
            : Credentials.choose(
                keyManager,
                context.withPeerSchemes(request.signatureSchemes(), request.certificateSchemes()),
                request.authorities(),
                settings.limits());
    if (credentials != null) {
      provedUntilMillis = CertificateLifetime.endMillis(credentials.chain());
      return credentials.prove(false, transcript, settings.publicKeys());
    }
    // RFC 8446, 4.4.2: a client without a suitable certificate says so with an empty list.
    byte[] empty = CertificateMessage.encode(List.of());
    transcript.update(empty);
    return empty;
  }

  /** The peer's chain, accepted. */
  List<X509Certificate> peerCertificates() {
    return peerCertificates;
  }

  /** The client's Certificate and CertificateVerify; empty where none were asked for. */
  byte[] proof() {
    return proof;
  }

  /** When the client's own chain ends; the largest long where it showed none. */
  long provedUntilMillis() {
    return provedUntilMillis;
  }

  /** The transcript with the proof's messages. */
  Transcript transcript() {
    return transcript;
  }

  @Override
  void erase() {
    // Its results are sent or shown to the host: nothing is secret.
  }
}
