package io.hypermesh.jmh;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Why EC and EdDSA go through BouncyCastle here: one signature over 128 bytes, made and verified,
 * by the JDK's provider and by BouncyCastle's, in the same run.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class SignatureBenchmark {
  private static final int MESSAGE_BYTES = 128;

  /** Whose implementation. */
  @Param({"jdk", "bouncycastle"})
  public String provider = "";

  /** Which scheme. */
  @Param({"Ed25519", "P-256"})
  public String scheme = "";

  private final byte[] message = new byte[MESSAGE_BYTES];
  private byte[] signature = new byte[0];
  private Signature signer;
  private Signature verifier;

  /** Makes a key pair and a signature to verify. */
  @Setup
  public void setUp() throws GeneralSecurityException {
    new SecureRandom().nextBytes(message);
    boolean edwards = scheme.equals("Ed25519");
    String algorithm = edwards ? "Ed25519" : "SHA256withECDSA";
    Provider jca =
        provider.equals("bouncycastle")
            ? new BouncyCastleProvider()
            : Security.getProvider("SunEC");
    KeyPairGenerator generator = KeyPairGenerator.getInstance(edwards ? "Ed25519" : "EC", jca);
    if (!edwards) {
      generator.initialize(new ECGenParameterSpec("secp256r1"));
    }
    KeyPair keyPair = generator.generateKeyPair();
    signer = Signature.getInstance(algorithm, jca);
    signer.initSign(keyPair.getPrivate());
    verifier = Signature.getInstance(algorithm, jca);
    verifier.initVerify(keyPair.getPublic());
    signature = sign();
  }

  /** Signs. */
  @Benchmark
  public byte[] sign() throws GeneralSecurityException {
    signer.update(message);
    return signer.sign();
  }

  /** Verifies; a refusal would be a broken benchmark, not a fast one. */
  @Benchmark
  public boolean verify() throws GeneralSecurityException {
    verifier.update(message);
    if (!verifier.verify(signature)) {
      throw new IllegalStateException("couldn't verify a signature that was just made");
    }
    return true;
  }
}
