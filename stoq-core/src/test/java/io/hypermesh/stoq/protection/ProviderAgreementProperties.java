package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketNumbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Every provider makes of a packet what every other makes of it, whatever its size and the memory
 * that it lies in, alone and among others, good or not.
 */
class ProviderAgreementProperties {
  private static final int PACKETS_MAX = 6;
  private static final int ID_LENGTH = 5;

  /** The largest payload of UDP, less header and tag. */
  private static final int PAYLOAD_MAX = 65_527 - 32;

  /** A packet's place, the same for all providers but for the memory. */
  private record Plan(int offset, boolean heap, int payload, int numberLength, long number) {
    int header() {
      return 1 + ID_LENGTH + numberLength;
    }

    int end() {
      return offset + header() + payload + CipherSuite.TAG_LENGTH;
    }
  }

  private static List<Plan> plans(Random random, int count) {
    List<Plan> plans = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int payload =
          switch (random.nextInt(4)) {
            case 0 -> 4 + random.nextInt(60);
            case 1 -> 1_100 + random.nextInt(400);
            case 2 -> 4 + random.nextInt(5_000);
            default -> random.nextInt(8) == 0 ? PAYLOAD_MAX : 4 + random.nextInt(20_000);
          };
      // Odd offsets: nothing may depend on how a packet is aligned.
      plans.add(
          new Plan(
              random.nextInt(70),
              random.nextBoolean(),
              payload,
              1 + random.nextInt(4),
              random.nextLong() & PacketNumbers.MAX));
    }
    return plans;
  }

  private static List<MemorySegment> packets(List<Plan> plans, long seed, Arena arena) {
    Random random = new Random(seed);
    List<MemorySegment> packets = new ArrayList<>();
    for (Plan plan : plans) {
      byte[] bytes = new byte[plan.end() + random.nextInt(20)];
      random.nextBytes(bytes);
      MemorySegment packet = MemorySegment.ofArray(bytes);
      if (!plan.heap) {
        packet = arena.allocate(bytes.length, 1).copyFrom(packet);
      }
      ConnectionId id = ConnectionId.of(new byte[ID_LENGTH]);
      PacketHeaders.putShort(packet, plan.offset, id, false, false, plan.number, plan.numberLength);
      packets.add(packet);
    }
    return packets;
  }

  private static PacketBatch toSeal(List<Plan> plans, List<MemorySegment> packets) {
    PacketBatch batch = new PacketBatch(PACKETS_MAX);
    for (int i = 0; i < plans.size(); i++) {
      Plan p = plans.get(i);
      batch.add(packets.get(i), p.offset, p.header(), p.numberLength, p.payload, p.number);
    }
    return batch;
  }

  @Property(tries = 120)
  void shouldSealAndOpenAsEveryOtherDoes(
      @ForAll CipherSuite suite,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = PACKETS_MAX) int count) {
    try (Arena arena = Arena.ofConfined()) {
      List<Plan> plans = plans(new Random(seed), count);
      List<byte[]> expected = new ArrayList<>();
      for (AeadProvider provider : ProviderCase.of(suite)) {
        List<MemorySegment> packets = packets(plans, seed, arena);
        try (PacketProtection keys = new ProviderCase(provider, suite).keys(5)) {
          keys.seal(toSeal(plans, packets));
          assertThat(keys.sealedCount()).isEqualTo(count);
        }
        for (int i = 0; i < count; i++) {
          byte[] sealed = packets.get(i).toArray(ValueLayout.JAVA_BYTE);
          if (expected.size() <= i) {
            expected.add(sealed);
          } else {
            assertThat(sealed).as("%s: %s", provider, plans.get(i)).isEqualTo(expected.get(i));
          }
        }
      }
      for (AeadProvider provider : ProviderCase.of(suite)) {
        checkOpening(new ProviderCase(provider, suite), plans, expected, seed, arena);
      }
    }
  }

  /** Some of the packets are changed in one bit on the way. */
  private static void checkOpening(
      ProviderCase of, List<Plan> plans, List<byte[]> sealed, long seed, Arena arena) {
    Random random = new Random(seed);
    PacketBatch batch = new PacketBatch(PACKETS_MAX);
    List<MemorySegment> received = packets(plans, seed, arena);
    List<byte[]> tags = new ArrayList<>();
    boolean[] changed = new boolean[plans.size()];
    for (int i = 0; i < plans.size(); i++) {
      Plan p = plans.get(i);
      byte[] bytes = sealed.get(i).clone();
      changed[i] = random.nextInt(3) == 0;
      if (changed[i]) {
        bytes[p.offset + random.nextInt(p.end() - p.offset)] ^= (byte) (1 << random.nextInt(8));
      }
      received.get(i).copyFrom(MemorySegment.ofArray(bytes));
      tags.add(tag(received.get(i), p));
      batch.addProtected(received.get(i), p.offset, p.offset + 1 + ID_LENGTH, p.end());
    }
    List<MemorySegment> plain = packets(plans, seed, arena);
    try (PacketProtection keys = of.keys(5)) {
      keys.unprotectHeaders(batch);
      for (int i = 0; i < plans.size(); i++) {
        batch.packetNumber(i, plans.get(i).number);
      }
      keys.open(batch);
      int failed = 0;
      for (int i = 0; i < plans.size(); i++) {
        Plan p = plans.get(i);
        assertThat(batch.openedLength(i))
            .as("%s: %s", of, p)
            .isEqualTo(changed[i] ? PacketBatch.DROPPED : p.payload);
        if (changed[i]) {
          failed++;
          // What may be a stateless reset's token is left as it came.
          assertThat(tag(received.get(i), p)).isEqualTo(tags.get(i));
        } else {
          long from = p.offset;
          long to = (long) p.end() - CipherSuite.TAG_LENGTH;
          assertThat(MemorySegment.mismatch(received.get(i), from, to, plain.get(i), from, to))
              .as("%s: %s", of, p)
              .isEqualTo(-1);
        }
      }
      assertThat(keys.openFailureCount()).isEqualTo(failed);
    }
  }

  private static byte[] tag(MemorySegment packet, Plan plan) {
    return packet
        .asSlice((long) plan.end() - CipherSuite.TAG_LENGTH, CipherSuite.TAG_LENGTH)
        .toArray(ValueLayout.JAVA_BYTE);
  }
}
