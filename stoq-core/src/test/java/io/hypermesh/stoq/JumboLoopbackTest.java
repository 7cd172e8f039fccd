package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.driver.DriverKind;
import java.net.InetAddress;
import java.net.NetworkInterface;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams as large as the loopback carries, by each driver. */
@Timeout(60)
class JumboLoopbackTest extends LoopbackFixture {
  /** What an IPv6 packet has beside its UDP payload, in bytes. */
  private static final int HEADER_BYTES = 40 + 8;

  @ParameterizedTest
  @EnumSource
  void shouldFindTheLargestDatagramOfTheLoopback(DriverKind kind) throws Exception {
    assumeTrue(kind.isAvailable(), () -> "no " + kind + ": " + kind.unavailableBecause());
    int mtu = NetworkInterface.getByInetAddress(InetAddress.ofLiteral("::1")).getMTU();
    int largest = Math.min(mtu - HEADER_BYTES, 65_488);
    assumeTrue(largest > 1_452, "the loopback carries no more than others");
    StoqSettings settings = StoqSettings.builder().datagramBytes(largest).build();
    StoqEndpoint server = start(serverBuilder(new Echo()).settings(settings).driver(kind));
    StoqConnection connection =
        get(start(clientBuilder().settings(settings).driver(kind)).connect(server.localAddress()));
    for (int i = 0; i < 200 && connection.pathStatistics().datagramBytes() < largest; i++) {
      transfer(connection, 1_000_000);
    }
    assertThat(connection.pathStatistics().datagramBytes()).isEqualTo(largest);
    transfer(connection, 4_000_000);
  }
}
