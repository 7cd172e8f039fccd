package io.hypermesh.stoq.protection;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON into maps, lists, strings, longs and booleans: enough for files of test vectors. */
final class JsonReader {
  private final String text;
  private int at;

  private JsonReader(String text) {
    this.text = text;
  }

  static Object read(String text) {
    return new JsonReader(text).value();
  }

  private char next() {
    while (Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return text.charAt(at);
  }

  private void expect(char wanted) {
    if (next() != wanted) {
      throw new IllegalStateException("expected " + wanted + " at character " + at);
    }
    at++;
  }

  private Object value() {
    return switch (next()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      default -> word();
    };
  }

  private Map<String, Object> object() {
    Map<String, Object> members = new LinkedHashMap<>();
    expect('{');
    while (next() != '}') {
      String name = string();
      expect(':');
      members.put(name, value());
      if (next() == ',') {
        at++;
      }
    }
    expect('}');
    return members;
  }

  private List<Object> array() {
    List<Object> elements = new ArrayList<>();
    expect('[');
    while (next() != ']') {
      elements.add(value());
      if (next() == ',') {
        at++;
      }
    }
    expect(']');
    return elements;
  }

  private String string() {
    expect('"');
    StringBuilder result = new StringBuilder();
    while (text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c != '\\') {
        result.append(c);
        continue;
      }
      char escape = text.charAt(at++);
      switch (escape) {
        case 'u' -> {
          result.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
          at += 4;
        }
        case 'n' -> result.append('\n');
        case 't' -> result.append('\t');
        default -> result.append(escape);
      }
    }
    at++;
    return result.toString();
  }

  private Object word() {
    int start = at;
    while (Character.isLetterOrDigit(text.charAt(at)) || "+-.".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    String word = text.substring(start, at);
    return switch (word) {
      case "true" -> true;
      case "false" -> false;
      default -> Long.valueOf(word);
    };
  }
}
