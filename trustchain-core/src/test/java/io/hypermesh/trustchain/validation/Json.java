package io.hypermesh.trustchain.validation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Just enough JSON to read test data that is known to be well-formed. */
final class Json {
  private final String text;
  private int position;

  Json(String text) {
    this.text = text;
  }

  @Nullable Object value() {
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      default -> literal();
    };
  }

  private @Nullable String literal() {
    int start = position;
    while (position < text.length() && ",]} \n\r\t".indexOf(text.charAt(position)) < 0) {
      position++;
    }
    String literal = text.substring(start, position);
    return literal.equals("null") ? null : literal;
  }

  private Map<String, @Nullable Object> object() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    position++;
    while (peek() != '}') {
      String name = string();
      expect(':');
      fields.put(name, value());
      if (peek() == ',') {
        position++;
      }
    }
    position++;
    return fields;
  }

  private List<@Nullable Object> array() {
    List<@Nullable Object> values = new ArrayList<>();
    position++;
    while (peek() != ']') {
      values.add(value());
      if (peek() == ',') {
        position++;
      }
    }
    position++;
    return values;
  }

  private String string() {
    expect('"');
    StringBuilder string = new StringBuilder();
    for (char c; (c = text.charAt(position++)) != '"'; ) {
      if (c != '\\') {
        string.append(c);
        continue;
      }
      char escaped = text.charAt(position++);
      switch (escaped) {
        case 'n' -> string.append('\n');
        case 't' -> string.append('\t');
        case 'r' -> string.append('\r');
        case 'u' -> {
          string.append((char) Integer.parseInt(text.substring(position, position + 4), 16));
          position += 4;
        }
        default -> string.append(escaped);
      }
    }
    return string.toString();
  }

  private char peek() {
    while (Character.isWhitespace(text.charAt(position))) {
      position++;
    }
    return text.charAt(position);
  }

  private void expect(char c) {
    if (peek() != c) {
      throw new IllegalArgumentException("expected " + c + " at " + position);
    }
    position++;
  }
}
