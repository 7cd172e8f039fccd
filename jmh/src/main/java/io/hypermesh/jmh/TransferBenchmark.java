package io.hypermesh.jmh;

import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqStream;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.security.GeneralSecurityException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One stream's bytes over {@code [::1]} on a connection that stands, until the receiver has said
 * that it has them all, by each datagram driver; beside as many bytes in plain UDP datagrams of the
 * same size by the same kind of socket, each sealed and opened with AES-128-GCM, and no protocol:
 * no acknowledgement, no flow or congestion control, only a counter in memory that keeps the
 * socket's buffer from running over.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(value = 2, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class TransferBenchmark {
  private static final int CHUNK_BYTES = 64 << 10;

  /** What STOQ sends unless told otherwise. */
  private static final int DATAGRAM_BYTES = 1_200;

  private static final int TAG_BYTES = 16;
  private static final int NONCE_BYTES = 12;

  /** Datagrams that may be on their way: half of what a socket's buffer holds. */
  private static final long IN_FLIGHT_MAX = 512;

  /** How many bytes. */
  @Param({"524288", "67108864"})
  public int bytes;

  private final byte[] chunk = new byte[CHUNK_BYTES];
  private DatagramChannel sending;
  private DatagramChannel receiving;
  private final SecretKeySpec key = new SecretKeySpec(new byte[16], "AES");
  private int runs;

  /** Two endpoints with a connection. */
  @State(Scope.Benchmark)
  public static class Connected {
    /** What datagrams go by: the portable driver, or one of Linux's own. */
    @Param({"nio", "linux", "io_uring"})
    public String driver;

    private Testbed testbed;
    private StoqEndpoint server;
    private StoqEndpoint client;
    private StoqConnection connection;

    /** Connects. */
    @Setup
    public void setUp()
        throws IOException,
            TrustChainException,
            InterruptedException,
            ExecutionException,
            TimeoutException {
      testbed = Testbed.open();
      DatagramDriver.Factory factory = DriverKind.named(driver);
      server =
          testbed.endpoint(
              new StoqListener() {
                @Override
                public void onStream(StoqStream stream) {
                  Thread.ofPlatform().daemon().start(() -> drain(stream));
                }
              },
              factory);
      client = testbed.endpoint(new StoqListener() {}, factory);
      connection = client.connect(server.localAddress()).get(10, TimeUnit.SECONDS);
    }

    /** Frees the sockets. */
    @TearDown
    public void tearDown() throws IOException, TrustChainException {
      client.close();
      server.close();
      testbed.close();
    }
  }

  /** Connects the plain sockets. */
  @Setup
  public void setUp() throws IOException {
    receiving = channel();
    sending = channel();
    sending.connect(receiving.getLocalAddress());
  }

  private static DatagramChannel channel() throws IOException {
    return DatagramChannel.open(StandardProtocolFamily.INET6)
        .setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20)
        .setOption(StandardSocketOptions.SO_SNDBUF, 4 << 20)
        .bind(Testbed.anyPort());
  }

  private static void drain(StoqStream stream) {
    try (InputStream in = stream.inputStream();
        OutputStream out = stream.outputStream()) {
      byte[] buffer = new byte[CHUNK_BYTES];
      while (in.read(buffer) >= 0) {
        // Only that it arrives counts here; what arrives is the tests' business.
      }
      out.write(1);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("couldn't drain a stream", e);
    }
  }

  /** Frees the sockets. */
  @TearDown
  public void tearDown() throws IOException {
    sending.close();
    receiving.close();
  }

  /** One stream. */
  @Benchmark
  public int stream(Connected pair)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    StoqStream stream = pair.connection.openStream().get(10, TimeUnit.SECONDS);
    try (OutputStream out = stream.outputStream()) {
      for (int left = bytes; left > 0; left -= chunk.length) {
        out.write(chunk, 0, Math.min(left, chunk.length));
      }
    }
    try (InputStream in = stream.inputStream()) {
      int answer = in.read();
      if (answer != 1) {
        throw new IllegalStateException("couldn't transfer: the answer is " + answer);
      }
      return answer;
    }
  }

  /** Datagrams, sealed, sent, received, opened. */
  @Benchmark
  public long floor() throws IOException, InterruptedException, GeneralSecurityException {
    int payloadBytes = DATAGRAM_BYTES - TAG_BYTES;
    long datagrams = (bytes + payloadBytes - 1L) / payloadBytes;
    int run = runs++;
    AtomicLong received = new AtomicLong();
    FutureTask<Long> receiver = new FutureTask<>(() -> receive(run, datagrams, received));
    Thread.ofPlatform().daemon().start(receiver);
    Cipher seal = Cipher.getInstance("AES/GCM/NoPadding");
    byte[] sealed = new byte[DATAGRAM_BYTES];
    ByteBuffer out = ByteBuffer.wrap(sealed);
    for (long number = 0; number < datagrams; number++) {
      while (number - received.getAcquire() >= IN_FLIGHT_MAX) {
        Thread.onSpinWait();
      }
      init(seal, Cipher.ENCRYPT_MODE, run, number);
      seal.doFinal(chunk, 0, payloadBytes, sealed, 0);
      out.clear();
      sending.write(out);
    }
    try {
      return receiver.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("couldn't receive", e);
    }
  }

  private Long receive(int run, long datagrams, AtomicLong received)
      throws IOException, GeneralSecurityException {
    Cipher open = Cipher.getInstance("AES/GCM/NoPadding");
    byte[] sealed = new byte[DATAGRAM_BYTES];
    byte[] opened = new byte[DATAGRAM_BYTES];
    ByteBuffer in = ByteBuffer.wrap(sealed);
    for (long number = 0; number < datagrams; number++) {
      in.clear();
      receiving.receive(in);
      init(open, Cipher.DECRYPT_MODE, run, number);
      open.doFinal(sealed, 0, in.position(), opened, 0);
      received.setRelease(number + 1);
    }
    return datagrams;
  }

  private void init(Cipher cipher, int mode, int run, long number) throws GeneralSecurityException {
    byte[] nonce = ByteBuffer.allocate(NONCE_BYTES).putInt(run).putLong(number).array();
    cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
  }
}
