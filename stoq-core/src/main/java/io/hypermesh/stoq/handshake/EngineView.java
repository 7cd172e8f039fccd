package io.hypermesh.stoq.handshake;

import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The handshake as the {@link SSLEngine} that {@code X509ExtendedKeyManager} and {@code
 * X509ExtendedTrustManager} are given: enough for them to read whom it is with and to check the
 * server's name, and nothing that would move bytes.
 *
 * <p>On a client it asks for the endpoint identification of HTTPS (RFC 9110, 4.3.4), so that the
 * platform's own trust managers check the name too.
 */
final class EngineView extends SSLEngine {
  private static final String NAME_CHECK = "HTTPS";

  private final HandshakeContext context;
  private final SessionView session;

  EngineView(HandshakeContext context) {
    super(context.peerHost(), context.peerPort());
    this.context = context;
    this.session = new SessionView(context);
  }

  @Override
  public SSLSession getSession() {
    return session;
  }

  @Override
  public SSLSession getHandshakeSession() {
    return session;
  }

  @Override
  public SSLParameters getSSLParameters() {
    SSLParameters parameters = new SSLParameters(getEnabledCipherSuites(), getEnabledProtocols());
    parameters.setApplicationProtocols(new String[] {context.applicationProtocol()});
    if (context.client()) {
      parameters.setEndpointIdentificationAlgorithm(NAME_CHECK);
      String serverName = context.serverName();
      if (serverName != null) {
        parameters.setServerNames(List.of(new SNIHostName(serverName)));
      }
    }
    return parameters;
  }

  @Override
  public String getApplicationProtocol() {
    return context.applicationProtocol();
  }

  @Override
  public String getHandshakeApplicationProtocol() {
    return context.applicationProtocol();
  }

  @Override
  public boolean getUseClientMode() {
    return context.client();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return new String[] {context.suiteName()};
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return getSupportedCipherSuites();
  }

  @Override
  public String[] getSupportedProtocols() {
    return new String[] {"TLSv1.3"};
  }

  @Override
  public String[] getEnabledProtocols() {
    return getSupportedProtocols();
  }

  @Override
  public SSLEngineResult.HandshakeStatus getHandshakeStatus() {
    return SSLEngineResult.HandshakeStatus.NEED_TASK;
  }

  @Override
  public boolean getNeedClientAuth() {
    return false;
  }

  @Override
  public boolean getWantClientAuth() {
    return false;
  }

  @Override
  public boolean getEnableSessionCreation() {
    return false;
  }

  @Override
  public boolean isInboundDone() {
    return false;
  }

  @Override
  public boolean isOutboundDone() {
    return false;
  }

  @Override
  public @Nullable Runnable getDelegatedTask() {
    return null;
  }

  @Override
  public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target) {
    throw readOnly();
  }

  @Override
  public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length) {
    throw readOnly();
  }

  @Override
  public void beginHandshake() {
    throw readOnly();
  }

  @Override
  public void closeInbound() {
    throw readOnly();
  }

  @Override
  public void closeOutbound() {
    throw readOnly();
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {
    throw readOnly();
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {
    throw readOnly();
  }

  @Override
  public void setUseClientMode(boolean mode) {
    throw readOnly();
  }

  @Override
  public void setNeedClientAuth(boolean need) {
    throw readOnly();
  }

  @Override
  public void setWantClientAuth(boolean want) {
    throw readOnly();
  }

  @Override
  public void setEnableSessionCreation(boolean flag) {
    throw readOnly();
  }

  @Override
  public void setSSLParameters(SSLParameters parameters) {
    throw readOnly();
  }

  private static UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException(
        "a manager sees a QUIC handshake through this engine and cannot drive it");
  }
}
