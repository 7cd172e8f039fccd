package io.hypermesh.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeSecretTest {
  private final SecureRandom random = new SecureRandom();
  @TempDir Path directory;

  private byte[] kept() throws Exception {
    return NodeSecret.keptIn(directory, random);
  }

  private Path file() {
    return directory.resolve(NodeSecret.FILE);
  }

  private String permissions() throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file()));
  }

  @Test
  void shouldBeTheSameAgainAndItsOwnersAlone() throws Exception {
    byte[] first = kept();
    assertThat(first).hasSize(32).isNotEqualTo(new byte[32]).isEqualTo(Files.readAllBytes(file()));
    assertThat(permissions()).isEqualTo("rw-------");
    assertThat(kept()).isEqualTo(first);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void shouldReplaceOneThatOthersMayRead() throws Exception {
    byte[] first = kept();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
    byte[] second = kept();
    assertThat(second).hasSize(32).isNotEqualTo(first);
    assertThat(permissions()).isEqualTo("rw-------");
    assertThat(kept()).isEqualTo(second);
  }

  @Test
  void shouldReplaceOneThatIsNotWhole() throws Exception {
    byte[] first = kept();
    Files.write(file(), new byte[31]);
    assertThat(kept()).hasSize(32).isNotEqualTo(first);
  }

  @Test
  void shouldNotFollowALink() throws Exception {
    Path elsewhere = Files.write(directory.resolve("elsewhere"), new byte[32]);
    Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rw-------"));
    Files.createSymbolicLink(file(), elsewhere);
    assertThat(kept()).isNotEqualTo(new byte[32]);
    assertThat(Files.isSymbolicLink(file())).isFalse();
    assertThat(elsewhere).hasBinaryContent(new byte[32]);
  }

  @Test
  void shouldSayWhereItCouldNotBeKept() throws Exception {
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> NodeSecret.keptIn(missing, random))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("missing");
  }
}
