package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class NioDatagramDriverTest extends DriverContract {
  @Override
  DatagramDriver open(InetSocketAddress address, int datagramBytesMax) throws IOException {
    return NioDatagramDriver.open(address, datagramBytesMax);
  }

  @Override
  long sendFailures(DatagramDriver driver) {
    return ((NioDatagramDriver) driver).sendFailures();
  }

  @Test
  void shouldLeaveEcnToOthers() throws Exception {
    try (NioDatagramDriver driver = NioDatagramDriver.open(ANY_PORT)) {
      assertThat(driver.supportsEcn()).isFalse();
    }
  }

  @Test
  void shouldDropWhatComesFromIpv4() throws Exception {
    try (NioDatagramDriver driver =
            NioDatagramDriver.open(new InetSocketAddress(InetAddress.ofLiteral("::"), 0));
        DatagramSocket ipv4 = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
      int port = driver.localAddress().getPort();
      byte[] bytes = {1, 2, 3};
      try {
        ipv4.send(new DatagramPacket(bytes, 3, InetAddress.ofLiteral("127.0.0.1"), port));
      } catch (IOException e) {
        // No IPv4 path to the socket at all is as good.
        return;
      }
      try (NioDatagramDriver ipv6 = NioDatagramDriver.open(ANY_PORT)) {
        assertThat(ipv6.claim()).isNotNull();
        ipv6.commit(5, new InetSocketAddress(InetAddress.ofLiteral("::1"), port), 0);
        ipv6.flush();
        List<Integer> received = new ArrayList<>();
        while (received.isEmpty()) {
          driver.await(TimeUnit.SECONDS.toNanos(10));
          driver.receive((buffer, offset, length, source, ecn) -> received.add(length), 10);
        }
        assertThat(received).containsExactly(5);
        assertThat(driver.droppedIpv4()).isEqualTo(1);
      }
    }
  }
}
