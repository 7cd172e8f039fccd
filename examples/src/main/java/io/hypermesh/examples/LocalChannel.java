package io.hypermesh.examples;

import io.hypermesh.stoq.ipc.StoqIpc;
import io.hypermesh.stoq.ipc.StoqIpcChannel;
import io.hypermesh.stoq.ipc.StoqIpcListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Two processes of one user that talk through shared memory. In one terminal {@code scripts/run
 * LocalChannel listen}, in another {@code scripts/run LocalChannel connect hello there}: each word
 * is a message, and comes back.
 */
public final class LocalChannel {
  static final String USAGE =
      "usage: LocalChannel [--directory DIRECTORY] listen | connect MESSAGE...";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private LocalChannel() {}

  /** Runs one of the two sides; see above. */
  public static void main(String... arguments) {
    try {
      run(arguments);
    } catch (IOException | IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  static void run(String... arguments) throws IOException {
    int next = 0;
    Path directory = Path.of("/dev/shm/stoq-local-channel");
    if (arguments.length > 1 && arguments[0].equals("--directory")) {
      directory = Path.of(arguments[1]);
      next = 2;
    }
    String role = arguments.length > next ? arguments[next] : "";
    if (role.equals("listen")) {
      listen(directory);
    } else if (role.equals("connect") && arguments.length > next + 1) {
      connect(directory, arguments, next + 1);
    } else {
      throw new IllegalArgumentException(USAGE);
    }
  }

  /** Sends one peer's messages back to it. */
  private static void listen(Path directory) throws IOException {
    try (StoqIpcListener listener = StoqIpc.listen(directory)) {
      System.out.println("listening at " + listener.directory());
      try (StoqIpcChannel channel = listener.accept(Duration.ZERO)) {
        System.out.println("connected: process " + channel.peerProcessId());
        int count = 0;
        byte[] message = channel.receive(TIMEOUT);
        while (message != null) {
          channel.send(message, TIMEOUT);
          count++;
          message = channel.receive(TIMEOUT);
        }
        channel.finish();
        System.out.println("sent back " + count + " messages");
      }
    }
  }

  private static void connect(Path directory, String[] words, int first) throws IOException {
    try (StoqIpcChannel channel = StoqIpc.connect(directory, TIMEOUT)) {
      for (int i = first; i < words.length; i++) {
        channel.send(words[i].getBytes(StandardCharsets.UTF_8), TIMEOUT);
      }
      channel.finish();
      byte[] answer = channel.receive(TIMEOUT);
      while (answer != null) {
        System.out.println(new String(answer, StandardCharsets.UTF_8));
        answer = channel.receive(TIMEOUT);
      }
    }
  }
}
