package io.hypermesh.stoq;

/**
 * What a connection's datagrams tell their host. Called on the agent's thread: it must not block.
 * It may send and poll, if the host does so from no other thread. An exception from it closes the
 * connection.
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="datagramsPoll"}
 */
public interface StoqDatagramListener {
  /** Datagrams have come, or the connection has ended. Poll until there is none. */
  default void onReadable(StoqDatagrams datagrams) {}

  /** There is room again after {@link StoqDatagrams.SendResult#BACK_PRESSURE}, or it has ended. */
  default void onWritable(StoqDatagrams datagrams) {}
}
