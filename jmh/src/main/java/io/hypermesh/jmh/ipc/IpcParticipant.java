package io.hypermesh.jmh.ipc;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * A process of the comparison: it sends, or receives, or does both on two threads, one round for
 * each line of its input, and waits in between without using a core.
 */
final class IpcParticipant {
  /** Messages between two looks at the clock. */
  private static final int CLOCK_INTERVAL = 512;

  private IpcParticipant() {}

  /**
   * Runs until the input ends.
   *
   * @param arguments library, role, directory, core that sends, core that receives, bytes of STOQ's
   *     ring; rounds are read from the input: "offer" or "claim", length, milliseconds
   */
  public static void main(String... arguments) throws Exception {
    int sendingCore = Integer.parseInt(arguments[3]);
    int receivingCore = Integer.parseInt(arguments[4]);
    switch (arguments[1]) {
      case "send" -> {
        CorePin.pin(sendingCore);
        try (MessageSender sender = sender(arguments)) {
          rounds(round -> {
            send(sender, round);
            System.out.println("sent");
          });
        }
      }
      case "receive" -> {
        CorePin.pin(receivingCore);
        try (MessageReceiver receiver = receiver(arguments)) {
          receiver.connect();
          rounds(_ -> System.out.println(receiver.round()));
        }
      }
      default -> both(arguments, sendingCore, receivingCore);
    }
  }

  private static void both(String[] arguments, int sendingCore, int receivingCore)
      throws Exception {
    try (MessageReceiver receiver = receiver(arguments)) {
      FutureTask<MessageSender> connecting = started(() -> sender(arguments));
      receiver.connect();
      try (MessageSender sender = connecting.get()) {
        rounds(round -> {
          FutureTask<Double> receiving =
              started(() -> {
                CorePin.pin(receivingCore);
                return receiver.round();
              });
          FutureTask<Boolean> sending =
              started(() -> {
                CorePin.pin(sendingCore);
                send(sender, round);
                return true;
              });
          sending.get();
          System.out.println(receiving.get());
        });
      }
    }
  }

  private static <T> FutureTask<T> started(Callable<T> action) {
    FutureTask<T> task = new FutureTask<>(action);
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  private static MessageSender sender(String... arguments) throws IOException {
    Path directory = Path.of(arguments[2]);
    return arguments[0].equals("stoq")
        ? new StoqSender(directory, StoqReceiver.settings(arguments[5]))
        : new AeronSender(directory);
  }

  private static MessageReceiver receiver(String... arguments) throws IOException {
    Path directory = Path.of(arguments[2]);
    MessageReceiver receiver =
        arguments[0].equals("stoq")
            ? new StoqReceiver(directory, StoqReceiver.settings(arguments[5]))
            : new AeronReceiver(directory);
    System.out.println("ready");
    return receiver;
  }

  private record Round(boolean claim, int length, long millis) {
    static Round parse(String line) {
      String[] words = line.split(" ", -1);
      return new Round(
          words[0].equals("claim"), Integer.parseInt(words[1]), Long.parseLong(words[2]));
    }
  }

  private interface RoundAction {
    void run(Round round) throws Exception;
  }

  private static void rounds(RoundAction action) throws Exception {
    try (BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        action.run(Round.parse(line));
      }
    }
  }

  private static void send(MessageSender sender, Round round) throws IOException {
    long endAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(round.millis);
    long number = 0;
    do {
      for (int i = 0; i < CLOCK_INTERVAL; i++) {
        send(sender, round, number++);
      }
    } while (System.nanoTime() < endAtNanos);
    send(sender, round, MessageReceiver.LAST);
  }

  private static void send(MessageSender sender, Round round, long number) throws IOException {
    while (!(round.claim
        ? sender.claim(number, round.length)
        : sender.offer(number, round.length))) {
      Thread.onSpinWait();
    }
  }
}
