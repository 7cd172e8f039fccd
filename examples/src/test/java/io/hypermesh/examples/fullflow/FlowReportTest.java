package io.hypermesh.examples.fullflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowReportTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final FlowReport report =
      new FlowReport(
          new PrintStream(printed, true, StandardCharsets.UTF_8),
          new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));

  @Test
  void shouldPrintARowAStepWithWhatWasCheckedAndTheTarget() {
    report.startRun(1, 1);
    report.passed(FlowReport.Step.CERTIFICATE, 12_345_678, "5 certificates verified");

    assertThat(printed.toString(StandardCharsets.UTF_8).lines().toList().get(1))
        .startsWith("2    Certificate request")
        .contains("12.3 ms", "< 5 s, aim 35 ms", "5 certificates verified");
  }

  @Test
  void shouldSummariseEveryStepByNearestRank() {
    for (int run = 1; run <= 20; run++) {
      report.startRun(run, 20);
      for (FlowReport.Step step : FlowReport.Step.values()) {
        report.passed(step, run * 1_000_000L, "");
      }
    }
    report.summarise();

    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .filteredOn(line -> line.matches("[1-6] +.* 1 ms +10 ms +20 ms .*"))
        .hasSize(6);
  }

  @Test
  void shouldTakeTheNearestRank() {
    double[] sorted = IntStream.rangeClosed(1, 200).asDoubleStream().toArray();

    assertThat(FlowReport.percentile(sorted, 50)).isEqualTo(100);
    assertThat(FlowReport.percentile(sorted, 99)).isEqualTo(198);
    assertThat(FlowReport.percentile(new double[] {7}, 99)).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({"0.8,0.8 ms", "35,35 ms", "999.4,999 ms", "1000,1 s", "30000,30 s", "1234,1.23 s"})
  void shouldWriteTimesAsPeopleReadThem(double millis, String expected) {
    assertThat(FlowReport.millis(millis)).isEqualTo(expected);
  }
}
