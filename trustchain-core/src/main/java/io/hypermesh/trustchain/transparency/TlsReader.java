package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.TransparencyException;
import java.util.Arrays;

/** Reads the presentation language of RFC 8446 section 3, strictly and within bounds. */
final class TlsReader {
  private final byte[] bytes;
  private final String what;
  private int position;

  TlsReader(byte[] bytes, String what) {
    this.bytes = bytes;
    this.what = what;
  }

  long unsigned(int count) throws TransparencyException {
    require(count);
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | (bytes[position++] & 0xff);
    }
    return value;
  }

  byte[] opaque(int count) throws TransparencyException {
    require(count);
    position += count;
    return Arrays.copyOfRange(bytes, position - count, position);
  }

  byte[] vector(int lengthBytes) throws TransparencyException {
    return opaque((int) unsigned(lengthBytes));
  }

  int position() {
    return position;
  }

  boolean atEnd() {
    return position == bytes.length;
  }

  void requireEnd() throws TransparencyException {
    if (!atEnd()) {
      throw malformed("it has " + (bytes.length - position) + " bytes too many");
    }
  }

  TransparencyException malformed(String why) {
    return new TransparencyException(
        "couldn't read " + what + " because " + why + " at offset " + position);
  }

  private void require(int count) throws TransparencyException {
    if (count > bytes.length - position) {
      throw malformed("it ends early");
    }
  }
}
