package io.hypermesh.trustchain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;

/** An authority that dies at any moment has everything that it handed out. */
class IssuanceCrashProperties {
  private static final PublicKey KEY =
      KeyAlgorithm.ED25519.generate(new SecureRandom()).getPublic();
  private static final List<SubjectName> NAMES = List.of(SubjectName.dns("node.example"));

  private final Path home;

  IssuanceCrashProperties() throws IOException {
    home = Files.createTempDirectory("issuance-crash");
  }

  @AfterTry
  void removeFiles() throws IOException {
    TestFiles.remove(home);
  }

  private static CertificateAuthority open(Path directory)
      throws StoreException, TransparencyException {
    return CertificateAuthority.builder()
        .directory(directory)
        .name("Crash")
        .policy(IssuancePolicy.anyName())
        .keyAlgorithms(KeyAlgorithm.ED25519, KeyAlgorithm.ED25519)
        .open();
  }

  private static CertificateRequest request(String id) {
    return CertificateRequest.of(id, KEY, NAMES);
  }

  @Property(tries = 15)
  void shouldFindEveryIssuanceAfterACrashAtAnyPoint(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Path live = home.resolve("live");
    Path crashed = home.resolve("crashed");
    Map<String, CertificateIssuance> handedOut = new LinkedHashMap<>();
    try (CertificateAuthority authority = open(live)) {
      for (int i = 0; i <= random.nextInt(6); i++) {
        handedOut.put("id-" + i, authority.issue(request("id-" + i)));
      }
      TestFiles.copy(live, crashed);
    }
    for (String file : List.of("issuances.log", "log/entries.log")) {
      byte[] half = new byte[random.nextInt(400)];
      random.nextBytes(half);
      Files.write(crashed.resolve(file), half, StandardOpenOption.APPEND);
    }
    try (CertificateAuthority authority = open(crashed)) {
      assertThat(authority.issuedCount()).isEqualTo(handedOut.size());
      for (Map.Entry<String, CertificateIssuance> each : handedOut.entrySet()) {
        assertThat(authority.issue(request(each.getKey()))).isEqualTo(each.getValue());
        CertificateIssuance issuance = each.getValue();
        authority
            .proof(issuance)
            .verify(issuance.certificate(), issuance.issuer(), authority.log().identity());
      }
      CertificateIssuance next = authority.issue(request("next"));
      assertThat(next.leafIndex()).isEqualTo(handedOut.size());
    }
  }

  @Property(tries = 15)
  void shouldRefuseToStartOnDamagedIssuances(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Path directory = home.resolve("authority");
    try (CertificateAuthority authority = open(directory)) {
      for (int i = 0; i <= random.nextInt(4); i++) {
        authority.issue(request("id-" + i));
      }
    }
    Path file = directory.resolve("issuances.log");
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      long at = 4096 + random.nextLong(access.length() - 4096);
      access.seek(at);
      int value = access.read();
      access.seek(at);
      access.write(value ^ (1 + random.nextInt(255)));
    }
    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file + " because it is damaged at offset")
        .hasMessageNotContaining("\n");
    // Nothing is left locked, and nothing was changed: repaired by hand, it opens again.
    assertThatThrownBy(() -> open(directory)).hasMessageContaining("damaged at offset");
  }
}
