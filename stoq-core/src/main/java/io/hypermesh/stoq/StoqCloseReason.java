package io.hypermesh.stoq;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Why a connection ended.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="closeReason"}
 *
 * @param initiator who ended it
 * @param application true where {@code errorCode} is the application's own (CONNECTION_CLOSE of
 *     type 0x1d), false where it is QUIC's (type 0x1c; RFC 9000, 20.1)
 * @param errorCode the code in the CONNECTION_CLOSE frame, 0 where the connection ended silently
 * @param reason one line for people; from the peer's frame where the peer closed, so treat it as
 *     untrusted text
 */
public record StoqCloseReason(
    Initiator initiator, boolean application, long errorCode, String reason) {

  /** Stands for what can't be shown. */
  private static final int REPLACEMENT = 0xfffd;

  /** Who ended a connection. */
  public enum Initiator {
    /** This side, by a call of the host or because the peer broke the protocol. */
    LOCAL,
    /** The peer, by a CONNECTION_CLOSE frame. */
    PEER,
    /** Nobody: nothing was heard from the peer for the idle timeout (RFC 9000, 10.1). */
    IDLE_TIMEOUT,
    /** The handshake didn't end within its timeout. */
    HANDSHAKE_TIMEOUT,
    /** The peer lost its state and said so (stateless reset; RFC 9000, 10.3). */
    STATELESS_RESET,
    /** The server speaks no version of QUIC that this side speaks (RFC 9000, 6). */
    VERSION_NEGOTIATION
  }

  /** This side's endpoint has ended, and its connections with it. */
  static StoqCloseReason endpointClosed() {
    return new StoqCloseReason(Initiator.LOCAL, true, 0, "endpoint closed");
  }

  /** True where somebody closed on purpose and without an error. */
  public boolean isOrderly() {
    return (initiator == Initiator.LOCAL || initiator == Initiator.PEER) && errorCode == 0;
  }

  /**
   * Which of QUIC's errors ended it; {@link StoqTransportError#NO_ERROR} where it ended silently,
   * and empty where the application's own code did.
   */
  public Optional<StoqTransportError> transportError() {
    return application ? Optional.empty() : Optional.of(StoqTransportError.of(errorCode));
  }

  /** The TLS alert of a {@link StoqTransportError#CRYPTO_ERROR} (RFC 8446, 6); empty for others. */
  public OptionalInt tlsAlert() {
    return !application && StoqTransportError.isAlert(errorCode)
        ? OptionalInt.of((int) (errorCode - StoqTransportError.CRYPTO_ERROR.code()))
        : OptionalInt.empty();
  }

  /**
   * Text without line ends and other control characters: what a peer says goes into messages and so
   * into logs, in which it must not be able to make lines of its own.
   */
  private static String printable(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints().map(c -> isPrintable(c) ? c : REPLACEMENT).forEach(shown::appendCodePoint);
    return shown.toString();
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /** For messages: who, which code, why. */
  String describe() {
    String code = errorCode == 0 ? "" : codeText();
    String text = reason.isEmpty() ? "" : ": " + printable(reason);
    return switch (initiator) {
      case LOCAL -> "this side closed the connection" + code + text;
      case PEER -> "the peer closed the connection" + code + text;
      case IDLE_TIMEOUT -> "the connection was idle for too long" + text;
      case HANDSHAKE_TIMEOUT -> "the handshake took too long" + text;
      case STATELESS_RESET -> "the peer has lost the connection's state (stateless reset)" + text;
      case VERSION_NEGOTIATION ->
          "the server speaks no version of QUIC that this side speaks" + text;
    };
  }

  private String codeText() {
    String number = " error 0x" + Long.toHexString(errorCode);
    if (application) {
      return ", application" + number;
    }
    StoqTransportError error = StoqTransportError.of(errorCode);
    String name =
        switch (error) {
          case CRYPTO_ERROR -> ", TLS alert " + StoqTransportError.alertName(tlsAlert().orElse(0));
          case UNKNOWN -> "";
          default -> " " + error;
        };
    return ", transport" + number + name;
  }
}
