package io.hypermesh.stoq.interop;

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

  static String tail(String text) {
    return text.substring(Math.max(0, text.length() - TAIL_CHARACTERS));
  }
}
