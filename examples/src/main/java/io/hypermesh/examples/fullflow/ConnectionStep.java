package io.hypermesh.examples.fullflow;

import static io.hypermesh.examples.fullflow.FlowException.check;

import io.hypermesh.examples.fullflow.FlowReport.Step;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.trustchain.LiveKeyManager;
import io.hypermesh.trustchain.TrustChainException;
import io.hypermesh.trustchain.TrustChainIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Step 3: a connection with certificates on both sides, and a file through it. */
final class ConnectionStep {
  private static final int NODE = 0;
  private static final long CONNECT_SECONDS_MAX = 10;

  private final FlowReport report;
  private final FlowOptions options;
  private final NodeFiles files;

  ConnectionStep(FlowReport report, FlowOptions options, NodeFiles files) {
    this.report = report;
    this.options = options;
    this.files = files;
  }

  void run(Cluster cluster, TrustChainIdentity identity)
      throws FlowException, IOException, TrustChainException, GeneralSecurityException {
    report.working(Step.CONNECTION, "connecting to " + cluster.describe(NODE));
    Path file = options.file().orElse(null) == null ? sdkJar() : options.file().orElseThrow();
    StoqEndpointBuilder builder =
        StoqEndpoint.builder()
            .bindAddress(new InetSocketAddress(cluster.fileReceiver(NODE).getAddress(), 0))
            .keyManager(new LiveKeyManager(identity))
            .trustManager(files.trustManager())
            .clientOnly();
    options.keyLog().ifPresent(path -> builder.keyLog(line -> append(path, line)));
    try (StoqEndpoint endpoint = builder.start()) {
      long startNanos = System.nanoTime();
      StoqConnection connection = connect(endpoint, cluster.fileReceiver(NODE));
      long connectNanos = System.nanoTime() - startNanos;
      X509Certificate peer = connection.peerCertificates().getFirst();
      check(
          peer.equals(files.identity(NODE).certificate()),
          "the peer showed another certificate: " + peer.getSubjectX500Principal());
      report.working(Step.CONNECTION, "sending " + file);
      long sendNanos = System.nanoTime();
      send(connection, file);
      double seconds = (System.nanoTime() - sendNanos) / 1e9;
      connection.close();
      report.passed(
          Step.CONNECTION,
          connectNanos,
          String.format(
              Locale.ROOT,
              "QUIC v1, TLS 1.3 with certificates on both sides, peer is node 0; %s: %,d bytes, SHA-256"
                  + " equal, %.0f Mbit/s",
              file.getFileName(),
              Files.size(file),
              Files.size(file) * 8 / 1e6 / seconds));
    }
  }

  private static StoqConnection connect(StoqEndpoint endpoint, InetSocketAddress address)
      throws FlowException {
    try {
      return endpoint.connect(address).get(CONNECT_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new FlowException(e);
    } catch (TimeoutException e) {
      throw new FlowException(
          "couldn't connect to " + address + " within " + CONNECT_SECONDS_MAX + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlowException("interrupted", e);
    }
  }

  private static void send(StoqConnection connection, Path file)
      throws IOException, GeneralSecurityException, FlowException {
    StoqStream stream = connection.openStream().join();
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    try (InputStream content = new DigestInputStream(Files.newInputStream(file), sha256);
        OutputStream out = stream.outputStream()) {
      content.transferTo(out);
    }
    byte[] received;
    try (InputStream answer = stream.inputStream()) {
      received = answer.readAllBytes();
    }
    check(
        MessageDigest.isEqual(sha256.digest(), received),
        "the file that arrived is not the one that was sent: " + file);
  }

  private static void append(Path path, String line) {
    try (PrintWriter out =
        new PrintWriter(
            Files.newBufferedWriter(
                path,
                StandardCharsets.US_ASCII,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND))) {
      out.println(line);
    } catch (IOException e) {
      throw new UncheckedIOException("couldn't write to " + path, e);
    }
  }

  /** The jar that STOQ was loaded from. */
  private static Path sdkJar() throws FlowException {
    try {
      Path location =
          Path.of(
              Objects.requireNonNull(StoqEndpoint.class.getProtectionDomain().getCodeSource())
                  .getLocation()
                  .toURI());
      check(
          Files.isRegularFile(location),
          "the SDK was not loaded from a jar; give a file with --file: " + location);
      return location;
    } catch (URISyntaxException e) {
      throw new FlowException("couldn't find the SDK's jar: " + e.getMessage(), e);
    }
  }
}
