package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Expensive work of a handshake: key agreement, choosing and using the local key, verifying the
 * peer's certificates and signature.
 *
 * <p>{@link #run()} may be called on any thread, once; it calls the host's key and trust managers
 * and may take as long as they do. Then the task goes back to the thread that owns the handshake,
 * to {@link TlsHandshake#handleTaskDone}. The task shares no mutable state with the handshake, so
 * that the hand-over through a queue or an executor is all the synchronisation there is.
 */
public abstract sealed class HandshakeTask implements Runnable
    permits ServerFlightTask, AuthenticationTask, SessionCheckTask {
  private final AtomicBoolean started = new AtomicBoolean();
  private @Nullable TransportException failure;
  private @Nullable Throwable cause;
  private volatile boolean done;

  /** Does the work. Never throws an exception because of what the peer sent or a manager did. */
  @Override
  public final void run() {
    if (!started.compareAndSet(false, true)) {
      throw new IllegalStateException("couldn't run a handshake task: it was run before");
    }
    // Stands unless the work ends: an Error must not leave a task that looks successful.
    failure = Alert.INTERNAL_ERROR.because("couldn't finish a handshake task: it was cut short");
    try {
      execute();
      failure = null;
    } catch (AuthenticationException e) {
      failure = e.alert().because(reasonOf(e));
      cause = e.getCause();
    } catch (TransportException e) {
      failure = e;
    } catch (RuntimeException e) {
      failure =
          Alert.INTERNAL_ERROR.because(
              "couldn't finish a handshake task: " + e.getClass().getName());
      cause = e;
    } finally {
      done = true;
    }
  }

  /** True once {@link #run()} has returned. */
  public final boolean isDone() {
    return done;
  }

  /**
   * The exception of a manager or provider behind a failed task, for the host's log; null where the
   * task succeeded or the peer's bytes alone were at fault. To be read once the task is done.
   */
  public final @Nullable Throwable cause() {
    return cause;
  }

  /** Why the task failed, or null. */
  final @Nullable TransportException failure() {
    return failure;
  }

  private static String reasonOf(AuthenticationException e) {
    String reason = e.getMessage();
    return reason == null ? "couldn't authenticate" : reason;
  }

  /** The work itself, which keeps its results in fields of the subclass. */
  abstract void execute() throws TransportException, AuthenticationException;

  /** Erases the secrets that the results hold. Called by the owner only. */
  abstract void erase();
}
