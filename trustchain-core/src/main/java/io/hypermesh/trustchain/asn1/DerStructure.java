package io.hypermesh.trustchain.asn1;

/**
 * Checks the shape of DER (X.690 section 10) without building anything: one element that fills the
 * input, definite and minimal lengths, children inside their parents, a bounded depth. It costs one
 * pass and no allocation beyond one array, so it stands in front of parsers that recurse.
 */
public final class DerStructure {
  /** The deepest nesting that a certificate or a request needs, with room to spare. */
  public static final int DEPTH_MAX = 32;

  private static final int CONSTRUCTED = 0x20;
  private static final int HIGH_TAG = 0x1f;

  private final byte[] der;
  private int position;

  private DerStructure(byte[] der) {
    this.der = der;
  }

  /**
   * Checks that the bytes are one well-formed DER element.
   *
   * @param der the bytes
   * @param bytesMax the most bytes accepted
   * @throws MalformedException where they are not, with the offset
   */
  public static void check(byte[] der, int bytesMax) throws MalformedException {
    if (der.length > bytesMax) {
      throw new MalformedException("it has " + der.length + " bytes, more than " + bytesMax);
    }
    new DerStructure(der).walk();
  }

  private void walk() throws MalformedException {
    int[] ends = new int[DEPTH_MAX + 1];
    int depth = 0;
    ends[0] = der.length;
    do {
      while (depth > 0 && position == ends[depth]) {
        depth--;
      }
      if (depth == 0 && position > 0) {
        break;
      }
      boolean constructed = (byteAt(position, ends[depth]) & CONSTRUCTED) != 0;
      readTag(ends[depth]);
      int length = readLength(ends[depth]);
      if (length > ends[depth] - position) {
        throw new MalformedException("an element reaches past its parent at offset " + position);
      }
      if (!constructed) {
        position += length;
      } else if (depth == DEPTH_MAX) {
        throw new MalformedException("it nests deeper than " + DEPTH_MAX + " levels");
      } else {
        depth++;
        ends[depth] = position + length;
      }
    } while (true);
    if (position != der.length) {
      throw new MalformedException("bytes follow the element at offset " + position);
    }
  }

  private void readTag(int end) throws MalformedException {
    int first = byteAt(position++, end);
    if (first == 0) {
      throw new MalformedException("a zero tag at offset " + (position - 1));
    }
    if ((first & HIGH_TAG) == HIGH_TAG) {
      // No structure of X.509 has tag numbers above 30.
      throw new MalformedException("a multi-byte tag at offset " + (position - 1));
    }
  }

  private int readLength(int end) throws MalformedException {
    int first = byteAt(position++, end);
    if (first < 0x80) {
      return first;
    }
    int count = first & 0x7f;
    if (count == 0 || count > 3) {
      throw new MalformedException("an indefinite or huge length at offset " + (position - 1));
    }
    int length = 0;
    for (int i = 0; i < count; i++) {
      length = length << 8 | byteAt(position++, end);
    }
    if (length < 0x80 || length >>> (8 * (count - 1)) == 0) {
      throw new MalformedException("a length that is not minimal at offset " + position);
    }
    return length;
  }

  private int byteAt(int index, int end) throws MalformedException {
    if (index >= end) {
      throw new MalformedException("it ends early at offset " + index);
    }
    return der[index] & 0xff;
  }
}
