package io.hypermesh.trustchain.transparency;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.transparency.MerkleGoldenTest.MemoryNodes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MerkleProofsProperties {
  private static final int SIZE_MAX = 300;
  private static final MemoryNodes NODES = new MemoryNodes();
  private static final List<MerkleHash> ROOTS = new ArrayList<>();
  private static final List<MerkleHash> LEAVES = new ArrayList<>();

  static {
    MerkleTree tree = new MerkleTree(new MerkleHasher());
    ROOTS.add(tree.root());
    for (int i = 0; i < SIZE_MAX; i++) {
      LEAVES.add(new MerkleHasher().leaf(ByteBuffer.allocate(4).putInt(i).array()));
      tree.append(LEAVES.get(i), NODES.list::add);
      ROOTS.add(tree.root());
    }
  }

  @Test
  void shouldVerifyEveryInclusionProofOfEverySize() throws StoreException {
    for (int size = 1; size <= SIZE_MAX; size++) {
      for (int leaf = 0; leaf < size; leaf++) {
        List<MerkleHash> proof = MerkleProofs.inclusion(leaf, size, NODES);
        assertThat(
                MerkleProofs.verifyInclusion(LEAVES.get(leaf), leaf, size, proof, ROOTS.get(size)))
            .isTrue();
      }
    }
  }

  @Test
  void shouldVerifyEveryConsistencyProofOfEverySize() throws StoreException {
    for (int newSize = 0; newSize <= SIZE_MAX; newSize++) {
      for (int oldSize = Math.min(1, newSize); oldSize <= newSize; oldSize++) {
        List<MerkleHash> proof = MerkleProofs.consistency(oldSize, newSize, NODES);
        assertThat(
                MerkleProofs.verifyConsistency(
                    oldSize, newSize, proof, ROOTS.get(oldSize), ROOTS.get(newSize)))
            .isTrue();
      }
    }
  }

  @Property
  void shouldRejectEveryMutatedInclusionProof(
      @ForAll @IntRange(min = 1, max = SIZE_MAX) int size,
      @ForAll @IntRange(max = SIZE_MAX) int leafSeed,
      @ForAll @IntRange(max = 1000) int where)
      throws StoreException {
    int leaf = leafSeed % size;
    List<MerkleHash> proof = MerkleProofs.inclusion(leaf, size, NODES);
    MerkleHash root = ROOTS.get(size);
    assertThat(verifies(LEAVES.get(leaf), leaf, size, longer(proof, where), root)).isFalse();
    assertThat(verifies(flipped(LEAVES.get(leaf), where), leaf, size, proof, root)).isFalse();
    assertThat(verifies(LEAVES.get(leaf), leaf, size, proof, flipped(root, where))).isFalse();
    assertThat(verifies(LEAVES.get(leaf), size, size, proof, root)).isFalse();
    assertThat(verifies(LEAVES.get(leaf), -1, size, proof, root)).isFalse();
    if (size > 1) {
      assertThat(verifies(LEAVES.get((leaf + 1) % size), leaf, size, proof, root)).isFalse();
      assertThat(verifies(LEAVES.get(leaf), (leaf + 1) % size, size, proof, root)).isFalse();
      assertThat(verifies(LEAVES.get(leaf), leaf, size, changed(proof, where), root)).isFalse();
      List<MerkleHash> shorter = proof.subList(0, proof.size() - 1);
      assertThat(verifies(LEAVES.get(leaf), leaf, size, shorter, root)).isFalse();
    }
  }

  @Property
  void shouldRejectEveryMutatedConsistencyProof(
      @ForAll @IntRange(min = 2, max = SIZE_MAX) int newSize,
      @ForAll @IntRange(max = SIZE_MAX) int oldSeed,
      @ForAll @IntRange(max = 1000) int where)
      throws StoreException {
    int oldSize = 1 + oldSeed % (newSize - 1);
    List<MerkleHash> proof = MerkleProofs.consistency(oldSize, newSize, NODES);
    MerkleHash oldRoot = ROOTS.get(oldSize);
    MerkleHash newRoot = ROOTS.get(newSize);
    assertThat(consistent(oldSize, newSize, changed(proof, where), oldRoot, newRoot)).isFalse();
    assertThat(consistent(oldSize, newSize, longer(proof, where), oldRoot, newRoot)).isFalse();
    assertThat(consistent(oldSize, newSize, List.of(), oldRoot, newRoot)).isFalse();
    assertThat(consistent(oldSize, newSize, proof, flipped(oldRoot, where), newRoot)).isFalse();
    assertThat(consistent(oldSize, newSize, proof, oldRoot, flipped(newRoot, where))).isFalse();
    assertThat(consistent(oldSize, newSize, proof, newRoot, oldRoot)).isFalse();
    assertThat(consistent(newSize, oldSize, proof, oldRoot, newRoot)).isFalse();
    List<MerkleHash> shorter = proof.subList(0, proof.size() - 1);
    assertThat(consistent(oldSize, newSize, shorter, oldRoot, newRoot)).isFalse();
  }

  @Test
  void shouldBoundTheWorkOfAProofThatIsTooLong() {
    List<MerkleHash> proof = Collections.nCopies(100_000, ROOTS.getFirst());
    assertThat(verifies(LEAVES.get(0), 0, Long.MAX_VALUE, proof, ROOTS.get(1))).isFalse();
    assertThat(consistent(1, Long.MAX_VALUE, proof, ROOTS.get(1), ROOTS.get(2))).isFalse();
  }

  private static boolean verifies(
      MerkleHash leaf, long index, long size, List<MerkleHash> proof, MerkleHash root) {
    return MerkleProofs.verifyInclusion(leaf, index, size, proof, root);
  }

  private static boolean consistent(
      long oldSize, long newSize, List<MerkleHash> proof, MerkleHash oldRoot, MerkleHash newRoot) {
    return MerkleProofs.verifyConsistency(oldSize, newSize, proof, oldRoot, newRoot);
  }

  private static List<MerkleHash> longer(List<MerkleHash> proof, int where) {
    List<MerkleHash> longer = new ArrayList<>(proof);
    longer.add(where % (proof.size() + 1), ROOTS.get(where % ROOTS.size()));
    return longer;
  }

  private static List<MerkleHash> changed(List<MerkleHash> proof, int where) {
    List<MerkleHash> changed = new ArrayList<>(proof);
    int index = where % proof.size();
    changed.set(index, flipped(proof.get(index), where));
    return changed;
  }

  private static MerkleHash flipped(MerkleHash hash, int where) {
    byte[] bytes = hash.bytes();
    bytes[where % bytes.length] ^= (byte) (1 << (where & 7));
    return MerkleHash.of(bytes);
  }
}
