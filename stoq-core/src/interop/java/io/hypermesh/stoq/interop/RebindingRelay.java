package io.hypermesh.stoq.interop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A NAT on loopback for clients that can't change their port themselves: it passes datagrams
 * between one client and a server, and after so many from the client it forgets its binding and
 * goes on with another port. What the server sends to the old one is lost.
 */
final class RebindingRelay implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(RebindingRelay.class);

  private final InetSocketAddress server;
  private final int rebindAfter;
  private final DatagramChannel inside;
  private final AtomicInteger returnedAfterwards = new AtomicInteger();
  private volatile DatagramChannel outside;
  private volatile @Nullable InetSocketAddress client;
  private volatile boolean rebound;

  /**
   * @param rebindAfter datagrams from the client
   */
  RebindingRelay(InetSocketAddress server, int rebindAfter) throws IOException {
    this.server = server;
    this.rebindAfter = rebindAfter;
    inside = DatagramChannel.open().bind(Trial.loopback(0));
    outside = DatagramChannel.open().bind(Trial.loopback(0));
    Thread.ofPlatform().daemon().name("relay-out").start(this::passToServer);
    startReturning(outside);
  }

  private void startReturning(DatagramChannel channel) {
    Thread.ofPlatform().daemon().name("relay-in").start(() -> passToClient(channel));
  }

  /** Where clients find the server. */
  InetSocketAddress address() throws IOException {
    return (InetSocketAddress) inside.getLocalAddress();
  }

  /** Whether the port has changed. */
  boolean isRebound() {
    return rebound;
  }

  /** Datagrams that the server has sent to the new port. */
  int returnedAfterwards() {
    return returnedAfterwards.get();
  }

  private void passToServer() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(65_535);
    try {
      for (int count = 1; ; count++) {
        client = (InetSocketAddress) inside.receive(buffer.clear());
        outside.send(buffer.flip(), server);
        if (count == rebindAfter) {
          DatagramChannel old = outside;
          outside = DatagramChannel.open().bind(Trial.loopback(0));
          rebound = true;
          startReturning(outside);
          old.close();
        }
      }
    } catch (IOException e) {
      end(e);
    }
  }

  private void passToClient(DatagramChannel channel) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(65_535);
    try {
      while (true) {
        channel.receive(buffer.clear());
        InetSocketAddress to = client;
        if (to != null) {
          inside.send(buffer.flip(), to);
        }
        if (rebound) {
          returnedAfterwards.incrementAndGet();
        }
      }
    } catch (IOException e) {
      end(e);
    }
  }

  private static void end(IOException reason) {
    if (!(reason instanceof AsynchronousCloseException)) {
      LOGGER.debug("a relay has ended", reason);
    }
  }

  @Override
  public void close() throws IOException {
    inside.close();
    outside.close();
  }
}
