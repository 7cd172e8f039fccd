package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every scenario with every peer. A cell passes only on evidence, which goes to {@code
 * target/interop-evidence.txt}; the table goes to {@code target/interop-table.md} and has to be the
 * README's. With {@code -Dstoq.interop.refresh=true} the README is made to show it.
 */
class InteropTest {
  private static final Duration CELL_LIMIT = Duration.ofMinutes(4);

  /** The beginning of a column's or a row's name, to try those alone. */
  private static final String ONLY_PEER = System.getProperty("stoq.interop.peer", "");

  private static final String ONLY_SCENARIO = System.getProperty("stoq.interop.scenario", "");

  private static final Path TARGET = Path.of("target");
  private static final Path README = Path.of("..", "README.md");

  private static final List<Peer> PEERS =
      List.of(
          new NgtcpClient(),
          new NgtcpServer(),
          new CaddyServer(),
          new QuicheClient(),
          new QuicheServer(),
          new KwikClient(),
          new KwikServer());

  private static final Table TABLE = new Table(PEERS);

  @TempDir static Path folder;

  @BeforeAll
  static void requirePrograms() {
    List<String> missing =
        Stream.of("gtlsclient", "gtlsserver", "caddy")
            .filter(program -> !Programs.isInstalled(program))
            .toList();
    assertThat(missing)
        .as("programs to install: apt-get install ngtcp2-client ngtcp2-server caddy")
        .isEmpty();
  }

  @TestFactory
  Stream<DynamicContainer> shouldAgreeWithOtherStacks() {
    return PEERS.stream()
        .filter(peer -> peer.title().startsWith(ONLY_PEER))
        .map(peer ->
            DynamicContainer.dynamicContainer(
                peer.title(),
                Arrays.stream(Scenario.values())
                    .filter(scenario -> scenario.title().startsWith(ONLY_SCENARIO))
                    .map(scenario ->
                        DynamicTest.dynamicTest(scenario.title(), () -> tryCell(scenario, peer)))));
  }

  private static void tryCell(Scenario scenario, Peer peer) {
    Assertions.assertTimeoutPreemptively(
        CELL_LIMIT,
        () -> {
          Path own =
              Files.createDirectories(
                  folder.resolve(peer.title().replace(' ', '-') + "-" + scenario));
          try (Trial trial = new Trial(own, peer.keyAlgorithm())) {
            String limitation = peer.limitation(scenario, trial);
            if (limitation != null) {
              TABLE.cannot(scenario, peer, limitation);
              return;
            }
            peer.run(scenario, trial);
            TABLE.passed(scenario, peer, trial.evidence());
          }
        });
  }

  @AfterAll
  static void compareWithReadme() throws IOException {
    Files.writeString(TARGET.resolve("interop-table.md"), TABLE.markdown());
    Files.writeString(TARGET.resolve("interop-evidence.txt"), TABLE.evidence());
    if (!TABLE.isComplete()) {
      return;
    }
    if (Boolean.getBoolean("stoq.interop.refresh")) {
      TABLE.show(README);
    }
    assertThat(Table.shownIn(README))
        .as("the README's table, which scripts/interop makes anew")
        .isEqualTo(TABLE.markdown());
  }
}
