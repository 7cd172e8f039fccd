package io.hypermesh.trustchain.asn1;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Reads and writes the textual encoding of RFC 7468, strictly. */
public final class Pem {
  private static final Base64.Encoder ENCODER =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";

  private Pem() {}

  /**
   * Encodes one object.
   *
   * @param label for example "CERTIFICATE"
   * @param der the object
   * @return the text, ending in a line feed
   */
  public static String encode(String label, byte[] der) {
    return BEGIN
        + label
        + DASHES
        + "\n"
        + ENCODER.encodeToString(der)
        + "\n"
        + END
        + label
        + DASHES
        + "\n";
  }

  /**
   * Decodes every object with one label; text between objects is ignored, as RFC 7468 allows.
   *
   * @param label the label that every object must have
   * @param text the text
   * @return the objects in order, at least one
   * @throws MalformedException where there is none, or one is malformed
   */
  public static List<byte[]> decode(String label, String text) throws MalformedException {
    List<byte[]> objects = new ArrayList<>();
    StringBuilder body = null;
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.startsWith(BEGIN)) {
        if (body != null || !line.equals(BEGIN + label + DASHES)) {
          throw new MalformedException("expected one PEM object labelled " + label);
        }
        body = new StringBuilder();
      } else if (body != null && line.startsWith(END)) {
        objects.add(decodeBody(label, line, body));
        body = null;
      } else if (body != null) {
        body.append(line);
      }
    }
    if (body != null || objects.isEmpty()) {
      throw new MalformedException("there is no complete PEM object labelled " + label);
    }
    return objects;
  }

  private static byte[] decodeBody(String label, String endLine, StringBuilder body)
      throws MalformedException {
    if (!endLine.equals(END + label + DASHES)) {
      throw new MalformedException("the PEM object labelled " + label + " ends differently");
    }
    try {
      return Base64.getDecoder().decode(body.toString());
    } catch (IllegalArgumentException e) {
      throw new MalformedException("the PEM object labelled " + label + " is not base64", e);
    }
  }
}
