package io.hypermesh.jmh.protocol;

import io.hypermesh.stoq.connection.Connection;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;

/**
 * Packet protection that protects nothing and touches nothing: the tag's bytes are left as they
 * are, the header stays in the clear. What a connection costs with it is the protocol's alone.
 */
final class NullProtection implements PacketProtection {
  private static final int PACKET_NUMBER_LENGTH_MASK = 0x03;

  private long sealed;

  /**
   * Puts it in the place of a connection's 1-RTT keys. By reflection: no product has a way to do
   * this, and none should.
   */
  static void install(Connection connection) {
    try {
      Object state = field(Connection.class, "state").get(connection);
      Field keysField = field(state.getClass(), "oneRtt");
      Object keys = keysField.get(state);
      for (String name : new String[] {"read", "nextRead", "write"}) {
        field(keys.getClass(), name).set(keys, new NullProtection());
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "couldn't take a connection's keys away because its fields have changed", e);
    }
  }

  private static Field field(Class<?> owner, String name) throws ReflectiveOperationException {
    Field field = owner.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  @Override
  public CipherSuite suite() {
    return CipherSuite.AES_128_GCM_SHA256;
  }

  @Override
  public void seal(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int packetNumberLength,
      int payloadLength,
      long packetNumber) {
    sealed++;
  }

  @Override
  public int unprotectHeader(
      MemorySegment packet, long headerOffset, long packetNumberOffset, long packetEnd) {
    return (packet.get(ValueLayout.JAVA_BYTE, headerOffset) & PACKET_NUMBER_LENGTH_MASK) + 1;
  }

  @Override
  public int open(
      MemorySegment packet,
      long headerOffset,
      int headerLength,
      int payloadLength,
      long packetNumber) {
    return payloadLength - CipherSuite.TAG_LENGTH;
  }

  @Override
  public PacketProtection update(byte[] nextSecret) {
    return new NullProtection();
  }

  @Override
  public long sealedCount() {
    return sealed;
  }

  @Override
  public long openFailureCount() {
    return 0;
  }

  @Override
  public void close() {
    // There is no key to erase.
  }
}
