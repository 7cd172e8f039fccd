package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class NioDatagramDriverTest {
  static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);

  @Test
  void shouldCarryBatchesBetweenTwoSockets() throws Exception {
    try (NioDatagramDriver a = NioDatagramDriver.open(ANY_PORT);
        NioDatagramDriver b = NioDatagramDriver.open(ANY_PORT)) {
      int sent = 0;
      for (MemorySegment space = a.claim(); space != null; space = a.claim()) {
        space.set(ValueLayout.JAVA_BYTE, 0, (byte) sent);
        a.commit(1 + sent, b.localAddress(), 0);
        sent++;
      }
      assertThat(a.flush()).isZero();
      assertThat(sent).isGreaterThan(1);

      List<Integer> received = new ArrayList<>();
      while (received.size() < sent) {
        b.await(TimeUnit.SECONDS.toNanos(10));
        b.receive(
            (buffer, offset, length, source, ecn) -> {
              assertThat(source).isEqualTo(a.localAddress());
              assertThat(buffer.get(ValueLayout.JAVA_BYTE, offset)).isEqualTo((byte) (length - 1));
              received.add(length);
            },
            7);
      }
      assertThat(received).doesNotHaveDuplicates().hasSize(sent);
      assertThat(a.claim()).isNotNull();
    }
  }

  @Test
  void shouldHaveTheSpacesOfTheNextDatagramsAtOnce() throws Exception {
    try (NioDatagramDriver driver = NioDatagramDriver.open(ANY_PORT)) {
      List<MemorySegment> spaces = new ArrayList<>();
      for (MemorySegment next = driver.claim(0); next != null; next = driver.claim(spaces.size())) {
        spaces.add(next);
      }
      assertThat(spaces).doesNotHaveDuplicates().hasSizeGreaterThan(1);
      for (MemorySegment space : spaces) {
        assertThat(driver.claim()).isSameAs(space);
        driver.commit(1, driver.localAddress(), 0);
      }
      assertThat(driver.claim()).isNull();
      assertThat(driver.claim(0)).isNull();
    }
  }

  @Test
  void shouldBeWokenByAnotherDriversDatagram() throws Exception {
    try (NioDatagramDriver waiting = NioDatagramDriver.open(ANY_PORT);
        NioDatagramDriver other = NioDatagramDriver.open(ANY_PORT)) {
      assertThat(waiting.watch(other)).isTrue();
      MemorySegment space = waiting.claim();
      assertThat(space).isNotNull();
      waiting.commit(5, other.localAddress(), 0);
      waiting.flush();
      // Without it this would be for ever.
      waiting.await(Long.MAX_VALUE);
      assertThat(other.receive((buffer, offset, length, source, ecn) -> {}, 1)).isEqualTo(1);
      assertThat(waiting.supportsEcn()).isFalse();
    }
  }

  @Test
  void shouldRefuseWhatIsTooLongForTheLinkAndGoOn() throws Exception {
    try (NioDatagramDriver a = NioDatagramDriver.open(ANY_PORT, 65_527);
        NioDatagramDriver b = NioDatagramDriver.open(ANY_PORT)) {
      assertThat(a.datagramBytesMax()).isEqualTo(65_527);
      for (int length : new int[] {60_000, 65_527, 100}) {
        assertThat(a.claim()).isNotNull();
        a.commit(length, b.localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      List<Integer> lengths = new ArrayList<>();
      while (!lengths.contains(100)) {
        b.await(TimeUnit.SECONDS.toNanos(10));
        b.receive((buffer, offset, length, source, ecn) -> lengths.add(length), 10);
      }
      // An interface whose MTU is larger takes it; none may take it in pieces.
      assertThat(lengths).startsWith(60_000);
      assertThat(a.sendFailures()).isEqualTo(3 - lengths.size());
    }
    assertThatThrownBy(() -> NioDatagramDriver.open(ANY_PORT, 1_199))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldSayThatAPortIsInUse() throws Exception {
    try (NioDatagramDriver first = NioDatagramDriver.open(ANY_PORT)) {
      assertThatThrownBy(() -> NioDatagramDriver.open(first.localAddress()))
          .isInstanceOf(BindException.class)
          .hasMessageContaining("in use");
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

  @Test
  void shouldWakeUpAThreadThatWaitsWithoutLimit() throws Exception {
    try (NioDatagramDriver driver = NioDatagramDriver.open(ANY_PORT)) {
      CompletableFuture<Void> woken =
          CompletableFuture.runAsync(
              () -> {
                try {
                  driver.await(Long.MAX_VALUE);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              },
              task -> Thread.ofPlatform().daemon().start(task));
      driver.wakeUp();
      woken.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldNotLetOneUnreachableDestinationStopTheOthers() throws Exception {
    try (NioDatagramDriver a = NioDatagramDriver.open(ANY_PORT);
        NioDatagramDriver b = NioDatagramDriver.open(ANY_PORT)) {
      assertThat(a.claim()).isNotNull();
      // A socket on the loopback address has no route to anywhere else.
      a.commit(10, new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 9), 0);
      assertThat(a.claim()).isNotNull();
      a.commit(20, b.localAddress(), 0);
      assertThat(a.flush()).isZero();

      List<Integer> received = new ArrayList<>();
      while (received.isEmpty()) {
        b.await(TimeUnit.SECONDS.toNanos(10));
        b.receive((buffer, offset, length, source, ecn) -> received.add(length), 10);
      }
      assertThat(received).containsExactly(20);
    }
  }
}
