package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketType;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What strangers' first datagrams can and can't cost. */
class AdmissionTest {
  private static final long SECOND_NANOS = 1_000_000_000L;

  private static InetSocketAddress client(int network, int host) {
    byte[] address = new byte[16];
    address[0] = 0x20;
    address[7] = (byte) network;
    address[15] = (byte) host;
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), 1_000);
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static PacketType typeOf(byte[] datagram) {
    PacketHeader header = new PacketHeader();
    assertThat(header.parse(MemorySegment.ofArray(datagram), 0, datagram.length, 8)).isTrue();
    return header.type();
  }

  private static List<byte[]> firstDatagrams(EndpointPair pair, int count) {
    List<byte[]> datagrams = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pair.connect();
      datagrams.add(pair.pollClient());
    }
    return datagrams;
  }

  @Test
  void shouldHaveClientsOfOneNetworkProveTheirAddressBeyondItsShare() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 2, 100, 100));
    List<byte[]> firsts = firstDatagrams(pair, 4);
    pair.toServer(firsts.get(0), client(1, 1));
    pair.toServer(firsts.get(1), client(1, 2));
    assertThat(pair.server.size()).isEqualTo(2);
    pair.toServer(firsts.get(2), client(1, 3));
    assertThat(pair.server.size()).isEqualTo(2);
    assertThat(pair.server.counters().retries()).isEqualTo(1);
    // Another network isn't concerned.
    pair.toServer(firsts.get(3), client(2, 1));
    assertThat(pair.server.size()).isEqualTo(3);
  }

  @Test
  void shouldRefuseProvedClientsOfOneNetworkBeyondItsShareAndNoOthers() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 2, 0, 100));
    for (int i = 1; i <= 4; i++) {
      InetSocketAddress from = client(i == 4 ? 2 : 1, i);
      pair.connect();
      pair.toServer(pair.pollClient(), from);
      byte[] retry = pair.pollServer();
      assertThat(typeOf(retry)).isEqualTo(PacketType.RETRY);
      pair.toClient(retry);
      pair.toServer(pair.pollClient(), from);
      while (pair.pollServer() != null) {
        // Answers to the handshakes that were let in.
      }
    }
    assertThat(pair.server.size()).isEqualTo(3);
    assertThat(pair.server.counters().connectionsRefused()).isEqualTo(1);
  }

  @Test
  void shouldForgetTheNetworksOfHandshakesThatAreOver() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 2, 100, 100));
    pair.connect();
    pair.connect();
    pair.run();
    assertThat(pair.server.handshakesInFlight()).isZero();
    pair.connect();
    pair.run();
    assertThat(pair.clientHandler.established).hasSize(3);
    assertThat(pair.server.counters().retries()).isZero();
  }

  @Test
  void shouldAskForProofOnceTooManyFirstPacketsWereForged() {
    EndpointPair pair = new EndpointPair(EndpointPair.settings(100, 100, 100, 100, 5));
    List<byte[]> firsts = firstDatagrams(pair, 2);
    byte[] forged = firsts.get(0).clone();
    forged[1_100] ^= 1;
    for (int i = 0; i < 5; i++) {
      pair.toServer(forged);
      assertThat(pair.pollServer()).isNull();
    }
    assertThat(pair.server.counters().datagramsMalformed()).isEqualTo(5);
    // From now on nothing is decrypted for who hasn't proved an address, good or bad.
    pair.toServer(forged);
    assertThat(typeOf(pair.pollServer())).isEqualTo(PacketType.RETRY);
    pair.toServer(firsts.get(1));
    assertThat(typeOf(pair.pollServer())).isEqualTo(PacketType.RETRY);
    assertThat(pair.server.size()).isZero();
    // Until a second has passed.
    pair.nowNanos += SECOND_NANOS;
    pair.toServer(firsts.get(1));
    assertThat(pair.server.size()).isEqualTo(1);
  }
}
