package io.hypermesh.trustchain.transparency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hypermesh.trustchain.MerkleHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The good and bad proofs of transparency-dev/merkle, where the test data is there. */
class MerkleProbeTest {
  private static final int FEWEST_PROBES = 50;

  @Test
  void shouldJudgeEveryInclusionProbeAsPublished() throws IOException {
    List<Path> probes = probes("inclusion");
    for (Path probe : probes) {
      String json = Files.readString(probe);
      // What is no hash can't be made one by this API, and so can't be proven.
      boolean accepted =
          isHash(json, "leafHash")
              && isHash(json, "root")
              && MerkleProofs.verifyInclusion(
                  hash(json, "leafHash"),
                  number(json, "leafIdx"),
                  number(json, "treeSize"),
                  proof(json),
                  hash(json, "root"));
      assertThat(accepted).as(probe.toString()).isEqualTo(!json.contains("\"wantErr\": true"));
    }
    assertThat(probes.size()).isGreaterThan(FEWEST_PROBES);
  }

  @Test
  void shouldJudgeEveryConsistencyProbeAsPublished() throws IOException {
    List<Path> probes = probes("consistency");
    for (Path probe : probes) {
      String json = Files.readString(probe);
      boolean accepted =
          MerkleProofs.verifyConsistency(
              number(json, "size1"),
              number(json, "size2"),
              proof(json),
              hash(json, "root1"),
              hash(json, "root2"));
      assertThat(accepted).as(probe.toString()).isEqualTo(!json.contains("\"wantErr\": true"));
    }
    assertThat(probes.size()).isGreaterThan(FEWEST_PROBES);
  }

  private static List<Path> probes(String kind) throws IOException {
    Path folder = Path.of(System.getProperty("hypermesh.testdata", "absent"), "merkle", kind);
    assumeThat(folder).as("skipped: no test data at " + folder).exists();
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  private static long number(String json, String name) {
    // The probes spell unsigned 64-bit numbers; those above 2^63 - 1 become negative.
    return Long.parseUnsignedLong(field(json, name, "([0-9]+)"));
  }

  private static boolean isHash(String json, String name) {
    return Base64.getDecoder().decode(field(json, name, "\"([^\"]*)\"")).length
        == MerkleHash.LENGTH;
  }

  private static MerkleHash hash(String json, String name) {
    return hash(field(json, name, "\"([^\"]*)\""));
  }

  /** Some probes have roots that are no hashes; they stand for hashes that nothing leads to. */
  private static MerkleHash hash(String base64) {
    byte[] bytes = Base64.getDecoder().decode(base64);
    return bytes.length == MerkleHash.LENGTH
        ? MerkleHash.of(bytes)
        : new MerkleHasher().leaf(bytes);
  }

  private static List<MerkleHash> proof(String json) {
    List<MerkleHash> hashes = new ArrayList<>();
    Matcher list = Pattern.compile("\"proof\": \\[([^]]*)]").matcher(json);
    if (list.find()) {
      Matcher each = Pattern.compile("\"([^\"]*)\"").matcher(list.group(1));
      while (each.find()) {
        hashes.add(hash(each.group(1)));
      }
    }
    return hashes;
  }

  private static String field(String json, String name, String pattern) {
    Matcher matcher = Pattern.compile("\"" + name + "\": " + pattern).matcher(json);
    if (!matcher.find()) {
      // An absent hash is an empty one.
      return "";
    }
    return matcher.group(1);
  }
}
