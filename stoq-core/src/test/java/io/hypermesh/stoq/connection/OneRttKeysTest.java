package io.hypermesh.stoq.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.connection.OneRttKeys.Generation;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Two ends of a key update. */
class OneRttKeysTest {
  private static final CipherSuite SUITE = CipherSuite.AES_128_GCM_SHA256;

  private final OneRttKeys one = keys((byte) 1, (byte) 2);
  private final OneRttKeys other = keys((byte) 2, (byte) 1);

  private static OneRttKeys keys(byte read, byte write) {
    OneRttKeys keys = new OneRttKeys(PacketProtectionProviders.preset(), 1_000);
    byte[] readSecret = new byte[32];
    readSecret[0] = read;
    byte[] writeSecret = new byte[32];
    writeSecret[0] = write;
    keys.installRead(QuicVersion.V1, SUITE, readSecret);
    keys.installWrite(QuicVersion.V1, SUITE, writeSecret);
    return keys;
  }

  /** Seals a packet on one end and opens it at the other; false where it isn't authentic. */
  private static boolean pass(OneRttKeys from, OneRttKeys to, long number)
      throws TransportException {
    return open(to, seal(from, number), from.phase(), number);
  }

  private static MemorySegment seal(OneRttKeys from, long number) {
    MemorySegment packet = MemorySegment.ofArray(new byte[60]);
    // A short header with a packet number of four bytes.
    packet.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x43);
    PacketProtection writer = from.writer();
    writer.seal(packet, 0, 13, 4, 20, number);
    from.onSent(number);
    return packet;
  }

  private static boolean open(OneRttKeys to, MemorySegment packet, boolean phase, long number)
      throws TransportException {
    Generation generation = to.generationOf(phase, number);
    PacketProtection reader = to.reader(generation);
    reader.unprotectHeader(packet, 0, 9, 49);
    if (reader.open(packet, 0, 13, 36, number) < 0) {
      return false;
    }
    to.onOpened(generation, number, 300, 1_000);
    return true;
  }

  @Test
  void shouldFollowThePeersUpdate() throws TransportException {
    assertThat(pass(one, other, 0)).isTrue();
    one.onAcknowledged(0);
    assertThat(one.canInitiate()).isTrue();
    one.initiate();
    assertThat(other.phase()).isFalse();
    assertThat(pass(one, other, 1)).isTrue();
    assertThat(other.phase()).isTrue();
    assertThat(pass(other, one, 0)).isTrue();
    assertThat(one.updates()).isEqualTo(1);
    assertThat(other.updates()).isEqualTo(1);
  }

  @Test
  void shouldOpenPacketsOfThePreviousPhaseForAWhile() throws TransportException {
    MemorySegment late = seal(one, 5);
    one.onAcknowledged(5);
    one.initiate();
    assertThat(pass(one, other, 6)).isTrue();
    assertThat(other.previousDeadlineNanos()).isEqualTo(1_300);
    assertThat(open(other, late, false, 5)).isTrue();
    assertThat(other.updates()).isEqualTo(1);
    other.onTimeout(1_300);
    assertThat(other.generationOf(false, 4)).isEqualTo(Generation.NEXT);
  }

  @Test
  void shouldNotUpdateAgainBeforeAPacketOfThePhaseIsAcknowledged() throws TransportException {
    assertThat(one.canInitiate()).as("nothing acknowledged").isFalse();
    pass(one, other, 0);
    one.onAcknowledged(0);
    one.initiate();
    assertThat(one.canInitiate()).isFalse();
    pass(one, other, 1);
    one.onAcknowledged(0);
    assertThat(one.canInitiate()).as("that was of the phase before").isFalse();
    pass(other, one, 0);
    one.onAcknowledged(1);
    assertThat(one.canInitiate()).as("the previous keys are still there").isFalse();
    one.onTimeout(1_300);
    assertThat(one.canInitiate()).isTrue();
  }

  @Test
  void shouldRefuseAnUpdateThatThePeerCanNotHaveBeenAllowed() throws TransportException {
    one.initiate();
    pass(one, other, 1);
    one.initiate();
    assertThatThrownBy(() -> pass(one, other, 2))
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> assertThat(e.errorCode()).isEqualTo(TransportErrorCode.KEY_UPDATE_ERROR));
  }

  @Test
  void shouldBeDueForAnUpdateAfterSoManyPackets() {
    for (int number = 0; number < 999; number++) {
      seal(one, number);
    }
    assertThat(one.isUpdateDue(new PacketSealer())).isFalse();
    seal(one, 999);
    assertThat(one.isUpdateDue(new PacketSealer())).isTrue();
    one.onAcknowledged(999);
    one.initiate();
    assertThat(one.isUpdateDue(new PacketSealer())).isFalse();
  }

  @Test
  void shouldHaveNoKeysOnceClosed() {
    one.close();
    assertThat(one.reader()).isNull();
    assertThat(one.writer()).isNull();
    assertThat(one.canInitiate()).isFalse();
  }
}
