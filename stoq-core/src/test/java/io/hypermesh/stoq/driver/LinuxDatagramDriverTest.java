package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LinuxDatagramDriverTest extends NativeDriverContract {
  @BeforeEach
  void skipWhereThereIsNone() {
    assumeTrue(
        LinuxDatagramDriver.isAvailable(),
        () -> "no Linux driver here: " + LinuxSocket.unavailable());
  }

  @Override
  DatagramDriver open(InetSocketAddress address, int datagramBytesMax) throws IOException {
    return LinuxDatagramDriver.open(address, datagramBytesMax);
  }

  @Override
  DatagramDriver open(UnaryOperator<SegmentedSend.Call> sendCall) throws IOException {
    return LinuxDatagramDriver.open(ANY_PORT, DATAGRAM_BYTES, sendCall);
  }

  @Override
  long sendFailures(DatagramDriver driver) {
    return ((LinuxDatagramDriver) driver).sendFailures();
  }

  @Override
  int refusedPaths(DatagramDriver driver) {
    return ((LinuxDatagramDriver) driver).refusedPaths();
  }

  @Test
  void shouldSendManyMessagesInOneCallAndGoOnWhereItStops() throws Exception {
    List<Integer> counts = new ArrayList<>();
    try (DatagramDriver a =
            open(call ->
                (messages, count) -> {
                  counts.add(count);
                  return call.send(messages, count);
                });
        DatagramDriver b = open(ANY_PORT);
        DatagramDriver c = open(ANY_PORT)) {
      List<DatagramDriver> receivers = List.of(b, c);
      for (int i = 0; i < 8; i++) {
        // No datagram goes to port 0.
        write(a, i, 300, i == 4 ? ANY_PORT : receivers.get(i % 2).localAddress(), 0);
      }
      assertThat(a.flush()).isZero();
      assertThat(counts).as("a message that fails ends a call").containsExactly(8, 4, 3);
      assertThat(sendFailures(a)).isEqualTo(1);
      assertThat(receive(b, 3)).extracting(List::getFirst).containsExactly(0, 2, 6);
      assertThat(receive(c, 4)).extracting(List::getFirst).containsExactly(1, 3, 5, 7);
    }
  }

  /** Says whether there is a driver, and why none can be opened. */
  static final class WithoutNativeAccess {
    private WithoutNativeAccess() {}

    /** In a virtual machine of its own. */
    public static void main(String[] arguments) {
      try {
        LinuxDatagramDriver.open(ANY_PORT).close();
      } catch (IOException e) {
        System.out.println(LinuxDatagramDriver.isAvailable() + " " + e.getMessage());
      }
    }
  }

  @Test
  void shouldSayThatNativeAccessIsNotAllowed() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WithoutNativeAccess.class.getName())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(output)
        .isEqualTo(
            "false couldn't open a socket of the driver linux because native access isn't enabled:"
                + " --enable-native-access=ALL-UNNAMED");
  }
}
