package io.hypermesh.jmh;

import io.hypermesh.trustchain.CertificateIssuance;
import io.hypermesh.trustchain.CertificateRequest;
import io.hypermesh.trustchain.KeyAlgorithm;
import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
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
 * A certificate from request to answer, its precertificate in the log and all of it forced to the
 * disk; beside what a certificate alone costs, built and signed by BouncyCastle and kept nowhere,
 * and beside one forced write to the same disk.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(2)
public class IssuanceBenchmark {
  private static final int RECORD_BYTES = 1_024;
  private static final X500Name ISSUER = new X500Name("CN=Benchmark Issuer");

  private final SecureRandom random = new SecureRandom();
  private final KeyPair subject = KeyAlgorithm.ED25519.generate(random);
  private final KeyPair issuer = KeyAlgorithm.EC_P256.generate(random);
  private Testbed testbed;
  private ContentSigner signer;
  private FileChannel file;
  private byte[] pkcs10;
  private long requests;

  /** Opens an authority, and a file beside it. */
  @Setup
  public void setUp() throws IOException, TrustChainException, OperatorCreationException {
    testbed = Testbed.open();
    signer =
        new JcaContentSignerBuilder("SHA256withECDSA")
            .setProvider(new BouncyCastleProvider())
            .build(issuer.getPrivate());
    file =
        FileChannel.open(
            testbed.directory().resolve("forced"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE);
    pkcs10 = CertificateRequest.pkcs10(subject, Testbed.names());
  }

  /** Deletes the authority. */
  @TearDown
  public void tearDown() throws IOException, TrustChainException {
    file.close();
    testbed.close();
  }

  /** A durable, logged certificate. */
  @Benchmark
  public CertificateIssuance issue() throws TrustChainException {
    return testbed.authority().issue(CertificateRequest.ofPkcs10("request-" + requests++, pkcs10));
  }

  /** A certificate, and nothing else. */
  @Benchmark
  public byte[] buildAndSign() throws IOException {
    Instant now = Instant.now();
    byte[] serial = new byte[16];
    random.nextBytes(serial);
    return new X509v3CertificateBuilder(
            ISSUER,
            new BigInteger(1, serial),
            Date.from(now),
            Date.from(now.plus(Duration.ofHours(24))),
            new X500Name(new org.bouncycastle.asn1.x500.RDN[0]),
            SubjectPublicKeyInfo.getInstance(subject.getPublic().getEncoded()))
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .addExtension(
            Extension.subjectAlternativeName,
            true,
            new GeneralNames(new GeneralName(GeneralName.dNSName, "node.benchmark.example")))
        .build(signer)
        .getEncoded();
  }

  /** One forced write. */
  @Benchmark
  public void force() throws IOException {
    file.write(ByteBuffer.allocate(RECORD_BYTES));
    file.force(false);
  }
}
