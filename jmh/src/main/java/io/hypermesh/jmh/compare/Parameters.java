package io.hypermesh.jmh.compare;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Names with values, as they go between processes: {@code name=value}, one behind the other.
 * Immutable.
 *
 * @param values by name; neither has a space in it
 */
record Parameters(Map<String, String> values) {
  static final Parameters NONE = new Parameters(Map.of());

  Parameters {
    values = Map.copyOf(values);
  }

  static Parameters parse(Collection<String> words) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String word : words) {
      int at = word.indexOf('=');
      if (at < 0) {
        throw new IllegalArgumentException("couldn't read a parameter without \"=\": " + word);
      }
      values.put(word.substring(0, at), word.substring(at + 1));
    }
    return new Parameters(values);
  }

  /** These, and one more. */
  Parameters with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(values);
    more.put(name, value);
    return new Parameters(more);
  }

  /** These and others, which count where both have a name. */
  Parameters with(Parameters others) {
    Map<String, String> more = new LinkedHashMap<>(values);
    more.putAll(others.values);
    return new Parameters(more);
  }

  List<String> words() {
    return values.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .sorted()
        .toList();
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("couldn't find the parameter " + name + " in " + words());
    }
    return value;
  }

  String text(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  int number(String name) {
    return Integer.parseInt(text(name));
  }

  int number(String name, int otherwise) {
    return has(name) ? number(name) : otherwise;
  }

  long big(String name) {
    return Long.parseLong(text(name));
  }
}
