package io.hypermesh.trustchain.transparency;

import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.TransparencyException;
import java.util.Base64;
import java.util.List;

/**
 * The text of a checkpoint (C2SP tlog-checkpoint): origin, size, root, one a line.
 *
 * @param origin the log's name
 * @param treeSize the number of leaves
 * @param rootHash the root at that size
 */
public record CheckpointText(String origin, long treeSize, MerkleHash rootHash) {
  private static final int LINES = 3;

  /**
   * Writes the text.
   *
   * @return three lines
   */
  public String encode() {
    return origin + "\n" + treeSize + "\n" + rootHash + "\n";
  }

  /**
   * Reads the text of a note; extension lines are allowed and mean nothing here.
   *
   * @param text the text
   * @return the checkpoint's three values
   * @throws TransparencyException where it is malformed
   */
  public static CheckpointText decode(String text) throws TransparencyException {
    List<String> lines = text.lines().toList();
    if (lines.size() < LINES || lines.stream().anyMatch(String::isEmpty)) {
      throw malformed("it does not have three lines, none of them empty");
    }
    String size = lines.get(1);
    if (!size.matches("0|[1-9][0-9]{0,18}")) {
      throw malformed("its tree size is malformed");
    }
    try {
      byte[] root = Base64.getDecoder().decode(lines.get(2));
      String canonical = Base64.getEncoder().encodeToString(root);
      if (root.length != MerkleHash.LENGTH || !canonical.equals(lines.get(2))) {
        throw malformed("its root hash does not have 32 bytes in base64");
      }
      return new CheckpointText(lines.getFirst(), Long.parseLong(size), MerkleHash.of(root));
    } catch (IllegalArgumentException e) {
      throw new TransparencyException(
          "couldn't read a checkpoint because its size or root hash is malformed", e);
    }
  }

  private static TransparencyException malformed(String why) {
    return new TransparencyException("couldn't read a checkpoint because " + why);
  }
}
