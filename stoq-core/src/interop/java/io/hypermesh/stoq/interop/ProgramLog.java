package io.hypermesh.stoq.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a program wrote, to be searched for evidence. */
record ProgramLog(String program, String text, Trial trial) {
  private static final int TAIL_CHARACTERS = 2_000;

  /** Fails unless the text is there. */
  void contains(String expected) {
    Matcher _ = matches(Pattern.quote(expected));
  }

  /** Fails unless a line has what the expression says; the first that does is evidence. */
  Matcher matches(String expression) {
    Matcher matcher = Pattern.compile(expression).matcher(text);
    if (!matcher.find()) {
      throw new AssertionError(
          program + " didn't write " + expression + ", but at last: " + tail(text));
    }
    trial.prove(program + " wrote: " + matcher.group().strip());
    return matcher;
  }

  /**
   * Fails unless ngtcp2 sent or received in the last connection's Handshake packets less than in
   * the first one's, by a certificate at least.
   *
   * @param direction {@code tx} or {@code rx}
   */
  void shorterHandshake(String direction, X509Certificate certificate)
      throws CertificateEncodingException {
    Map<String, Integer> bytes = new LinkedHashMap<>();
    Matcher frames =
        Pattern.compile(
                "(0x\\S+) frm "
                    + direction
                    + " \\d+ Handshake CRYPTO\\(0x06\\) offset=(\\d+) len=(\\d+)")
            .matcher(text);
    while (frames.find()) {
      int end = Integer.parseInt(frames.group(2)) + Integer.parseInt(frames.group(3));
      bytes.merge(frames.group(1), end, Math::max);
    }
    List<Integer> connections = List.copyOf(bytes.values());
    assertThat(connections).as(tail(text)).hasSize(2);
    assertThat(connections.getLast())
        .isLessThan(connections.getFirst() - certificate.getEncoded().length);
    trial.prove(
        program
            + " wrote of the server's bytes in Handshake packets, first and then: "
            + connections);
  }

  static String tail(String text) {
    return text.substring(Math.max(0, text.length() - TAIL_CHARACTERS));
  }
}
