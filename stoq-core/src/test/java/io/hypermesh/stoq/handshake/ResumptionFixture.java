package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.handshake.TestIdentities.Identity;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** A server's tickets and clocks, and the settings of both sides that use them. */
final class ResumptionFixture {
  static final Duration DAY = Duration.ofDays(1);
  static final Duration WINDOW = Duration.ofSeconds(10);

  /** A clock that tests set forward. */
  static final class TestClock implements InstantSource {
    private Instant now = Instant.now();

    @Override
    public Instant instant() {
      return now;
    }

    void advance(Duration duration) {
      now = now.plus(duration);
    }
  }

  /** A trust manager that can turn against certificates. */
  static final class FickleTrustManager extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager judge = HandshakeFixture.AUTHORITY.trustManager();
    final Set<X509Certificate> revoked = new HashSet<>();
    int asked;

    private void check(X509Certificate[] chain) throws CertificateException {
      asked++;
      if (revoked.contains(chain[0])) {
        throw new CertificateException("revoked");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
      judge.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
      judge.checkServerTrusted(chain, type, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return judge.getAcceptedIssuers();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }
  }

  final TestClock serverClock = new TestClock();
  final TestClock clientClock = new TestClock();
  final FickleTrustManager serverTrust = new FickleTrustManager();
  final FickleTrustManager clientTrust = new FickleTrustManager();
  SessionTickets tickets = SessionTickets.withFreshSecret(DAY, new SeededRandom(7));
  EarlyDataRegister register = new EarlyDataRegister(1, 100, WINDOW);
  boolean parametersHold = true;
  int ticketsPerConnection = 2;
  private long seed = 10;

  TlsSettings.Builder serverSettings() {
    return serverSettings(HandshakeFixture.SERVER);
  }

  TlsSettings.Builder serverSettings(Identity identity) {
    return HandshakeFixture.settings(identity, seed++)
        .trustManager(serverTrust)
        .resumption(
            new ResumptionSettings(
                tickets, ticketsPerConnection, DAY, register, false, serverClock));
  }

  TlsSettings.Builder clientSettings() {
    return clientSettings(HandshakeFixture.CLIENT);
  }

  TlsSettings.Builder clientSettings(Identity identity) {
    return HandshakeFixture.settings(identity, seed++)
        .trustManager(clientTrust)
        .resumption(new ResumptionSettings(null, 0, DAY, null, true, clientClock));
  }

  TlsHandshake server(TlsSettings.Builder settings) {
    return server(settings, 1);
  }

  TlsHandshake server(TlsSettings.Builder settings, int quicVersion) {
    return TlsHandshake.server(
        settings.build(),
        HandshakeFixture.SERVER_PARAMETERS,
        new SessionBinding(() -> quicVersion, new byte[] {9}, promised -> parametersHold));
  }

  static TlsHandshake client(
      TlsSettings.Builder settings, ClientSession session, boolean earlyData) {
    return client(settings, HandshakeFixture.HOST, session, earlyData);
  }

  static TlsHandshake client(
      TlsSettings.Builder settings, String host, ClientSession session, boolean earlyData) {
    return TlsHandshake.client(
        settings.build(),
        host,
        9292,
        HandshakeFixture.CLIENT_PARAMETERS,
        () -> 1,
        session,
        earlyData);
  }

  /** A full handshake between the usual two. */
  HandshakePair first() {
    return new HandshakePair(client(clientSettings(), null, false), server(serverSettings())).run();
  }

  /** A session of such a handshake. */
  ClientSession session() {
    return first().client.sessions.getFirst();
  }

  /** A handshake that offers a session. */
  HandshakePair second(ClientSession session, boolean earlyData) {
    return new HandshakePair(client(clientSettings(), session, earlyData), server(serverSettings()))
        .run();
  }
}
