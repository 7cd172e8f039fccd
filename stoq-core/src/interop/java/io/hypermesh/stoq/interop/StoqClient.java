package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.PortChangingDriver;
import io.hypermesh.stoq.QuicVersion;
import io.hypermesh.stoq.StoqCipherSuite;
import io.hypermesh.stoq.StoqCloseReason;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqResumption;
import io.hypermesh.stoq.StoqSettings;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.stoq.StoqTimeoutException;
import io.hypermesh.stoq.TestAuthority;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** STOQ as the client of other people's servers, set up for a scenario. */
final class StoqClient implements AutoCloseable {
  private final Scenario scenario;
  private final Trial trial;
  private final StoqEndpoint endpoint;
  private final boolean http3;
  private final AtomicReference<WireWatch> watch = new AtomicReference<>();
  private final AtomicReference<PortChangingDriver> ports = new AtomicReference<>();
  private final AwaitedSessions sessions = new AwaitedSessions();
  private int datagramsBeforeChange;

  StoqClient(Scenario scenario, String alpn, Trial trial) throws StoqException {
    this(scenario, alpn, trial, trial.ours());
  }

  /**
   * @param identity what it shows a server that asks, where the scenario is about that
   */
  StoqClient(Scenario scenario, String alpn, Trial trial, TestAuthority.Identity identity)
      throws StoqException {
    this.scenario = scenario;
    this.trial = trial;
    this.http3 = alpn.equals("h3");
    StoqSettings.Builder settings = StoqSettings.builder().handshakeTimeout(Trial.WAIT);
    StoqEndpointBuilder builder =
        StoqEndpoint.builder()
            .clientOnly()
            .bindAddress(Trial.loopback(0))
            .trustManager(trial.authority().trustManager())
            .alpns(alpn)
            .driver(address -> {
              ports.set(new PortChangingDriver(address));
              watch.set(new WireWatch(ports.get()));
              return watch.get();
            });
    switch (scenario) {
      case CLIENT_CERTIFICATE -> builder.keyManager(identity.keyManager());
      case CHACHA20 -> builder.cipherSuites(StoqCipherSuite.CHACHA20_POLY1305_SHA256);
      // A key update is over once something sent with the new keys is acknowledged, and a client
      // that only receives the rest of a transfer sends nothing that would be.
      case KEY_UPDATE, REBINDING -> settings.keepAliveInterval(Duration.ofMillis(200));
      case V2 -> builder.versions(QuicVersion.V2, QuicVersion.V1);
      case RESUMPTION, ZERO_RTT ->
          builder.resumption(StoqResumption.builder().sessionStore(sessions).build());
      case HANDSHAKE, TRANSFER, RETRY -> {
        // Nothing but the defaults.
      }
    }
    endpoint = builder.settings(settings.build()).start();
  }

  StoqConnection connect(InetSocketAddress server) throws Exception {
    StoqConnection connection =
        endpoint.connect(server, Trial.PEER_NAME).get(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
    assertThat(connection.peerCertificates().getFirst()).isEqualTo(trial.theirs().certificate());
    return connection;
  }

  /**
   * Resumes the session that a connection before has left. What is sent as early data is on its way
   * before anything of the server's comes, as over a long path.
   */
  StoqConnection reconnect(StoqConnection before) throws Exception {
    sessions.await();
    InetSocketAddress server = before.remoteAddress();
    before.close(http3 ? 0x100 : 0, "");
    if (scenario == Scenario.RESUMPTION) {
      return connect(server);
    }
    watch.get().holdUntil(() -> watch.get().zeroRttSent() > 0);
    return endpoint
        .connectWithReplayableEarlyData(server, Trial.PEER_NAME)
        .get(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** What the scenario wants to happen while bytes are on their way. */
  void meanwhile(StoqConnection connection) {
    if (scenario == Scenario.KEY_UPDATE) {
      // False where it's too early; the next call tries again.
      connection.updateKeys().join();
    } else if (scenario == Scenario.REBINDING && datagramsBeforeChange == 0) {
      datagramsBeforeChange = watch.get().datagramsReceived();
      ports.get().changePort();
    }
  }

  /** Goes on with another port. */
  void rebind() {
    ports.get().changePort();
    while (ports.get().changes() == 0) {
      LockSupport.parkNanos(1_000_000);
    }
    datagramsBeforeChange = watch.get().datagramsReceived();
  }

  /** Has a server that echoes send the scenario's bytes back, and does meanwhile what it wants. */
  void echo(StoqConnection connection) throws Exception {
    echo(connection, () -> meanwhile(connection));
  }

  void echo(StoqConnection connection, Runnable meanwhile) throws Exception {
    byte[] content = Trial.content(scenario.bytes());
    StoqStream stream = connection.openStream().get(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              int block = 64 << 10;
              try (OutputStream output = stream.outputStream(Trial.WAIT)) {
                for (int at = 0; at < content.length; at += block) {
                  output.write(content, at, Math.min(block, content.length - at));
                }
              } catch (java.io.IOException e) {
                stream.reset(1);
              }
            });
    byte[] received = new byte[content.length];
    try (InputStream input = stream.inputStream(Trial.WAIT)) {
      int total = 0;
      for (int count; (count = input.read(received, total, received.length - total)) > 0; ) {
        total += count;
        if (total > content.length / 4) {
          meanwhile.run();
        }
      }
      assertThat(total).isEqualTo(content.length);
      assertThat(input.read()).isEqualTo(-1);
    }
    assertThat(sender.join(Trial.WAIT)).isTrue();
    assertThat(Arrays.equals(received, content)).isTrue();
    trial.prove("the peer echoed " + received.length + " bytes, SHA-256 " + Trial.sha256(received));
  }

  /**
   * Connects, and fails unless the server then closes the connection with one of these errors: a
   * TLS client is done before its server has judged it.
   */
  StoqCloseReason requireRefused(InetSocketAddress server, long... errorCodes) throws Exception {
    StoqCloseReason refusal =
        connect(server).closed().get(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
    assertThat(refusal.initiator()).isEqualTo(StoqCloseReason.Initiator.PEER);
    assertThat(errorCodes).as(refusal.toString()).contains(refusal.errorCode());
    return refusal;
  }

  /** Opens a stream whose server answers. */
  interface Question {
    StoqStream ask() throws Exception;
  }

  /**
   * Fails unless a server that is asked something after this side's port has changed sends nothing
   * to the new port.
   */
  void requireLostAfterRebinding(Question question) throws Exception {
    rebind();
    int before = datagramsBeforeChange;
    InputStream answer = question.ask().inputStream(Duration.ofSeconds(3));
    assertThatThrownBy(answer::read).isInstanceOf(StoqTimeoutException.class);
    assertThat(watch.get().datagramsReceived()).isEqualTo(before);
  }

  /** Checks this side of the scenario, once the transfer is over. */
  void check(StoqConnection connection) throws Exception {
    trial.prove("STOQ: " + connection.cipherSuite().ianaName() + ", ALPN " + connection.alpn());
    switch (scenario) {
      case CLIENT_CERTIFICATE ->
          trial.prove(
              "STOQ verified "
                  + connection.peerCertificates().getFirst().getSubjectX500Principal());
      case RETRY -> {
        assertThat(watch.get().retriesReceived()).isPositive();
        trial.prove("STOQ received Retry packets: " + watch.get().retriesReceived());
      }
      case KEY_UPDATE -> {
        long deadlineNanos = System.nanoTime() + Trial.WAIT.toNanos();
        while (!connection.updateKeys().join()) {
          // Another is allowed only once the peer has acknowledged the last one with its new keys,
          // and the old keys are gone.
          assertThat(System.nanoTime()).isLessThan(deadlineNanos);
          LockSupport.parkNanos(1_000_000);
        }
        assertThat(connection.keyUpdates()).isPositive();
        trial.prove("STOQ made key updates that were answered: " + connection.keyUpdates());
      }
      case CHACHA20 ->
          assertThat(connection.cipherSuite()).isEqualTo(StoqCipherSuite.CHACHA20_POLY1305_SHA256);
      case REBINDING -> {
        assertThat(ports.get().changes()).isEqualTo(1);
        int after = watch.get().datagramsReceived() - datagramsBeforeChange;
        assertThat(after).isPositive();
        trial.prove(
            "STOQ moved from port "
                + endpoint.localAddress().getPort()
                + ", and received datagrams on the next: "
                + after);
      }
      case V2 -> {
        assertThat(connection.version()).isEqualTo(QuicVersion.V2);
        trial.prove("STOQ: version " + connection.version());
      }
      case RESUMPTION, ZERO_RTT -> {
        // Early data was sent before anybody could say whether it's accepted.
        StoqConnection _ =
            connection.handshakeConfirmed().get(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(connection.isResumed()).isTrue();
        assertThat(connection.earlyDataAccepted()).isEqualTo(scenario == Scenario.ZERO_RTT);
        assertThat(connection.peerCertificates().getFirst())
            .isEqualTo(trial.theirs().certificate());
        trial.prove("STOQ resumed; early data accepted: " + connection.earlyDataAccepted());
        if (scenario == Scenario.ZERO_RTT) {
          assertThat(watch.get().zeroRttSent()).isPositive();
          trial.prove("STOQ sent 0-RTT packets: " + watch.get().zeroRttSent());
        }
      }
      case HANDSHAKE, TRANSFER -> {
        // Proven by the bytes.
      }
    }
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
