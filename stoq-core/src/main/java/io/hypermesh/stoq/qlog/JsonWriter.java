package io.hypermesh.stoq.qlog;

import io.hypermesh.stoq.packet.ConnectionId;
import java.util.Locale;

/**
 * Writes one JSON text (RFC 8259) without white space. Commas come by themselves; that objects and
 * arrays are closed as they were opened is the caller's care.
 *
 * <p>Every string is escaped so that the text has no control character, which RFC 7464 frames texts
 * with, and no half of a surrogate pair, which UTF-8 can't carry. Integers that a JavaScript number
 * can't hold become strings, as qlog allows (I-JSON).
 */
final class JsonWriter {
  /** The largest integer that is exact in every JSON implementation. */
  static final long EXACT_MAX = (1L << 53) - 1;

  private static final int NANOS_PER_MILLI = 1_000_000;
  private static final char FIRST_PRINTABLE = 0x20;

  private final StringBuilder out = new StringBuilder(512);

  /** Starts over. */
  void clear() {
    out.setLength(0);
  }

  /** What is written so far. */
  @Override
  public String toString() {
    return out.toString();
  }

  /** A character that isn't JSON's: framing. */
  JsonWriter raw(char frame) {
    out.append(frame);
    return this;
  }

  JsonWriter beginObject() {
    separate();
    out.append('{');
    return this;
  }

  JsonWriter endObject() {
    out.append('}');
    return this;
  }

  JsonWriter beginArray() {
    separate();
    out.append('[');
    return this;
  }

  JsonWriter endArray() {
    out.append(']');
    return this;
  }

  /** The name of the member whose value comes next. */
  JsonWriter name(String name) {
    separate();
    quote(name);
    out.append(':');
    return this;
  }

  JsonWriter value(String value) {
    separate();
    quote(value);
    return this;
  }

  JsonWriter value(long value) {
    separate();
    if (value > EXACT_MAX || value < -EXACT_MAX) {
      out.append('"').append(value).append('"');
    } else {
      out.append(value);
    }
    return this;
  }

  /** Nanoseconds, written as milliseconds with their fraction. */
  JsonWriter millis(long nanos) {
    separate();
    out.append(nanos / NANOS_PER_MILLI);
    int fraction = (int) (nanos % NANOS_PER_MILLI);
    if (fraction != 0) {
      out.append('.');
      for (int digit = NANOS_PER_MILLI / 10; digit > 0 && fraction > 0; digit /= 10) {
        out.append((char) ('0' + fraction / digit));
        fraction %= digit;
      }
    }
    return this;
  }

  // ---- Members ----

  JsonWriter field(String name, String value) {
    return name(name).value(value);
  }

  JsonWriter field(String name, long value) {
    return name(name).value(value);
  }

  JsonWriter field(String name, ConnectionId id) {
    return name(name).value(id.toString());
  }

  JsonWriter flag(String name, boolean value) {
    name(name);
    out.append(value);
    return this;
  }

  JsonWriter millisField(String name, long nanos) {
    return name(name).millis(nanos);
  }

  JsonWriter version(String name, int version) {
    return name(name).version(version);
  }

  /** A version number in hexadecimal. */
  JsonWriter version(int version) {
    return value(String.format(Locale.ROOT, "%08x", version));
  }

  /** A RawInfo with the length of the whole. */
  JsonWriter rawLength(long length) {
    return name("raw").beginObject().field("length", length).endObject();
  }

  /** A RawInfo with the length of the payload. */
  JsonWriter rawPayload(long payloadLength) {
    return name("raw").beginObject().field("payload_length", payloadLength).endObject();
  }

  private void separate() {
    if (out.isEmpty()) {
      return;
    }
    switch (out.charAt(out.length() - 1)) {
      case '{', '[', ':', EventRecords.RECORD_SEPARATOR -> {}
      default -> out.append(',');
    }
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < FIRST_PRINTABLE || isLoneSurrogate(text, i)) {
        out.append(String.format(Locale.ROOT, "\\u%04x", c < FIRST_PRINTABLE ? (int) c : 0xfffd));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private static boolean isLoneSurrogate(String text, int index) {
    char c = text.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    return Character.isLowSurrogate(c)
        && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
  }
}
