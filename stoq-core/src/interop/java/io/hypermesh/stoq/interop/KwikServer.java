package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicStream;
import tech.kwik.core.server.ApplicationProtocolConnection;
import tech.kwik.core.server.ApplicationProtocolConnectionFactory;
import tech.kwik.core.server.ServerConnectionConfig;
import tech.kwik.core.server.ServerConnector;

/** kwik's server. */
final class KwikServer implements Peer {
  private static final String PASSWORD = "test";

  @Override
  public String title() {
    return "kwik server";
  }

  @Override
  public @Nullable String limitation(Scenario scenario, Trial trial) throws Exception {
    return switch (scenario) {
      case CLIENT_CERTIFICATE -> {
        // Should a version come that has such an option, this says so.
        assertThat(Arrays.stream(ServerConnector.Builder.class.getMethods()).map(m -> m.getName()))
            .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("client"));
        yield "its server never asks for a certificate: `ServerConnector.Builder` has no option for it"
            + " (its methods are looked through in each run)";
      }
      case REBINDING -> {
        try (Running server = new Running(scenario, trial);
            StoqClient client = new StoqClient(scenario, Trial.ECHO, trial)) {
          StoqConnection connection = client.connect(server.address());
          client.requireLostAfterRebinding(() -> {
            StoqStream stream = connection.openStream().get(10, TimeUnit.SECONDS);
            assertThat(stream.write(new byte[] {1}, 0, 1)).isEqualTo(1);
            stream.finish();
            return stream;
          });
        }
        yield "its server sends to the address of the client's first packet for as long as the"
            + " connection lasts: after the client's port changed, nothing arrives on the new one"
            + " (tried in each run)";
      }
      default -> null;
    };
  }

  @Override
  public @Nullable String remark(Scenario scenario) {
    return switch (scenario) {
      case TRANSFER -> KwikReminder.REMARK;
      case RESUMPTION ->
          "both say it: STOQ resumed its session, kwik's log shows a handshake without a certificate";
      case ZERO_RTT -> "both say it: kwik's log has `Server accepted early data`, STOQ heard so";
      default -> null;
    };
  }

  /** Sends streams' bytes back on them. */
  private static final class EchoFactory implements ApplicationProtocolConnectionFactory {
    private final KwikReminder reminder;

    EchoFactory(KwikReminder reminder) {
      this.reminder = reminder;
    }

    @Override
    public ApplicationProtocolConnection createConnection(
        String protocol, QuicConnection connection) {
      return new ApplicationProtocolConnection() {
        @Override
        public void acceptPeerInitiatedStream(QuicStream stream) {
          reminder.watch(connection, stream);
          Thread.startVirtualThread(() -> {
            try (InputStream input = stream.getInputStream();
                OutputStream output = stream.getOutputStream()) {
              input.transferTo(output);
            } catch (IOException e) {
              stream.resetStream(1);
            }
          });
        }
      };
    }

    @Override
    public int maxConcurrentPeerInitiatedBidirectionalStreams() {
      return 10;
    }
  }

  private static KeyStore keys(Trial trial) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    Certificate[] chain = {trial.theirs().certificate(), trial.theirs().authority()};
    keys.setKeyEntry("own", trial.theirs().key(), PASSWORD.toCharArray(), chain);
    return keys;
  }

  /** A server on a port of its own. */
  private static final class Running implements AutoCloseable {
    private final DatagramSocket socket;
    private final KwikLog log = new KwikLog();
    private final KwikReminder reminder = new KwikReminder();
    private final ServerConnector server;

    Running(Scenario scenario, Trial trial) throws Exception {
      log.logPackets(scenario.resumes());
      socket = new DatagramSocket(0, Trial.LOOPBACK);
      ServerConnectionConfig settings =
          ServerConnectionConfig.builder()
              .maxOpenPeerInitiatedBidirectionalStreams(10)
              .retryRequired(scenario == Scenario.RETRY)
              .build();
      server =
          ServerConnector.builder()
              .withSocket(socket)
              .withKeyStore(keys(trial), "own", PASSWORD.toCharArray(), "secp256r1")
              .withConfiguration(settings)
              .withSupportedVersions(
                  List.of(QuicConnection.QuicVersion.V1, QuicConnection.QuicVersion.V2))
              .withLogger(log)
              .build();
      server.registerApplicationProtocol(Trial.ECHO, new EchoFactory(reminder));
      server.start();
    }

    InetSocketAddress address() {
      return Trial.loopback(socket.getLocalPort());
    }

    @Override
    public void close() {
      reminder.close();
      server.close();
      socket.close();
    }
  }

  @Override
  public void run(Scenario scenario, Trial trial) throws Exception {
    try (Running server = new Running(scenario, trial);
        StoqClient client = new StoqClient(scenario, Trial.ECHO, trial)) {
      StoqConnection connection = client.connect(server.address());
      client.echo(connection);
      if (scenario.resumes()) {
        connection = client.reconnect(connection);
        client.echo(connection);
      }
      client.check(connection);
      if (scenario.resumes()) {
        // Neither a Certificate nor a CertificateVerify message.
        server
            .log
            .asProgram("kwik", trial)
            .contains("CryptoStream[H|EncryptedExtensions,Finished]");
      }
      if (scenario == Scenario.ZERO_RTT) {
        server.log.asProgram("kwik", trial).contains("Server accepted early data");
      }
      connection.close();
    }
  }
}
