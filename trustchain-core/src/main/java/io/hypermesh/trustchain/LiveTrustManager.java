package io.hypermesh.trustchain;

import io.hypermesh.trustchain.CertificateProfile.Purpose;
import io.hypermesh.trustchain.CertificateValidationException.Rule;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Judges peers by a {@link CertificateValidator} that can be replaced while handshakes run: a
 * handshake that began keeps to the validator it met, the next one meets the new one.
 *
 * <p>A server's name is checked where the connection asks for it, by an endpoint identification
 * algorithm in its {@link SSLParameters}: then it is the host that the connection was made for.
 * Clients' names are for the application to judge. Any number of threads may call any method.
 */
public final class LiveTrustManager extends X509ExtendedTrustManager {
  private final AtomicReference<CertificateValidator> validator;

  LiveTrustManager(CertificateValidator validator) {
    this.validator = new AtomicReference<>(validator);
  }

  /**
   * Judges by another validator from now on, for example one that trusts a new root besides the
   * old.
   *
   * @param value the new validator
   */
  public void replace(CertificateValidator value) {
    validator.set(value);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateValidationException {
    validate(chain, Purpose.CLIENT, null);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateValidationException {
    validate(chain, Purpose.SERVER, null);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateValidationException {
    validate(chain, Purpose.CLIENT, null);
  }

  @Override
  public void checkClientTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateValidationException {
    validate(chain, Purpose.CLIENT, null);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateValidationException {
    String host =
        socket instanceof SSLSocket tls
            ? hostToCheck(tls.getSSLParameters(), tls.getHandshakeSession())
            : null;
    validate(chain, Purpose.SERVER, host);
  }

  @Override
  public void checkServerTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateValidationException {
    String host =
        engine == null
            ? null
            : hostToCheck(engine.getSSLParameters(), engine.getHandshakeSession());
    validate(chain, Purpose.SERVER, host);
  }

  private static @Nullable String hostToCheck(
      SSLParameters parameters, @Nullable SSLSession session)
      throws CertificateValidationException {
    String algorithm = parameters.getEndpointIdentificationAlgorithm();
    if (algorithm == null || algorithm.isEmpty()) {
      return null;
    }
    String host = session == null ? null : session.getPeerHost();
    if (host == null && parameters.getServerNames() != null) {
      host =
          parameters.getServerNames().stream()
              .filter(SNIHostName.class::isInstance)
              .map(name -> ((SNIHostName) name).getAsciiName())
              .findFirst()
              .orElse(null);
    }
    if (host == null || host.isEmpty()) {
      throw new CertificateValidationException(
          Rule.NAME_MISMATCH, 0, "the connection asks for a name but was made for none", null);
    }
    return host;
  }

  private void validate(X509Certificate[] chain, Purpose purpose, @Nullable String host)
      throws CertificateValidationException {
    List<X509Certificate> certificates = chain == null ? List.of() : Arrays.asList(chain);
    validator.get().validate(certificates, purpose, host);
  }

  /** The roots that are trusted now. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return validator.get().roots();
  }
}
