package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.protection.CipherSuite;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import org.jspecify.annotations.Nullable;

/**
 * What a key or trust manager may ask about a handshake. Immutable: it crosses to the thread that
 * runs a task.
 *
 * @param client true on the client's side
 * @param peerHost the host that a client means to reach; null on a server
 * @param peerPort its port, or -1
 * @param serverName the host name of the server_name extension, or null
 * @param suite the negotiated cipher suite
 * @param applicationProtocol the negotiated ALPN protocol
 * @param peerSchemes what the peer can verify
 * @param peerCertificateSchemes what it can verify in certificates (RFC 8446, 4.2.3)
 * @param peerCertificates the peer's chain, empty until it is known
 */
record HandshakeContext(
    boolean client,
    @Nullable String peerHost,
    int peerPort,
    @Nullable String serverName,
    CipherSuite suite,
    String applicationProtocol,
    List<SignatureScheme> peerSchemes,
    List<SignatureScheme> peerCertificateSchemes,
    List<X509Certificate> peerCertificates) {

  HandshakeContext {
    peerSchemes = List.copyOf(peerSchemes);
    peerCertificateSchemes = List.copyOf(peerCertificateSchemes);
    peerCertificates = List.copyOf(peerCertificates);
  }

  /** With a peer that verifies certificates as it does handshakes. */
  HandshakeContext(
      boolean client,
      @Nullable String peerHost,
      int peerPort,
      @Nullable String serverName,
      CipherSuite suite,
      String applicationProtocol,
      List<SignatureScheme> peerSchemes,
      List<X509Certificate> peerCertificates) {
    this(
        client,
        peerHost,
        peerPort,
        serverName,
        suite,
        applicationProtocol,
        peerSchemes,
        peerSchemes,
        peerCertificates);
  }

  HandshakeContext withPeerCertificates(List<X509Certificate> chain) {
    return with(peerSchemes, peerCertificateSchemes, chain);
  }

  HandshakeContext withPeerSchemes(
      List<SignatureScheme> schemes, List<SignatureScheme> certificateSchemes) {
    return with(schemes, certificateSchemes, peerCertificates);
  }

  private HandshakeContext with(
      List<SignatureScheme> schemes,
      List<SignatureScheme> certificateSchemes,
      List<X509Certificate> chain) {
    return new HandshakeContext(
        client,
        peerHost,
        peerPort,
        serverName,
        suite,
        applicationProtocol,
        schemes,
        certificateSchemes,
        chain);
  }

  /** The standard name of the suite. */
  String suiteName() {
    return "TLS_" + suite.name();
  }

  List<SNIServerName> requestedServerNames() {
    return serverName == null ? List.of() : List.of(new SNIHostName(serverName));
  }
}
