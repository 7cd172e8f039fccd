package io.hypermesh.jmh;

import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.PacketBatch;
import io.hypermesh.stoq.protection.PacketProtection;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Sixteen packets of 1,200 bytes, each in an array of its own: sealed one by one, and in one call.
 * The figures are those of one packet; the median hardly minds what else the machine does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class SealingBenchmark {
  private static final int PACKETS = 16;
  private static final int HEADER_BYTES = 11;
  private static final int PACKET_NUMBER_BYTES = 2;
  private static final int PAYLOAD_BYTES = 1_200 - HEADER_BYTES - CipherSuite.TAG_LENGTH;

  /** The cipher suite. */
  @Param({"AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"})
  public CipherSuite suite;

  private final MemorySegment[] packets = new MemorySegment[PACKETS];
  private final PacketBatch batch = new PacketBatch(PACKETS);
  private PacketProtection keys;
  private long packetNumber;

  /** Makes keys and packets. */
  @Setup
  public void setUp() {
    keys =
        PacketProtectionProviders.JCE.create(QuicVersion.V1, suite, new byte[suite.hashLength()]);
    for (int i = 0; i < PACKETS; i++) {
      packets[i] = MemorySegment.ofArray(new byte[1_536]);
      packets[i].set(ValueLayout.JAVA_BYTE, 0, (byte) 0x41);
    }
  }

  /** One call for each. */
  @Benchmark
  @OperationsPerInvocation(PACKETS)
  public void oneByOne() {
    for (MemorySegment packet : packets) {
      keys.seal(packet, 0, HEADER_BYTES, PACKET_NUMBER_BYTES, PAYLOAD_BYTES, packetNumber++);
    }
  }

  /** One call for all. */
  @Benchmark
  @OperationsPerInvocation(PACKETS)
  public void together() {
    for (MemorySegment packet : packets) {
      batch.add(packet, 0, HEADER_BYTES, PACKET_NUMBER_BYTES, PAYLOAD_BYTES, packetNumber++);
    }
    keys.seal(batch);
    batch.clear();
  }
}
