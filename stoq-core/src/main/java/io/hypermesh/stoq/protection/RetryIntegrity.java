package io.hypermesh.stoq.protection;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.QuicVersion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The integrity tag of a Retry packet (RFC 9001, 5.8; RFC 9369, 3.3.3), which shows that its sender
 * saw the client's first packet. Its key is the version's that the packet names. Stateless; safe
 * for use by any thread.
 */
public final class RetryIntegrity {
  private static final ValueLayout.OfInt VERSION =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Where the version of a long header ends. */
  private static final int VERSION_END = 1 + Integer.BYTES;

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
    if (withoutTag < VERSION_END) {
      return false;
    }
    byte[] received =
        packet.asSlice(offset + withoutTag, CipherSuite.TAG_LENGTH).toArray(ValueLayout.JAVA_BYTE);
    byte[] computed = tag(packet, offset, withoutTag, originalDestination);
    return MessageDigest.isEqual(received, computed);
  }

  private static byte[] tag(
      MemorySegment packet, long offset, int length, ConnectionId originalDestination) {
    QuicVersion version = QuicVersion.requireWire(packet.get(VERSION, offset + 1));
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(version.retryKey(), "AES"),
          new GCMParameterSpec(CipherSuite.TAG_LENGTH * Byte.SIZE, version.retryNonce()));
      cipher.updateAAD(new byte[] {(byte) originalDestination.length()});
      cipher.updateAAD(originalDestination.toByteArray());
      cipher.updateAAD(packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
      return cipher.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("couldn't compute a Retry integrity tag", e);
    }
  }
}
