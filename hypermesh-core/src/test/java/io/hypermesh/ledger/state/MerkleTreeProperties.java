package io.hypermesh.ledger.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Digest;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class MerkleTreeProperties {
  private static final Digest EMPTY = Digest.ZERO;

  /** The definition, without anything incremental. */
  private static Digest reference(AssetTable table) {
    List<Digest> level = new ArrayList<>();
    for (int slot = 0; slot < table.size(); slot++) {
      level.add(Digest.sha256(new byte[] {0}, record(table, slot)));
    }
    if (level.isEmpty()) {
      return EMPTY;
    }
    Digest empty = EMPTY;
    while (level.size() > 1) {
      List<Digest> above = new ArrayList<>();
      for (int i = 0; i < level.size(); i += 2) {
        Digest right = i + 1 < level.size() ? level.get(i + 1) : empty;
        above.add(Digest.sha256(new byte[] {1}, level.get(i).bytes(), right.bytes()));
      }
      empty = Digest.sha256(new byte[] {1}, empty.bytes(), empty.bytes());
      level = above;
    }
    return level.getFirst();
  }

  private static byte[] record(AssetTable table, int slot) {
    byte[] record = new byte[AssetLayout.BYTES];
    table.copyRecord(slot, record, 0);
    return record;
  }

  private static void scribble(AssetTable table, int slot, Random random) {
    table
        .pageToWrite(slot)
        .set(
            ValueLayout.JAVA_BYTE,
            AssetTable.offset(slot) + random.nextInt(AssetLayout.BYTES),
            (byte) random.nextInt());
  }

  @Property(tries = 200)
  void shouldComeToTheRootOfTheDefinitionWhateverTheBlocks(
      @ForAll @Size(max = 12) List<@IntRange(max = 40) Integer> appended, @ForAll long seed) {
    Random random = new Random(seed);
    AssetTable table = new AssetTable();
    MerkleTree tree = new MerkleTree();
    assertThat(tree.root()).isEqualTo(EMPTY);
    for (int count : appended) {
      int[] dirty = new int[count + 10];
      int dirtyCount = 0;
      for (int i = 0; i < count; i++) {
        dirty[dirtyCount++] = table.append();
      }
      for (int i = 0; i < 10 && table.size() > 0; i++) {
        int slot = random.nextInt(table.size());
        scribble(table, slot, random);
        dirty[dirtyCount++] = slot;
      }
      tree.update(table, dirty, dirtyCount);
      assertThat(tree.root()).isEqualTo(reference(table));
    }
    for (int slot = 0; slot < table.size(); slot++) {
      List<Digest> path = tree.path(slot);
      assertThat(path).hasSize(MerkleTree.depth(table.size()));
      assertThat(MerkleTree.rootFrom(record(table, slot), slot, path)).isEqualTo(tree.root());
    }
  }

  @Example
  void shouldCopyOnlySharedPagesBeforeWriting() {
    AssetTable table = new AssetTable();
    int slots = SnapshotFormat.RECORDS_PER_CHUNK + 1;
    for (int i = 0; i < slots; i++) {
      table.append();
    }
    List<AssetTable.Page> before = table.share();
    Digest first = before.getFirst().fullHash();
    scribble(table, slots - 1, new Random(1));
    List<AssetTable.Page> after = table.share();
    assertThat(after.get(0)).isSameAs(before.get(0));
    assertThat(after.get(1)).isNotSameAs(before.get(1));
    assertThat(before.get(1).bytes(1)).containsOnly(0);
    assertThat(before.getFirst().fullHash()).isEqualTo(first);
  }

  @Example
  void shouldBeAsDeepAsTheLeavesNeed() {
    assertThat(MerkleTree.depth(0)).isZero();
    assertThat(MerkleTree.depth(1)).isZero();
    assertThat(MerkleTree.depth(2)).isEqualTo(1);
    assertThat(MerkleTree.depth(3)).isEqualTo(2);
    assertThat(MerkleTree.depth(10_000_000)).isEqualTo(24);
    assertThat(MerkleTree.depth(Integer.MAX_VALUE)).isEqualTo(MerkleTree.DEPTH_MAX);
  }
}
