package io.hypermesh.stoq.conformance;

import io.hypermesh.stoq.packet.TransportErrorCode;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.TreeMap;

/** Writes the rules as a page. */
final class ConformanceDocument {
  private static final Map<Integer, String> ALERTS =
      Map.ofEntries(
          Map.entry(10, "unexpected_message"),
          Map.entry(40, "handshake_failure"),
          Map.entry(45, "certificate_expired"),
          Map.entry(46, "certificate_unknown"),
          Map.entry(47, "illegal_parameter"),
          Map.entry(48, "unknown_ca"),
          Map.entry(50, "decode_error"),
          Map.entry(51, "decrypt_error"),
          Map.entry(70, "protocol_version"),
          Map.entry(109, "missing_extension"),
          Map.entry(110, "unsupported_extension"),
          Map.entry(116, "certificate_required"),
          Map.entry(120, "no_application_protocol"));

  private ConformanceDocument() {}

  static String text() {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        # What a connection is closed for

        RFC 9000, RFC 9001 and their extensions name offences that end a connection with a certain
        error. Each row is a test: a peer with real keys commits the offence, the host of the other
        side is told the error as the reason of the close, and the peer reads the same error in a
        CONNECTION_CLOSE frame at a level that it has keys of. It is run in QUIC versions 1 and 2, but
        for the rows of RFC 9368, which say themselves which versions are spoken.

        This page is written from the tests' table (`ConformanceTest` of `stoq-core`); a test fails
        where the two differ. To write it anew:
        `./mvnw -pl stoq-core test -Dtest=ConformanceDocumentTest -Dconformance.write=true`

        | Section | Offence | By | Error |
        |---|---|---|---|
        """);
    Map<Long, String> names = names();
    for (Rule rule : Rules.all()) {
      out.append("| ").append(rule.section());
      out.append(" | ").append(rule.offence());
      out.append(" | ").append(rule.offenders().label);
      out.append(" | ").append(name(names, rule.errorCode())).append(" |\n");
    }
    out.append(
        """

        ## Rules that are no row of the table

        | Section | Rule | Why |
        |---|---|---|
        """);
    for (Omission omission : Omission.all()) {
      out.append("| ").append(omission.section());
      out.append(" | ").append(omission.rule());
      out.append(" | ").append(omission.reason()).append(" |\n");
    }
    out.append(
        """

        ## Rules that close no connection

        What an endpoint must do, or not do, whatever comes, and the test that shows it.

        | Section | Rule | Test |
        |---|---|---|
        """);
    for (QuietRule rule : QuietRule.all()) {
      out.append("| ").append(rule.section());
      out.append(" | ").append(rule.rule());
      out.append(" | `").append(rule.test()).append("` |\n");
    }
    out.append(
        """

        ## h3spec

        What this public tester of servers asks of QUIC, and the row that asks the same of STOQ.

        | h3spec | Row |
        |---|---|
        """);
    for (H3spec.Case test : H3spec.cases()) {
      out.append("| ").append(test.asks()).append(" | ").append(test.offence()).append(" |\n");
    }
    return out.toString();
  }

  private static String name(Map<Long, String> names, long code) {
    if (code < TransportErrorCode.CRYPTO_ERROR) {
      return names.get(code);
    }
    int alert = (int) (code - TransportErrorCode.CRYPTO_ERROR);
    return "CRYPTO_ERROR 0x%04x (%s)".formatted(code, ALERTS.get(alert));
  }

  private static Map<Long, String> names() {
    Map<Long, String> names = new TreeMap<>();
    for (Field field : TransportErrorCode.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        try {
          names.put(field.getLong(null), field.getName());
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
    }
    return names;
  }
}
