package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DriverKindTest {
  @ParameterizedTest
  @EnumSource
  void shouldBeFoundByNameAndOpenSocketsOrSayWhyNot(DriverKind kind) throws Exception {
    assertThat(DriverKind.named(kind.driverName())).isSameAs(kind);
    if (!kind.isAvailable()) {
      String reason = kind.unavailableBecause().orElseThrow();
      assertThatThrownBy(() -> kind.open(DriverContract.ANY_PORT))
          .isInstanceOf(DriverUnavailableException.class)
          .hasMessageContaining(kind.driverName())
          .hasMessageContaining(reason);
      return;
    }
    try (DatagramDriver driver = kind.open(DriverContract.ANY_PORT);
        DatagramDriver jumbo = kind.open(DriverContract.ANY_PORT, 9_000)) {
      assertThat(driver.name()).isEqualTo(kind.driverName());
      assertThat(driver.datagramBytesMax()).isEqualTo(1_536);
      assertThat(jumbo.datagramBytesMax()).isEqualTo(9_000);
    }
  }

  @Test
  void shouldTakeTheFirstThatWorks() {
    DriverKind best = DriverKind.best();
    assertThat(best.isAvailable()).isTrue();
    assertThat(
            Arrays.stream(DriverKind.values())
                .takeWhile(kind -> kind != best)
                .filter(DriverKind::isAvailable))
        .isEmpty();
    assertThat(DriverKind.NIO.isAvailable()).as("everywhere").isTrue();
    assertThat(DriverKind.values()).endsWith(DriverKind.NIO);
  }

  @Test
  void shouldPreferWhatThePropertyNames() {
    String name = System.getProperty(DriverKind.PROPERTY, "");
    assertThat(DriverKind.preferred())
        .isSameAs(name.isEmpty() ? DriverKind.best() : DriverKind.named(name));
  }

  @Test
  void shouldListTheNamesThatThereAre() {
    assertThatThrownBy(() -> DriverKind.named("carrier-pigeon"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("carrier-pigeon")
        .hasMessageContaining("linux")
        .hasMessageContaining("io_uring")
        .hasMessageContaining("nio");
  }

  /** Opens the portable driver, but for what a test has changed. */
  private record Broken(boolean sends, boolean alters) implements DatagramDriver.Factory {
    @Override
    public DatagramDriver open(InetSocketAddress address) throws IOException {
      return new ForwardingDatagramDriver(NioDatagramDriver.open(address)) {
        @Override
        public void commit(int length, InetSocketAddress destination, int ecn) {
          if (sends) {
            super.commit(length, destination, ecn);
          }
        }

        @Override
        public int receive(DatagramHandler handler, int limit) throws IOException {
          return super.receive(
              (buffer, offset, length, source, ecn) -> {
                MemorySegment datagram = buffer.asSlice(offset, length);
                if (alters) {
                  datagram.fill((byte) 9);
                }
                handler.onDatagram(buffer, offset, length, source, ecn);
              },
              limit);
        }
      };
    }
  }

  @Test
  void shouldFindOutByTryingWhetherOneWorks() {
    assertThat(DriverProbe.problem(new Broken(true, false))).isNull();
    assertThat(DriverProbe.problem(new Broken(true, true))).contains("0 of 3 datagrams");
    assertThat(DriverProbe.problem(new Broken(false, false))).contains("0 of 3 datagrams");
    assertThat(
            DriverProbe.problem(address -> {
              throw new IOException("made to fail");
            }))
        .contains("made to fail");
  }

  @Test
  void shouldTellWhichOneIsMissingAndWhy() {
    DriverUnavailableException e = new DriverUnavailableException("linux", "there is no kernel");
    assertThat(e)
        .hasMessage("couldn't open a socket of the driver linux because there is no kernel");
    assertThat(e.driver()).isEqualTo("linux");
    assertThat(e.reason()).isEqualTo("there is no kernel");
  }

  @Test
  void shouldSendRunsInTheProbeWhereTheKernelSegments() {
    assumeTrue(LinuxDatagramDriver.isAvailable(), "no Linux driver here");
    assertThat(DriverProbe.problem(DriverKind.LINUX)).isNull();
  }
}
