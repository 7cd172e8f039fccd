package io.hypermesh.asset;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bech32m (BIP 350): five bits a character from an alphabet without look-alikes, and a BCH checksum
 * of six characters over the human-readable part and the data, which finds any four wrong ones.
 */
final class Bech32 {
  private static final String ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  private static final int[] GENERATOR = {
    0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3
  };
  private static final int BECH32M = 0x2bc830a3;
  private static final int CHECKSUM_CHARS = 6;

  private Bech32() {}

  /** Encodes whole groups of five bits: the number of bytes is a multiple of five. */
  static String encode(String label, byte[] data) {
    byte[] groups = toGroups(data);
    int checksum = polymod(label, groups, new byte[CHECKSUM_CHARS]) ^ BECH32M;
    StringBuilder text = new StringBuilder(label).append('1');
    for (byte group : groups) {
      text.append(ALPHABET.charAt(group));
    }
    for (int i = 0; i < CHECKSUM_CHARS; i++) {
      text.append(ALPHABET.charAt((checksum >>> (5 * (CHECKSUM_CHARS - 1 - i))) & 31));
    }
    return text.toString();
  }

  /** Decodes text that begins with the label and {@code 1}, and holds exactly {@code bytes}. */
  static byte[] decode(String label, String text, int bytes) throws DecodingException {
    int dataChars = bytes * 8 / 5;
    int start = label.length() + 1;
    if (text.length() != start + dataChars + CHECKSUM_CHARS) {
      throw new DecodingException(
          "an asset id of type "
              + label
              + " has "
              + (start + dataChars + CHECKSUM_CHARS)
              + " characters, not "
              + text.length());
    }
    byte[] groups = new byte[dataChars + CHECKSUM_CHARS];
    for (int i = 0; i < groups.length; i++) {
      int value = ALPHABET.indexOf(text.charAt(start + i));
      if (value < 0) {
        throw new DecodingException(
            "an asset id cannot hold the character at "
                + (start + i)
                + ": "
                + AssetId.printable(text));
      }
      groups[i] = (byte) value;
    }
    if (polymod(label, groups, new byte[0]) != BECH32M) {
      throw new DecodingException("wrong checksum in the asset id " + AssetId.printable(text));
    }
    return toBytes(Arrays.copyOf(groups, dataChars), bytes);
  }

  /** The checksum of BIP 173 over the expanded label, the data and what follows. */
  static int polymod(String label, byte[] groups, byte[] tail) {
    int state = 1;
    byte[] letters = label.getBytes(StandardCharsets.US_ASCII);
    for (byte letter : letters) {
      state = step(state, letter >>> 5);
    }
    state = step(state, 0);
    for (byte letter : letters) {
      state = step(state, letter & 31);
    }
    for (byte group : groups) {
      state = step(state, group);
    }
    for (byte group : tail) {
      state = step(state, group);
    }
    return state;
  }

  private static int step(int state, int value) {
    int top = state >>> 25;
    int next = (state & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < GENERATOR.length; i++) {
      if ((top >>> i & 1) == 1) {
        next ^= GENERATOR[i];
      }
    }
    return next;
  }

  private static byte[] toGroups(byte[] data) {
    byte[] groups = new byte[data.length * 8 / 5];
    for (int i = 0; i < groups.length; i++) {
      int value = 0;
      for (int bit = 5 * i; bit < 5 * i + 5; bit++) {
        value = (value << 1) | ((data[bit >>> 3] >>> (7 - (bit & 7))) & 1);
      }
      groups[i] = (byte) value;
    }
    return groups;
  }

  private static byte[] toBytes(byte[] groups, int bytes) {
    byte[] data = new byte[bytes];
    for (int bit = 0; bit < bytes * 8; bit++) {
      int value = groups[bit / 5] >>> (4 - bit % 5) & 1;
      data[bit >>> 3] |= (byte) (value << (7 - (bit & 7)));
    }
    return data;
  }
}
