package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.ChaCha20ParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class ChaCha20BlockTest {
  /** RFC 8439, 2.3.2. */
  @Test
  void shouldComputeTheBlockOfTheRfc() {
    byte[] key = new byte[32];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) i;
    }
    long bytes = ChaCha20Block.firstBytes(ChaCha20Block.key(key), 1, 0x0900_0000, 0x4a00_0000, 0);
    // 10 f1 e7 e4 d1 3b 59 15, of which the first is the lowest.
    assertThat(bytes).isEqualTo(0x1559_3bd1_e4e7_f110L);
  }

  @Test
  void shouldComputeWhatThePlatformsCipherDoes() throws GeneralSecurityException {
    Random random = new Random(7);
    Cipher cipher = Cipher.getInstance("ChaCha20");
    for (int round = 0; round < 200; round++) {
      byte[] key = new byte[32];
      byte[] nonce = new byte[12];
      random.nextBytes(key);
      random.nextBytes(nonce);
      int counter = random.nextInt();
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(key, "ChaCha20"),
          new ChaCha20ParameterSpec(nonce, counter));
      byte[] expected = cipher.doFinal(new byte[8]);
      long bytes =
          ChaCha20Block.firstBytes(
              ChaCha20Block.key(key),
              counter,
              ChaCha20Block.littleEndian(nonce, 0),
              ChaCha20Block.littleEndian(nonce, 4),
              ChaCha20Block.littleEndian(nonce, 8));
      byte[] actual = new byte[8];
      for (int i = 0; i < actual.length; i++) {
        actual[i] = (byte) (bytes >>> (Byte.SIZE * i));
      }
      assertThat(Arrays.equals(actual, expected)).as("round %s", round).isTrue();
    }
  }
}
