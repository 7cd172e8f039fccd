/** Runnable programs, each a page of code to copy. */
@org.jspecify.annotations.NullMarked
module io.hypermesh.examples {
  requires io.hypermesh;
  requires org.slf4j;
}
