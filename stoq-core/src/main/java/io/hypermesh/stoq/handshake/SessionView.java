package io.hypermesh.stoq.handshake;

import java.security.Principal;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/**
 * The handshake as the {@link ExtendedSSLSession} that key and trust managers look at. It cannot be
 * resumed and has no times; values that a manager puts live as long as one call to it.
 */
final class SessionView extends ExtendedSSLSession {
  private static final int PACKET_BYTES_MAX = 16_384 + 256;
  private static final int APPLICATION_BYTES_MAX = 16_384;

  private final HandshakeContext context;
  private final Map<String, Object> values = new HashMap<>();

  SessionView(HandshakeContext context) {
    this.context = context;
  }

  @Override
  public String[] getLocalSupportedSignatureAlgorithms() {
    return SignatureScheme.jcaNames(List.of(SignatureScheme.values()));
  }

  /** Those for certificates, as in the JDK's own sessions. */
  @Override
  public String[] getPeerSupportedSignatureAlgorithms() {
    return SignatureScheme.jcaNames(context.peerCertificateSchemes());
  }

  @Override
  public List<SNIServerName> getRequestedServerNames() {
    return context.requestedServerNames();
  }

  @Override
  public List<byte[]> getStatusResponses() {
    return List.of();
  }

  @Override
  public byte[] getId() {
    return new byte[0];
  }

  @Override
  public @Nullable SSLSessionContext getSessionContext() {
    return null;
  }

  @Override
  public long getCreationTime() {
    return 0;
  }

  @Override
  public long getLastAccessedTime() {
    return 0;
  }

  @Override
  public void invalidate() {
    values.clear();
  }

  @Override
  public boolean isValid() {
    return false;
  }

  @Override
  public void putValue(String name, Object value) {
    values.put(name, value);
  }

  @Override
  public @Nullable Object getValue(String name) {
    return values.get(name);
  }

  @Override
  public void removeValue(String name) {
    values.remove(name);
  }

  @Override
  public String[] getValueNames() {
    return values.keySet().toArray(String[]::new);
  }

  @Override
  public Certificate[] getPeerCertificates() throws SSLPeerUnverifiedException {
    List<X509Certificate> chain = context.peerCertificates();
    if (chain.isEmpty()) {
      throw new SSLPeerUnverifiedException("the peer has shown no certificate");
    }
    return chain.toArray(Certificate[]::new);
  }

  @Override
  public Certificate @Nullable [] getLocalCertificates() {
    return null;
  }

  @Override
  public Principal getPeerPrincipal() throws SSLPeerUnverifiedException {
    List<X509Certificate> chain = context.peerCertificates();
    if (chain.isEmpty()) {
      throw new SSLPeerUnverifiedException("the peer has shown no certificate");
    }
    return chain.getFirst().getSubjectX500Principal();
  }

  @Override
  public @Nullable Principal getLocalPrincipal() {
    return null;
  }

  @Override
  public String getCipherSuite() {
    return context.suiteName();
  }

  @Override
  public String getProtocol() {
    return "TLSv1.3";
  }

  @Override
  public @Nullable String getPeerHost() {
    return context.peerHost();
  }

  @Override
  public int getPeerPort() {
    return context.peerPort();
  }

  @Override
  public int getPacketBufferSize() {
    return PACKET_BYTES_MAX;
  }

  @Override
  public int getApplicationBufferSize() {
    return APPLICATION_BYTES_MAX;
  }
}
