package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** Reads Wycheproof's vectors: as much of JSON as they use. */
final class Wycheproof {
  private final String text;
  private int at;

  private Wycheproof(String text) {
    this.text = text;
  }

  /** One vector, with its group's values where it has none of its own. */
  record Vector(Map<?, ?> group, Map<?, ?> test) {
    String get(String name) {
      return (String) test.get(name);
    }

    String inGroup(String name) {
      return (String) group.get(name);
    }

    boolean isValid() {
      return "valid".equals(test.get("result"));
    }

    boolean isInvalid() {
      return "invalid".equals(test.get("result"));
    }

    @Override
    public String toString() {
      return "vector " + test.get("tcId") + ": " + test.get("comment") + " " + test.get("flags");
    }
  }

  /** The vectors of a file; skips the test where the test data is not there. */
  static List<Vector> read(String file) {
    String directory = System.getProperty("hypermesh.testdata", "");
    Path path = Path.of(directory, "wycheproof", file);
    Assumptions.assumeTrue(
        !directory.isEmpty() && Files.exists(path),
        () -> "skipped: Wycheproof's vectors are not at " + path);
    try {
      Map<?, ?> root = (Map<?, ?>) new Wycheproof(Files.readString(path)).value();
      List<Vector> vectors = new ArrayList<>();
      for (Object group : (List<?>) root.get("testGroups")) {
        for (Object test : (List<?>) ((Map<?, ?>) group).get("tests")) {
          vectors.add(new Vector((Map<?, ?>) group, (Map<?, ?>) test));
        }
      }
      assertThat(vectors).hasSize(Integer.parseInt((String) root.get("numberOfTests")));
      return vectors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Object value() {
    skipSpace();
    return switch (text.charAt(at)) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      default -> word();
    };
  }

  private Map<String, Object> object() {
    Map<String, Object> object = new LinkedHashMap<>();
    at++;
    while (skipSpace() != '}') {
      String name = string();
      skipSpace();
      at++; // the colon
      object.put(name, value());
      if (skipSpace() == ',') {
        at++;
      }
    }
    at++;
    return object;
  }

  private List<Object> array() {
    List<Object> array = new ArrayList<>();
    at++;
    while (skipSpace() != ']') {
      array.add(value());
      if (skipSpace() == ',') {
        at++;
      }
    }
    at++;
    return array;
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    at++;
    while (text.charAt(at) != '"') {
      if (text.charAt(at) == '\\') {
        at++; // what is escaped is never looked at: the letter will do
      }
      string.append(text.charAt(at++));
    }
    at++;
    return string.toString();
  }

  private String word() {
    int start = at;
    while (",]} \n\r".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(start, at);
  }

  private char skipSpace() {
    while (Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return text.charAt(at);
  }
}
