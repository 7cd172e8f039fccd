package io.hypermesh.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a table says of figures. */
class SectionTest {
  private static Map<String, Statistic> goodput(double... values) {
    Map<String, Statistic> figures = new LinkedHashMap<>();
    figures.put("Gbit/s", new Statistic(java.util.Arrays.stream(values).boxed().toList()));
    return figures;
  }

  @Test
  void shouldGiveMedianAndSpread() {
    assertThat(new Statistic(List.of(3.0, 1.0, 2.0)).text()).isEqualTo("2.00 (1.00–3.00)");
    assertThat(new Statistic(List.of(4.0, 1.0)).median()).isEqualTo(2.5);
    assertThat(Statistic.of(12_345.6).text()).isEqualTo("12,346");
  }

  @Test
  void shouldSayByHowMuchABarIsMissed() {
    Section section = new Section("row", "A row");
    section.add("ours", goodput(3));
    section.add("theirs", goodput(2));
    section.judgeRatio("ours to theirs", section.median("ours", "Gbit/s"), 2.0, 2);
    section.judgeAtMost("theirs", section.median("theirs", "Gbit/s"), 2);

    assertThat(section.verdicts().getFirst().passed()).isFalse();
    assertThat(section.verdicts().getFirst().text())
        .isEqualTo("**missed by 25.0%**: ours to theirs: 1.50, at least 2.00");
    assertThat(section.verdicts().getLast().text()).startsWith("reached: theirs: 2.00, at most");
  }

  @Test
  void shouldShowAContestantThatFailed() {
    Section section = new Section("row", "A row");
    section.add("ours", goodput(3, 4, 5));
    section.failed("theirs", "couldn't start | at all");
    section.judgeRatio("ours to theirs", 4.0, section.median("theirs", "Gbit/s"), 2);
    section.addRatios("Gbit/s", "ours", "of ours");

    assertThat(section.markdown())
        .contains("| ours | 4.00 (3.00–5.00) | 1.00 |")
        .contains("| theirs | failed: couldn't start / at all |")
        .contains("no verdict, for a figure is missing: ours to theirs");
  }

  @Test
  void shouldFindTheBestOfAName() {
    Section section = new Section("row", "A row");
    section.add("peer, 16,000 bytes", goodput(6));
    section.add("peer, 32,000 bytes", goodput(7));

    assertThat(section.best("peer", "Gbit/s")).isEqualTo(7);
    assertThat(section.best("nobody", "Gbit/s")).isNull();
  }

  @Test
  void shouldReadListsOfCores() {
    assertThat(Cores.parse("0-3,8")).containsExactly(0, 1, 2, 3, 8);
    assertThat(Cores.parse("5")).containsExactly(5);
  }

  @Test
  void shouldEscapeJson() {
    assertThat(Json.text("a\"b\\c\n")).isEqualTo("\"a\\\"b\\\\c\\u000a\"");
  }
}
