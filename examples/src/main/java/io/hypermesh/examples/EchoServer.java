package io.hypermesh.examples;

import io.hypermesh.stoq.StoqCloseReason;
import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;

/**
 * Sends back what it is sent, stream by stream, to clients that have a certificate, until Ctrl-C.
 * What comes on a stream in one direction has no way back and is only read.
 */
public final class EchoServer implements StoqListener {
  private EchoServer() {}

  /** Runs the server; see {@link EchoOptions#USAGE}. */
  public static void main(String... arguments) throws InterruptedException {
    try (StoqEndpoint endpoint = start(EchoOptions.parse(arguments))) {
      System.out.println("listening on " + endpoint.localAddress());
      // Says goodbye to the clients, who would otherwise wait for their timeouts.
      Runtime.getRuntime().addShutdownHook(new Thread(endpoint::close));
      endpoint.ended().join();
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  static StoqEndpoint start(EchoOptions options)
      throws IOException, GeneralSecurityException, InterruptedException {
    if (!options.hasFiles()) {
      PemIdentity.makeThrowaway(options.throwaway());
    }
    return options.endpoint().bindAddress(options.server()).listener(new EchoServer()).start();
  }

  @Override
  public void onConnection(StoqConnection connection) {
    String peer =
        connection.peerCertificates().isEmpty()
            ? "nobody"
            : connection.peerCertificates().getFirst().getSubjectX500Principal().getName();
    System.out.println("connected: " + peer + " from " + connection.remoteAddress());
  }

  @Override
  public void onStream(StoqStream stream) {
    // This is the endpoint's own thread, so what blocks goes to another.
    Thread.startVirtualThread(() -> echo(stream));
  }

  private static void echo(StoqStream stream) {
    try (InputStream input = stream.inputStream();
        OutputStream output =
            stream.hasOutput() ? stream.outputStream() : OutputStream.nullOutputStream()) {
      long count = input.transferTo(output);
      System.out.println("stream " + stream.id() + ": " + count + " bytes");
    } catch (IOException e) {
      System.out.println("stream " + stream.id() + ": " + e.getMessage());
      stream.reset(1);
    }
  }

  @Override
  public void onClosed(StoqConnection connection, StoqCloseReason reason) {
    System.out.println("closed: " + connection.remoteAddress() + ", " + reason);
  }
}
