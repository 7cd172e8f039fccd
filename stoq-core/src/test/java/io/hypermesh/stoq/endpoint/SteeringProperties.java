package io.hypermesh.stoq.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.stoq.driver.SteeringProgram;
import io.hypermesh.stoq.packet.ConnectionId;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** How connection IDs lead to shards, here and in the kernel. */
class SteeringProperties {
  /** One of optmem_max's smallest defaults holds a program of twice as many, after translation. */
  private static final int INSTRUCTIONS_MAX = 600;

  private static MemorySegment datagram(byte[] bytes, byte[] before) {
    byte[] all = new byte[before.length + bytes.length];
    System.arraycopy(before, 0, all, 0, before.length);
    System.arraycopy(bytes, 0, all, before.length, bytes.length);
    return MemorySegment.ofArray(all);
  }

  @Property(tries = 5_000)
  void shouldAgreeWithTheKernelsProgramOnEveryDatagram(
      @ForAll int key0,
      @ForAll int key1,
      @ForAll @IntRange(min = 1, max = Shards.SHARDS_MAX) int shards,
      @ForAll @Size(max = 40) byte[] bytes,
      @ForAll @Size(max = 3) byte[] before) {
    Steering steering = new Steering(key0, key1, shards);
    int chosen = steering.shardOf(datagram(bytes, before), before.length, bytes.length);
    assertThat(chosen).isBetween(0, shards - 1);
    assertThat(ClassicBpf.run(SteeringProgram.of(key0, key1, shards), bytes)).isEqualTo(chosen);
  }

  @Property(tries = 200)
  void shouldLeadAnIdToOneShardInEveryHeader(
      @ForAll @Size(8) byte[] id, @ForAll byte first, @ForAll int key0, @ForAll int key1) {
    Steering steering = new Steering(key0, key1, 7);
    byte[] shortHeader = new byte[30];
    shortHeader[0] = (byte) (first & 0x7f);
    System.arraycopy(id, 0, shortHeader, 1, id.length);
    byte[] longHeader = new byte[1_200];
    longHeader[0] = (byte) (first | 0x80);
    longHeader[5] = (byte) id.length;
    System.arraycopy(id, 0, longHeader, 6, id.length);
    int shard = steering.shardOf(ByteBuffer.wrap(id).getLong());
    assertThat(steering.shardOf(MemorySegment.ofArray(shortHeader), 0, 30)).isEqualTo(shard);
    assertThat(steering.shardOf(MemorySegment.ofArray(longHeader), 0, 1_200)).isEqualTo(shard);
  }

  @Example
  void shouldBeHalfSipHash() {
    // Linux, lib/tests/siphash_kunit.c: the key 00…07, the message 00…07, as in 32-bit kernels.
    assertThat(Steering.hash(0x03020100, 0x07060504, 0x03020100, 0x07060504))
        .isEqualTo(1_467_586_993);
  }

  @Property(tries = 20)
  void shouldSpreadIdsEvenly(@ForAll @IntRange(min = 2, max = 16) int shards, @ForAll long seed) {
    Random random = new Random(seed);
    Steering steering = new Steering(random.nextInt(), random.nextInt(), shards);
    int[] counts = new int[shards];
    int perShard = 1_000;
    // Numbers that differ in little: a weak function would lead them to few shards.
    long start = random.nextLong();
    for (long i = 0; i < (long) perShard * shards; i++) {
      counts[steering.shardOf(start + i)]++;
    }
    for (int count : counts) {
      // Six standard deviations.
      assertThat(count).isBetween(perShard - 190, perShard + 190);
    }
  }

  @Property(tries = 20)
  void shouldChooseIdsThatLeadToTheirShardAndTellNobodyElse(
      @ForAll @IntRange(min = 1, max = Shards.SHARDS_MAX) int count) {
    SecureRandom random = new SecureRandom();
    Shards shards =
        new Shards(Shards.steering(random, count), true, 1, new UsedTokens(1_000, 1, 0));
    int index = count - 1;
    Shard shard = shards.shard(index, Forwarding.NONE);
    int[] bits = new int[Long.SIZE];
    int ids = 200;
    try (EndpointSecret secret = EndpointSecret.random(random)) {
      RandomConnectionIds source = new RandomConnectionIds(secret, random, shard::owns);
      for (int i = 0; i < ids; i++) {
        ConnectionId id = source.next();
        long number = ByteBuffer.wrap(id.toByteArray()).getLong();
        assertThat(shards.steering.shardOf(number)).isEqualTo(index);
        for (int bit = 0; bit < Long.SIZE; bit++) {
          bits[bit] += (int) (number >>> bit) & 1;
        }
      }
    }
    for (int bit : bits) {
      // No bit says anything; six standard deviations.
      assertThat(bit).isBetween(100 - 43, 100 + 43);
    }
  }

  @Example
  void shouldTellNoKeyAndFitTheKernelsLimit() {
    SteeringProgram program = SteeringProgram.of(0x1a2b3c4d, 0x5e6f7a8b, 4);
    assertThat(program.length()).isLessThan(INSTRUCTIONS_MAX);
    String shown = program.toString() + new Steering(0x1a2b3c4d, 0x5e6f7a8b, 4);
    HexFormat hex = HexFormat.of();
    assertThat(shown)
        .doesNotContain(hex.toHexDigits(0x1a2b3c4d), Integer.toString(0x1a2b3c4d))
        .doesNotContain(hex.toHexDigits(0x5e6f7a8b), Integer.toString(0x5e6f7a8b));
    assertThatThrownBy(() -> SteeringProgram.of(1, 2, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Shards.steering(new SecureRandom(), Shards.SHARDS_MAX + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
