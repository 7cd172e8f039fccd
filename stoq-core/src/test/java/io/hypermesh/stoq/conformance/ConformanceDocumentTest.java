package io.hypermesh.stoq.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The page of rules says what the tests test. */
class ConformanceDocumentTest {
  /** Tests run in their module's folder. */
  private static final Path PAGE = Path.of("..", "docs", "conformance.md");

  @Test
  void shouldSayWhatIsTested() throws IOException {
    if (Boolean.getBoolean("conformance.write")) {
      Files.writeString(PAGE, ConformanceDocument.text());
    }
    assertThat(PAGE)
        .content()
        .as("write it anew with -Dconformance.write=true")
        .isEqualTo(ConformanceDocument.text());
  }

  @Test
  void shouldNameEveryError() {
    assertThat(ConformanceDocument.text()).doesNotContain("null");
  }

  @Test
  void shouldNameTestsThatThereAre() throws ClassNotFoundException {
    for (QuietRule rule : QuietRule.all()) {
      String[] names = rule.test().split("\\.", -1);
      Class<?> type = Class.forName("io.hypermesh.stoq." + names[0] + "." + names[1]);
      if (names.length > 2) {
        assertThat(type.getDeclaredMethods())
            .as(rule.test())
            .anyMatch(method -> method.getName().equals(names[2]));
      }
    }
  }
}
