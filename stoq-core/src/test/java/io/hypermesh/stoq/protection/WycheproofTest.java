package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hypermesh.stoq.json.JsonReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Project Wycheproof's vectors for the primitives, through the code that packets go through. Reads
 * them from the directory that the system property {@code hypermesh.testdata} names.
 */
class WycheproofTest {
  /** One vector; its members by name. */
  private record Vector(Map<?, ?> members, Map<?, ?> group) {
    byte[] bytes(String name) {
      return HexFormat.of().parseHex((String) members.get(name));
    }

    boolean valid() {
      return "valid".equals(members.get("result"));
    }

    boolean acceptable() {
      return "acceptable".equals(members.get("result"));
    }

    long size(String name) {
      return (Long) group.get(name);
    }

    String name() {
      return "tcId " + members.get("tcId") + ": " + members.get("comment");
    }
  }

  private static List<Vector> vectors(String file) throws IOException {
    Path path = Path.of(System.getProperty("hypermesh.testdata", "testdata"), "wycheproof", file);
    assumeTrue(Files.exists(path), () -> "skipped: no test vectors at " + path);
    Map<?, ?> root = (Map<?, ?>) JsonReader.read(Files.readString(path));
    return ((List<?>) root.get("testGroups"))
        .stream()
            .map(group -> (Map<?, ?>) group)
            .flatMap(group ->
                ((List<?>) group.get("tests"))
                    .stream().map(test -> new Vector((Map<?, ?>) test, group)))
            .toList();
  }

  @Test
  void shouldAgreeOnAesGcm() throws IOException {
    int checked = 0;
    for (Vector vector : vectors("aes_gcm_test.json")) {
      // QUIC uses 12-byte nonces and keys of 16 or 32 bytes only.
      if (vector.size("ivSize") == 96 && vector.size("keySize") != 192) {
        boolean small = vector.size("keySize") == 128;
        checkAead(vector, small ? CipherSuite.AES_128_GCM_SHA256 : CipherSuite.AES_256_GCM_SHA384);
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(80);
  }

  @Test
  void shouldAgreeOnChaCha20Poly1305() throws IOException {
    int checked = 0;
    for (Vector vector : vectors("chacha20_poly1305_test.json")) {
      if (vector.size("ivSize") == 96) {
        checkAead(vector, CipherSuite.CHACHA20_POLY1305_SHA256);
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(200);
  }

  /** Packet number 0 leaves the IV as it is, so that the vector's nonce is the packet's. */
  private static void checkAead(Vector vector, CipherSuite suite) {
    for (AeadProvider provider : ProviderCase.of(suite)) {
      checkAead(vector, suite, provider);
    }
  }

  private static void checkAead(Vector vector, CipherSuite suite, AeadProvider provider) {
    byte[] header = vector.bytes("aad");
    byte[] payload = vector.bytes("msg");
    byte[] ciphertext = vector.bytes("ct");
    byte[] tag = vector.bytes("tag");
    MemorySegment received =
        MemorySegment.ofArray(new byte[header.length + ciphertext.length + tag.length]);
    MemorySegment.copy(header, 0, received, ValueLayout.JAVA_BYTE, 0, header.length);
    MemorySegment.copy(
        ciphertext, 0, received, ValueLayout.JAVA_BYTE, header.length, ciphertext.length);
    MemorySegment.copy(
        tag,
        0,
        received,
        ValueLayout.JAVA_BYTE,
        (long) header.length + ciphertext.length,
        tag.length);

    PacketProtection keys =
        KeyedPacketProtection.ofKey(
            suite, provider.aeads(), vector.bytes("key"), vector.bytes("iv"));
    if (header.length > 0) {
      checkBatch(
          vector, suite, provider, MemorySegment.ofArray(received.toArray(ValueLayout.JAVA_BYTE)));
    }
    int opened = keys.open(received, 0, header.length, ciphertext.length + tag.length, 0);
    if (!vector.valid()) {
      assertThat(opened).as(provider + ", " + vector.name()).isEqualTo(-1);
      assertThat(keys.openFailureCount()).isEqualTo(1);
      return;
    }
    assertThat(opened).as(provider + ", " + vector.name()).isEqualTo(payload.length);
    assertThat(received.asSlice(header.length, opened).toArray(ValueLayout.JAVA_BYTE))
        .as(provider + ", " + vector.name())
        .isEqualTo(payload);
    KeyedPacketProtection sender =
        KeyedPacketProtection.ofKey(
            suite, provider.aeads(), vector.bytes("key"), vector.bytes("iv"));
    sender.sealPayload(received, 0, header.length, payload.length, 0);
    assertThat(received.asSlice(header.length, ciphertext.length).toArray(ValueLayout.JAVA_BYTE))
        .as(provider + ", " + vector.name())
        .isEqualTo(ciphertext);
    assertThat(
            received
                .asSlice((long) header.length + ciphertext.length, tag.length)
                .toArray(ValueLayout.JAVA_BYTE))
        .as(provider + ", " + vector.name())
        .isEqualTo(tag);
  }

  /** The same, between two packets that are none. */
  private static void checkBatch(
      Vector vector, CipherSuite suite, AeadProvider provider, MemorySegment received) {
    int header = vector.bytes("aad").length;
    byte[] payload = vector.bytes("msg");
    PacketProtection keys =
        KeyedPacketProtection.ofKey(
            suite, provider.aeads(), vector.bytes("key"), vector.bytes("iv"));
    PacketBatch batch = new PacketBatch(3);
    for (int i = 0; i < 3; i++) {
      MemorySegment packet = i == 1 ? received : MemorySegment.ofArray(new byte[60]);
      batch.addProtected(packet, 0, i == 1 ? header - 1 : 9, packet.byteSize());
      // As if the header had one byte of packet number, and no protection.
      batch.packetNumberLength(i, 1);
    }
    keys.open(batch);
    assertThat(batch.openedLength(0)).isEqualTo(PacketBatch.DROPPED);
    assertThat(batch.openedLength(1))
        .as(provider + ", " + vector.name())
        .isEqualTo(vector.valid() ? payload.length : PacketBatch.DROPPED);
    assertThat(batch.openedLength(2)).isEqualTo(PacketBatch.DROPPED);
    assertThat(keys.openFailureCount()).isEqualTo(vector.valid() ? 2 : 3);
    if (vector.valid()) {
      assertThat(received.asSlice(header, payload.length).toArray(ValueLayout.JAVA_BYTE))
          .as(provider + ", " + vector.name())
          .isEqualTo(payload);
    }
  }

  @Test
  void shouldAgreeOnHkdfSha256() throws IOException {
    checkHkdf("hkdf_sha256_test.json", "SHA-256");
  }

  @Test
  void shouldAgreeOnHkdfSha384() throws IOException {
    checkHkdf("hkdf_sha384_test.json", "SHA-384");
  }

  private static void checkHkdf(String file, String hash) throws IOException {
    int checked = 0;
    for (Vector vector : vectors(file)) {
      byte[] secret = Hkdf.extract(hash, vector.bytes("salt"), vector.bytes("ikm"));
      int size = ((Long) vector.members().get("size")).intValue();
      byte[] output = null;
      try {
        output = Hkdf.expand(hash, secret, vector.bytes("info"), size);
      } catch (IllegalArgumentException e) {
        assertThat(vector.valid() || vector.acceptable()).as(vector.name()).isFalse();
      }
      if (output != null) {
        assertThat(output).as(vector.name()).isEqualTo(vector.bytes("okm"));
      }
      checked++;
    }
    assertThat(checked).isGreaterThan(80);
  }

  /** HKDF-Extract is HMAC with the salt as its key, which Finished is computed with too. */
  @Test
  void shouldAgreeOnHmacSha256() throws IOException {
    int checked = 0;
    for (Vector vector : vectors("hmac_sha256_test.json")) {
      byte[] tag = Hkdf.extract("SHA-256", vector.bytes("key"), vector.bytes("msg"));
      byte[] truncated = Arrays.copyOf(tag, (int) vector.size("tagSize") / Byte.SIZE);
      assertThat(Arrays.equals(truncated, vector.bytes("tag")))
          .as(vector.name())
          .isEqualTo(vector.valid());
      checked++;
    }
    assertThat(checked).isGreaterThan(150);
  }
}
