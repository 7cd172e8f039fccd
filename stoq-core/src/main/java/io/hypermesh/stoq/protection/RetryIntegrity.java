package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.ConnectionId;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The integrity tag of a version 1 Retry packet (RFC 9001, 5.8), which shows that its sender saw
 * the client's first packet. Stateless; safe for use by any thread.
 */
public final class RetryIntegrity {
  private static final byte[] KEY = HexFormat.of().parseHex("be0c690b9f66575a1d766b54e368c84e");
  private static final byte[] NONCE = HexFormat.of().parseHex("461599d35d632bf2239825bb");

  private RetryIntegrity() {}

  /**
   * Appends the tag to a Retry packet.
   *
   * @param length bytes of the packet without its tag; there is room for 16 more
   * @param originalDestination the destination connection ID of the client's first Initial packet
   * @return bytes of the tag
   */
  public static int putTag(
      MemorySegment packet, long offset, int length, ConnectionId originalDestination) {
    byte[] tag = tag(packet, offset, length, originalDestination);
    MemorySegment.copy(tag, 0, packet, ValueLayout.JAVA_BYTE, offset + length, tag.length);
    return tag.length;
  }

  /**
   * Whether a Retry packet's tag is right.
   *
   * @param length bytes of the packet, its tag included
   * @param originalDestination the destination connection ID of the first Initial packet sent
   */
  public static boolean verify(
      MemorySegment packet, long offset, int length, ConnectionId originalDestination) {
    int withoutTag = length - CipherSuite.TAG_LENGTH;
    if (withoutTag < 0) {
      return false;
    }
    byte[] received =
        packet.asSlice(offset + withoutTag, CipherSuite.TAG_LENGTH).toArray(ValueLayout.JAVA_BYTE);
    byte[] computed = tag(packet, offset, withoutTag, originalDestination);
    return MessageDigest.isEqual(received, computed);
  }

  private static byte[] tag(
      MemorySegment packet, long offset, int length, ConnectionId originalDestination) {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(KEY, "AES"),
          new GCMParameterSpec(CipherSuite.TAG_LENGTH * Byte.SIZE, NONCE));
      cipher.updateAAD(new byte[] {(byte) originalDestination.length()});
      cipher.updateAAD(originalDestination.toByteArray());
      cipher.updateAAD(packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
      return cipher.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't compute a Retry integrity tag", e);
    }
  }
}
