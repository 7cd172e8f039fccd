package io.hypermesh.jmh.compare;

import java.util.List;

/**
 * One of those who are compared.
 *
 * @param title names it in tables, and tells how it is set
 * @param program its roles' name, before {@code -server} and {@code -client}
 * @param parameters both its processes get
 * @param options of their JVMs
 */
record Contestant(String title, String program, Parameters parameters, List<String> options) {
  Contestant {
    options = List.copyOf(options);
  }

  Contestant(String title, String program, Parameters parameters) {
    this(title, program, parameters, List.of());
  }

  static Contestant of(String title, String program, String... parameters) {
    return new Contestant(title, program, Parameters.parse(List.of(parameters)));
  }

  /** With other options for its JVMs. */
  Contestant withOptions(String... values) {
    return new Contestant(title, program, parameters, List.of(values));
  }
}
