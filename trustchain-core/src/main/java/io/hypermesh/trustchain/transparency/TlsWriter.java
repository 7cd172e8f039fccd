package io.hypermesh.trustchain.transparency;

import java.io.ByteArrayOutputStream;

/** Writes the presentation language of RFC 8446 section 3, in which RFC 6962 is written. */
final class TlsWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

  TlsWriter unsigned(long value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out.write((int) (value >>> shift) & 0xff);
    }
    return this;
  }

  TlsWriter opaque(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** A vector: its length in so many bytes, then its content. */
  TlsWriter vector(byte[] bytes, int lengthBytes) {
    if (bytes.length >>> (8 * lengthBytes) != 0) {
      throw new IllegalArgumentException(
          "a vector of " + bytes.length + " bytes does not fit a " + lengthBytes + "-byte length");
    }
    return unsigned(bytes.length, lengthBytes).opaque(bytes);
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
