package io.hypermesh.byzantine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class Ed25519Test {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void shouldSignTheSecondVectorOfRfc8032() {
    Ed25519.KeySigner signer =
        Ed25519.signer(
            HEX.parseHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
    assertThat(HEX.formatHex(signer.publicKey()))
        .endsWith("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assertThat(HEX.formatHex(signer.sign(new byte[] {0x72})))
        .isEqualTo(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  }

  @Test
  void shouldAgreeWithThePlatform() throws Exception {
    Ed25519.KeySigner signer = Ed25519.generate(new SecureRandom());
    byte[] message = {1, 2, 3};
    byte[] signature = signer.sign(message);
    Signature platform = Signature.getInstance("Ed25519");
    platform.initVerify(
        KeyFactory.getInstance("Ed25519")
            .generatePublic(new X509EncodedKeySpec(signer.publicKey())));
    platform.update(message);
    assertThat(platform.verify(signature)).isTrue();
    assertThat(Ed25519.verifier().verify(signer.publicKey(), message, signature)).isTrue();
  }

  @Test
  void shouldSayFalseToAnythingWrong() {
    Ed25519.KeySigner signer = Ed25519.generate(new SecureRandom());
    Verifier verifier = Ed25519.verifier();
    byte[] key = signer.publicKey();
    byte[] signature = signer.sign(new byte[] {1});
    assertThat(verifier.verify(key, new byte[] {2}, signature)).isFalse();
    assertThat(verifier.verify(key, new byte[] {1}, new byte[0])).isFalse();
    assertThat(verifier.verify(key, new byte[] {1}, new byte[64])).isFalse();
    assertThat(verifier.verify(new byte[0], new byte[] {1}, signature)).isFalse();
    assertThat(verifier.verify(new byte[key.length], new byte[] {1}, signature)).isFalse();
    byte[] notAPoint = key.clone();
    java.util.Arrays.fill(notAPoint, 12, 44, (byte) 0xff);
    assertThat(verifier.verify(notAPoint, new byte[] {1}, signature)).isFalse();
  }

  @Test
  void shouldNotSignOnceDestroyed() {
    Ed25519.KeySigner signer = Ed25519.generate(new SecureRandom());
    signer.destroy();
    assertThat(signer.isDestroyed()).isTrue();
    assertThatThrownBy(() -> signer.sign(new byte[1])).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Ed25519.signer(new byte[31]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
