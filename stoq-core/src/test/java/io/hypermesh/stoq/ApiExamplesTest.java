package io.hypermesh.stoq;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The examples of endpoints, connections and streams that the Javadoc and the README show, run.
 * What they show is what stands between the marks; the rest checks that it is true.
 */
@Timeout(60)
class ApiExamplesTest extends LoopbackFixture {
  private final X509ExtendedKeyManager keyManager = SERVER.keyManager();
  private final X509ExtendedKeyManager clientKeyManager = CLIENT.keyManager();
  private final X509ExtendedTrustManager trustManager = AUTHORITY.trustManager();

  @Test
  void shouldServeConnectAndStream() throws Exception {
    // @start region="server"
    StoqEndpoint server =
        StoqEndpoint.builder()
            .bindAddress(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0)) // any free port
            .keyManager(keyManager)
            .trustManager(trustManager)
            .listener(new EchoListener())
            .start(); // on a thread of its own, until server.close()
    // @end
    closeLater(server);
    InetSocketAddress address = server.localAddress();
    // @start region="client"
    StoqEndpoint client =
        StoqEndpoint.builder()
            .clientOnly()
            .keyManager(clientKeyManager)
            .trustManager(trustManager)
            .start();
    StoqConnection connection = client.connect(address, "server.test").get(5, SECONDS);
    // @end
    closeLater(client);
    // @start region="identity"
    X509Certificate peer = connection.peerCertificates().getFirst(); // verified, and it has the key
    String who = peer.getSubjectX500Principal().getName();
    String protocol = connection.alpn(); // the first that both sides have
    // @end
    assertThat(who).isEqualTo("CN=server.test");
    assertThat(protocol).isEqualTo(StoqEndpoint.DEFAULT_ALPN);
    // @start region="blockingStream"
    StoqStream stream = connection.openStream().get(5, SECONDS);
    try (OutputStream output = stream.outputStream(Duration.ofSeconds(5))) {
      output.write("good morning".getBytes(StandardCharsets.UTF_8)); // waits while there is no room
    } // the peer reads all of it, and then the end
    String answer;
    try (InputStream input = stream.inputStream(Duration.ofSeconds(5))) {
      answer = new String(input.readAllBytes(), StandardCharsets.UTF_8);
    }
    // @end
    assertThat(answer).isEqualTo("good morning");
    // @start region="close"
    connection.close(0, "done"); // or an error code of the application's own
    StoqCloseReason reason = connection.closed().get(5, SECONDS);
    client.close(); // with all of its connections
    // @end
    assertThat(reason.isOrderly()).isTrue();
    assertThat(reason.reason()).isEqualTo("done");
    assertThat(client.ended()).isCompleted();
  }

  // @start region="echoListener"
  /** Sends back what comes; each stream has a virtual thread, which may block. */
  static final class EchoListener implements StoqListener {
    @Override
    public void onStream(StoqStream stream) { // on the agent's thread, which may not
      Thread.startVirtualThread(() -> echo(stream));
    }

    private static void echo(StoqStream stream) {
      try (InputStream input = stream.inputStream();
          OutputStream output = stream.outputStream()) {
        input.transferTo(output);
      } catch (IOException e) {
        stream.reset(1); // the application's own error code
      }
    }
  } // @end

  @Test
  void shouldAcceptStreamsOnAVirtualThread() throws Exception {
    CompletableFuture<StoqConnection> accepted = new CompletableFuture<>();
    StoqEndpoint server = start(serverBuilder(tellingOfConnections(accepted::complete)));
    StoqConnection client = connect(server);
    StoqConnection connection = get(accepted);
    // @start region="acceptStream"
    Future<byte[]> received =
        threads.submit(() -> {
          StoqStream stream = connection.acceptStream(Duration.ofSeconds(5));
          try (InputStream input = stream.inputStream()) {
            return input.readAllBytes();
          }
        });
    // @end
    // @start region="unidirectionalStream"
    StoqStream oneWay = client.openUnidirectionalStream().get(5, SECONDS);
    oneWay.write(new byte[] {1, 2, 3}, 0, 3);
    oneWay.finish();
    // @end
    assertThat(received.get(5, SECONDS)).containsExactly(1, 2, 3);
  }

  @Test
  void shouldStreamWithoutAThread() throws Exception {
    StoqEndpoint server =
        start(serverBuilder(tellingOfStreams(stream -> stream.listener(new NonBlockingEcho()))));
    StoqStream stream = get(connect(server).openStream());
    byte[] bytes = new byte[2_000_000];
    bytes[1_999_999] = 1;
    Future<byte[]> echoed = threads.submit(() -> stream.inputStream(WAIT).readAllBytes());
    try (OutputStream output = stream.outputStream(WAIT)) {
      output.write(bytes);
    }
    assertThat(echoed.get(20, SECONDS)).isEqualTo(bytes);
  }

  // @start region="nonBlockingStream"
  /** Sends back what comes, in place; either event goes on with it. Nothing here waits. */
  static final class NonBlockingEcho implements StoqStreamListener {
    @Override
    public void onReadable(StoqStream stream) throws StoqException {
      for (MemorySegment read = stream.peek(); read != null; read = stream.peek()) {
        int written = stream.write(read, 0, (int) read.byteSize());
        stream.consume(written);
        if (written == 0) {
          return; // back pressure: onWritable goes on
        }
      }
      if (stream.isEnd()) {
        stream.finish();
      }
    }

    @Override
    public void onWritable(StoqStream stream) throws StoqException {
      onReadable(stream);
    }
  } // @end

  @Test
  void shouldSendTheUrgentStreamFirst() throws Exception {
    StoqEndpoint server = start(serverBuilder(new EchoListener()));
    StoqConnection connection = connect(server);
    byte[] bulkBytes = new byte[500_000];
    byte[] commandBytes = {1, 2, 3};
    // @start region="priority"
    StoqStream bulk = connection.openStream().get(5, SECONDS);
    StoqStream command = connection.openStream().get(5, SECONDS);
    bulk.priority(7, true); // the last, sharing with others of urgency 7
    command.priority(0, false); // before everything else of this connection
    bulk.write(bulkBytes, 0, bulkBytes.length);
    command.write(commandBytes, 0, commandBytes.length); // overtakes what bulk hasn't sent yet
    // @end
    bulk.finish();
    command.finish();
    assertThat(command.inputStream(WAIT).readAllBytes()).isEqualTo(commandBytes);
    assertThat(bulk.inputStream(WAIT).readAllBytes()).isEqualTo(bulkBytes);
  }

  @Test
  void shouldSayWhatACallerCanDo() throws Exception {
    StoqEndpoint client = start(clientBuilder());
    InetSocketAddress ipv4 = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9292);
    assertThatThrownBy(() -> client.connect(ipv4)).isInstanceOf(StoqAddressException.class);
    StoqEndpoint taken = start(serverBuilder(new StoqListener() {}));
    boolean mayRetry = false;
    StoqEndpointBuilder builder = serverBuilder(new StoqListener() {});
    // @start region="exception"
    try {
      builder.bindAddress(taken.localAddress()).start();
    } catch (StoqException e) {
      mayRetry = e.category() == StoqException.Category.RETRYABLE; // the port is in use
    }
    // @end
    assertThat(mayRetry).isTrue();
  }
}
