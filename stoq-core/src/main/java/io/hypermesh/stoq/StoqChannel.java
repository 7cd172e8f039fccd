package io.hypermesh.stoq;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whole messages in both directions, reliable and in order, in Agrona's manner: {@link #offer} or
 * {@link #tryClaim} and {@link #commit} to send, {@link #poll} to take what has come, in place
 * where it lies in one piece. The same over the network, from {@link StoqStream#channel()}, and
 * through shared memory between processes of one host, from {@link io.hypermesh.stoq.ipc.StoqIpc}.
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="channelSend"}
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="channelPoll"}
 *
 * <p>Or on virtual threads, on one side and on the other:
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="channelBlocking"}
 *
 * {@snippet file="ApiMessageExamplesTest.java" region="channelServe"}
 *
 * <p>Nothing is queued without bound: where a channel is full, {@link #offer} says false and {@link
 * #tryClaim} null, and the host tries again later.
 *
 * <p>Threads: one thread at a time sends and one thread at a time polls; the two may differ.
 */
public interface StoqChannel extends AutoCloseable {
  /** Longest message of a channel that doesn't say otherwise, in bytes: 256 KiB. */
  int MESSAGE_LENGTH_MAX_DEFAULT = 256 << 10;

  /** Longest message in either direction, in bytes. */
  int messageLengthMax();

  /**
   * Claims space for a message, to be filled and then ended by {@link #commit} or {@link #abort}.
   *
   * @param length the message's length in bytes, 0 to {@link #messageLengthMax()}
   * @return exactly {@code length} bytes; null where the channel is full
   * @throws StoqException where the channel takes no more messages at all
   * @throws IllegalStateException where a claim is open
   */
  @Nullable MemorySegment tryClaim(int length) throws StoqException;

  /**
   * Sends the claimed message.
   *
   * @throws StoqException where the channel takes no more messages; the claim is over even so
   * @throws IllegalStateException where nothing is claimed
   */
  void commit() throws StoqException;

  /**
   * Gives the claimed space back; nothing is sent.
   *
   * @throws IllegalStateException where nothing is claimed
   */
  void abort();

  /**
   * Sends a copy of a message, or nothing.
   *
   * @param source heap or native memory
   * @param offset where the message starts, in bytes
   * @param length its length in bytes, 0 to {@link #messageLengthMax()}
   * @return false where the channel is full
   * @throws StoqException where the channel takes no more messages at all
   * @throws IllegalStateException where a claim is open
   */
  boolean offer(MemorySegment source, long offset, int length) throws StoqException;

  /** As {@link #offer(MemorySegment, long, int)}, a whole array. */
  default boolean offer(byte[] message) throws StoqException {
    return offer(MemorySegment.ofArray(message), 0, message.length);
  }

  /**
   * Sends a copy of a message, waiting for room; for virtual threads.
   *
   * @param timeout for the wait; zero for no limit
   * @throws StoqTimeoutException where there was no room within the timeout; nothing was sent
   * @throws java.io.InterruptedIOException where the thread was interrupted; nothing was sent
   */
  void send(byte[] message, Duration timeout) throws IOException;

  /**
   * Ends the output after the messages sent so far; the peer polls them, and then the end.
   * Idempotent.
   */
  void finish() throws StoqException;

  /**
   * Hands messages that have come to the handler. If the handler throws, the message counts as
   * taken.
   *
   * @param limit how many at most
   * @return how many it was; 0 where none is complete yet, or none will come: {@link #isEnd()}
   * @throws StoqProtocolException where the peer broke the rules
   * @throws StoqException where the end will never come
   */
  int poll(StoqMessageHandler handler, int limit) throws StoqException;

  /** Whether the peer has ended its output and every message has been polled. */
  boolean isEnd();

  /**
   * Waits for one message and copies it; for virtual threads.
   *
   * @param timeout zero for no limit
   * @return null at the end
   * @throws StoqTimeoutException where none came within the timeout
   * @throws java.io.InterruptedIOException where the thread was interrupted
   */
  byte @Nullable [] receive(Duration timeout) throws IOException;

  /**
   * Gives up what comes, and the output too unless it was {@link #finish finished}: then what was
   * sent still arrives, and otherwise the peer meets an exception. Idempotent. Nothing else works
   * afterwards.
   */
  @Override
  void close();
}
