package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.EncryptionLevel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which messages each state takes, and at which level: all 256 types against the table. */
class HandshakeStateTest {
  private static List<Integer> types(String text) {
    List<Integer> types = new ArrayList<>();
    for (String type : text.split(" ", -1)) {
      if (!type.isEmpty()) {
        types.add(Integer.valueOf(type));
      }
    }
    return types;
  }

  @ParameterizedTest
  @CsvSource({
    "CHECKING_SESSION, INITIAL, ''",
    "WAIT_SERVER_HELLO, INITIAL, '2'",
    "WAIT_ENCRYPTED_EXTENSIONS, HANDSHAKE, '8'",
    "WAIT_CERTIFICATE_OR_REQUEST, HANDSHAKE, '11 13'",
    "WAIT_CERTIFICATE, HANDSHAKE, '11'",
    "WAIT_CERTIFICATE_VERIFY, HANDSHAKE, '15'",
    "WAIT_FINISHED, HANDSHAKE, '20'",
    "AUTHENTICATING, HANDSHAKE, ''",
    "CONNECTED, ONE_RTT, '4'",
  })
  void shouldTakeOnAClient(ClientState state, EncryptionLevel level, String types) {
    assertThat(state.level()).isEqualTo(level);
    for (int type = 0; type < 256; type++) {
      assertThat(state.accepts(type)).as("type " + type).isEqualTo(types(types).contains(type));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "WAIT_CLIENT_HELLO, INITIAL, '1'",
    "NEGOTIATING, INITIAL, ''",
    "WAIT_CERTIFICATE, HANDSHAKE, '11'",
    "WAIT_CERTIFICATE_VERIFY, HANDSHAKE, '15'",
    "WAIT_FINISHED, HANDSHAKE, '20'",
    "AUTHENTICATING, HANDSHAKE, ''",
    "CONNECTED, ONE_RTT, ''",
  })
  void shouldTakeOnAServer(ServerState state, EncryptionLevel level, String types) {
    assertThat(state.level()).isEqualTo(level);
    for (int type = 0; type < 256; type++) {
      assertThat(state.accepts(type)).as("type " + type).isEqualTo(types(types).contains(type));
    }
  }
}
