package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.packet.AllocationMeter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What the drivers that are Linux's do beyond every driver's. */
abstract class NativeDriverContract extends DriverContract {
  /** How many datagrams each message had that was sent; it may be made to fail. */
  private final List<Integer> calls = new ArrayList<>();

  private final List<Integer> errors = new ArrayList<>();

  /** Opens one that sends through what the operator makes of the system call. */
  abstract DatagramDriver open(UnaryOperator<SegmentedSend.Call> sendCall) throws IOException;

  /** Destinations to which the kernel doesn't segment. */
  abstract int refusedPaths(DatagramDriver driver);

  /** Opens one whose messages are counted, the next of them failing with {@link #errors}. */
  private DatagramDriver openCounted() throws IOException {
    return open(call ->
        (messages, count) -> {
          calls.add(messages.datagrams(0));
          int error = errors.isEmpty() ? 0 : errors.removeFirst();
          if (error == 0) {
            return call.send(messages, 1);
          }
          messages.setResult(0, -error);
          return 1;
        });
  }

  @Test
  void shouldSendARunInOneCall() throws Exception {
    try (DatagramDriver a = openCounted();
        DatagramDriver b = open(ANY_PORT)) {
      for (int i = 0; i < 64; i++) {
        write(a, i, i == 40 ? 300 : 1_200, b.localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      // A shorter one ends its run.
      assertThat(calls).containsExactly(41, 23);
      assertThat(receive(b, 64)).hasSize(64);

      calls.clear();
      for (int i = 0; i < 64; i++) {
        write(a, i, 1_452, b.localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      assertThat(calls).as("as much as an IP packet holds").containsExactly(45, 19);
      assertThat(receive(b, 64)).hasSize(64);
    }
  }

  /** Says how long the trains are that it gets, and claims to have taken so many datagrams. */
  private record CountingTrains(List<Integer> totals, int claimed) implements DatagramHandler {
    @Override
    public void onDatagram(
        MemorySegment buffer, long offset, int length, InetSocketAddress source, int ecn) {
      totals.add(length);
    }

    @Override
    public int onTrain(
        MemorySegment buffer,
        long offset,
        int segmentLength,
        int totalLength,
        InetSocketAddress source,
        int ecn) {
      totals.add(totalLength);
      return claimed;
    }
  }

  @Test
  void shouldHandOnATrainAsItCame() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
      for (int i = 0; i < 44; i++) {
        write(a, i, 1_452, b.localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      List<Integer> totals = new ArrayList<>();
      b.await(WAIT_NANOS);
      assertThat(b.receive(new CountingTrains(totals, 44), 64)).isEqualTo(44);
      assertThat(totals).containsExactly(44 * 1_452);

      totals.clear();
      for (int i = 0; i < 4; i++) {
        write(a, i, 1_452, b.localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      b.await(WAIT_NANOS);
      for (int wrong : new int[] {0, 4}) {
        assertThatThrownBy(() -> b.receive(new CountingTrains(totals, wrong), 3))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("took " + wrong);
      }
      assertThat(receive(b, 2)).containsExactly(List.of(2, 1_452), List.of(3, 1_452));
    }
  }

  @Test
  void shouldSendOneACallWhereTheKernelDoesNotSegmentAndTryAgainLater() throws Exception {
    try (DatagramDriver a = openCounted();
        DatagramDriver b = open(ANY_PORT)) {
      errors.add(Errno.EIO);
      List<List<Integer>> sent = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        write(a, i, 100, b.localAddress(), 0);
        sent.add(List.of(i, 100));
      }
      assertThat(a.flush()).isZero();
      assertThat(calls).containsExactly(10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
      assertThat(receive(b, 10)).isEqualTo(sent);
      assertThat(sendFailures(a)).isZero();
      assertThat(refusedPaths(a)).isEqualTo(1);

      calls.clear();
      int singles = 0;
      while (!calls.contains(8)) {
        for (int i = 0; i < 8; i++) {
          write(a, i, 100, b.localAddress(), 0);
        }
        assertThat(a.flush()).isZero();
        receive(b, 8);
        singles += 8;
        assertThat(singles).isLessThan(2 * RefusedPaths.RETRY_AFTER_DATAGRAMS);
      }
      assertThat(calls.size()).isGreaterThan(RefusedPaths.RETRY_AFTER_DATAGRAMS);
      assertThat(refusedPaths(a)).isZero();
    }
  }

  @Test
  void shouldHaveRoomForTwoOfTheLongestRunsAndForFewLongDatagrams() throws Exception {
    try (DatagramDriver usual = open(ANY_PORT);
        DatagramDriver jumbo = open(ANY_PORT, 65_527)) {
      assertThat(usual.claim(SegmentedSend.BATCH_SLOTS_MAX - 1)).isNotNull();
      assertThat(usual.claim(SegmentedSend.BATCH_SLOTS_MAX)).isNull();
      assertThat(jumbo.claim(SegmentedSend.BATCH_SLOTS_MIN - 1)).isNotNull();
      assertThat(jumbo.claim(SegmentedSend.BATCH_SLOTS_MIN)).isNull();
    }
  }

  @Test
  void shouldNotBlameThePathForADatagramThatIsTooLong() throws Exception {
    try (DatagramDriver a = openCounted();
        DatagramDriver b = open(ANY_PORT)) {
      // As a kernel answers to a run whose segments don't fit, and then to the first of them.
      errors.addAll(List.of(Errno.EINVAL, Errno.EMSGSIZE));
      write(a, 1, 1_452, b.localAddress(), 0);
      write(a, 2, 1_200, b.localAddress(), 0);
      assertThat(a.flush()).isZero();
      assertThat(calls).containsExactly(2, 1, 1);
      assertThat(receive(b, 1)).containsExactly(List.of(2, 1_200));
      assertThat(sendFailures(a)).isEqualTo(1);
      assertThat(refusedPaths(a)).isZero();
    }
  }

  @Test
  void shouldKeepWhatTheSocketDoesNotTakeAndWaitForRoom() throws Exception {
    try (DatagramDriver a = openCounted();
        DatagramDriver b = open(ANY_PORT)) {
      errors.addAll(List.of(0, Errno.EINTR, Errno.EAGAIN));
      write(a, 1, 100, b.localAddress(), 0);
      for (int i = 2; i < 6; i++) {
        write(a, i, 200, b.localAddress(), 0);
      }
      assertThat(a.flush()).isEqualTo(4);
      // The socket has room again: without that this would be for ever.
      a.await(Long.MAX_VALUE);
      assertThat(a.flush()).isZero();
      assertThat(calls).containsExactly(1, 4, 4, 4);
      assertThat(receive(b, 5)).extracting(List::getFirst).containsExactly(1, 2, 3, 4, 5);
    }
  }

  @Test
  void shouldKeepOnSendingOneACallWhenTheSocketIsFullInBetween() throws Exception {
    try (DatagramDriver a = openCounted();
        DatagramDriver b = open(ANY_PORT)) {
      errors.addAll(List.of(Errno.EINVAL, 0, Errno.EAGAIN));
      for (int i = 0; i < 4; i++) {
        write(a, i, 200, b.localAddress(), 0);
      }
      assertThat(a.flush()).isEqualTo(3);
      assertThat(a.flush()).isZero();
      assertThat(calls).containsExactly(4, 1, 1, 1, 1, 1);
      assertThat(receive(b, 4)).extracting(List::getFirst).containsExactly(0, 1, 2, 3);
    }
  }

  @Test
  void shouldFailWhenTheSocketItselfIsUnusable() throws Exception {
    try (DatagramDriver a = openCounted()) {
      errors.add(Errno.EBADF);
      write(a, 1, 100, a.localAddress(), 0);
      assertThatThrownBy(a::flush)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the socket is gone: errno 9");
    }
  }

  @Test
  void shouldCarryTheEcnMarkOfEachDatagram() throws Exception {
    try (DatagramDriver a = openCounted();
        DatagramDriver b = open(ANY_PORT)) {
      assertThat(a.supportsEcn()).isTrue();
      List<Integer> sent = List.of(0, 1, 1, 1, 2, 2, 3, 3, 3, 0, 0, 2);
      for (int ecn : sent) {
        write(a, 1, 500, b.localAddress(), ecn);
      }
      assertThat(a.flush()).isZero();
      assertThat(calls).containsExactly(1, 3, 2, 3, 2, 1);
      List<Integer> received = new ArrayList<>();
      while (received.size() < sent.size()) {
        b.await(WAIT_NANOS);
        b.receive((buffer, offset, length, source, ecn) -> received.add(ecn), 5);
      }
      assertThat(received).isEqualTo(sent);
    }
  }

  @Test
  void shouldGiveTheSameAddressObjectForTheSamePeer() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
      Set<Integer> identities = new HashSet<>();
      List<InetSocketAddress> sources = new ArrayList<>();
      for (int round = 0; round < 3; round++) {
        write(a, round, 100, b.localAddress(), 0);
        assertThat(a.flush()).isZero();
        b.await(WAIT_NANOS);
        b.receive(
            (buffer, offset, length, source, ecn) -> {
              identities.add(System.identityHashCode(source));
              sources.add(source);
            },
            1);
      }
      assertThat(sources).hasSize(3).containsOnly(a.localAddress());
      assertThat(identities).hasSize(1);
    }
  }

  @Test
  void shouldAllocateNothingForADatagram() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT);
        DatagramDriver c = open(ANY_PORT)) {
      InetSocketAddress[] destinations = {b.localAddress(), c.localAddress()};
      int[] received = new int[1];
      // Nothing for a datagram: less than the smallest object for each of the eight. Where other
      // tests have taught the compiler of other memory, a call may have a small object of its own.
      double bytesMax = 8 * 16;
      DatagramHandler handler = (buffer, offset, length, source, ecn) -> received[0]++;
      double each =
          AllocationMeter.bytesEach(
              round -> {
                for (int i = 0; i < 8; i++) {
                  a.claim();
                  a.commit(100, destinations[(int) (round + i / 4) & 1], 1);
                }
                a.flush();
                b.await(1_000_000);
                b.receive(handler, 64);
                c.receive(handler, 64);
              },
              bytesMax);
      assertThat(received[0]).isPositive();
      assertThat(each).isLessThan(bytesMax);
    }
  }

  @Test
  void shouldKeepTheScopeOfLinkLocalAddresses() throws Exception {
    Inet6Address local =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> address.isLinkLocalAddress() && address instanceof Inet6Address)
            .map(Inet6Address.class::cast)
            .findFirst()
            .orElse(null);
    assumeTrue(local != null, "no interface has a link-local address");
    InetSocketAddress address = new InetSocketAddress(local, 0);
    try (DatagramDriver a = open(address);
        DatagramDriver b = open(address)) {
      assertThat(b.localAddress().getAddress()).isEqualTo(local);
      write(a, 1, 10, b.localAddress(), 0);
      assertThat(a.flush()).isZero();
      List<Integer> scopes = new ArrayList<>();
      while (scopes.isEmpty()) {
        b.await(WAIT_NANOS);
        b.receive(
            (buffer, offset, length, source, ecn) ->
                scopes.add(((Inet6Address) source.getAddress()).getScopeId()),
            1);
      }
      assertThat(scopes).containsExactly(local.getScopeId()).doesNotContain(0);
    }
  }

  @Test
  void shouldBeIpv6Only() throws Exception {
    InetSocketAddress ipv4 = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    assertThatThrownBy(() -> open(ipv4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("IPv6 only");
    assertThatThrownBy(() -> open(InetSocketAddress.createUnresolved("node.example", 0)))
        .isInstanceOf(IllegalArgumentException.class);
    try (DatagramDriver driver = open(new InetSocketAddress(InetAddress.ofLiteral("::"), 0))) {
      assertThat(driver.claim()).isNotNull();
      assertThatThrownBy(() -> driver.commit(10, ipv4, 0))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(driver.flush()).isZero();
      // The same port is free for IPv4: the socket doesn't hear it.
      try (java.net.DatagramSocket other =
          new java.net.DatagramSocket(
              driver.localAddress().getPort(), InetAddress.ofLiteral("127.0.0.1"))) {
        assertThat(other.isBound()).isTrue();
      }
    }
  }

  @Test
  void shouldWatchOpenDriversOfItsKindUpToALimit() throws Exception {
    List<DatagramDriver> others = new ArrayList<>();
    try (DatagramDriver driver = open(ANY_PORT);
        DatagramDriver nio = NioDatagramDriver.open(ANY_PORT)) {
      assertThat(driver.watch(nio)).isFalse();
      for (int i = 0; i < SocketPoll.WATCHED_MAX; i++) {
        others.add(open(ANY_PORT));
        assertThat(driver.watch(others.getLast())).isTrue();
      }
      others.add(open(ANY_PORT));
      assertThat(driver.watch(others.getLast())).isFalse();
      others.getFirst().close();
      assertThat(driver.watch(others.getFirst())).isFalse();
      assertThat(driver.watch(others.getLast())).isTrue();
      driver.await(1_000);
    } finally {
      for (DatagramDriver other : others) {
        other.close();
      }
    }
  }

  @Test
  void shouldRefuseEverythingButWakeUpsOnceClosed() throws Exception {
    DatagramDriver driver = open(ANY_PORT);
    driver.close();
    assertThatThrownBy(driver::flush).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> driver.await(1)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> driver.commit(1, ANY_PORT, 0))
        .isInstanceOf(IllegalStateException.class);
    driver.wakeUp();
  }
}
