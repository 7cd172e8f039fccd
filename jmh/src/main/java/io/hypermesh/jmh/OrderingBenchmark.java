package io.hypermesh.jmh;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.ledger.BatchResult;
import io.hypermesh.ledger.LedgerSettings;
import io.hypermesh.ledger.Operation;
import io.hypermesh.ledger.OperationId;
import io.hypermesh.ledger.Outcome;
import io.hypermesh.ledger.SignedOperations;
import io.hypermesh.node.CertifiedKey;
import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 * Signed transfers, ordered and executed by four nodes in this JVM over STOQ, every vote forced to
 * the disk before it is sent; one request at a time, with one transfer in it or many. Beside it one
 * forced write to the same disk: before a client has its answer, a primary and the others have each
 * waited for some of those, one after the other.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(2)
public class OrderingBenchmark {
  private static final int NODES = 4;
  private static final int BATCH = 100;
  private static final int RECORD_BYTES = 512;
  private static final int SIGNED_FOR_BLOCKS = 500;

  private final SecureRandom random = new SecureRandom();
  private final List<Operation.Register> assets = new ArrayList<>();
  private Testbed testbed;
  private Testbed.Cluster cluster;
  private LedgerSettings ledger;
  private Signer owner;
  private Signer other;
  private FileChannel file;
  private long height;

  /** Starts the cluster and registers what will be transferred. */
  @Setup
  public void setUp()
      throws IOException,
          TrustChainException,
          InterruptedException,
          ExecutionException,
          TimeoutException {
    testbed = Testbed.open();
    cluster = testbed.cluster(NODES);
    ledger = LedgerSettings.named(cluster.name()).build();
    owner = CertifiedKey.signer(cluster.clientIdentity().privateKey());
    other = Ed25519.generate(random);
    for (int i = 0; i < BATCH; i++) {
      assets.add(
          Operation.Register.of(
              OperationId.random(random),
              Testbed.asset(i),
              OwnerId.ofPublicKey(owner.publicKey()),
              PrivacyLevel.FULL_PUBLIC));
    }
    order(assets);
    file =
        FileChannel.open(
            testbed.directory().resolve("forced"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE);
  }

  /** Stops the cluster and deletes its files. */
  @TearDown
  public void tearDown() throws IOException, TrustChainException {
    file.close();
    cluster.close();
    testbed.close();
  }

  private ReplyCertificate order(List<? extends Operation> operations)
      throws InterruptedException, ExecutionException, TimeoutException {
    byte[] request =
        SignedOperations.sign(owner, ledger.ledgerId(), height + SIGNED_FOR_BLOCKS, operations)
            .encode();
    ReplyCertificate reply = cluster.client().submit(request).get(30, TimeUnit.SECONDS);
    height = reply.sequence();
    try {
      if (!(BatchResult.decode(reply.result()) instanceof BatchResult.Executed executed)
          || executed.outcomes().stream().anyMatch(Outcome.Refused.class::isInstance)) {
        throw new IllegalStateException("couldn't order: the ledger refused");
      }
    } catch (DecodingException e) {
      throw new IllegalStateException("couldn't read the reply", e);
    }
    return reply;
  }

  private ReplyCertificate transfer(int count)
      throws InterruptedException, ExecutionException, TimeoutException {
    OwnerId to = OwnerId.ofPublicKey(other.publicKey());
    List<Operation> transfers = new ArrayList<>();
    for (Operation.Register asset : assets.subList(0, count)) {
      transfers.add(new Operation.Transfer(OperationId.random(random), asset.asset(), to));
    }
    ReplyCertificate reply = order(transfers);
    Signer next = other;
    other = owner;
    owner = next;
    return reply;
  }

  /** A request with one transfer: its time is what a client waits. */
  @Benchmark
  public ReplyCertificate one() throws InterruptedException, ExecutionException, TimeoutException {
    return transfer(1);
  }

  /** A request with 100: divide its time by that, or 100 by it for transfers a second. */
  @Benchmark
  public ReplyCertificate hundred()
      throws InterruptedException, ExecutionException, TimeoutException {
    return transfer(BATCH);
  }

  /** One forced write. */
  @Benchmark
  public void force() throws IOException {
    file.write(ByteBuffer.allocate(RECORD_BYTES));
    file.force(false);
  }
}
