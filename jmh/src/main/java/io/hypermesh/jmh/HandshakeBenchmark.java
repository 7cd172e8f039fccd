package io.hypermesh.jmh;

import io.hypermesh.stoq.StoqConnection;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One connection after the other over {@code [::1]}, certificates on both sides, logged and
 * validated by TrustChain; beside the public-key operations that both ends have to do for it, one
 * after the other on one thread.
 *
 * <p>The client's connection stands once it has sent its Finished; what the server still verifies
 * then is done while the client closes and connects again. The floor counts it in.
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

  private Testbed testbed;
  private StoqEndpoint server;
  private StoqEndpoint client;

  private final byte[] message = new byte[MESSAGE_BYTES];
  private final SecureRandom random = new SecureRandom();
  private final Ed25519PrivateKeyParameters identityKey = new Ed25519PrivateKeyParameters(random);
  private final Ed25519PublicKeyParameters identityPublic = identityKey.generatePublicKey();
  private ECPublicKeyParameters issuerPublic;
  private java.math.BigInteger[] issuerSignature;

  /** Starts two endpoints, and makes keys for the floor. */
  @Setup
  public void setUp() throws IOException, TrustChainException {
    testbed = Testbed.open();
    server = testbed.endpoint(new StoqListener() {});
    client = testbed.endpoint(new StoqListener() {});
    X9ECParameters curve = CustomNamedCurves.getByName("secp256r1");
    ECKeyPairGenerator generator = new ECKeyPairGenerator();
    generator.init(new ECKeyGenerationParameters(new ECDomainParameters(curve), random));
    var issuer = generator.generateKeyPair();
    issuerPublic = (ECPublicKeyParameters) issuer.getPublic();
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
    signer.init(true, (ECPrivateKeyParameters) issuer.getPrivate());
    issuerSignature = signer.generateSignature(new byte[32]);
  }

  /** Frees the sockets and deletes the authority. */
  @TearDown
  public void tearDown() throws IOException, TrustChainException {
    client.close();
    server.close();
    testbed.close();
  }

  /** Connects. */
  @Benchmark
  public StoqConnection connect()
      throws InterruptedException, ExecutionException, TimeoutException {
    StoqConnection connection = client.connect(server.localAddress()).get(10, TimeUnit.SECONDS);
    connection.close();
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
      Ed25519Signer signer = new Ed25519Signer();
      signer.init(true, identityKey);
      signer.update(message, 0, message.length);
      byte[] signature = signer.generateSignature();
      Ed25519Signer verifier = new Ed25519Signer();
      verifier.init(false, identityPublic);
      verifier.update(message, 0, message.length);
      done += verifier.verifySignature(signature) ? 1 : 0;
      for (int i = 0; i < CHAIN_SIGNATURES; i++) {
        ECDSASigner chain = new ECDSASigner();
        chain.init(false, issuerPublic);
        done += chain.verifySignature(new byte[32], issuerSignature[0], issuerSignature[1]) ? 1 : 0;
      }
    }
    if (done != ENDS * (2 + CHAIN_SIGNATURES)) {
      throw new IllegalStateException("couldn't verify what was just signed");
    }
    return done;
  }
}
