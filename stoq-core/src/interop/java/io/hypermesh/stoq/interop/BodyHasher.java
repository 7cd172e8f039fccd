package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * As much of an HTTP/1.1 server as stands behind caddy: it answers a request with its body's hash,
 * and one for {@code /wait} only when it is closed.
 */
final class BodyHasher implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(BodyHasher.class);
  private static final int BACKLOG = 2_000;

  private final ServerSocket socket;
  private final CountDownLatch closing = new CountDownLatch(1);

  /** A permit for each request that is kept waiting. */
  private final Semaphore waiting = new Semaphore(0);

  BodyHasher() throws IOException {
    socket = new ServerSocket(0, BACKLOG, Trial.LOOPBACK);
    Thread.startVirtualThread(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  /** Returns once so many requests are kept waiting. */
  void awaitWaiting(int count) throws InterruptedException {
    assertThat(waiting.tryAcquire(count, Trial.WAIT.toSeconds(), TimeUnit.SECONDS))
        .as("of %s requests, these wait: %s", count, waiting.availablePermits())
        .isTrue();
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = socket.accept();
        Thread.startVirtualThread(() -> serve(connection));
      }
    } catch (IOException e) {
      LOGGER.debug("the HTTP server behind caddy has ended", e);
    }
  }

  private void serve(Socket connection) {
    try (connection;
        InputStream input = new BufferedInputStream(connection.getInputStream())) {
      String head = readHead(input);
      byte[] body = input.readNBytes(contentLength(head));
      if (head.contains(" /wait ")) {
        waiting.release();
        closing.await(Trial.WAIT.toSeconds(), TimeUnit.SECONDS);
      }
      String hash = Trial.sha256(body);
      String answer =
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
              + hash.length()
              + "\r\n\r\n"
              + hash;
      connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      LOGGER.debug("a request through caddy failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String readHead(InputStream input) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = input.read();
      if (next < 0) {
        throw new IOException("a request ended in its head: " + head);
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static int contentLength(String head) {
    return head.lines()
        .map(line -> line.toLowerCase(Locale.ROOT))
        .filter(line -> line.startsWith("content-length:"))
        .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf(':') + 1).strip()))
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    socket.close();
  }
}
