package io.hypermesh.stoq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.hypermesh.stoq.driver.DriverKind;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples of what a host may choose, rotate, export and watch that the Javadoc and the README
 * show, run.
 */
@Timeout(60)
class ApiChoiceExamplesTest extends LoopbackFixture {
  @Test
  void shouldTakeSettings() throws Exception {
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="settings"
    StoqSettings settings =
        StoqSettings.builder()
            .connectionsMax(500) // the next client is refused
            .bidirectionalStreamsMax(16) // that a peer may have open; the next one waits
            .streamWindowBytes(64 << 10) // that a peer may send before the host has read
            .sendBufferBytes(256 << 10) // that the host may write ahead of the network
            .idleTimeout(Duration.ofSeconds(15))
            .keepAliveInterval(Duration.ofSeconds(5))
            .build(); // all others as in StoqSettings.defaults()
    builder.settings(settings);
    // @end
    assertThat(settings.connectionsMax()).isEqualTo(500);
    assertThat(roundTrip(connect(start(builder)))).isEqualTo("hello");
  }

  @Test
  void shouldChooseTheDriver() throws Exception {
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="driver"
    builder.driver(
        DriverKind.LINUX.isAvailable() // the host allows native access, and the kernel can
            ? DriverKind.LINUX
            : DriverKind.NIO);
    // @end
    assertThat(roundTrip(connect(start(builder)))).isEqualTo("hello");
  }

  @Test
  void shouldChooseThePublicKeyCryptography() throws Exception {
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="publicKeys"
    builder.publicKeys(StoqPublicKeys.BOUNCY_CASTLE); // in Java, whatever is installed
    // @end
    assertThat(roundTrip(connect(start(builder)))).isEqualTo("hello");
    for (StoqPublicKeys each : StoqPublicKeys.values()) {
      if (each.unavailableBecause() == null) {
        StoqEndpoint server = start(serverBuilder(new Echo()).publicKeys(each));
        assertThat(roundTrip(connect(server))).isEqualTo("hello");
        assertThat(StoqPublicKeys.available()).contains(each);
      } else {
        assertThatThrownBy(() -> serverBuilder(new Echo()).publicKeys(each))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(each.unavailableBecause());
      }
    }
  }

  @Test
  void shouldChooseThePacketProtection() throws Exception {
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="packetProtection"
    builder.packetProtection(StoqPacketProtection.JCE); // no native library, whatever is installed
    // @end
    StoqEndpoint server = start(builder);
    assertThat(server.packetProtection()).isEqualTo("jce");
    assertThat(roundTrip(connect(server))).isEqualTo("hello");
    assertThat(StoqPacketProtection.available()).contains(StoqPacketProtection.JCE);
  }

  @Test
  void shouldSayWhyAConnectionEnded() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqEndpoint client = start(clientBuilder().alpns("another/1.0"));
    String problem = "none";
    // @start region="closeReason"
    try {
      client.connect(server.localAddress()).get(5, SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StoqClosedException closed) {
        StoqCloseReason reason = closed.closeReason();
        if (reason.tlsAlert().orElse(0) == 120) { // no_application_protocol
          problem = "the server speaks another protocol";
        } else {
          problem = reason.describe(); // transportError() and errorCode() for programs
        }
      }
    }
    // @end
    assertThat(problem).isEqualTo("the server speaks another protocol");
  }

  @Test
  void shouldChooseTheCongestionControl() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqEndpointBuilder builder = clientBuilder();
    // @start region="congestionControl"
    builder.settings(StoqSettings.builder().congestionControl(CongestionControl.BBR).build());
    // @end
    StoqConnection connection = get(start(builder).connect(server.localAddress()));
    assertThat(roundTrip(connection)).isEqualTo("hello");
    // @start region="statistics"
    StoqPathStatistics path = connection.pathStatistics(); // cheap, from any thread
    double milliseconds = path.smoothedRttNanos() / 1e6;
    long window = path.congestionWindowBytes();
    StoqEndpointStatistics counted = server.statistics();
    long clients = counted.connectionsAccepted();
    long refused = counted.connectionsRefused();
    // @end
    assertThat(milliseconds).isPositive();
    assertThat(window).isPositive();
    assertThat(clients).isEqualTo(1);
    assertThat(refused).isZero();
  }

  @Test
  void shouldLogWhatHappens(@TempDir Path directory) throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    StoqEndpointBuilder builder = clientBuilder();
    // @start region="qlog"
    builder.qlog(Qlog.toDirectory(directory)); // ID_client.sqlog for each connection; see qvis
    // @end
    StoqEndpoint client = start(builder);
    assertThat(roundTrip(get(client.connect(server.localAddress())))).isEqualTo("hello");
    client.close();
    try (Stream<Path> logs = Files.list(directory)) {
      assertThat(logs.map(log -> log.getFileName().toString()))
          .singleElement(STRING)
          .endsWith("_client.sqlog");
    }
  }

  @Test
  void shouldChooseHowKeysAreAgreedOn() throws Exception {
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="cryptography"
    builder
        .namedGroups(StoqNamedGroup.X25519MLKEM768) // insists on the post-quantum hybrid
        .cipherSuites(StoqCipherSuite.AES_256_GCM_SHA384, StoqCipherSuite.CHACHA20_POLY1305_SHA256);
    // @end
    StoqEndpoint server = start(builder);
    StoqConnection connection = connect(server); // asked for a hybrid share by the server
    assertThat(connection.cipherSuite()).isEqualTo(StoqCipherSuite.AES_256_GCM_SHA384);
    StoqEndpoint classic = start(clientBuilder().namedGroups(StoqNamedGroup.X25519));
    assertThatThrownBy(() -> get(classic.connect(server.localAddress())))
        .hasCauseInstanceOf(StoqClosedException.class);
  }

  @Test
  void shouldChooseVersions() throws Exception {
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="versions"
    builder.versions(QuicVersion.V2, QuicVersion.V1); // prefers the second, still speaks the first
    // @end
    assertThat(connect(start(builder)).version()).isEqualTo(QuicVersion.V2);
  }

  @Test
  void shouldKeepItsSecretOverARestart() throws Exception {
    StoqSettings everyClientProvesItsAddress = StoqSettings.builder().retryThreshold(0).build();
    byte[] secret = new byte[32];
    // @start region="secret"
    new SecureRandom().nextBytes(secret); // once; kept where the endpoint's private key is kept
    // @end
    StoqEndpoint server =
        start(serverBuilder(new Echo()).settings(everyClientProvesItsAddress).secret(secret));
    InetSocketAddress address = server.localAddress();
    StoqEndpoint client = start(clientBuilder());
    StoqConnection connection = get(client.connect(address));
    assertThat(roundTrip(connection)).isEqualTo("hello");
    assertThat(server.statistics().retries()).isEqualTo(1);
    server.close();
    get(connection.closed());

    StoqEndpointBuilder builder =
        serverBuilder(new Echo()).bindAddress(address).settings(everyClientProvesItsAddress);
    // @start region="secretAgain"
    StoqEndpoint restarted = builder.secret(secret).start(); // takes the tokens that it gave out
    // @end
    closeLater(restarted);
    assertThat(roundTrip(get(client.connect(address)))).isEqualTo("hello");
    assertThat(restarted.statistics().retries()).isZero();
  }

  @Test
  void shouldWriteTheKeyLog() throws Exception {
    StoqEndpoint server = start(serverBuilder(new Echo()));
    Queue<String> lines = new ConcurrentLinkedQueue<>();
    StoqEndpointBuilder builder = clientBuilder();
    // @start region="keyLog"
    builder.keyLog(lines::add); // for Wireshark; whoever has the lines can decrypt
    // @end
    get(start(builder).connect(server.localAddress()));
    assertThat(lines).anyMatch(line -> line.startsWith("CLIENT_TRAFFIC_SECRET_0 "));
  }

  @Test
  void shouldUpdateAndExportKeys() throws Exception {
    Echo echo = new Echo();
    StoqConnection connection = connect(start(serverBuilder(echo)));
    assertThat(roundTrip(connection)).isEqualTo("hello");
    // @start region="updateKeys"
    boolean updated = connection.updateKeys().get(5, SECONDS); // false where it is too early
    // @end
    assertThat(updated).isTrue();
    assertThat(roundTrip(connection)).isEqualTo("hello");
    assertThat(connection.keyUpdates()).isEqualTo(1);
    byte[] user = "alice".getBytes(StandardCharsets.UTF_8);
    // @start region="exporter"
    byte[] binding = connection.exportKeyingMaterial("EXPERIMENTAL login", user, 32);
    // The peer derives the same bytes: a login that is signed over them can't be forwarded.
    // @end
    assertThat(get(echo.connected).exportKeyingMaterial("EXPERIMENTAL login", user, 32))
        .isEqualTo(binding);
  }

  @Test
  void shouldServeTheNextHandshakeWithARotatedCertificate() throws Exception {
    X509ExtendedKeyManager first = SERVER.keyManager();
    TestAuthority.Identity renewed = AUTHORITY.issue("Ed25519", "server.test", "::1");
    StoqEndpointBuilder builder = serverBuilder(new Echo());
    // @start region="rotation"
    RotatingKeyManager keyManager = new RotatingKeyManager(first);
    StoqEndpoint server = builder.keyManager(keyManager).start();
    // @end
    closeLater(server);
    StoqConnection before = connect(server);
    X509ExtendedKeyManager next = renewed.keyManager();
    // @start region="rotate"
    keyManager.rotate(next); // serves the next handshake; connections that there are go on
    // @end
    StoqConnection after = connect(server);
    assertThat(before.peerCertificates().getFirst()).isEqualTo(SERVER.certificate());
    assertThat(after.peerCertificates().getFirst()).isEqualTo(renewed.certificate());
    assertThat(roundTrip(before)).isEqualTo("hello");
  }

  // @start region="rotatingKeyManager"
  /** Asks the key manager that is the current one. */
  static final class RotatingKeyManager extends X509ExtendedKeyManager {
    private volatile X509ExtendedKeyManager current;

    RotatingKeyManager(X509ExtendedKeyManager first) {
      current = first;
    }

    void rotate(X509ExtendedKeyManager next) {
      current = next;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
      return current.chooseEngineServerAlias(keyType, issuers, engine);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
      return current.chooseEngineClientAlias(keyTypes, issuers, engine);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return current.getCertificateChain(alias);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return current.getPrivateKey(alias);
    }

    // And the others alike. They are for blocking sockets: an endpoint doesn't call them.
    // @end

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return current.getServerAliases(keyType, issuers);
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return current.getClientAliases(keyType, issuers);
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, Socket socket) {
      return current.chooseServerAlias(keyType, issuers, socket);
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
      return current.chooseClientAlias(keyTypes, issuers, socket);
    }
  }

  private static String roundTrip(StoqConnection connection) throws Exception {
    StoqStream stream = get(connection.openStream());
    stream.write("hello".getBytes(StandardCharsets.US_ASCII), 0, 5);
    stream.finish();
    return new String(stream.inputStream(WAIT).readAllBytes(), StandardCharsets.US_ASCII);
  }
}
