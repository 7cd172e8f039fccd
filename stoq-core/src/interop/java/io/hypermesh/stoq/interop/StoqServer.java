package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.ClientAuthentication;
import io.hypermesh.stoq.MinimalHttp3;
import io.hypermesh.stoq.PortChangingDriver;
import io.hypermesh.stoq.QuicVersion;
import io.hypermesh.stoq.StoqCipherSuite;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import io.hypermesh.stoq.StoqException;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqResumption;
import io.hypermesh.stoq.StoqSettings;
import io.hypermesh.stoq.StoqStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** STOQ as the server of other people's clients, set up for a scenario. */
final class StoqServer implements AutoCloseable {
  private final Scenario scenario;
  private final Trial trial;
  private final boolean http3;
  private final StoqEndpoint endpoint;
  private final BlockingQueue<StoqConnection> connected = new LinkedBlockingQueue<>();
  private final CompletableFuture<InetSocketAddress> firstAddress = new CompletableFuture<>();
  private final BlockingQueue<CompletableFuture<byte[]>> uploaded = new LinkedBlockingQueue<>();

  private final AtomicReference<WireWatch> watch = new AtomicReference<>();

  /** It speaks HTTP/3 where that is the ALPN protocol, and else sends back what it receives. */
  StoqServer(Scenario scenario, String alpn, Trial trial) throws StoqException {
    this.scenario = scenario;
    this.trial = trial;
    this.http3 = alpn.equals("h3");
    StoqSettings.Builder settings = StoqSettings.builder().handshakeTimeout(Trial.WAIT);
    StoqEndpointBuilder builder =
        StoqEndpoint.builder()
            .bindAddress(Trial.loopback(0))
            .keyManager(trial.ours().keyManager())
            .trustManager(trial.authority().trustManager())
            .clientAuthentication(ClientAuthentication.NONE)
            .alpns(alpn)
            .listener(new Listener());
    switch (scenario) {
      case CLIENT_CERTIFICATE -> builder.clientAuthentication(ClientAuthentication.REQUIRED);
      case RETRY -> settings.retryThreshold(0);
      case CHACHA20 -> builder.cipherSuites(StoqCipherSuite.CHACHA20_POLY1305_SHA256);
      case V2 -> builder.versions(QuicVersion.V2, QuicVersion.V1);
      case ZERO_RTT ->
          builder
              .resumption(StoqResumption.builder().acceptReplayableEarlyData().build())
              .driver(address -> {
                watch.set(new WireWatch(new PortChangingDriver(address)));
                return watch.get();
              });
      case HANDSHAKE, TRANSFER, KEY_UPDATE, REBINDING, RESUMPTION -> {
        // Nothing but the defaults.
      }
    }
    endpoint = builder.settings(settings.build()).start();
  }

  /** Lets no client hear anything of this server's before its early data has come. */
  void answerEarlyDataOnly() {
    watch.get().loseUntilZeroRtt();
  }

  InetSocketAddress address() {
    return endpoint.localAddress();
  }

  private final class Listener implements StoqListener {
    @Override
    public void onConnection(StoqConnection connection) {
      firstAddress.complete(connection.remoteAddress());
      connected.add(connection);
      if (http3) {
        MinimalHttp3.openControlStream(connection);
      }
    }

    @Override
    public void onStream(StoqStream stream) {
      Thread.startVirtualThread(() -> {
        if (stream.hasOutput()) {
          try {
            byte[] body = http3 ? serveHttp3(stream) : echo(stream);
            uploaded.add(CompletableFuture.completedFuture(body));
          } catch (IOException | RuntimeException e) {
            uploaded.add(CompletableFuture.failedFuture(e));
          }
        } else {
          drain(stream);
        }
      });
    }
  }

  /** HTTP/3's control streams last as long as their connection, and end with it. */
  private static void drain(StoqStream stream) {
    try (InputStream input = stream.inputStream()) {
      input.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      assertThat(stream.connection().isOpen()).isFalse();
    }
  }

  private byte[] serveHttp3(StoqStream stream) throws IOException {
    if (scenario == Scenario.KEY_UPDATE) {
      updateKeys(stream);
    }
    return MinimalHttp3.serve(stream, Trial.content(scenario.bytes()));
  }

  private byte[] echo(StoqStream stream) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] block = new byte[64 << 10];
    try (InputStream input = stream.inputStream(Trial.WAIT);
        OutputStream output = stream.outputStream(Trial.WAIT)) {
      for (int count = input.read(block); count >= 0; count = input.read(block)) {
        if (scenario == Scenario.KEY_UPDATE) {
          updateKeys(stream);
        }
        all.write(block, 0, count);
        output.write(block, 0, count);
      }
    }
    return all.toByteArray();
  }

  /** Does nothing where it's too early; the next block tries again. */
  private static void updateKeys(StoqStream stream) {
    stream.connection().updateKeys().join();
  }

  private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing came in " + Trial.WAIT);
    }
    return next;
  }

  /**
   * Checks this side of the scenario, once the client says that all went well.
   *
   * @param upload whether the client had to send the scenario's bytes
   */
  void check(boolean upload) throws Exception {
    if (scenario.resumes()) {
      assertThat(next(connected).isResumed()).isFalse();
      assertThat(next(uploaded).get()).isNotNull();
    }
    StoqConnection connection = next(connected);
    byte[] received = next(uploaded).get();
    if (upload) {
      String hash = Trial.sha256(Trial.content(scenario.bytes()));
      assertThat(Trial.sha256(received)).isEqualTo(hash);
      trial.prove("STOQ received " + received.length + " bytes, SHA-256 " + hash);
    }
    trial.prove("STOQ: " + connection.cipherSuite().ianaName() + ", ALPN " + connection.alpn());
    switch (scenario) {
      case CLIENT_CERTIFICATE -> {
        assertThat(connection.peerCertificates().getFirst())
            .isEqualTo(trial.theirs().certificate());
        trial.prove(
            "STOQ verified " + connection.peerCertificates().getFirst().getSubjectX500Principal());
      }
      case RETRY -> {
        assertThat(endpoint.statistics().retries()).isPositive();
        assertThat(endpoint.statistics().tokensInvalid()).isZero();
        trial.prove("STOQ sent Retry packets: " + endpoint.statistics().retries());
      }
      case KEY_UPDATE -> {
        assertThat(connection.keyUpdates()).isPositive();
        trial.prove("STOQ counted key updates: " + connection.keyUpdates());
      }
      case CHACHA20 ->
          assertThat(connection.cipherSuite()).isEqualTo(StoqCipherSuite.CHACHA20_POLY1305_SHA256);
      case REBINDING -> {
        int before = firstAddress.join().getPort();
        int after = connection.remoteAddress().getPort();
        assertThat(after).isNotEqualTo(before);
        trial.prove("STOQ followed its client from port " + before + " to " + after);
      }
      case V2 -> {
        assertThat(connection.version()).isEqualTo(QuicVersion.V2);
        trial.prove("STOQ: version " + connection.version());
      }
      case RESUMPTION, ZERO_RTT -> {
        assertThat(connection.isResumed()).isTrue();
        boolean early = scenario == Scenario.ZERO_RTT;
        assertThat(connection.earlyDataAccepted()).isEqualTo(early);
        trial.prove("STOQ resumed the second connection; took early data: " + early);
        if (early) {
          assertThat(watch.get().zeroRttReceived()).isPositive();
          trial.prove("STOQ received 0-RTT packets: " + watch.get().zeroRttReceived());
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
