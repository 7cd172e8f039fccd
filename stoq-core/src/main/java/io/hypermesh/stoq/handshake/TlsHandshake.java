package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Queue;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One TLS 1.3 handshake of a QUIC connection, and what TLS has to say after it (RFC 8446, RFC
 * 9001).
 *
 * <p>It guarantees that {@link HandshakeEvent.HandshakeComplete} comes only after the peer's
 * Finished and, where it has to show one, its certificate are verified; that no message is accepted
 * at another encryption level, or in another state, than its own; that what a peer can make it hold
 * is bounded by {@link TlsSettings.Limits}; and that secrets are erased once they are used or the
 * handshake ends.
 *
 * <p>Owned by one thread, with nothing of its own that waits:
 *
 * <pre>
 *   CRYPTO bytes ──handleCrypto──▶ ┌───────────┐ ──pollEvent──▶ CRYPTO bytes, secrets, identity
 *                                  │ handshake │
 *   finished task ─handleTaskDone─▶└───────────┘ ──pollTask───▶ expensive work, for any thread
 * </pre>
 *
 * <p>After every {@code handle…} call, poll tasks and events until both are null. A {@link
 * TransportException} ends the handshake: every later call throws the same one again. {@link
 * #close()} erases what is left; it may be called at any time, also while a task is under way.
 */
public abstract sealed class TlsHandshake implements AutoCloseable permits TlsClient, TlsServer {
  private final TlsSettings settings;
  private final MessageAssembler assembler;
  private final Queue<HandshakeEvent> events = new ArrayDeque<>();
  private @Nullable HandshakeTask newTask;
  private @Nullable HandshakeTask pendingTask;
  private @Nullable TransportException failure;
  private @Nullable KeySchedule schedule;
  private boolean closed;

  TlsHandshake(TlsSettings settings) {
    this.settings = settings;
    this.assembler = new MessageAssembler(settings.limits().messageBytesMax());
  }

  /**
   * A client's handshake; its ClientHello is there to be polled.
   *
   * @param settings with a trust manager
   * @param serverName the host name or IP literal to reach; the server's certificate is checked for
   *     it
   * @param port for the managers to see, or -1
   * @param transportParameters the client's, encoded (RFC 9000, 18)
   * @throws IllegalArgumentException where the settings lack what a client needs
   */
  public static TlsHandshake client(
      TlsSettings settings, String serverName, int port, byte[] transportParameters) {
    return client(settings, serverName, port, transportParameters, () -> 1, null, false);
  }

  /**
   * A client's handshake that may resume a session; then a task comes before its ClientHello.
   *
   * @param quicVersion gives the version of the connection as it is then: a session of another one
   *     isn't used, and one that is kept is of the version that was negotiated (RFC 9369, 5)
   * @param session owned by the handshake from now on, which uses it once and erases it; null for a
   *     full handshake
   * @param earlyData whether to announce early data, where the session allows it
   */
  public static TlsHandshake client(
      TlsSettings settings,
      String serverName,
      int port,
      byte[] transportParameters,
      IntSupplier quicVersion,
      @Nullable ClientSession session,
      boolean earlyData) {
    if (settings.trustManager() == null) {
      throw new IllegalArgumentException("a client needs a trust manager");
    }
    ServerName name = ServerName.of(serverName);
    ClientResumption resumption =
        new ClientResumption(settings, name, quicVersion, session, earlyData);
    TlsClient client = new TlsClient(settings, name, port, transportParameters.clone(), resumption);
    client.start();
    return client;
  }

  /**
   * A server's handshake.
   *
   * @param settings with a key manager, and a trust manager if clients are asked for certificates
   * @param transportParameters the server's, encoded (RFC 9000, 18)
   * @throws IllegalArgumentException where the settings lack what a server needs
   */
  public static TlsHandshake server(TlsSettings settings, byte[] transportParameters) {
    return server(settings, transportParameters, SessionBinding.withoutEarlyData());
  }

  /**
   * A server's handshake, as {@link #server(TlsSettings, byte[])}.
   *
   * @param binding what the connection ties its sessions to
   */
  public static TlsHandshake server(
      TlsSettings settings, byte[] transportParameters, SessionBinding binding) {
    if (settings.keyManager() == null) {
      throw new IllegalArgumentException("a server needs a key manager");
    }
    if (settings.trustManager() == null
        && settings.clientAuthentication() != ClientAuthentication.NONE) {
      throw new IllegalArgumentException(
          "a server that asks for certificates needs a trust manager");
    }
    return new TlsServer(settings, transportParameters.clone(), binding);
  }

  /**
   * A server's handshake that is complete, and has only to refuse what a client might still say.
   */
  public static TlsHandshake completeServer(TlsSettings settings) {
    return new TlsServer(settings);
  }

  /**
   * Takes CRYPTO bytes of a level, in order and each once.
   *
   * @param level of the packet that they came in
   * @throws TransportException where the peer broke a rule; the connection has to close with it
   */
  public final void handleCrypto(EncryptionLevel level, byte[] data, int offset, int length)
      throws TransportException {
    Objects.checkFromIndexSize(offset, length, data.length);
    requireAlive();
    try {
      int at = offset;
      int end = offset + length;
      while (at < end) {
        requireLevel(level);
        at += assembler.accept(data, at, end - at);
        int type = assembler.type();
        if (!state().accepts(type)) {
          throw unexpected(level, type);
        }
        byte[] message = assembler.poll();
        if (message != null) {
          handleMessage(type, message);
        }
      }
    } catch (TransportException e) {
      fail(e);
      throw e;
    }
  }

  /** Work to run on any thread, or null. Every task is given out once. */
  public final @Nullable HandshakeTask pollTask() {
    HandshakeTask task = newTask;
    newTask = null;
    return task;
  }

  /**
   * Goes on with what a task has found.
   *
   * @param task the one polled last, which has run; let go where the handshake has ended meanwhile
   * @throws TransportException where the task found the peer at fault, or failed
   * @throws IllegalArgumentException where it is not this handshake's task under way
   */
  public final void handleTaskDone(HandshakeTask task) throws TransportException {
    if (!task.isDone()) {
      throw new IllegalArgumentException("couldn't take a handshake task back: it has not run");
    }
    if (closed || failure != null) {
      task.erase(); // it outlived its handshake, which has said all that it will
      return;
    }
    if (task != pendingTask) {
      throw new IllegalArgumentException("couldn't take a handshake task back: it isn't under way");
    }
    pendingTask = null;
    try {
      TransportException taskFailure = task.failure();
      if (taskFailure != null) {
        throw taskFailure;
      }
      handleResult(task);
    } catch (TransportException e) {
      fail(e);
      throw e;
    } finally {
      task.erase();
    }
  }

  /**
   * Replaces a server's transport parameters by ones that depend on the client's. Between the event
   * that told the client's and the next task that is polled.
   *
   * @param encoded the server's parameters (RFC 9000, 18)
   */
  public final void answerTransportParameters(byte[] encoded) {
    if (!(newTask instanceof ServerFlightTask flight)) {
      throw new IllegalStateException(
          "couldn't change the transport parameters in state " + state().name());
    }
    flight.transportParameters(encoded.clone());
  }

  /** The next thing for the connection to do, or null. */
  public final @Nullable HandshakeEvent pollEvent() {
    return events.poll();
  }

  /** Whether it's complete, everything that it had to say was polled, and no message is begun. */
  public final boolean isQuiet() {
    return isComplete()
        && failure == null
        && events.isEmpty()
        && pendingTask == null
        && assembler.isEmpty();
  }

  /** True once the handshake is complete (RFC 9001, 4.1.1). */
  public abstract boolean isComplete();

  /** Erases every secret that has not been polled. Idempotent. */
  @Override
  public final void close() {
    closed = true;
    eraseNewTask();
    for (HandshakeEvent event : events) {
      if (event instanceof HandshakeEvent.TrafficSecrets secrets) {
        erase(secrets.readSecret());
        erase(secrets.writeSecret());
      } else if (event instanceof HandshakeEvent.HandshakeComplete complete) {
        complete.exporter().close();
      } else if (event instanceof HandshakeEvent.SessionKept kept) {
        kept.session().erase();
      }
    }
    events.clear();
    eraseSecrets();
  }

  private static void erase(byte @Nullable [] secret) {
    if (secret != null) {
      KeySchedule.erase(secret);
    }
  }

  private void requireAlive() throws TransportException {
    if (closed) {
      throw new IllegalStateException("couldn't handle CRYPTO bytes: the handshake is closed");
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void fail(TransportException e) {
    failure = e;
    eraseNewTask();
    eraseSecrets();
  }

  /** A task that was never handed out has nobody else to erase what it was given. */
  private void eraseNewTask() {
    if (newTask != null) {
      newTask.erase();
      newTask = null;
    }
  }

  /** Erases the key schedule, and what the subclass holds besides. */
  void eraseSecrets() {
    if (schedule != null) {
      schedule.close();
      schedule = null;
    }
  }

  private void requireLevel(EncryptionLevel level) throws TransportException {
    EncryptionLevel expected = state().level();
    if (level == expected) {
      return;
    }
    if (!assembler.isEmpty() || level.compareTo(expected) > 0) {
      throw Alert.UNEXPECTED_MESSAGE.because(
          "CRYPTO bytes at level " + level + " while those of " + expected + " are awaited");
    }
    // RFC 9001, 4.1.3: a level whose successor is in use has no more to say.
    throw new TransportException(
        TransportErrorCode.PROTOCOL_VIOLATION,
        Alert.CRYPTO_FRAME_TYPE,
        "new CRYPTO bytes at level " + level + " after the keys of " + expected);
  }

  private TransportException unexpected(EncryptionLevel level, int type) {
    if (level == EncryptionLevel.ONE_RTT && type == HandshakeType.CERTIFICATE_REQUEST) {
      // RFC 9001, 4.4: authentication after the handshake does not exist in QUIC.
      return new TransportException(
          TransportErrorCode.PROTOCOL_VIOLATION,
          Alert.CRYPTO_FRAME_TYPE,
          "a CertificateRequest after the handshake");
    }
    return Alert.UNEXPECTED_MESSAGE.because(
        "handshake message of type " + type + " in state " + state().name());
  }

  final TlsSettings settings() {
    return settings;
  }

  final void emit(HandshakeEvent event) {
    events.add(event);
  }

  /** Hands out a task; until it is back, the peer has nothing to say. */
  final void begin(HandshakeTask task) {
    newTask = task;
    pendingTask = task;
  }

  final KeySchedule startSchedule(KeySchedule started) {
    if (schedule != null) {
      schedule.close();
    }
    schedule = started;
    return started;
  }

  final KeySchedule schedule() {
    if (schedule == null) {
      throw new IllegalStateException("couldn't derive keys in state " + state().name());
    }
    return schedule;
  }

  /** Writes a secret to the key log, if there is one. */
  final void log(String label, byte[] clientRandom, byte[] secret) {
    KeyLog keyLog = settings.keyLog();
    if (keyLog != null) {
      HexFormat hex = HexFormat.of();
      keyLog.secretDerived(label + " " + hex.formatHex(clientRandom) + " " + hex.formatHex(secret));
    }
  }

  static byte[] finishedMessage(byte[] verifyData) {
    return HandshakeWriter.ofMessage(HandshakeType.FINISHED).bytes(verifyData).finish();
  }

  /** Checks the peer's Finished in constant time (RFC 8446, 4.4.4). */
  static void requireFinished(byte[] message, byte[] expected) throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(message, "Finished");
    byte[] verifyData = reader.bytes(expected.length);
    reader.expectEnd();
    if (!MessageDigest.isEqual(verifyData, expected)) {
      throw Alert.DECRYPT_ERROR.because("the peer's Finished does not match the transcript");
    }
  }

  /** Where the handshake stands. */
  abstract HandshakeState state();

  /** Handles a message of a type that the state accepts. */
  abstract void handleMessage(int type, byte[] message) throws TransportException;

  /** Goes on after a task that succeeded. */
  abstract void handleResult(HandshakeTask task) throws TransportException;
}
