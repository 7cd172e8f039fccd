package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.DatagramTrain;
import io.hypermesh.stoq.connection.TransmitBatch;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.endpoint.Endpoint;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.file.FileSystemException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of one endpoint, by number: the one it was opened with, a server's preferred address,
 * and those that clients have moved to (RFC 9000, 9). There are at most {@link #SOCKETS_MAX}; one
 * that no connection uses any more is closed, unless it's kept for new ones.
 *
 * <p>The agent's thread owns it; any other may call {@link #wakeUp()} and {@link #localAddress()}.
 */
final class EndpointSockets implements AutoCloseable {
  /** Of a socket that no other agent has its counterpart of. */
  static final int NO_GROUP = -1;

  /** The sockets that an endpoint was opened with, where its agents share their address. */
  static final int FIRST_GROUP = 0;

  /** The sockets of a server's preferred address. */
  static final int PREFERRED_GROUP = 1;

  /** The sockets that an endpoint moves to for the first time; others follow. */
  static final int MOVED_GROUP = 2;

  /** Sockets that are open at once. */
  static final int SOCKETS_MAX = 8;

  /** Datagrams sent in one cycle: acknowledgements have to be read in between. */
  private static final int TRANSMIT_LIMIT = 128;

  /** How long it waits while a socket can't wake it. */
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** How often it looks for sockets that nobody uses. */
  private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Logger LOGGER = LoggerFactory.getLogger(EndpointSockets.class);

  /**
   * What an agent begins with.
   *
   * @param first is kept
   * @param group of the first
   * @param factory opens further ones
   */
  record Opening(DatagramDriver first, int group, DatagramDriver.Factory factory) {}

  /** Takes datagrams, with the number of the socket that they came to. */
  interface Sink {
    void onDatagram(
        MemorySegment buffer, long offset, int length, int socket, InetSocketAddress from, int ecn);

    /** Takes datagrams that came together; returns how many, at least 1. */
    int onTrain(DatagramTrain train);
  }

  /** What comes to one socket, with its number. */
  private final class Inlet implements DatagramHandler {
    private final int socket;

    private Inlet(int socket) {
      this.socket = socket;
    }

    @Override
    public void onDatagram(
        MemorySegment buffer, long offset, int length, InetSocketAddress source, int ecn) {
      sink.onDatagram(buffer, offset, length, socket, source, ecn);
    }

    @Override
    public int onTrain(
        MemorySegment buffer,
        long offset,
        int segmentLength,
        int totalLength,
        InetSocketAddress source,
        int ecn) {
      train.set(buffer, offset, segmentLength, totalLength, socket, source, ecn);
      return sink.onTrain(train);
    }
  }

  private static final class Socket {
    private final DatagramDriver driver;
    private final DatagramHandler handler;
    private final TransmitBatch.Spaces spaces;
    private final int group;
    private boolean kept;
    private boolean full;

    /** Its datagrams end the first socket's {@code await}. */
    private boolean watched;

    private Socket(DatagramDriver driver, DatagramHandler handler, int group) {
      this.group = group;
      this.driver = driver;
      this.handler = handler;
      this.spaces = driver::claim;
    }
  }

  private final DatagramDriver.Factory factory;
  private final Sink sink;
  private final @Nullable Socket[] sockets = new @Nullable Socket[SOCKETS_MAX];
  private final TransmitBatch batch = new TransmitBatch();
  private final DatagramTrain train = new DatagramTrain();
  private int count;

  /** The socket that datagrams went from last. */
  private int current;

  private int waitingOn;
  private volatile DatagramDriver waker;
  private long sweepAtNanos;

  /**
   * @param opening its first gets number 0
   */
  EndpointSockets(Opening opening, Sink sink) {
    this.factory = opening.factory();
    this.sink = sink;
    this.waker = opening.first();
    add(opening.first(), opening.group());
    keep(0, true);
  }

  /**
   * Opens a socket.
   *
   * @return its number
   * @throws IOException where it can't be bound, or there are too many
   */
  int open(InetSocketAddress address) throws IOException {
    checkRoom(address);
    return add(factory.open(address), NO_GROUP);
  }

  /** Whether there may be another one. */
  void checkRoom(InetSocketAddress address) throws IOException {
    if (count == SOCKETS_MAX) {
      throw new FileSystemException(
          Ipv6Text.of(address), null, "so many sockets are open already: " + SOCKETS_MAX);
    }
  }

  /** The group of a socket. */
  int groupOf(int number) {
    return socket(number).group;
  }

  /** The number of the socket that is of a group, or -1. */
  int ofGroup(int group) {
    for (int i = 0; i < SOCKETS_MAX; i++) {
      Socket socket = sockets[i];
      if (socket != null && socket.group == group) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Takes a socket that is open; there must be room for it.
   *
   * @param group the sockets that it belongs to, one of each agent
   */
  int add(DatagramDriver driver, int group) {
    int number = 0;
    while (sockets[number] != null) {
      number++;
    }
    sockets[number] = new Socket(driver, new Inlet(number), group);
    count++;
    watchAll();
    return number;
  }

  /** Whether a socket stays open though no connection uses it. */
  void keep(int number, boolean kept) {
    socket(number).kept = kept;
  }

  /** New connections start on this socket; those that were kept before stay where they listen. */
  void keepFor(int number, boolean listens) {
    for (Socket socket : sockets) {
      if (socket != null) {
        socket.kept &= listens;
      }
    }
    keep(number, true);
  }

  private Socket socket(int number) {
    Socket socket = sockets[number];
    if (socket == null) {
      throw new IllegalStateException("socket " + number + " is closed");
    }
    return socket;
  }

  /** The address of a socket. */
  InetSocketAddress localAddress(int number) {
    return socket(number).driver.localAddress();
  }

  /** The address of the socket that the agent waits on. */
  InetSocketAddress localAddress() {
    return waker.localAddress();
  }

  void wakeUp() {
    waker.wakeUp();
  }

  private void watchAll() {
    Socket first = socket(waitingOn);
    for (Socket other : sockets) {
      if (other != null) {
        other.watched = other == first || first.driver.watch(other.driver);
      }
    }
  }

  // ---- Datagrams ----

  /** Takes what came; {@code limit} datagrams of each socket at most. */
  int receive(int limit) throws IOException {
    int received = 0;
    for (int i = 0; i < SOCKETS_MAX; i++) {
      Socket socket = sockets[i];
      if (socket != null) {
        received += receive(socket, i, limit);
      }
    }
    return received;
  }

  private int receive(Socket socket, int number, int limit) throws IOException {
    try {
      return socket.driver.receive(socket.handler, limit);
    } catch (IOException e) {
      if (socket.kept) {
        throw e;
      }
      LOGGER.warn("a socket failed on {}", Ipv6Text.of(localAddress(number)), e);
      close(number);
      return 1;
    }
  }

  /** Sends what the endpoint has to say, as far as the sockets take it. */
  int transmit(Endpoint endpoint, long nowNanos) throws IOException {
    Socket from = sockets[current];
    if (from == null) {
      current = waitingOn;
      from = socket(current);
    }
    if (from.full && !flush(from)) {
      return 0;
    }
    int sent = 0;
    while (sent < TRANSMIT_LIMIT) {
      if (from.driver.claim() == null) {
        if (!flush(from)) {
          return sent;
        }
        continue;
      }
      batch.begin(from.spaces, current, TRANSMIT_LIMIT - sent);
      int count = endpoint.pollTransmit(batch, nowNanos);
      if (count == 0) {
        break;
      }
      from = commit(from);
      sent += count;
    }
    for (Socket socket : sockets) {
      if (socket != null) {
        flush(socket);
      }
    }
    return sent;
  }

  /** Sends the batch, which was written for this socket; returns the one that follows. */
  private Socket commit(Socket from) throws IOException {
    for (int i = 0; i < batch.size(); i++) {
      if (batch.socket(i) != current) {
        return handOver(from, i);
      }
      from.driver.commit(batch.length(i), batch.destination(i), batch.ecn(i));
    }
    return from;
  }

  /** A datagram that was written for one socket goes from another, and so may those that follow. */
  private Socket handOver(Socket from, int index) throws IOException {
    int length = batch.length(index);
    Socket to = sockets[batch.socket(index)];
    // Those before it are committed, so it lies in what comes next.
    MemorySegment datagram = from.driver.claim();
    if (to == null || datagram == null) {
      // The socket is gone, and the datagram with it: its connection will notice a loss.
      return from;
    }
    MemorySegment space = to.driver.claim();
    if (space == null && flush(to)) {
      space = to.driver.claim();
    }
    if (space != null && space.byteSize() >= length) {
      MemorySegment.copy(datagram, 0, space, 0, length);
      to.driver.commit(length, batch.destination(index), batch.ecn(index));
    }
    current = batch.socket(index);
    return to;
  }

  private static boolean flush(Socket socket) throws IOException {
    socket.full = socket.driver.flush() > 0;
    return !socket.full;
  }

  /** Waits for datagrams, for room to send, or for {@link #wakeUp()}. */
  void await(long timeoutNanos) throws IOException {
    long longestNanos = Long.MAX_VALUE;
    for (int i = 0; i < SOCKETS_MAX; i++) {
      Socket socket = sockets[i];
      if (socket != null && i != waitingOn && (!socket.watched || socket.full)) {
        longestNanos = POLL_NANOS;
      } else if (socket != null && !socket.kept) {
        longestNanos = Math.min(longestNanos, SWEEP_NANOS);
      }
    }
    waker.await(Math.min(timeoutNanos, longestNanos));
  }

  // ---- The end of a socket ----

  /** Closes, from time to time, the sockets that no connection uses. */
  void sweep(IntPredicate used, long nowNanos) {
    if (count == 1 || nowNanos < sweepAtNanos) {
      return;
    }
    sweepAtNanos = nowNanos + SWEEP_NANOS;
    closeUnused(used);
  }

  /** Closes the sockets that no connection uses. */
  void closeUnused(IntPredicate used) {
    for (int i = 0; i < SOCKETS_MAX && count > 1; i++) {
      Socket socket = sockets[i];
      if (socket != null && !socket.kept && !used.test(i)) {
        close(i);
      }
    }
  }

  private void close(int number) {
    Socket gone = socket(number);
    if (count == 1) {
      return;
    }
    sockets[number] = null;
    count--;
    if (number == waitingOn) {
      waitingOn = 0;
      while (sockets[waitingOn] == null) {
        waitingOn++;
      }
      waker = socket(waitingOn).driver;
      watchAll();
    }
    closeQuietly(gone.driver);
  }

  private static void closeQuietly(DatagramDriver driver) {
    try {
      driver.close();
    } catch (IOException e) {
      LOGGER.debug("couldn't close a socket", e);
    }
  }

  @Override
  public void close() {
    for (Socket socket : sockets) {
      if (socket != null) {
        closeQuietly(socket.driver);
      }
    }
  }
}
