package io.hypermesh.jmh.compare;

import io.aeron.Aeron;
import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Aeron over UDP, which encrypts nothing. Its driver runs in the host's own thread, so that nothing
 * is handed from one thread to another on the one core there is; buffers and windows are as wide as
 * the system allows; messages are as long as a datagram has room for.
 *
 * <p>Parameters: {@code datagram} bytes, of which Aeron takes a multiple of 32.
 */
final class AeronTransfer {
  private static final int STREAM = 1;
  private static final int TERM_BYTES = 16 << 20;
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;
  private static final int WINDOW_BYTES = 2 << 20;
  private static final int FRAME_ALIGNMENT = 32;
  private static final int FRAGMENTS_MAX = 256;

  /** Messages offered before the driver sends. */
  private static final int OFFERS_MAX = 32;

  private static final int LIVENESS_SECONDS = 10;

  private AeronTransfer() {}

  static Role server(Parameters parameters) throws IOException {
    return new Server(parameters);
  }

  static Role client(Parameters parameters) {
    return new Client(parameters);
  }

  /** Driver, client and host in one thread. */
  private abstract static class Loop implements Role {
    final Aeron aeron;
    final int mtuBytes;
    private final MediaDriver driver;
    private final Thread thread = Thread.ofPlatform().daemon().name("aeron").unstarted(this::work);
    private volatile boolean closed;

    Loop(Parameters parameters) {
      mtuBytes = parameters.number("datagram", 1_408) / FRAME_ALIGNMENT * FRAME_ALIGNMENT;
      String directory = CommonContext.generateRandomDirName();
      driver =
          MediaDriver.launch(
              new MediaDriver.Context()
                  .aeronDirectoryName(directory)
                  .threadingMode(ThreadingMode.INVOKER)
                  .dirDeleteOnStart(true)
                  .dirDeleteOnShutdown(true)
                  .termBufferSparseFile(false)
                  .mtuLength(mtuBytes)
                  .publicationTermBufferLength(TERM_BYTES)
                  .socketSndbufLength(SOCKET_BUFFER_BYTES)
                  .socketRcvbufLength(SOCKET_BUFFER_BYTES)
                  .initialWindowLength(WINDOW_BYTES)
                  .imageLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS)));
      aeron =
          Aeron.connect(
              new Aeron.Context()
                  .aeronDirectoryName(directory)
                  .useConductorAgentInvoker(true)
                  .driverAgentInvoker(driver.sharedAgentInvoker()));
    }

    String channel(int port) {
      return new ChannelUriStringBuilder().media("udp").endpoint("[::1]:" + port).build();
    }

    void start() {
      thread.start();
    }

    private void work() {
      IdleStrategy idle =
          new BackoffIdleStrategy(
              1_000, 10, TimeUnit.MICROSECONDS.toNanos(10), TimeUnit.MILLISECONDS.toNanos(2));
      while (!closed) {
        idle.idle(
            cycle()
                + driver.sharedAgentInvoker().invoke()
                + aeron.conductorAgentInvoker().invoke());
      }
      aeron.close();
      driver.close();
    }

    /** The host's part; returns how much was done. */
    abstract int cycle();

    @Override
    public void close() {
      closed = true;
      try {
        thread.join(TimeUnit.SECONDS.toMillis(2));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static final class Server extends Loop implements FragmentHandler {
    private final AtomicLong bytes = new AtomicLong();
    private final Subscription subscription;
    private final int port;

    Server(Parameters parameters) throws IOException {
      super(parameters);
      try (DatagramSocket free = new DatagramSocket(0, StoqEndpoints.LOOPBACK)) {
        port = free.getLocalPort();
      }
      subscription = aeron.addSubscription(channel(port), STREAM);
      start();
    }

    @Override
    public Parameters describe() {
      return Parameters.NONE.with("port", Integer.toString(port));
    }

    @Override
    int cycle() {
      return subscription.poll(this, FRAGMENTS_MAX);
    }

    @Override
    public void onFragment(DirectBuffer buffer, int offset, int length, Header header) {
      bytes.setRelease(bytes.getPlain() + length);
    }

    @Override
    public long bytes() {
      return bytes.getAcquire();
    }
  }

  private static final class Client extends Loop {
    private final ExclusivePublication publication;
    private final UnsafeBuffer message;
    private volatile boolean sending;

    Client(Parameters parameters) {
      super(parameters);
      publication = aeron.addExclusivePublication(channel(parameters.number("port")), STREAM);
      message = new UnsafeBuffer(ByteBuffer.allocateDirect(publication.maxPayloadLength()));
      start();
    }

    @Override
    int cycle() {
      int offered = 0;
      while (sending && offered < OFFERS_MAX && publication.offer(message) > 0) {
        offered++;
      }
      return offered;
    }

    @Override
    public Parameters run(String verb, Parameters arguments) {
      sending = TransferDiscipline.isGo(verb);
      return Parameters.NONE;
    }
  }
}
