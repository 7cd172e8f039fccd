package io.hypermesh.trustchain.transparency;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.trustchain.MerkleHash;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The published tree of eight leaves of transparency-dev/merkle. */
class MerkleGoldenTest {
  private static final String[] LEAVES = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f"
  };
  private static final String[][] NODES = {
    {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
      "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
      "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
      "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1"
    },
    {
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
    },
    {
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
    },
    {"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"}
  };
  private static final String[] ROOTS = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
  };

  @Test
  void shouldGiveThePublishedRootAtEverySize() throws Exception {
    MerkleTree tree = new MerkleTree(new MerkleHasher());
    MemoryNodes nodes = new MemoryNodes();
    assertThat(tree.root()).isEqualTo(hash(ROOTS[0]));
    for (int i = 0; i < LEAVES.length; i++) {
      tree.append(new MerkleHasher().leaf(HexFormat.of().parseHex(LEAVES[i])), nodes.list::add);
      assertThat(tree.root()).isEqualTo(hash(ROOTS[i + 1]));
      assertThat(MerkleProofs.root(i + 1L, nodes)).isEqualTo(hash(ROOTS[i + 1]));
    }
  }

  @Test
  void shouldStoreThePublishedHashOfEveryCompleteSubtree() {
    MemoryNodes nodes = goldenNodes();
    for (int level = 0; level < NODES.length; level++) {
      for (int index = 0; index < NODES[level].length; index++) {
        assertThat(nodes.node(level, index)).isEqualTo(hash(NODES[level][index]));
      }
    }
  }

  @Test
  void shouldGiveThePublishedProofs() throws Exception {
    MemoryNodes nodes = goldenNodes();
    assertThat(MerkleProofs.inclusion(0, 8, nodes))
        .containsExactly(hash(NODES[0][1]), hash(NODES[1][1]), hash(NODES[2][1]));
    assertThat(MerkleProofs.inclusion(5, 8, nodes))
        .containsExactly(hash(NODES[0][4]), hash(NODES[1][3]), hash(NODES[2][0]));
    assertThat(MerkleProofs.inclusion(2, 3, nodes)).containsExactly(hash(NODES[1][0]));
    assertThat(MerkleProofs.inclusion(0, 1, nodes)).isEmpty();
    assertThat(MerkleProofs.consistency(1, 8, nodes))
        .containsExactly(hash(NODES[0][1]), hash(NODES[1][1]), hash(NODES[2][1]));
    assertThat(MerkleProofs.consistency(2, 5, nodes))
        .containsExactly(hash(NODES[1][1]), hash(NODES[0][4]));
    assertThat(MerkleProofs.consistency(6, 8, nodes))
        .containsExactly(hash(NODES[1][2]), hash(NODES[1][3]), hash(NODES[2][0]));
  }

  private static MemoryNodes goldenNodes() {
    MemoryNodes nodes = new MemoryNodes();
    MerkleTree tree = new MerkleTree(new MerkleHasher());
    for (String leaf : LEAVES) {
      tree.append(new MerkleHasher().leaf(HexFormat.of().parseHex(leaf)), nodes.list::add);
    }
    return nodes;
  }

  private static MerkleHash hash(String hex) {
    return MerkleHash.of(HexFormat.of().parseHex(hex));
  }

  /** Nodes in the order in which they became complete. */
  static final class MemoryNodes implements NodeReader {
    final List<MerkleHash> list = new ArrayList<>();

    @Override
    public MerkleHash node(int level, long index) {
      return list.get((int) NodeReader.sequenceIndex(level, index));
    }
  }
}
