package io.hypermesh.examples;

import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Connects to an {@link EchoServer}, sends it a message, and prints what comes back. */
public final class EchoClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private EchoClient() {}

  /** Runs the client; see {@link EchoOptions#USAGE}. */
  public static void main(String... arguments) throws InterruptedException {
    try {
      System.out.println(run(EchoOptions.parse(arguments)));
    } catch (ExecutionException e) {
      fail(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException
        | IOException
        | GeneralSecurityException
        | IllegalArgumentException e) {
      fail(e);
    }
  }

  static String run(EchoOptions options)
      throws IOException,
          GeneralSecurityException,
          InterruptedException,
          ExecutionException,
          TimeoutException {
    try (StoqEndpoint endpoint = options.endpoint().clientOnly().start()) {
      StoqConnection connection =
          endpoint.connect(options.server()).get(2 * TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      String server = connection.peerCertificates().getFirst().getSubjectX500Principal().getName();
      System.out.println("connected to " + server);
      return exchange(connection, options.get("message", "hello"));
    }
  }

  /** Sends a message on a stream of its own and waits for all of the answer. */
  private static String exchange(StoqConnection connection, String message)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    StoqStream stream = connection.openStream().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    try (OutputStream output = stream.outputStream(TIMEOUT)) {
      output.write(message.getBytes(StandardCharsets.UTF_8));
    }
    try (InputStream input = stream.inputStream(TIMEOUT)) {
      return new String(input.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void fail(Throwable failure) {
    System.err.println(failure.getMessage() == null ? failure : failure.getMessage());
    System.exit(1);
  }
}
