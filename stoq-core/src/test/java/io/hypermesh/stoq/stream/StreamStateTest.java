package io.hypermesh.stoq.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tables of RFC 9000, figures 2 and 3, every pair of state and event. */
class StreamStateTest {
  private static final Map<String, SendState> SEND =
      Map.ofEntries(
          Map.entry("READY SEND_STREAM", SendState.SEND),
          Map.entry("READY SEND_FIN", SendState.DATA_SENT),
          Map.entry("READY SEND_RESET", SendState.RESET_SENT),
          Map.entry("SEND SEND_STREAM", SendState.SEND),
          Map.entry("SEND SEND_FIN", SendState.DATA_SENT),
          Map.entry("SEND SEND_RESET", SendState.RESET_SENT),
          Map.entry("DATA_SENT SEND_STREAM", SendState.DATA_SENT),
          Map.entry("DATA_SENT SEND_FIN", SendState.DATA_SENT),
          Map.entry("DATA_SENT SEND_RESET", SendState.RESET_SENT),
          Map.entry("DATA_SENT ALL_ACKNOWLEDGED", SendState.DATA_RECEIVED),
          Map.entry("RESET_SENT SEND_RESET", SendState.RESET_SENT),
          Map.entry("RESET_SENT RESET_ACKNOWLEDGED", SendState.RESET_RECEIVED));

  private static final Map<String, ReceiveState> RECEIVE =
      Map.ofEntries(
          Map.entry("RECEIVE RECEIVE_FIN", ReceiveState.SIZE_KNOWN),
          Map.entry("RECEIVE RECEIVE_RESET", ReceiveState.RESET_RECEIVED),
          Map.entry("SIZE_KNOWN RECEIVE_FIN", ReceiveState.SIZE_KNOWN),
          Map.entry("SIZE_KNOWN ALL_RECEIVED", ReceiveState.DATA_RECEIVED),
          Map.entry("SIZE_KNOWN RECEIVE_RESET", ReceiveState.RESET_RECEIVED),
          Map.entry("DATA_RECEIVED RECEIVE_FIN", ReceiveState.DATA_RECEIVED),
          Map.entry("DATA_RECEIVED RECEIVE_RESET", ReceiveState.DATA_RECEIVED),
          Map.entry("DATA_RECEIVED ALL_READ", ReceiveState.DATA_READ),
          Map.entry("RESET_RECEIVED RECEIVE_RESET", ReceiveState.RESET_RECEIVED),
          Map.entry("RESET_RECEIVED RESET_TOLD", ReceiveState.RESET_READ),
          Map.entry("DATA_READ RECEIVE_FIN", ReceiveState.DATA_READ),
          Map.entry("DATA_READ RECEIVE_RESET", ReceiveState.DATA_READ),
          Map.entry("RESET_READ RECEIVE_FIN", ReceiveState.RESET_READ),
          Map.entry("RESET_READ RECEIVE_RESET", ReceiveState.RESET_READ));

  @ParameterizedTest
  @EnumSource(SendState.class)
  void shouldMoveTheSendingPartAsTheTableSays(SendState state) {
    for (SendState.Event event : SendState.Event.values()) {
      SendState expected = SEND.get(state + " " + event);
      if (expected == null) {
        assertThatThrownBy(() -> state.on(event)).isInstanceOf(IllegalStateException.class);
      } else {
        assertThat(state.on(event)).as(state + " " + event).isEqualTo(expected);
      }
    }
    assertThat(state.isTerminal()).isEqualTo(state.name().endsWith("RECEIVED"));
  }

  @ParameterizedTest
  @EnumSource(ReceiveState.class)
  void shouldMoveTheReceivingPartAsTheTableSays(ReceiveState state) {
    for (ReceiveState.Event event : ReceiveState.Event.values()) {
      ReceiveState expected = RECEIVE.get(state + " " + event);
      if (expected == null) {
        assertThatThrownBy(() -> state.on(event)).isInstanceOf(IllegalStateException.class);
      } else {
        assertThat(state.on(event)).as(state + " " + event).isEqualTo(expected);
      }
    }
    assertThat(state.isTerminal()).isEqualTo(state.name().endsWith("READ"));
  }
}
