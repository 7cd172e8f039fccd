package io.hypermesh.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.adapter.cpu.CpuAdapter;
import io.hypermesh.adapter.memory.MemoryAdapter;
import io.hypermesh.adapter.network.NetworkAdapter;
import io.hypermesh.adapter.storage.StorageAdapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class AdapterFuzzProperties {
  private static final List<String> FILES = List.copyOf(FakeMachine.files().keySet());

  private static Path root = Path.of("");
  private static FakeMachine machine;

  @BeforeContainer
  static void makeRoot() throws IOException {
    root = Files.createTempDirectory("machine");
    machine = new FakeMachine(root);
  }

  @AfterContainer
  static void deleteRoot() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  @Property(tries = 300)
  void shouldFindOrRefuseWhateverAFileHolds(
      @ForAll @IntRange(max = 100) int file, @ForAll byte[] bytes) {
    assertFindsOrRefusesWith(FILES.get(file % FILES.size()), bytes);
  }

  @Property(tries = 300)
  void shouldFindOrRefuseAfterAMutation(
      @ForAll @IntRange(max = 100) int file, @ForAll int place, @ForAll byte value) {
    String path = FILES.get(file % FILES.size());
    byte[] bytes = original(path);
    bytes[Math.floorMod(place, bytes.length)] = value;
    assertFindsOrRefusesWith(path, bytes);
  }

  private static byte[] original(String path) {
    return FakeMachine.files().getOrDefault(path, "").getBytes(StandardCharsets.UTF_8);
  }

  private static void assertFindsOrRefusesWith(String path, byte[] bytes) {
    machine.write(path, bytes);
    try {
      assertFindsOrRefuses(machine);
    } finally {
      machine.write(path, original(path));
    }
  }

  private static void assertFindsOrRefuses(FakeMachine machine) {
    Host host = machine.host();
    for (AssetAdapter adapter :
        List.of(
            new CpuAdapter(host),
            new MemoryAdapter(host),
            new StorageAdapter(host, _ -> 1),
            new NetworkAdapter(host))) {
      try {
        Discovery found = adapter.discover();
        assertThat(found.assets()).allMatch(asset -> asset.type() == adapter.type());
        assertThat(found.problems()).noneMatch(problem -> problem.contains("null"));
      } catch (AdapterException e) {
        assertThat(e).hasMessageStartingWith("couldn't ");
      }
    }
  }
}
