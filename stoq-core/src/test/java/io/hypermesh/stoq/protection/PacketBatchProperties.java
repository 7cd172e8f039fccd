package io.hypermesh.stoq.protection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.ConnectionId;
import io.hypermesh.stoq.packet.PacketHeader;
import io.hypermesh.stoq.packet.PacketHeaders;
import io.hypermesh.stoq.packet.PacketNumbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What is done to a batch is what is done to its packets one by one. */
class PacketBatchProperties {
  private static final int PACKETS_MAX = 20;
  private static final int ID_LENGTH = 8;

  /** Where a packet lies, and what was to be protected. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Packet(
      MemorySegment buffer, int offset, int header, int numberLength, byte[] payload, long number) {
    int end() {
      return offset + header + payload.length + CipherSuite.TAG_LENGTH;
    }

    byte[] bytes() {
      return buffer.asSlice(offset, end() - offset).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Provide
  Arbitrary<ProviderCase> cases() {
    return Arbitraries.of(ProviderCase.all().toList());
  }

  /** Packets of any size, in one memory or several, on the heap or not. */
  private static List<Packet> packets(long seed, int count, Arena arena) {
    Random random = new Random(seed);
    List<Packet> packets = new ArrayList<>();
    MemorySegment shared = MemorySegment.ofArray(new byte[PACKETS_MAX * 400]);
    for (int i = 0; i < count; i++) {
      MemorySegment buffer =
          switch (random.nextInt(3)) {
            case 0 -> shared.asSlice(i * 400L, 400);
            case 1 -> arena.allocate(400);
            default -> MemorySegment.ofArray(new byte[400]);
          };
      int offset = random.nextInt(10);
      int numberLength = 1 + random.nextInt(4);
      long number = random.nextLong() & PacketNumbers.MAX;
      byte[] payload = new byte[4 + random.nextInt(300)];
      random.nextBytes(payload);
      ConnectionId id = ConnectionId.of(new byte[ID_LENGTH]);
      int header = PacketHeaders.putShort(buffer, offset, id, true, false, number, numberLength);
      MemorySegment.copy(
          payload, 0, buffer, ValueLayout.JAVA_BYTE, offset + header, payload.length);
      packets.add(new Packet(buffer, offset, header, numberLength, payload, number));
    }
    return packets;
  }

  private static PacketBatch toSeal(List<Packet> packets) {
    PacketBatch batch = new PacketBatch(PACKETS_MAX);
    for (Packet p : packets) {
      batch.add(p.buffer, p.offset, p.header, p.numberLength, p.payload.length, p.number);
    }
    return batch;
  }

  private static PacketBatch toOpen(List<Packet> packets) {
    PacketBatch batch = new PacketBatch(PACKETS_MAX);
    for (Packet p : packets) {
      batch.addProtected(p.buffer, p.offset, p.offset + 1 + ID_LENGTH, p.end());
    }
    return batch;
  }

  @Property(tries = 200)
  void shouldSealABatchAsOneByOne(
      @ForAll("cases") ProviderCase of,
      @ForAll long seed,
      @ForAll @IntRange(max = PACKETS_MAX) int count) {
    try (Arena arena = Arena.ofConfined();
        PacketProtection together = of.keys(3);
        PacketProtection oneByOne = of.keys(3)) {
      List<Packet> batch = packets(seed, count, arena);
      List<Packet> single = packets(seed, count, arena);
      together.seal(toSeal(batch));
      for (int i = 0; i < count; i++) {
        Packet p = single.get(i);
        oneByOne.seal(p.buffer, p.offset, p.header, p.numberLength, p.payload.length, p.number);
        assertThat(batch.get(i).buffer.toArray(ValueLayout.JAVA_BYTE))
            .as("packet %s", i)
            .isEqualTo(p.buffer.toArray(ValueLayout.JAVA_BYTE));
      }
      assertThat(together.sealedCount()).isEqualTo(count).isEqualTo(oneByOne.sealedCount());
    }
  }

  @Property(tries = 300)
  void shouldOpenTheGoodPacketsOfABatchWhateverTheOthersAre(
      @ForAll("cases") ProviderCase of,
      @ForAll long seed,
      @ForAll @IntRange(max = PACKETS_MAX) int count,
      @ForAll @Size(PACKETS_MAX) boolean[] changed) {
    try (Arena arena = Arena.ofConfined();
        PacketProtection sender = of.keys(3);
        PacketProtection together = of.keys(3);
        PacketProtection oneByOne = of.keys(3)) {
      List<Packet> packets = packets(seed, count, arena);
      List<Packet> copies = packets(seed, count, arena);
      sender.seal(toSeal(packets));
      Random random = new Random(seed);
      for (int i = 0; i < count; i++) {
        Packet p = packets.get(i);
        if (changed[i]) {
          int place = p.offset + random.nextInt(p.end() - p.offset);
          int other = p.buffer.get(ValueLayout.JAVA_BYTE, place) ^ 1 << random.nextInt(8);
          p.buffer.set(ValueLayout.JAVA_BYTE, place, (byte) other);
        }
        copies.get(i).buffer.copyFrom(p.buffer);
      }

      PacketBatch batch = toOpen(packets);
      together.unprotectHeaders(batch);
      for (int i = 0; i < count; i++) {
        batch.packetNumber(i, packets.get(i).number);
      }
      together.open(batch);

      for (int i = 0; i < count; i++) {
        Packet p = copies.get(i);
        int at = p.offset + 1 + ID_LENGTH;
        int length = oneByOne.unprotectHeader(p.buffer, p.offset, at, p.end());
        int header = 1 + ID_LENGTH + length;
        int opened =
            oneByOne.open(p.buffer, p.offset, header, p.end() - p.offset - header, p.number);
        assertThat(batch.packetNumberLength(i)).isEqualTo(length);
        assertThat(batch.openedLength(i)).as("packet %s", i).isEqualTo(opened);
        if (opened >= 0) {
          assertThat(packets.get(i).bytes()).isEqualTo(p.bytes());
        }
        assertThat(opened).isEqualTo(changed[i] ? PacketBatch.DROPPED : p.payload.length);
      }
      assertThat(together.openFailureCount()).isEqualTo(oneByOne.openFailureCount());
    }
  }

  @Property(tries = 500)
  void shouldDropRandomBytesInABatch(
      @ForAll("cases") ProviderCase of,
      @ForAll @Size(max = 8) List<@Size(max = 100) byte[]> datagrams,
      @ForAll @IntRange(max = 8) int goodAt) {
    try (Arena arena = Arena.ofConfined();
        PacketProtection sender = of.keys(3);
        PacketProtection receiver = of.keys(3)) {
      Packet good = packets(goodAt, 1, arena).getFirst();
      sender.seal(toSeal(List.of(good)));
      PacketBatch batch = new PacketBatch(PACKETS_MAX);
      PacketHeader view = new PacketHeader();
      int goodIndex = -1;
      for (int i = 0; i <= datagrams.size(); i++) {
        if (i == Math.min(goodAt, datagrams.size())) {
          goodIndex = batch.size();
          batch.addProtected(good.buffer, good.offset, good.offset + 1 + ID_LENGTH, good.end());
        }
        byte[] bytes = i < datagrams.size() ? datagrams.get(i) : new byte[0];
        MemorySegment datagram = MemorySegment.ofArray(bytes);
        if (view.parse(datagram, 0, bytes.length, ID_LENGTH)
            && view.packetNumberOffset() > 0
            && view.packetNumberOffset() <= view.packetEnd()) {
          batch.addProtected(datagram, 0, view.packetNumberOffset(), view.packetEnd());
        }
      }
      receiver.unprotectHeaders(batch);
      batch.packetNumber(goodIndex, good.number);
      receiver.open(batch);
      for (int i = 0; i < batch.size(); i++) {
        assertThat(batch.openedLength(i))
            .isEqualTo(i == goodIndex ? good.payload.length : PacketBatch.DROPPED);
      }
      assertThat(
              good.buffer
                  .asSlice(good.offset + good.header, good.payload.length)
                  .toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(good.payload);
      assertThat(receiver.openFailureCount()).isLessThanOrEqualTo(batch.size() - 1L);
    }
  }
}
