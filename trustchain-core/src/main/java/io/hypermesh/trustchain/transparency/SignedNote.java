package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.TransparencyException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A text with signatures (C2SP signed-note): a text that ends in a line feed, an empty line, then
 * signature lines.
 */
public final class SignedNote {
  /** The most bytes a note may have. */
  public static final int BYTES_MAX = 1 << 16;

  /** The most signature lines a note may have; the specification asks for at least 16. */
  public static final int SIGNATURES_MAX = 32;

  /** The signature type of Ed25519. */
  public static final int ED25519 = 0x01;

  /** The signature type of an RFC 6962 tree head (static-ct-api). */
  public static final int RFC6962_TREE_HEAD = 0x05;

  private static final String LINE_START = "\u2014 ";
  private static final int KEY_ID_BYTES = 4;

  private final String text;
  private final List<SignatureLine> signatures;

  private SignedNote(String text, List<SignatureLine> signatures) {
    this.text = text;
    this.signatures = List.copyOf(signatures);
  }

  /** One signature of a note. */
  public static final class SignatureLine {
    private final String keyName;
    private final int keyId;
    private final byte[] signature;

    /**
     * Puts a line together.
     *
     * @param keyName the key's name
     * @param keyId the key's id
     * @param signature the signature without the key's id, not copied
     */
    public SignatureLine(String keyName, int keyId, byte[] signature) {
      this.keyName = keyName;
      this.keyId = keyId;
      this.signature = signature;
    }

    /**
     * Whether this line claims to be from a key.
     *
     * @param name the key's name
     * @param id the key's id
     * @return whether both match
     */
    public boolean isFrom(String name, int id) {
      return keyId == id && keyName.equals(name);
    }

    /**
     * The signature.
     *
     * @return its bytes, not copied
     */
    public byte[] signature() {
      return signature;
    }

    private String encode() {
      byte[] bytes =
          ByteBuffer.allocate(KEY_ID_BYTES + signature.length).putInt(keyId).put(signature).array();
      return LINE_START + keyName + " " + Base64.getEncoder().encodeToString(bytes) + "\n";
    }
  }

  /**
   * The id of a key.
   *
   * @param keyName the key's name
   * @param signatureType the assigned type byte
   * @param publicKey the public key's encoding for that type
   * @return the first four bytes of the hash
   */
  public static int keyId(String keyName, int signatureType, byte[] publicKey) {
    byte[] hash =
        MerkleHasher.sha256()
            .digest(
                new TlsWriter()
                    .opaque(keyName.getBytes(StandardCharsets.UTF_8))
                    .unsigned('\n', 1)
                    .unsigned(signatureType, 1)
                    .opaque(publicKey)
                    .bytes());
    return ByteBuffer.wrap(hash).getInt();
  }

  /**
   * Whether a string may name a key.
   *
   * @param name the name
   * @return whether it is not empty and has no space, plus or control character
   */
  public static boolean isKeyName(String name) {
    return !name.isEmpty()
        && name.codePoints()
            .noneMatch(
                c -> c < 0x20 || c == '+' || Character.isWhitespace(c) || Character.isSpaceChar(c));
  }

  /**
   * Writes a note.
   *
   * @param text the text, which ends in a line feed
   * @param signatures its signatures
   * @return the whole note
   */
  public static String encode(String text, List<SignatureLine> signatures) {
    StringBuilder note = new StringBuilder(text).append('\n');
    signatures.forEach(line -> note.append(line.encode()));
    return note.toString();
  }

  /**
   * Reads a note's bytes.
   *
   * @param bytes the note in UTF-8
   * @return its text and its signatures, none of them verified
   * @throws TransparencyException where it is malformed or over a limit
   */
  public static SignedNote decode(byte[] bytes) throws TransparencyException {
    if (bytes.length > BYTES_MAX) {
      throw malformed("it has more than " + BYTES_MAX + " bytes");
    }
    CharBuffer chars;
    try {
      chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      throw new TransparencyException("couldn't read a signed note because it is not UTF-8", e);
    }
    String note = chars.toString();
    if (note.chars().anyMatch(c -> c < 0x20 && c != '\n')) {
      throw malformed("it has a control character");
    }
    int separator = note.lastIndexOf("\n\n");
    if (separator < 0 || !note.endsWith("\n") || separator + 2 == note.length()) {
      throw malformed("it has no signatures after an empty line");
    }
    List<SignatureLine> signatures = new ArrayList<>();
    for (int start = separator + 2; start < note.length(); ) {
      int end = note.indexOf('\n', start);
      if (signatures.size() == SIGNATURES_MAX) {
        throw malformed("it has more than " + SIGNATURES_MAX + " signatures");
      }
      signatures.add(decodeLine(note.substring(start, end)));
      start = end + 1;
    }
    return new SignedNote(note.substring(0, separator + 1), signatures);
  }

  private static SignatureLine decodeLine(String line) throws TransparencyException {
    int nameEnd = line.indexOf(' ', LINE_START.length());
    if (!line.startsWith(LINE_START) || nameEnd < 0) {
      throw malformed("a signature line does not have a name and a signature");
    }
    String name = line.substring(LINE_START.length(), nameEnd);
    if (!isKeyName(name)) {
      throw malformed("a signature line has a malformed key name");
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(line.substring(nameEnd + 1));
      if (bytes.length <= KEY_ID_BYTES) {
        throw malformed("a signature is too short");
      }
      return new SignatureLine(
          name,
          ByteBuffer.wrap(bytes).getInt(),
          Arrays.copyOfRange(bytes, KEY_ID_BYTES, bytes.length));
    } catch (IllegalArgumentException e) {
      throw new TransparencyException(
          "couldn't read a signed note because a signature is not base64", e);
    }
  }

  private static TransparencyException malformed(String why) {
    return new TransparencyException("couldn't read a signed note because " + why);
  }

  /**
   * The signed text, with its last line feed.
   *
   * @return the text
   */
  public String text() {
    return text;
  }

  /**
   * The signatures.
   *
   * @return the signature lines in order
   */
  public List<SignatureLine> signatures() {
    return signatures;
  }
}
