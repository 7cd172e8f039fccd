package io.hypermesh.stoq.handshake;

import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Asks a client's trust manager again for the server's chain of an earlier connection, before its
 * ticket is used: a session must not outlive the trust in whom it was with. A refusal fails nothing
 * but the resumption.
 */
final class SessionCheckTask extends HandshakeTask {
  private final @Nullable X509ExtendedTrustManager trustManager;
  private final HandshakeContext context;
  private final List<byte[]> chain;
  private List<X509Certificate> certificates = List.of();

  SessionCheckTask(
      @Nullable X509ExtendedTrustManager trustManager,
      HandshakeContext context,
      List<byte[]> chain) {
    this.trustManager = trustManager;
    this.context = context;
    this.chain = chain;
  }

  @Override
  void execute() {
    List<X509Certificate> accepted = PeerAuthentication.accepted(chain, trustManager, context);
    certificates = accepted == null ? List.of() : accepted;
  }

  /** The chain, accepted; empty where it was not. */
  List<X509Certificate> certificates() {
    return certificates;
  }

  @Override
  void erase() {
    // Certificates are no secret.
  }
}
