package io.hypermesh.stoq.qlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.json.JsonReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.LongRange;

class JsonWriterProperties {
  private final JsonWriter json = new JsonWriter();

  @Property
  void shouldWriteAnyTextSoThatItReadsBack(@ForAll String name, @ForAll String value) {
    json.clear();
    json.beginObject().field(name, value).field(name + "2", 1).endObject();
    assertSound(Map.of(name, value, name + "2", 1L));
  }

  @Property
  void shouldWriteControlCharactersAndSurrogatesSafely(
      @ForAll @CharRange(from = 0, to = 0x60) @CharRange(from = 0xd7f0, to = 0xe010) String value) {
    json.clear();
    json.beginArray().value(value).endArray();
    String text = json.toString();
    assertThat(text.chars()).allMatch(c -> c >= 0x20);
    // What UTF-8 can't carry is replaced; all else comes back.
    String carried =
        new String(value.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
    assertThat(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .isEqualTo(text);
    assertThat(((String) ((List<?>) JsonReader.read(text)).getFirst()).length())
        .isEqualTo(value.length());
    if (carried.equals(value) && !value.contains("\ufffd")) {
      assertSound(List.of(value));
    }
  }

  @Property
  void shouldWriteAnyNumberSoThatItReadsBack(@ForAll long number) {
    json.clear();
    json.beginArray().value(number).endArray();
    boolean exact = Math.abs((double) number) <= JsonWriter.EXACT_MAX;
    assertSound(List.of(exact ? (Object) number : Long.toString(number)));
  }

  @Property
  void shouldWriteNanosecondsAsMilliseconds(@ForAll @LongRange(min = 0, max = 1L << 50) long n) {
    json.clear();
    json.beginArray().millis(n).endArray();
    Number read = (Number) ((List<?>) JsonReader.read(json.toString())).getFirst();
    assertThat(Math.round(read.doubleValue() * 1e6)).isEqualTo(n);
  }

  @Example
  void shouldSeparateWhatStandsSideBySide() {
    json.clear();
    json.raw(EventRecords.RECORD_SEPARATOR)
        .beginObject()
        .name("a")
        .beginArray()
        .beginObject()
        .endObject()
        .beginArray()
        .endArray()
        .value("x,{")
        .value(-3)
        .endArray()
        .flag("b", false)
        .name("c")
        .beginObject()
        .version("v", 0x0a)
        .endObject()
        .endObject();
    assertThat(json.toString().substring(1))
        .isEqualTo("{\"a\":[{},[],\"x,{\",-3],\"b\":false,\"c\":{\"v\":\"0000000a\"}}");
  }

  private void assertSound(Object expected) {
    assertThat(JsonReader.read(json.toString())).isEqualTo(expected);
  }
}
