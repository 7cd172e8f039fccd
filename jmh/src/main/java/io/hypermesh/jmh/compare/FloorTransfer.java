package io.hypermesh.jmh.compare;

import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.LinuxDatagramDriver;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketBatch;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What no protocol over UDP can be faster than: datagrams sealed with AES-128-GCM, sent by
 * UDP_SEGMENT, received by UDP_GRO, and opened. No acknowledgements, no streams, no congestion
 * control; only a datagram now and then that tells the sender how many have come, so that it
 * doesn't run over the receiver's socket buffer.
 *
 * <p>Parameters: {@code datagram} bytes, {@code seal}, {@code false} for datagrams in the clear.
 */
final class FloorTransfer {
  /** What is sealed with the next number: as long as a short header of QUIC. */
  private static final int HEADER_BYTES = 11;

  private static final int PACKET_NUMBER_BYTES = 2;
  private static final int CREDIT_BYTES = 16;

  /** Bytes that may be on their way: as many as a socket's buffer holds for certain. */
  private static final int IN_FLIGHT_BYTES_MAX = 1 << 20;

  /** Bytes after which the receiver tells what has come. */
  private static final int CREDIT_EVERY_BYTES = 128 << 10;

  private static final int BATCH_BYTES_MAX = 64_000;
  private static final int RECEIVE_LIMIT = 64;
  private static final int SPINS_MAX = 64;
  private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final byte[] SECRET = new byte[32];

  private FloorTransfer() {}

  private static @Nullable PacketProtection keys(Parameters parameters) {
    return parameters.text("seal", "true").equals("true")
        ? PacketProtectionProviders.preset()
            .create(QuicVersion.V1, CipherSuite.AES_128_GCM_SHA256, SECRET)
        : null;
  }

  static Role server(Parameters parameters) throws IOException {
    return new Server(parameters);
  }

  static Role client(Parameters parameters) throws IOException {
    return new Client(parameters);
  }

  /** Runs a loop on a thread of its own until it is closed. */
  private abstract static class Loop implements Role {
    final LinuxDatagramDriver driver;
    final int datagramBytes;
    private final FutureTask<Void> task = new FutureTask<>(this::work, null);
    private volatile boolean closed;

    Loop(Parameters parameters) throws IOException {
      datagramBytes = parameters.number("datagram", 1_452);
      driver =
          LinuxDatagramDriver.open(new InetSocketAddress(StoqEndpoints.LOOPBACK, 0), datagramBytes);
    }

    void start() {
      Thread.ofPlatform().daemon().name("floor").start(task);
    }

    private void work() {
      try {
        int spins = 0;
        while (!closed) {
          if (cycle()) {
            spins = 0;
          } else if (++spins > SPINS_MAX) {
            driver.await(WAIT_NANOS);
          }
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException("couldn't go on", e);
      }
    }

    /** Works; false where there was nothing to do. */
    abstract boolean cycle() throws IOException;

    void requireRunning() throws InterruptedException, ExecutionException {
      if (task.isDone()) {
        task.get();
      }
    }

    @Override
    public void close() throws IOException {
      closed = true;
      driver.wakeUp();
      try {
        task.get(2, TimeUnit.SECONDS);
      } catch (TimeoutException | ExecutionException e) {
        throw new IOException("couldn't end a loop", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      driver.close();
    }
  }

  private static final class Server extends Loop implements DatagramHandler {
    private final @Nullable PacketProtection keys;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong packets = new AtomicLong();
    private long received;
    private long receivedBytes;
    private long told;
    private @Nullable InetSocketAddress sender;

    Server(Parameters parameters) throws IOException {
      super(parameters);
      keys = keys(parameters);
      start();
    }

    @Override
    public Parameters describe() {
      return Parameters.NONE.with("port", Integer.toString(driver.localAddress().getPort()));
    }

    @Override
    boolean cycle() throws IOException {
      int count = driver.receive(this, RECEIVE_LIMIT);
      if (count > 0) {
        bytes.setRelease(receivedBytes);
        packets.setRelease(received);
        tell();
      }
      return count > 0;
    }

    private void tell() throws IOException {
      if ((received - told) * datagramBytes < CREDIT_EVERY_BYTES) {
        return;
      }
      MemorySegment space = driver.claim();
      InetSocketAddress to = sender;
      if (space != null && to != null) {
        space.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, received);
        driver.commit(CREDIT_BYTES, to, 0);
        told = received;
      }
      driver.flush();
    }

    @Override
    public void onDatagram(
        MemorySegment buffer, long offset, int length, InetSocketAddress source, int ecn) {
      sender = source;
      PacketProtection opening = keys;
      int payload = length - HEADER_BYTES - CipherSuite.TAG_LENGTH;
      if (opening != null) {
        int numberBytes =
            opening.unprotectHeader(
                buffer, offset, offset + HEADER_BYTES - PACKET_NUMBER_BYTES, offset + length);
        payload = opening.open(buffer, offset, HEADER_BYTES, length - HEADER_BYTES, received);
        if (numberBytes != PACKET_NUMBER_BYTES || payload < 0) {
          throw new IllegalStateException("couldn't open datagram " + received);
        }
      }
      received++;
      receivedBytes += payload;
    }

    @Override
    public long bytes() {
      return bytes.getAcquire();
    }

    @Override
    public long packets() {
      return packets.getAcquire();
    }
  }

  private static final class Client extends Loop implements DatagramHandler {
    private final InetSocketAddress server;
    private final @Nullable PacketProtection keys;
    private final int batchDatagrams;
    private final PacketBatch batch;
    private final long inFlightMax;
    private volatile boolean sending;
    private long sent;
    private long credited;

    Client(Parameters parameters) throws IOException {
      super(parameters);
      server = StoqEndpoints.server(parameters.number("port"));
      keys = keys(parameters);
      batchDatagrams = Math.max(1, BATCH_BYTES_MAX / datagramBytes);
      batch = new PacketBatch(batchDatagrams);
      inFlightMax = Math.max(2 * batchDatagrams, IN_FLIGHT_BYTES_MAX / datagramBytes);
      start();
    }

    @Override
    boolean cycle() throws IOException {
      int heard = driver.receive(this, RECEIVE_LIMIT);
      if (!sending || sent - credited + batchDatagrams > inFlightMax) {
        return heard > 0;
      }
      send();
      return true;
    }

    private void send() throws IOException {
      int payload = datagramBytes - HEADER_BYTES - CipherSuite.TAG_LENGTH;
      for (int i = 0; i < batchDatagrams; i++) {
        MemorySegment space = driver.claim(i);
        if (space == null) {
          break;
        }
        space.set(ValueLayout.JAVA_BYTE, 0, (byte) (0x40 | (PACKET_NUMBER_BYTES - 1)));
        batch.add(space, 0, HEADER_BYTES, PACKET_NUMBER_BYTES, payload, sent + i);
      }
      PacketProtection sealing = keys;
      if (sealing != null) {
        sealing.seal(batch);
      }
      int count = batch.size();
      batch.clear();
      for (int i = 0; i < count; i++) {
        driver.commit(datagramBytes, server, 0);
      }
      sent += count;
      while (driver.flush() > 0) {
        driver.await(WAIT_NANOS);
      }
    }

    @Override
    public void onDatagram(
        MemorySegment buffer, long offset, int length, InetSocketAddress source, int ecn) {
      credited = Math.max(credited, buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, offset));
    }

    @Override
    public Parameters run(String verb, Parameters arguments)
        throws InterruptedException, ExecutionException {
      requireRunning();
      sending = TransferDiscipline.isGo(verb);
      driver.wakeUp();
      return Parameters.NONE;
    }
  }
}
