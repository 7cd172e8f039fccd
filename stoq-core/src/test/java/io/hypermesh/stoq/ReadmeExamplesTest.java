package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the README and the Javadoc show is what the tests run. In the README, the block after {@code
 * <!-- example: NAME -->} is the region of that name.
 */
class ReadmeExamplesTest {
  private static final Path MODULE = Path.of("").toAbsolutePath();
  private static final Path README = MODULE.resolveSibling("README.md");
  private static final Path TESTS = MODULE.resolve("src/test/java/io/hypermesh/stoq");
  private static final Path SOURCES = MODULE.resolve("src/main/java/io/hypermesh/stoq");

  private static final Pattern BLOCK =
      Pattern.compile("<!-- example: (\\w+) -->\\n```java\\n(.*?)```\\n", Pattern.DOTALL);
  private static final Pattern REGION =
      Pattern.compile(
          "^ *// @start region=\"(\\w+)\"\\n(.*?) *// @end\\n", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern SNIPPET =
      Pattern.compile("\\{@snippet\\s+file=\"([\\w./]+)\"(?:\\s|\\*)+region=\"(\\w+)\"}");

  @Test
  void shouldShowInTheReadmeWhatRuns() throws IOException {
    String readme = Files.readString(README);
    Map<String, String> regions = regions();
    Map<String, String> shown = new LinkedHashMap<>();
    for (Matcher block = BLOCK.matcher(readme); block.find(); ) {
      shown.put(block.group(1), block.group(2));
    }
    assertThat(readme.split("<!-- example: ", -1)).hasSize(shown.size() + 1);
    assertThat(shown).hasSizeBetween(4, 12);
    shown.forEach(
        (name, text) -> assertThat(text).as("the README's %s", name).isEqualTo(regions.get(name)));
  }

  @Test
  void shouldShowEveryRegionInTheJavadoc() throws IOException {
    Map<String, Integer> uses = new TreeMap<>();
    regions().keySet().forEach(name -> uses.put(name, 0));
    for (Path source : javaFiles(SOURCES)) {
      for (Matcher snippet = SNIPPET.matcher(Files.readString(source)); snippet.find(); ) {
        uses.merge(snippet.group(2), 1, Integer::sum);
      }
    }
    assertThat(uses).allSatisfy((name, count) -> assertThat(count).as(name).isPositive());
  }

  /** The text of each region, by its name, without the indentation that all its lines have. */
  private static Map<String, String> regions() throws IOException {
    Map<String, String> regions = new TreeMap<>();
    for (Path test : javaFiles(TESTS)) {
      String source = Files.readString(test);
      for (Matcher region = REGION.matcher(source); region.find(); ) {
        String before =
            regions.put(region.group(1), region.group(2).stripTrailing().stripIndent() + "\n");
        assertThat(before).as("regions named %s", region.group(1)).isNull();
      }
    }
    assertThat(regions).isNotEmpty();
    return regions;
  }

  private static List<Path> javaFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }
}
