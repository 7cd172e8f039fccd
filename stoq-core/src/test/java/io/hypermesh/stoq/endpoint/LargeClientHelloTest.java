package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.NamedGroup;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A client's ClientHello of two datagrams, with a hybrid's key share, before a server's door. */
class LargeClientHelloTest {
  private static final List<NamedGroup> HYBRID = List.of(NamedGroup.X25519MLKEM768);
  private static final long SECOND_NANOS = 1_000_000_000L;

  private static EndpointPair pair(int retryThreshold, List<NamedGroup> clientGroups) {
    return new EndpointPair(EndpointPair.settings(100, 100, retryThreshold), clientGroups, HYBRID);
  }

  private static void assertEstablished(EndpointPair pair) {
    pair.run();
    pair.runUntil(pair.nowNanos + 5 * SECOND_NANOS);
    assertThat(pair.clientHandler.established).hasSize(1);
    assertThat(pair.serverHandler.established).hasSize(1);
    assertThat(pair.server.counters().connectionsAccepted()).isEqualTo(1);
    assertThat(pair.server.size()).isEqualTo(1);
    assertThat(pair.server.handshakesInFlight()).isZero();
  }

  @Test
  void shouldMakeOneConnectionOfBothDatagramsInEitherOrder() {
    for (boolean swapped : new boolean[] {false, true}) {
      EndpointPair pair = pair(100, HYBRID);
      pair.connect();
      byte[] first = pair.pollClient();
      byte[] second = pair.pollClient();
      assertThat(first).hasSize(1_200);
      assertThat(second).hasSize(1_200);
      pair.toServer(swapped ? second : first);
      assertThat(pair.server.size()).isEqualTo(1);
      pair.toServer(swapped ? first : second);
      assertEstablished(pair);
    }
  }

  @Test
  void shouldHaveTheRestSentAgainWhereOneDatagramIsLost() {
    for (boolean firstLost : new boolean[] {false, true}) {
      EndpointPair pair = pair(100, HYBRID);
      pair.connect();
      byte[] first = pair.pollClient();
      byte[] second = pair.pollClient();
      pair.toServer(firstLost ? second : first);
      assertEstablished(pair);
    }
  }

  @Test
  void shouldProveItsAddressAndThenSendBothAgain() {
    EndpointPair pair = pair(0, HYBRID);
    pair.connect();
    assertEstablished(pair);
    assertThat(pair.server.counters().retries()).isBetween(1L, 2L);
  }

  @Test
  void shouldAnswerARetryAndAHelloRetryRequest() {
    EndpointPair pair = pair(0, List.of(NamedGroup.X25519, NamedGroup.X25519MLKEM768));
    pair.connect();
    assertEstablished(pair);
  }
}
