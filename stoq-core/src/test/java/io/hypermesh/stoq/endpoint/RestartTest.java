package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hypermesh.stoq.connection.CloseReason;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import io.hypermesh.stoq.stream.Stream;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** A server that crashes and is started anew, with the same secret or another one. */
class RestartTest {
  private static final byte[] SAME = new byte[EndpointSecret.LENGTH];
  private static final byte[] OTHER = new byte[EndpointSecret.LENGTH];

  static {
    OTHER[0] = 1;
  }

  private final EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100));

  private EndpointConnection connected() {
    EndpointConnection client = pair.connect();
    pair.run();
    assertThat(client.connection().isEstablished()).isTrue();
    return client;
  }

  private void send(EndpointConnection client) {
    Stream stream = client.connection().openUnidirectional();
    assertThat(stream).isNotNull();
    stream.sendBuffer().write(MemorySegment.ofArray(new byte[100]), 0, 100);
    client.connection().handleStreamProgress(stream, pair.nowNanos);
    pair.client.touch(client);
  }

  @Test
  void shouldTellThePeersOfLostConnectionsAtOnce() {
    EndpointConnection client = connected();
    long before = pair.nowNanos;
    pair.restartServer(SAME);
    send(client);
    pair.run();

    assertThat(pair.clientHandler.closed.get(client).origin())
        .isEqualTo(CloseReason.Origin.STATELESS_RESET);
    assertThat(pair.nowNanos - before).isLessThan(100_000_000L);
  }

  @Test
  void shouldLeaveThePeersToTheirIdleTimeoutWithAnotherSecret() {
    EndpointConnection client = connected();
    pair.restartServer(OTHER);
    send(client);
    pair.runUntil(pair.nowNanos + 120_000_000_000L);

    assertThat(pair.clientHandler.closed.get(client).origin())
        .isEqualTo(CloseReason.Origin.IDLE_TIMEOUT);
  }

  @Test
  void shouldFindTheConnectionOfAResetWhateverItsFirstBits() {
    EndpointConnection client = connected();
    pair.restartServer(SAME);
    send(client);
    pair.toServer(pair.pollClient());
    byte[] reset = pair.pollServer();
    reset[0] &= (byte) ~0x40;
    pair.toClient(reset);

    assertThat(pair.clientHandler.closed.get(client).origin())
        .isEqualTo(CloseReason.Origin.STATELESS_RESET);
  }

  @Test
  void shouldTakeARetryTokenOfBefore() {
    EndpointPair asking = new EndpointPair(EndpointPair.settings(100, 100, 0));
    EndpointConnection client = asking.connect();
    asking.toServer(asking.pollClient());
    byte[] retry = asking.pollServer();
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(MemorySegment.ofArray(retry), 0, retry.length, 8)).isTrue();
    assertThat(header.type()).isEqualTo(PacketType.RETRY);
    asking.restartServer(SAME);
    asking.toClient(retry);
    asking.run();

    assertThat(client.connection().isEstablished()).isTrue();
    assertThat(asking.server.counters().tokensInvalid()).isZero();
  }

  @Test
  void shouldDeriveUnrelatedKeysAndShowNone() {
    EndpointSecret secret = EndpointSecret.of(SAME);
    byte[] one = secret.derive("one", 32);
    assertThat(one).hasSize(32).isEqualTo(EndpointSecret.of(SAME).derive("one", 32));
    assertThat(one).isNotEqualTo(secret.derive("two", 32));
    assertThat(one).isNotEqualTo(EndpointSecret.of(OTHER).derive("one", 32));
    assertThat(secret.toString()).isEqualTo("EndpointSecret");
    secret.close();
    assertThatIllegalStateException().isThrownBy(() -> secret.derive("one", 32));
    assertThatIllegalArgumentException().isThrownBy(() -> EndpointSecret.of(new byte[31]));
  }
}
