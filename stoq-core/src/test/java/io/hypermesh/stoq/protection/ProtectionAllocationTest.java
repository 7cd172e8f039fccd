package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.AllocationMeter;
import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Packet protection allocates what the JDK's cipher does when used directly, and nothing more. */
class ProtectionAllocationTest {
  private static final int HEADER = 11;
  private static final int PAYLOAD = 1400;

  /**
   * What escape analysis removes depends on how far the compiler has come, which a busy machine
   * delays; this is above that and far below a copy of the payload, which must never be made.
   */
  private static final int TOLERANCE = 512;

  private static PacketProtection keys(CipherSuite suite) {
    return PacketProtectionProviders.JCE.create(
        QuicVersion.V1, suite, new byte[suite.hashLength()]);
  }

  /** The AEAD by itself: key, nonce, header, payload, in one array. */
  private static double bytesOfCipherAlone(CipherSuite suite, boolean seal) throws Exception {
    boolean gcm = suite != CipherSuite.CHACHA20_POLY1305_SHA256;
    Cipher cipher = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
    Cipher sealer = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
    ErasableKey key = new ErasableKey(gcm ? "AES" : "ChaCha20", new byte[suite.keyLength()]);
    byte[] packet = new byte[1500];
    byte[] nonce = new byte[12];
    // To measure opening there has to be something good to open: always the same packet.
    sealer.init(
        Cipher.ENCRYPT_MODE,
        key,
        gcm ? new GCMParameterSpec(128, nonce) : new IvParameterSpec(nonce));
    sealer.updateAAD(packet, 0, HEADER);
    byte[] sealed = sealer.doFinal(packet, HEADER, PAYLOAD);
    return AllocationMeter.bytesEach(round -> {
      int length = seal ? PAYLOAD : PAYLOAD + 16;
      if (seal) {
        for (int i = 0; i < 8; i++) {
          nonce[i] = (byte) (round >>> (8 * i));
        }
      } else {
        System.arraycopy(sealed, 0, packet, HEADER, sealed.length);
      }
      cipher.init(
          seal ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE,
          key,
          gcm ? new GCMParameterSpec(128, nonce) : new IvParameterSpec(nonce));
      cipher.updateAAD(packet, 0, HEADER);
      cipher.doFinal(packet, HEADER, length, packet, HEADER);
    });
  }

  /** ChaCha20's header protection needs a cipher set up for each packet; AES's does not. */
  private static double bytesOfHeaderProtection(CipherSuite suite) throws Exception {
    MemorySegment packet = MemorySegment.ofArray(new byte[100]);
    HeaderProtection protection = new HeaderProtection(suite, new byte[suite.keyLength()]);
    double bytes = AllocationMeter.bytesEach(round -> protection.protect(packet, 0, 9, 2), 1);
    if (suite != CipherSuite.CHACHA20_POLY1305_SHA256) {
      assertThat(bytes).isLessThanOrEqualTo(1);
    }
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({
    "AES_128_GCM_SHA256, false", "AES_128_GCM_SHA256, true",
    "AES_256_GCM_SHA384, false", "CHACHA20_POLY1305_SHA256, false"
  })
  void shouldSealWithoutAllocatingMoreThanTheCipher(CipherSuite suite, boolean nativeMemory)
      throws Exception {
    double forced = bytesOfCipherAlone(suite, true) + bytesOfHeaderProtection(suite);
    try (Arena arena = Arena.ofConfined();
        PacketProtection keys = keys(suite)) {
      MemorySegment packet =
          nativeMemory ? arena.allocate(1500) : MemorySegment.ofArray(new byte[1500]);
      double bytes =
          AllocationMeter.bytesEach(
              round -> keys.seal(packet, 0, HEADER, 2, PAYLOAD, round), forced + TOLERANCE);
      assertThat(bytes).isLessThanOrEqualTo(forced + TOLERANCE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldOpenWithoutAllocatingMoreThanTheCipher(CipherSuite suite) throws Exception {
    double forced = bytesOfCipherAlone(suite, false) + bytesOfHeaderProtection(suite);
    try (PacketProtection sender = keys(suite);
        PacketProtection receiver = keys(suite)) {
      MemorySegment packet = MemorySegment.ofArray(new byte[HEADER + PAYLOAD + 16]);
      MemorySegment sealed = MemorySegment.ofArray(new byte[HEADER + PAYLOAD + 16]);
      sealed.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x41);
      sender.seal(sealed, 0, HEADER, 2, PAYLOAD, 0);
      double bytes =
          AllocationMeter.bytesEach(round -> {
            packet.copyFrom(sealed);
            receiver.unprotectHeader(packet, 0, HEADER - 2, packet.byteSize());
            if (receiver.open(packet, 0, HEADER, PAYLOAD + 16, 0) != PAYLOAD) {
              throw new AssertionError("a good packet was dropped");
            }
          });
      assertThat(bytes).isLessThanOrEqualTo(forced + TOLERANCE);
    }
  }
}
