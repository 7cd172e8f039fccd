/**
 * Hardware as assets with owners and leases: adapters, a replicated ledger and the assembly of a
 * node.
 */
@org.jspecify.annotations.NullMarked
module io.hypermesh {
  requires transitive io.hypermesh.byzantine;
  requires transitive io.hypermesh.stoq;
  requires transitive io.hypermesh.trustchain;
  requires org.jctools.core;
  requires org.slf4j;

  exports io.hypermesh.adapter;
  exports io.hypermesh.asset;
  exports io.hypermesh.ledger;
  exports io.hypermesh.node;
}
