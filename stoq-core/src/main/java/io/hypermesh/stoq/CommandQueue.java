package io.hypermesh.stoq;

import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * What other threads have an agent do: runnables, and objects that the agent knows what to do with.
 *
 * <p>It has no bound of its own: what goes into it is bounded where it is made (one progress entry
 * a stream, streams and their openings by their limits, tasks by the handshakes in flight).
 *
 * <p>Any thread may add; the agent's takes, and any once it has ended.
 */
final class CommandQueue {
  /** Commands run in one cycle. */
  private static final int COMMANDS_LIMIT = 1_024;

  private record Command(Runnable action, @Nullable Runnable otherwise) {}

  private final MpscUnboundedAtomicArrayQueue<Object> commands =
      new MpscUnboundedAtomicArrayQueue<>(1_024);

  /** Adds a runnable, or what the agent knows. */
  void add(Object command) {
    commands.offer(command);
  }

  /** Adds an action, and what is to be done instead where the agent has ended. */
  void add(Runnable action, Runnable otherwise) {
    commands.offer(new Command(action, otherwise));
  }

  boolean isEmpty() {
    return commands.isEmpty();
  }

  /**
   * Takes what is there, up to a bound.
   *
   * @param known takes what isn't a runnable, in its order
   * @param failed takes what a command threw
   * @return how many commands it was
   */
  int run(Consumer<Object> known, Consumer<RuntimeException> failed) {
    int done = 0;
    while (done < COMMANDS_LIMIT) {
      Object command = commands.relaxedPoll();
      if (command == null) {
        break;
      }
      done++;
      try {
        if (command instanceof Command both) {
          both.action().run();
        } else if (command instanceof Runnable action) {
          action.run();
        } else {
          known.accept(command);
        }
      } catch (RuntimeException e) {
        failed.accept(e);
      }
    }
    return done;
  }

  /** Fails what nobody will run any more. After the agent's end any thread may come here. */
  void drainAfterClose() {
    synchronized (commands) {
      for (Object command = commands.poll(); command != null; command = commands.poll()) {
        Runnable otherwise = command instanceof Command both ? both.otherwise() : null;
        if (otherwise != null) {
          otherwise.run();
        }
      }
    }
  }
}
