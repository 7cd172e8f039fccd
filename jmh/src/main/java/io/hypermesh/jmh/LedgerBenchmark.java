package io.hypermesh.jmh;

import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.ledger.BatchResult;
import io.hypermesh.ledger.Ledger;
import io.hypermesh.ledger.LedgerSettings;
import io.hypermesh.ledger.Operation;
import io.hypermesh.ledger.OperationId;
import io.hypermesh.ledger.Outcome;
import io.hypermesh.ledger.SignedOperations;
import io.hypermesh.trustchain.TrustChainException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Transfers in blocks of 1,000, a hundred in each signed batch, over 100,000 assets: by the ledger
 * in memory and by the one that is forced to the disk at each block; beside the check of the same
 * signatures alone. Making and signing a block is not counted.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(2)
public class LedgerBenchmark {
  private static final int ASSETS = 100_000;
  private static final int BATCHES = 10;
  private static final int OPERATIONS = 100;
  private static final int TRANSFERS = BATCHES * OPERATIONS;
  private static final int REGISTRATIONS = 5_000;

  /** Soon over, so that the ledger forgets the ids of what it executed and the run has no end. */
  private static final int SIGNED_FOR_BLOCKS = 16;

  /** Which ledger. */
  @Param({"memory", "disk"})
  public String kind;

  private final SecureRandom random = new SecureRandom();
  private final Verifier verifier = Ed25519.verifier();
  private final LedgerSettings settings = LedgerSettings.named("benchmark").build();
  private final List<Operation.Register> assets = new ArrayList<>(ASSETS);
  private Signer owner = Ed25519.generate(random);
  private Signer other = Ed25519.generate(random);
  private Testbed testbed;
  private Ledger ledger;
  private long millis;
  private int next;
  private List<SignedOperations> signed = List.of();
  private List<byte[]> block = List.of();

  /** Registers the assets. */
  @Setup
  public void setUp() throws IOException, TrustChainException {
    testbed = Testbed.open();
    ledger =
        kind.equals("memory")
            ? Ledger.inMemory(settings, verifier)
            : Ledger.open(testbed.directory().resolve("ledger"), settings, verifier);
    OwnerId self = OwnerId.ofPublicKey(owner.publicKey());
    for (int i = 0; i < ASSETS; i++) {
      assets.add(
          Operation.Register.of(
              OperationId.random(random), Testbed.asset(i), self, PrivacyLevel.FULL_PUBLIC));
    }
    for (int i = 0; i < ASSETS; i += REGISTRATIONS) {
      execute(List.of(sign(assets.subList(i, i + REGISTRATIONS)).encode()));
    }
  }

  /** Closes the ledger and deletes it. */
  @TearDown
  public void tearDown() throws IOException, TrustChainException {
    ledger.close();
    testbed.close();
  }

  /** Makes the next block; once all assets are given away they are given back, and so on. */
  @Setup(Level.Invocation)
  public void makeBlock() {
    OwnerId to = OwnerId.ofPublicKey(other.publicKey());
    signed = new ArrayList<>();
    for (int batch = 0; batch < BATCHES; batch++) {
      List<Operation> transfers = new ArrayList<>();
      for (int i = 0; i < OPERATIONS; i++) {
        // A step coprime to the count: neighbours in a block are no neighbours in the table.
        next = (next + 7_919) % ASSETS;
        transfers.add(
            new Operation.Transfer(OperationId.random(random), assets.get(next).asset(), to));
      }
      signed.add(sign(transfers));
    }
    if (next == 0) {
      Signer receiver = other;
      other = owner;
      owner = receiver;
    }
    block = signed.stream().map(SignedOperations::encode).toList();
  }

  private SignedOperations sign(List<? extends Operation> operations) {
    return SignedOperations.sign(
        owner, settings.ledgerId(), ledger.height() + SIGNED_FOR_BLOCKS, operations);
  }

  private List<BatchResult> execute(List<byte[]> payloads) {
    List<BatchResult> results = ledger.execute(ledger.height() + 1, ++millis, payloads);
    for (BatchResult result : results) {
      if (!(result instanceof BatchResult.Executed executed)
          || executed.outcomes().stream().anyMatch(Outcome.Refused.class::isInstance)) {
        throw new IllegalStateException("couldn't execute a block: the ledger refused");
      }
    }
    return results;
  }

  /** A transfer, in a block. */
  @Benchmark
  @OperationsPerInvocation(TRANSFERS)
  public List<BatchResult> transfer() {
    return execute(block);
  }

  /** A transfer's share of its batch's signature. */
  @Benchmark
  @OperationsPerInvocation(TRANSFERS)
  public boolean verify() {
    boolean all = true;
    for (SignedOperations batch : signed) {
      all &= batch.verify(verifier);
    }
    if (!all) {
      throw new IllegalStateException("couldn't verify what was just signed");
    }
    return true;
  }
}
