/** PBFT-style consensus that detects and proves misbehaviour, with a deterministic simulator. */
@org.jspecify.annotations.NullMarked
module io.hypermesh.byzantine {
  requires transitive org.jspecify;
  requires org.agrona;
  requires org.bouncycastle.provider;
  requires org.slf4j;

  exports io.hypermesh.byzantine;
  exports io.hypermesh.byzantine.simulation;
}
