package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.driver.DriverKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What endpoints do in a process of their own, as far as its flags allow native access. */
@Timeout(60)
class NativeAccessTest {
  /** Two endpoints and a transfer; prints the server and the transfer's outcome. */
  static final class TwoEndpoints extends LoopbackFixture {
    private TwoEndpoints() {}

    /** In a virtual machine of its own. */
    public static void main(String[] arguments) throws Exception {
      TwoEndpoints endpoints = new TwoEndpoints();
      try {
        StoqEndpoint server = endpoints.start(serverBuilder(endpoints.new Echo()));
        endpoints.transfer(endpoints.connect(server), 1 << 20);
        System.out.println("transferred by " + server);
      } catch (StoqException e) {
        System.out.println(e.getMessage());
      } finally {
        endpoints.close();
      }
    }
  }

  private static String run(String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), TwoEndpoints.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }

  @Test
  void shouldGoByThePortableDriverWhereNativeAccessIsDenied() throws Exception {
    assertThat(run("--illegal-native-access=deny"))
        .containsPattern("transferred by StoqEndpoint\\[\\[::1]:\\d+, nio]")
        .containsOnlyOnce("datagrams go by the driver nio")
        .doesNotContain("WARNING");
  }

  @Test
  void shouldGoByTheBestDriverWhereNativeAccessIsAllowed() throws Exception {
    assumeTrue(
        getClass().getModule().isNativeAccessEnabled(),
        "which driver is the best isn't known: native access is denied here");
    assertThat(run("--enable-native-access=ALL-UNNAMED"))
        .containsPattern("transferred by .*, " + DriverKind.best().driverName() + "]")
        .containsOnlyOnce("datagrams go by the driver " + DriverKind.best().driverName());
  }

  @Test
  void shouldSayWhyTheDriverThatIsNamedIsNotThere() throws Exception {
    assertThat(run("--illegal-native-access=deny", "-D" + DriverKind.PROPERTY + "=linux"))
        .contains("couldn't bind [::1]:0 because")
        .contains("the driver linux because")
        .doesNotContain("transferred");
  }
}
