package io.hypermesh.jmh;

import io.hypermesh.jmh.protocol.ProtocolPair;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The protocol's own work for a packet of a stream, without ciphers and system calls: on the
 * sending side ({@code send}: host's write, packet, acknowledgements that come back) and on the
 * receiving side ({@code receive}: packet, host's read, acknowledgement), see {@link ProtocolPair}.
 * Each is timed by trains of {@link ProtocolPair#TRAIN} packets, while the other side does its part
 * of the same train between; the median hardly minds what else the machine does.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class ProtocolBenchmark {
  /** A pair whose other side works between the measured invocations. */
  @State(Scope.Thread)
  public static class Sending {
    private ProtocolPair pair;

    /** Connects. */
    @Setup
    public void setUp() throws GeneralSecurityException, IOException {
      pair = new ProtocolPair();
    }

    /** The receiving side's part. */
    @Setup(Level.Invocation)
    public void other() {
      pair.receive();
    }

    /** Frees memory. */
    @TearDown
    public void tearDown() {
      pair.close();
    }
  }

  /** A pair whose other side works between the measured invocations. */
  @State(Scope.Thread)
  public static class Receiving {
    private ProtocolPair pair;

    /** Connects. */
    @Setup
    public void setUp() throws GeneralSecurityException, IOException {
      pair = new ProtocolPair();
    }

    /** The sending side's part. */
    @Setup(Level.Invocation)
    public void other() {
      pair.send();
    }

    /** Frees memory. */
    @TearDown
    public void tearDown() {
      pair.close();
    }
  }

  /** A train's packets are written, and the acknowledgements of those before taken in. */
  @Benchmark
  @OperationsPerInvocation(ProtocolPair.TRAIN)
  public int send(Sending side) {
    int sent = side.pair.send();
    if (sent != ProtocolPair.TRAIN) {
      throw new IllegalStateException("couldn't send a whole train: " + sent);
    }
    return sent;
  }

  /** A train's packets are taken in, read, and acknowledged. */
  @Benchmark
  @OperationsPerInvocation(ProtocolPair.TRAIN)
  public long receive(Receiving side) {
    return side.pair.receive();
  }
}
