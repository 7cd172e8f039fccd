package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What tests say about failures. */
final class HandshakeAssertions {
  private HandshakeAssertions() {}

  static void assertAlert(Alert alert, ThrowingCallable call) {
    assertCode(alert.errorCode(), call);
  }

  static void assertProtocolViolation(ThrowingCallable call) {
    assertCode(TransportErrorCode.PROTOCOL_VIOLATION, call);
  }

  static void assertCode(long code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(code));
  }

  static void assertAlert(Alert alert, TransportException failure) {
    assertThat(failure).isNotNull();
    assertThat(failure.errorCode()).as(failure.getMessage()).isEqualTo(alert.errorCode());
  }
}
