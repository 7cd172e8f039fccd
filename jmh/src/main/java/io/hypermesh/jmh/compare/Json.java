package io.hypermesh.jmh.compare;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The figures of a comparison as JSON (RFC 8259), for programs. */
final class Json {
  private Json() {}

  static String of(Map<String, String> machine, List<Section> sections) {
    return "{\"machine\":"
        + object(machine)
        + ",\"rows\":"
        + sections.stream().map(Json::of).collect(Collectors.joining(",", "[", "]"))
        + "}\n";
  }

  private static String of(Section section) {
    return "{\"id\":"
        + text(section.id())
        + ",\"title\":"
        + text(section.title())
        + ",\"contestants\":"
        + section.lines().stream().map(Json::of).collect(Collectors.joining(",", "[", "]"))
        + ",\"bars\":"
        + section.verdicts().stream().map(Json::of).collect(Collectors.joining(",", "[", "]"))
        + ",\"remarks\":"
        + section.remarks().stream().map(Json::text).collect(Collectors.joining(",", "[", "]"))
        + "}";
  }

  private static String of(Section.Line line) {
    String figures =
        line.values().entrySet().stream()
            .map(entry ->
                text(entry.getKey())
                    + ":"
                    + entry.getValue().values().stream()
                        .map(Json::number)
                        .collect(Collectors.joining(",", "[", "]")))
            .collect(Collectors.joining(",", "{", "}"));
    String failure = line.failure();
    return "{\"title\":"
        + text(line.title())
        + ",\"figures\":"
        + figures
        + (failure == null ? "" : ",\"failure\":" + text(failure))
        + "}";
  }

  private static String of(Section.Verdict verdict) {
    return "{\"bar\":"
        + text(verdict.bar())
        + ",\"measured\":"
        + number(verdict.measured())
        + ",\""
        + (verdict.atLeast() ? "atLeast" : "atMost")
        + "\":"
        + number(verdict.wanted())
        + ",\"passed\":"
        + verdict.passed()
        + "}";
  }

  private static String object(Map<String, String> facts) {
    return facts.entrySet().stream()
        .map(entry -> text(entry.getKey()) + ":" + text(entry.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }

  static String text(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        default -> {
          if (c < ' ') {
            quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
