package io.hypermesh.jmh;

import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqPublicKeys;
import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * One connection after the other over {@code [::1]}, certificates on both sides, logged and
 * validated by TrustChain; beside the public-key operations that a first handshake of two strangers
 * takes at both ends, one after the other on one thread, in Java.
 *
 * <p>The client's connection stands once it has sent its Finished; what the server still verifies
 * then is done while the client closes and connects again. The floor counts it in.
 *
 * <p>JMH prints the percentiles of the time; each iteration prints the rate and the CPU time beside
 * them: of both ends, by thread, and of the whole process, which is that and the compiler's and the
 * collector's.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(2)
public class HandshakeBenchmark {
  /** Issuer's over the certificate, root's over the issuer, the log's over the timestamp. */
  private static final int CHAIN_SIGNATURES = 3;

  private static final int ENDS = 2;
  private static final int MESSAGE_BYTES = 128;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;

  /** Threads whose share of a handshake's CPU time is below this many microseconds aren't shown. */
  private static final double SHOWN_MICROS = 1;

  /** The kind of both ends' certificates' keys. */
  @Param({"ED25519", "EC_P256"})
  public KeyAlgorithm keys;

  /** Who does the public-key work of the handshakes; the floor's is BouncyCastle's. */
  @Param("FASTEST")
  public StoqPublicKeys publicKeys;

  private Testbed testbed;
  private StoqEndpoint server;
  private StoqEndpoint client;

  private long handshakes;
  private long startedNanos;
  private long processNanos;
  private Map<String, Long> threadNanos = Map.of();

  private final byte[] message = new byte[MESSAGE_BYTES];
  private final SecureRandom random = new SecureRandom();
  private final Ed25519PrivateKeyParameters identityKey = new Ed25519PrivateKeyParameters(random);
  private final Ed25519PublicKeyParameters identityPublic = identityKey.generatePublicKey();
  private AsymmetricCipherKeyPair curveKeys;
  private BigInteger[] issuerSignature;

  /** Starts two endpoints, and makes keys for the floor. */
  @Setup
  public void setUp() throws IOException, TrustChainException {
    testbed = Testbed.open();
    server = endpoint();
    client = endpoint();
    X9ECParameters curve = CustomNamedCurves.getByName("secp256r1");
    ECKeyPairGenerator generator = new ECKeyPairGenerator();
    generator.init(new ECKeyGenerationParameters(new ECDomainParameters(curve), random));
    curveKeys = generator.generateKeyPair();
    issuerSignature = signOnCurve();
  }

  private StoqEndpoint endpoint() throws IOException, TrustChainException {
    return testbed.builder(new StoqListener() {}, keys).publicKeys(publicKeys).start();
  }

  /** Frees the sockets and deletes the authority. */
  @TearDown
  public void tearDown() throws IOException, TrustChainException {
    client.close();
    server.close();
    testbed.close();
  }

  /** Starts to count. */
  @Setup(Level.Iteration)
  public void startCounting() {
    handshakes = 0;
    threadNanos = threadNanos();
    processNanos = processNanos();
    startedNanos = System.nanoTime();
  }

  /** Prints rate and CPU time. */
  @TearDown(Level.Iteration)
  public void printCounted() {
    if (handshakes == 0) {
      return; // the floor
    }
    double seconds = (System.nanoTime() - startedNanos) / NANOS_PER_SECOND;
    double process = (processNanos() - processNanos) / NANOS_PER_MICRO / handshakes;
    double ends = 0;
    StringBuilder threads = new StringBuilder();
    for (Map.Entry<String, Long> thread : threadNanos().entrySet()) {
      long before = threadNanos.getOrDefault(thread.getKey(), 0L);
      double micros = (thread.getValue() - before) / NANOS_PER_MICRO / handshakes;
      ends += micros;
      if (micros >= SHOWN_MICROS) {
        threads.append(String.format(Locale.ROOT, " %s %.0f", thread.getKey(), micros));
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%n  %.0f handshakes/s, CPU microseconds each: both ends %.0f, process %.0f; threads:%s%n",
        handshakes / seconds,
        ends,
        process,
        threads);
  }

  private static long processNanos() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }

  /** CPU time of the threads that run Java, by their names. */
  private static Map<String, Long> threadNanos() {
    ThreadMXBean bean = ManagementFactory.getThreadMXBean();
    Map<String, Long> times = new TreeMap<>();
    for (long id : bean.getAllThreadIds()) {
      ThreadInfo thread = bean.getThreadInfo(id);
      long nanos = bean.getThreadCpuTime(id);
      if (thread != null && nanos > 0) {
        times.merge(thread.getThreadName(), nanos, Long::sum);
      }
    }
    return times;
  }

  /** Connects. */
  @Benchmark
  public StoqConnection connect()
      throws InterruptedException, ExecutionException, TimeoutException {
    StoqConnection connection = client.connect(server.localAddress()).get(10, TimeUnit.SECONDS);
    connection.close();
    handshakes++;
    return connection;
  }

  /** Only the public-key operations of both ends. */
  @Benchmark
  public int floor() {
    int done = 0;
    byte[] scalar = new byte[X25519.SCALAR_SIZE];
    byte[] point = new byte[X25519.POINT_SIZE];
    byte[] shared = new byte[X25519.POINT_SIZE];
    for (int end = 0; end < ENDS; end++) {
      random.nextBytes(scalar);
      X25519.scalarMultBase(scalar, 0, point, 0);
      done += X25519.calculateAgreement(scalar, 0, point, 0, shared, 0) ? 1 : 0;
      done += signAndVerify() ? 1 : 0;
      for (int i = 0; i < CHAIN_SIGNATURES; i++) {
        done += verifyOnCurve(issuerSignature) ? 1 : 0;
      }
    }
    if (done != ENDS * (2 + CHAIN_SIGNATURES)) {
      throw new IllegalStateException("couldn't verify what was just signed");
    }
    return done;
  }

  private boolean signAndVerify() {
    if (keys != KeyAlgorithm.ED25519) {
      return verifyOnCurve(signOnCurve());
    }
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, identityKey);
    signer.update(message, 0, message.length);
    byte[] signature = signer.generateSignature();
    Ed25519Signer verifier = new Ed25519Signer();
    verifier.init(false, identityPublic);
    verifier.update(message, 0, message.length);
    return verifier.verifySignature(signature);
  }

  private BigInteger[] signOnCurve() {
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
    signer.init(true, curveKeys.getPrivate());
    return signer.generateSignature(new byte[32]);
  }

  private boolean verifyOnCurve(BigInteger[] signature) {
    ECDSASigner verifier = new ECDSASigner();
    verifier.init(false, curveKeys.getPublic());
    return verifier.verifySignature(new byte[32], signature[0], signature[1]);
  }
}
