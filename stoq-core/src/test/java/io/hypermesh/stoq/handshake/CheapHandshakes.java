package io.hypermesh.stoq.handshake;

import java.net.Socket;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Settings with which a handshake costs as little as it can, for fuzz targets that need one for
 * each input and look at what comes after: the session of an earlier connection instead of
 * signatures, a server that everyone trusts and that asks for no certificate, one group.
 */
public final class CheapHandshakes {
  /** The time of both sides, which stands still. */
  public static final long NOW_MILLIS = TestIdentities.days(0).toEpochMilli();

  /** All servers' register of early data is the same, and empty. */
  static final long REGISTER_ID = 7;

  private static final Duration DAY = Duration.ofDays(1);
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(NOW_MILLIS));

  /** Judges nothing, which takes no time. */
  private static final class TrustsAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static final TrustsAll TRUSTS_ALL = new TrustsAll();

  private final SessionTickets tickets = SessionTickets.withFreshSecret(DAY, new SeededRandom(7));

  /** Bytes that follow from a seed. */
  public static SecureRandom random(long seed) {
    return new SeededRandom(seed);
  }

  /** What seals the server's tickets. */
  SessionTickets tickets() {
    return tickets;
  }

  /** A client whose secrets go to a key log. */
  public TlsSettings client(long seed, KeyLog keyLog) {
    return HandshakeFixture.settings(null, seed)
        .trustManager(TRUSTS_ALL)
        .groups(List.of(NamedGroup.X25519))
        .resumption(new ResumptionSettings(null, 0, DAY, null, true, CLOCK))
        .keyLog(keyLog)
        .build();
  }

  /**
   * A server that gives so many tickets.
   *
   * @param earlyData whether it takes early data; a register of its own remembers which
   */
  public TlsSettings server(long seed, int ticketsPerConnection, boolean earlyData) {
    EarlyDataRegister register =
        earlyData ? new EarlyDataRegister(REGISTER_ID, 100, Duration.ofSeconds(10)) : null;
    return HandshakeFixture.settings(HandshakeFixture.SERVER, seed)
        .groups(List.of(NamedGroup.X25519))
        .clientAuthentication(ClientAuthentication.NONE)
        .resumption(
            new ResumptionSettings(tickets, ticketsPerConnection, DAY, register, false, CLOCK))
        .build();
  }
}
