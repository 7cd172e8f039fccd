package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import tech.kwik.agent15.TlsConstants.CipherSuite;
import tech.kwik.core.QuicClientConnection;
import tech.kwik.core.QuicClientConnection.StreamEarlyData;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicSessionTicket;
import tech.kwik.core.QuicStream;
import tech.kwik.core.impl.QuicClientConnectionImpl;

/** kwik's client. */
final class KwikClient implements Peer {
  /** Datagrams after which the NAT in front of it forgets its port. */
  private static final int REBIND_AFTER = 300;

  @Override
  public String title() {
    return "kwik client";
  }

  @Override
  public @Nullable String limitation(Scenario scenario, Trial trial) {
    return null;
  }

  @Override
  public @Nullable String remark(Scenario scenario) {
    return switch (scenario) {
      case TRANSFER -> KwikReminder.REMARK;
      case RETRY ->
          "kwik receives the Retry once its `connect()` waits for an answer: it fails where one comes"
              + " before that thread has noted what it sent, as it can over loopback";
      case RESUMPTION ->
          "both say it: STOQ resumed the session, kwik's log shows a handshake without a certificate";
      case ZERO_RTT ->
          "both say it: kwik's status of the early data is `Accepted`, STOQ took it from 0-RTT packets";
      default -> null;
    };
  }

  @Override
  public void run(Scenario scenario, Trial trial) throws Exception {
    try (StoqServer server = new StoqServer(scenario, Trial.ECHO, trial)) {
      if (scenario == Scenario.REBINDING) {
        try (RebindingRelay relay = new RebindingRelay(server.address(), REBIND_AFTER)) {
          QuicClientConnection _ = connect(scenario, trial, relay.address(), null);
          assertThat(relay.returnedAfterwards()).isPositive();
          trial.prove(
              "the relay changed its port; datagrams from STOQ to the new one: "
                  + relay.returnedAfterwards());
        }
      } else {
        QuicSessionTicket ticket = null;
        if (scenario.resumes()) {
          ticket = ticketOf(connect(scenario, trial, server.address(), null));
        }
        QuicClientConnection _ = connect(scenario, trial, server.address(), ticket);
      }
      server.check(true);
    }
  }

  /** Tickets follow the handshake at once: one has come before the echo has. */
  private static QuicSessionTicket ticketOf(QuicClientConnection connection) {
    assertThat(connection.getNewSessionTickets()).isNotEmpty();
    return connection.getNewSessionTickets().getFirst();
  }

  /** Connects, has bytes sent back, and closes. */
  private static QuicClientConnection connect(
      Scenario scenario, Trial trial, InetSocketAddress server, @Nullable QuicSessionTicket ticket)
      throws Exception {
    KwikLog log = new KwikLog();
    Thread connecting = Thread.currentThread();
    QuicClientConnection.Builder builder =
        QuicClientConnection.newBuilder()
            .host(Trial.PEER_NAME)
            .port(server.getPort())
            .preferIPv6()
            .applicationProtocol(Trial.ECHO)
            .connectTimeout(Trial.WAIT)
            .customTrustManager(new AnyKeyExchange(trial.authority().trustManager()))
            .socketFactory(_ -> new PatientSocket(connecting))
            .logger(log);
    switch (scenario) {
      case CLIENT_CERTIFICATE ->
          builder
              .clientCertificate(trial.theirs().certificate())
              .clientCertificateKey(trial.theirs().key());
      case CHACHA20 -> builder.cipherSuite(CipherSuite.TLS_CHACHA20_POLY1305_SHA256);
      case RETRY, RESUMPTION, ZERO_RTT -> log.logPackets(true);
      case V2 -> builder.version(QuicConnection.QuicVersion.V2);
      case HANDSHAKE, TRANSFER, KEY_UPDATE, REBINDING -> {
        // Nothing but the defaults.
      }
    }
    if (ticket != null) {
      builder.sessionTicket(ticket);
    }
    QuicClientConnection connection = builder.build();
    byte[] content = Trial.content(scenario.bytes());
    List<QuicStream> early = List.of();
    if (ticket != null && scenario == Scenario.ZERO_RTT) {
      early = connection.connect(List.of(new StreamEarlyData(content, true)));
    } else {
      connection.connect();
    }
    try (KwikReminder reminder = new KwikReminder()) {
      if (ticket != null) {
        // The certificate was in the first connection.
        checkResumed(scenario, trial, (QuicClientConnectionImpl) connection, early, reminder, log);
        return connection;
      }
      assertThat(connection.getServerCertificateChain().getFirst())
          .isEqualTo(trial.ours().certificate());
      trial.prove(
          "kwik verified "
              + connection.getServerCertificateChain().getFirst().getSubjectX500Principal());
      if (scenario == Scenario.KEY_UPDATE) {
        ((QuicClientConnectionImpl) connection).updateKeys();
        trial.prove("kwik was told to update keys");
      }
      echo(scenario, trial, connection, reminder);
      if (scenario == Scenario.V2) {
        assertThat(connection.getQuicVersion()).isEqualTo(QuicConnection.QuicVersion.V2);
        trial.prove("kwik: version " + connection.getQuicVersion());
      }
    } finally {
      connection.close();
    }
    if (scenario == Scenario.RETRY) {
      Matcher _ = log.asProgram("kwik", trial).matches("<- .*Retry.*");
    }
    return connection;
  }

  private static void checkResumed(
      Scenario scenario,
      Trial trial,
      QuicClientConnectionImpl connection,
      List<QuicStream> early,
      KwikReminder reminder,
      KwikLog log)
      throws Exception {
    if (early.isEmpty()) {
      echo(scenario, trial, connection, reminder);
    } else {
      reminder.watch(connection, early.getFirst());
      requireEcho(scenario, trial, early.getFirst());
    }
    assertThat(connection.getServerCertificateChain()).isNullOrEmpty();
    // Neither a Certificate nor a CertificateVerify message.
    log.asProgram("kwik", trial).contains("CryptoStream[H|EncryptedExtensions,Finished]");
    if (scenario == Scenario.ZERO_RTT) {
      // The answer to early data can be there before the server's word on it has been read.
      long deadlineNanos = System.nanoTime() + Trial.WAIT.toNanos();
      while (connection.getEarlyDataStatus().toString().equals("Requested")) {
        assertThat(System.nanoTime()).isLessThan(deadlineNanos);
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(connection.getEarlyDataStatus().toString()).isEqualTo("Accepted");
      trial.prove("kwik: early data " + connection.getEarlyDataStatus());
    }
  }

  /**
   * kwik claims that every server's key was exchanged by RSA encryption, as TLS 1.3 never does; the
   * JDK then misses the right to encrypt in certificates.
   */
  private record AnyKeyExchange(X509ExtendedTrustManager manager) implements X509TrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyExchange)
        throws CertificateException {
      manager.checkServerTrusted(chain, "UNKNOWN");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyExchange)
        throws CertificateException {
      throw new CertificateException("couldn't verify a client because this is one");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return manager.getAcceptedIssuers();
    }
  }

  private static void echo(
      Scenario scenario, Trial trial, QuicClientConnection connection, KwikReminder reminder)
      throws Exception {
    byte[] content = Trial.content(scenario.bytes());
    QuicStream stream = connection.createStream(true);
    reminder.watch(connection, stream);
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              try (OutputStream output = stream.getOutputStream()) {
                output.write(content);
              } catch (IOException e) {
                stream.resetStream(1);
              }
            });
    requireEcho(scenario, trial, stream);
    assertThat(sender.join(Trial.WAIT)).isTrue();
  }

  private static void requireEcho(Scenario scenario, Trial trial, QuicStream stream)
      throws Exception {
    byte[] content = Trial.content(scenario.bytes());
    byte[] received = stream.getInputStream().readAllBytes();
    assertThat(Trial.sha256(received)).isEqualTo(Trial.sha256(content));
    trial.prove("kwik received " + received.length + " bytes back, SHA-256 alike");
  }
}
