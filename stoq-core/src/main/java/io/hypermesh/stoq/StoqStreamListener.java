package io.hypermesh.stoq;

/**
 * What a stream tells its host. Called on the agent's thread: it must not block. It may read and
 * write, if the host does so from no other thread.
 *
 * <p>A {@link StoqException} that it lets through, as reading and writing throw where the peer has
 * reset the stream, ends the stream in both directions with {@link
 * StoqListener#ERROR_LISTENER_FAILED}, and nothing else; any other exception its connection.
 *
 * {@snippet file="ApiExamplesTest.java" region="nonBlockingStream"}
 */
public interface StoqStreamListener {
  /** There are bytes to read, or the end, or a failure that reading will throw. */
  default void onReadable(StoqStream stream) throws StoqException {}

  /** There is room to write again, or a failure that writing will throw. */
  default void onWritable(StoqStream stream) throws StoqException {}
}
