package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every driver does; each has a test that extends this one. */
abstract class DriverContract {
  static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
  static final int DATAGRAM_BYTES = 1_536;
  static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  abstract DatagramDriver open(InetSocketAddress address, int datagramBytesMax) throws IOException;

  abstract long sendFailures(DatagramDriver driver);

  DatagramDriver open(InetSocketAddress address) throws IOException {
    return open(address, DATAGRAM_BYTES);
  }

  /** Writes a datagram whose bytes tell its number. */
  static void write(
      DatagramDriver driver, int number, int length, InetSocketAddress destination, int ecn) {
    MemorySegment space = driver.claim();
    assertThat(space).isNotNull();
    space.asSlice(0, length).fill((byte) number);
    driver.commit(length, destination, ecn);
  }

  /** Receives so many datagrams, each of one byte's value all over; returns number and length. */
  static List<List<Integer>> receive(DatagramDriver driver, int count) throws IOException {
    List<List<Integer>> received = new ArrayList<>();
    while (received.size() < count) {
      driver.await(WAIT_NANOS);
      driver.receive(
          (buffer, offset, length, source, ecn) -> {
            MemorySegment datagram = buffer.asSlice(offset, length);
            byte number = datagram.get(ValueLayout.JAVA_BYTE, 0);
            for (long i = 0; i < length; i++) {
              assertThat(datagram.get(ValueLayout.JAVA_BYTE, i)).isEqualTo(number);
            }
            received.add(List.of(Byte.toUnsignedInt(number), length));
          },
          64);
    }
    return received;
  }

  @Test
  void shouldCarryBatchesBetweenTwoSockets() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
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
        b.await(WAIT_NANOS);
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
    try (DatagramDriver driver = open(ANY_PORT)) {
      List<MemorySegment> spaces = new ArrayList<>();
      for (MemorySegment next = driver.claim(0); next != null; next = driver.claim(spaces.size())) {
        assertThat(next.byteSize()).isEqualTo(driver.datagramBytesMax());
        spaces.add(next);
      }
      assertThat(spaces).doesNotHaveDuplicates().hasSizeGreaterThan(1);
      for (MemorySegment space : spaces) {
        assertThat(driver.claim()).isSameAs(space);
        driver.commit(1, driver.localAddress(), 0);
      }
      assertThat(driver.claim()).isNull();
      assertThat(driver.claim(0)).isNull();
      assertThatThrownBy(() -> driver.commit(1, driver.localAddress(), 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void shouldCarryRunsOfOneLengthLongerThanABatch() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
      List<List<Integer>> sent = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        if (a.claim() == null) {
          assertThat(a.flush()).isZero();
        }
        int length = i == 199 ? 17 : 1_200;
        write(a, i, length, b.localAddress(), 0);
        sent.add(List.of(i, length));
      }
      assertThat(a.flush()).isZero();
      assertThat(receive(b, 200)).containsExactlyElementsOf(sent);
      assertThat(sendFailures(a)).isZero();
    }
  }

  @Test
  void shouldCarryMixedLengthsToSeveralDestinations() throws Exception {
    Random random = new Random(5);
    int[] lengths = {1, 40, 1_199, 1_200, 1_200, 1_200, 1_452};
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT);
        DatagramDriver c = open(ANY_PORT)) {
      List<DatagramDriver> receivers = List.of(b, c);
      List<List<List<Integer>>> sent = List.of(new ArrayList<>(), new ArrayList<>());
      int to = 0;
      for (int i = 0; i < 250; i++) {
        if (a.claim() == null || random.nextInt(50) == 0) {
          assertThat(a.flush()).isZero();
        }
        to = random.nextInt(4) == 0 ? 1 - to : to;
        int length = lengths[random.nextInt(lengths.length)];
        write(a, i, length, receivers.get(to).localAddress(), 0);
        sent.get(to).add(List.of(i, length));
      }
      assertThat(a.flush()).isZero();
      for (int i = 0; i < 2; i++) {
        assertThat(receive(receivers.get(i), sent.get(i).size()))
            .containsExactlyElementsOf(sent.get(i));
      }
    }
  }

  @Test
  void shouldKeepToTheLimitAndTellOfTheRestAtOnce() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT);
        DatagramDriver watching = open(ANY_PORT)) {
      assertThat(watching.watch(b)).isTrue();
      for (int i = 0; i < 30; i++) {
        write(a, i, 1_200, b.localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      List<Integer> numbers = new ArrayList<>();
      DatagramHandler handler =
          (buffer, offset, length, source, ecn) ->
              numbers.add((int) buffer.get(ValueLayout.JAVA_BYTE, offset));
      while (numbers.size() < 30) {
        // Either would wait for ever if it knew of what is in the socket only.
        b.await(Long.MAX_VALUE);
        watching.await(Long.MAX_VALUE);
        int before = numbers.size();
        int received = b.receive(handler, 4);
        assertThat(received).isBetween(1, 4).isEqualTo(numbers.size() - before);
      }
      assertThat(numbers).isSorted().doesNotHaveDuplicates();
      assertThat(b.receive(handler, 4)).isZero();
    }
  }

  @Test
  void shouldGoOnAfterAHandlerThatFails() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
      for (int i = 0; i < 3; i++) {
        write(a, i, 100, b.localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      b.await(WAIT_NANOS);
      assertThatThrownBy(() ->
              b.receive(
                  (buffer, offset, length, source, ecn) -> {
                    throw new IllegalStateException("made to fail");
                  },
                  3))
          .hasMessage("made to fail");
      assertThat(receive(b, 2)).containsExactly(List.of(1, 100), List.of(2, 100));
    }
  }

  /** Takes so many datagrams of a train at once, and says of which lengths they were. */
  private static final class TrainHandler implements DatagramHandler {
    private final int takenMax;
    private final List<Integer> numbers = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();

    TrainHandler(int takenMax) {
      this.takenMax = takenMax;
    }

    @Override
    public void onDatagram(
        MemorySegment buffer, long offset, int length, InetSocketAddress source, int ecn) {
      numbers.add((int) buffer.get(ValueLayout.JAVA_BYTE, offset));
      lengths.add(length);
      // Decrypting in place does as much.
      buffer.asSlice(offset, length).fill((byte) -1);
    }

    @Override
    public int onTrain(
        MemorySegment buffer,
        long offset,
        int segmentLength,
        int totalLength,
        InetSocketAddress source,
        int ecn) {
      assertThat(totalLength).isGreaterThan(segmentLength);
      int taken = 0;
      for (int at = 0; at < totalLength && taken < takenMax; at += segmentLength) {
        onDatagram(buffer, offset + at, Math.min(segmentLength, totalLength - at), source, ecn);
        taken++;
      }
      return taken;
    }
  }

  @Test
  void shouldHandOnTrainsAsFarAsTheHandlerTakesThem() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
      for (int takenMax : new int[] {1, 3, 64}) {
        for (int i = 0; i < 20; i++) {
          write(a, i, i == 19 ? 70 : 1_000, b.localAddress(), 0);
        }
        assertThat(a.flush()).isZero();
        TrainHandler handler = new TrainHandler(takenMax);
        while (handler.numbers.size() < 20) {
          b.await(WAIT_NANOS);
          int before = handler.numbers.size();
          int received = b.receive(handler, 7);
          assertThat(received).isBetween(1, 7).isEqualTo(handler.numbers.size() - before);
        }
        for (int i = 0; i < 20; i++) {
          assertThat(handler.numbers.get(i)).isEqualTo(i);
          assertThat(handler.lengths.get(i)).isEqualTo(i == 19 ? 70 : 1_000);
        }
      }
    }
  }

  @Test
  void shouldBeWokenByAnotherDriversDatagram() throws Exception {
    try (DatagramDriver waiting = open(ANY_PORT)) {
      try (DatagramDriver gone = open(ANY_PORT)) {
        assertThat(waiting.watch(gone)).isTrue();
      }
      // Its descriptor is another one's now.
      try (DatagramDriver other = open(ANY_PORT)) {
        assertThat(waiting.watch(other)).isTrue();
        assertThat(waiting.watch(other)).isTrue();
        write(waiting, 1, 5, other.localAddress(), 0);
        assertThat(waiting.flush()).isZero();
        // Without it this would be for ever.
        waiting.await(Long.MAX_VALUE);
        assertThat(other.receive((buffer, offset, length, source, ecn) -> {}, 1)).isEqualTo(1);
      }
    }
  }

  @Test
  void shouldRefuseWhatIsTooLongForTheLinkAndGoOn() throws Exception {
    try (DatagramDriver a = open(ANY_PORT, 65_527);
        DatagramDriver b = open(ANY_PORT)) {
      assertThat(a.datagramBytesMax()).isEqualTo(65_527);
      for (int length : new int[] {60_000, 65_527, 100}) {
        write(a, 7, length, b.localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      List<Integer> lengths = new ArrayList<>();
      while (!lengths.contains(100)) {
        b.await(WAIT_NANOS);
        b.receive((buffer, offset, length, source, ecn) -> lengths.add(length), 10);
      }
      // An interface whose MTU is larger takes it; none may take it in pieces.
      assertThat(lengths).startsWith(60_000);
      assertThat(sendFailures(a)).isEqualTo(3 - lengths.size());
    }
    assertThatThrownBy(() -> open(ANY_PORT, 1_199)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> open(ANY_PORT, 65_536)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldRefuseToCommitMoreThanTheSpaceHolds() throws Exception {
    try (DatagramDriver driver = open(ANY_PORT)) {
      assertThat(driver.claim()).isNotNull();
      assertThatThrownBy(() -> driver.commit(DATAGRAM_BYTES + 1, driver.localAddress(), 0))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(driver.flush()).isZero();
    }
  }

  @Test
  void shouldSayThatAPortIsInUse() throws Exception {
    try (DatagramDriver first = open(ANY_PORT)) {
      assertThat(first.localAddress().getPort()).isPositive();
      assertThat(first.localAddress().getAddress()).isEqualTo(ANY_PORT.getAddress());
      assertThatThrownBy(() -> open(first.localAddress()))
          .isInstanceOf(BindException.class)
          .hasMessageContaining("in use");
    }
    assertThatThrownBy(() -> open(new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 0)))
        .isInstanceOf(BindException.class);
  }

  @Test
  void shouldWaitNoLongerThanAsked() throws Exception {
    try (DatagramDriver driver = open(ANY_PORT)) {
      driver.await(-1);
      driver.await(0);
      long before = System.nanoTime();
      driver.await(2_000_000);
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(2_000_000);
    }
  }

  @Test
  void shouldWakeUpAThreadThatWaitsWithoutLimit() throws Exception {
    try (DatagramDriver driver = open(ANY_PORT)) {
      for (int round = 0; round < 100; round++) {
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
  }

  @Test
  void shouldEndAWaitWhenItsThreadIsInterrupted() throws Exception {
    try (DatagramDriver driver = open(ANY_PORT)) {
      for (int round = 0; round < 20; round++) {
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread waiting =
            Thread.ofPlatform()
                .daemon()
                .start(() -> {
                  try {
                    driver.await(Long.MAX_VALUE);
                    // Nor does it wait while the thread is interrupted.
                    driver.await(Long.MAX_VALUE);
                    interrupted.complete(Thread.interrupted());
                  } catch (IOException | RuntimeException e) {
                    interrupted.completeExceptionally(e);
                  }
                });
        waiting.interrupt();
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
      }
      // It is as good as before.
      write(driver, 1, 10, driver.localAddress(), 0);
      assertThat(driver.flush()).isZero();
      assertThat(receive(driver, 1)).containsExactly(List.of(1, 10));
    }
  }

  @Test
  void shouldEndTheNextWaitWhenWokenUpBefore() throws Exception {
    try (DatagramDriver driver = open(ANY_PORT)) {
      for (int round = 0; round < 3; round++) {
        driver.wakeUp();
        driver.wakeUp();
        driver.await(Long.MAX_VALUE);
        long before = System.nanoTime();
        driver.await(1_000_000);
        assertThat(System.nanoTime() - before).as("woken twice").isGreaterThanOrEqualTo(1_000_000);
      }
    }
  }

  @Test
  void shouldBeWokenUpWhileAndAfterItIsClosed() throws Exception {
    for (int round = 0; round < 50; round++) {
      DatagramDriver driver = open(ANY_PORT);
      CompletableFuture<Void> waking =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 100; i++) {
                  driver.wakeUp();
                }
              },
              task -> Thread.ofPlatform().daemon().start(task));
      driver.close();
      waking.get(10, TimeUnit.SECONDS);
      driver.close();
      assertThatCode(driver::wakeUp).doesNotThrowAnyException();
      assertThatThrownBy(() -> driver.receive((buffer, offset, length, source, ecn) -> {}, 1))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void shouldNotLetOneUnreachableDestinationStopTheOthers() throws Exception {
    try (DatagramDriver a = open(ANY_PORT);
        DatagramDriver b = open(ANY_PORT)) {
      // A socket on the loopback address has no route to anywhere else.
      for (int i = 0; i < 3; i++) {
        write(a, 1, 10, new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 9), 0);
      }
      InetSocketAddress closed;
      try (DatagramDriver gone = open(ANY_PORT)) {
        closed = gone.localAddress();
      }
      write(a, 1, 10, closed, 0);
      write(a, 2, 20, b.localAddress(), 0);
      assertThat(a.flush()).isZero();
      assertThat(receive(b, 1)).containsExactly(List.of(2, 20));
      // What the port's absence brings back is no error, either.
      a.receive((buffer, offset, length, source, ecn) -> {}, 10);
      write(a, 3, 20, b.localAddress(), 0);
      assertThat(a.flush()).isZero();
      assertThat(receive(b, 1)).containsExactly(List.of(3, 20));
    }
  }
}
