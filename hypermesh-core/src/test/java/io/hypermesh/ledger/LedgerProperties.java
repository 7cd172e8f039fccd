package io.hypermesh.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.AssetState;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Snapshot;
import io.hypermesh.ledger.Operation.ChangeState;
import io.hypermesh.ledger.Operation.Lease;
import io.hypermesh.ledger.Operation.Prove;
import io.hypermesh.ledger.Operation.Release;
import io.hypermesh.ledger.Operation.Transfer;
import io.hypermesh.ledger.Scenario.Owner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class LedgerProperties {
  private static final List<Owner> OWNERS =
      List.of(new Owner("alice"), new Owner("bob"), new Owner("carol"));

  private static final List<AssetState> STATES = List.of(AssetState.values());

  /** Draws blocks of operations, sensible and senseless, repeated, forged and cut ones too. */
  static final class Traffic {
    private final Random random;
    private final Scenario scenario = new Scenario();
    private final List<byte[]> sent = new ArrayList<>();

    Traffic(long seed) {
      random = new Random(seed);
    }

    Scenario scenario() {
      return scenario;
    }

    List<byte[]> block() {
      List<byte[]> payloads = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        payloads.add(payload());
      }
      return payloads;
    }

    private byte[] payload() {
      int kind = random.nextInt(10);
      if (kind == 0 && !sent.isEmpty()) {
        return sent.get(random.nextInt(sent.size()));
      }
      Owner owner = OWNERS.get(random.nextInt(OWNERS.size()));
      Operation[] operations = new Operation[1 + random.nextInt(5)];
      for (int i = 0; i < operations.length; i++) {
        operations[i] = operation(owner);
      }
      byte[] payload =
          scenario.signedUntil(scenario.height() + random.nextInt(20), owner, operations);
      if (kind == 1) {
        payload[random.nextInt(payload.length)] ^= (byte) (1 + random.nextInt(255));
      } else {
        sent.add(payload);
      }
      return payload;
    }

    private Operation operation(Owner owner) {
      OperationId id = random.nextInt(20) == 0 ? new OperationId(7, 1) : scenario.nextId();
      int number = random.nextInt(12);
      AssetId asset = Scenario.hardware(number).idFor(OWNERS.get(random.nextInt(3)).id());
      OwnerId other = OWNERS.get(random.nextInt(3)).id();
      return switch (random.nextInt(9)) {
        case 0, 1, 2 ->
            Operation.Register.of(
                id, Scenario.hardware(number), owner.id(), PrivacyLevel.FULL_PUBLIC);
        case 3, 4 -> new Transfer(id, asset, other);
        case 5 -> new ChangeState(id, asset, STATES.get(random.nextInt(STATES.size())));
        case 6 -> new Lease(id, asset, other, scenario.height() + random.nextInt(8));
        case 7 -> new Release(id, asset);
        default -> new Prove(id, asset);
      };
    }
  }

  private static Ledger ledger() {
    return Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER);
  }

  private static List<BatchResult> next(Traffic traffic, Ledger ledger) {
    return traffic.scenario().block(ledger, traffic.block().toArray(byte[][]::new));
  }

  /** Follows the outcomes with nothing but a map, and compares. */
  @Property(tries = 150)
  void shouldNeitherMakeNorLoseAssets(@ForAll long seed, @ForAll @IntRange(max = 25) int blocks)
      throws DecodingException {
    Traffic traffic = new Traffic(seed);
    Ledger ledger = ledger();
    Map<AssetId, OwnerId> model = new HashMap<>();
    Set<List<Object>> done = new HashSet<>();
    for (int i = 0; i < blocks; i++) {
      List<byte[]> payloads = traffic.block();
      List<BatchResult> results = traffic.scenario().block(ledger, payloads.toArray(byte[][]::new));
      assertThat(results).hasSameSizeAs(payloads);
      for (int j = 0; j < payloads.size(); j++) {
        if (results.get(j) instanceof BatchResult.Executed executed) {
          follow(model, done, SignedOperations.decode(payloads.get(j)), executed);
        }
      }
      assertThat(ledger.header().assetCount()).isEqualTo(model.size());
      for (Map.Entry<AssetId, OwnerId> entry : model.entrySet()) {
        AssetRecord record = ledger.find(entry.getKey()).orElseThrow();
        assertThat(record.owner()).isEqualTo(entry.getValue());
        assertThat(record.capacity().amount()).isBetween(1_000L, 1_011L);
        OwnershipProof proof = ledger.prove(entry.getKey()).orElseThrow();
        assertThat(proof.verify(ledger.stateRoot())).isTrue();
        assertThat(proof.asset()).isEqualTo(record);
      }
    }
  }

  private static void follow(
      Map<AssetId, OwnerId> model,
      Set<List<Object>> done,
      SignedOperations batch,
      BatchResult.Executed executed) {
    for (int i = 0; i < executed.outcomes().size(); i++) {
      Outcome outcome = executed.outcomes().get(i);
      // A repetition has the outcome of the first time and does nothing again.
      if (outcome instanceof Outcome.Applied applied
          && done.add(List.of(batch.owner(), applied.operation(), applied.height()))) {
        switch (batch.operations().get(i)) {
          case Operation.Register register ->
              assertThat(model.put(register.asset(), batch.owner())).isNull();
          case Transfer transfer ->
              assertThat(model.put(transfer.asset(), transfer.to())).isEqualTo(batch.owner());
          default -> {}
        }
      }
    }
  }

  @Property(tries = 100)
  void shouldGiveEqualStatesAndResultsForEqualBlocks(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 25) int blocks) {
    Traffic traffic = new Traffic(seed);
    Ledger one = ledger();
    Ledger other = ledger();
    for (int i = 1; i <= blocks; i++) {
      List<byte[]> payloads = traffic.block();
      List<BatchResult> results = traffic.scenario().block(one, payloads.toArray(byte[][]::new));
      assertThat(other.execute(i, 1_000L * i, payloads)).isEqualTo(results);
      assertThat(other.stateRoot()).isEqualTo(one.stateRoot());
      for (BatchResult result : results) {
        assertThat(Scenario.decoded(result.encode())).isEqualTo(result);
      }
    }
    assertThat(chunks(other.snapshot()))
        .usingElementComparator(Arrays::compare)
        .isEqualTo(chunks(one.snapshot()));
  }

  @Property(tries = 100)
  void shouldGoOnFromASnapshotAsIfNothingHadHappened(
      @ForAll long seed, @ForAll @IntRange(max = 20) int before) throws DecodingException {
    Traffic traffic = new Traffic(seed);
    Ledger one = ledger();
    for (int i = 0; i < before; i++) {
      next(traffic, one);
    }
    Snapshot snapshot = one.snapshot();
    List<byte[]> chunks = chunks(snapshot);
    Ledger other = ledger();
    other.restore(snapshot);
    assertThat(other.header()).isEqualTo(one.header());
    assertThat(other.stateRoot()).isEqualTo(one.stateRoot());
    for (int i = 0; i < 15; i++) {
      List<byte[]> payloads = traffic.block();
      List<BatchResult> results = traffic.scenario().block(one, payloads.toArray(byte[][]::new));
      assertThat(other.execute(one.height(), 1_000 * one.height(), payloads)).isEqualTo(results);
      assertThat(other.stateRoot()).isEqualTo(one.stateRoot());
    }
    assertThat(chunks(snapshot))
        .as("the snapshot stays as it was")
        .usingElementComparator(Arrays::compare)
        .isEqualTo(chunks);
  }

  @Property(tries = 150)
  void shouldRefuseSnapshotsThatWereChanged(
      @ForAll long seed, @ForAll int place, @ForAll @IntRange(min = 1, max = 255) int flip) {
    Traffic traffic = new Traffic(seed);
    Ledger one = ledger();
    for (int i = 0; i < 8; i++) {
      next(traffic, one);
    }
    List<byte[]> chunks = chunks(one.snapshot());
    int total = chunks.stream().mapToInt(chunk -> chunk.length).sum();
    int at = Math.floorMod(place, total);
    for (byte[] chunk : chunks) {
      if (at >= 0 && at < chunk.length) {
        chunk[at] ^= (byte) flip;
      }
      at -= chunk.length;
    }
    Ledger other = ledger();
    Digest root = other.stateRoot();
    assertThatThrownBy(() -> other.restore(snapshotOf(chunks)))
        .as("byte %d of %d", Math.floorMod(place, total), total)
        .isInstanceOf(DecodingException.class);
    assertThat(other.stateRoot()).isEqualTo(root);
  }

  @Property(tries = 300)
  void shouldAnswerAnyBytesWithATypedRefusalAndChangeNothing(@ForAll byte[] payload) {
    Ledger one = ledger();
    Ledger empty = ledger();
    assertThat(one.execute(1, 5, List.of(payload)))
        .singleElement()
        .isInstanceOfSatisfying(
            BatchResult.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(BatchRefusal.MALFORMED));
    empty.execute(1, 5, List.of());
    assertThat(one.stateRoot()).isEqualTo(empty.stateRoot());
  }

  @Property(tries = 300)
  void shouldRefuseAnyMutationOfASignedBatch(
      @ForAll int place, @ForAll @IntRange(min = 1, max = 255) int flip) {
    Scenario scenario = new Scenario();
    byte[] payload = scenario.signed(OWNERS.getFirst(), scenario.register(0, OWNERS.getFirst()));
    payload[Math.floorMod(place, payload.length)] ^= (byte) flip;
    Ledger one = ledger();
    assertThat(scenario.block(one, payload))
        .singleElement()
        .isInstanceOf(BatchResult.Refused.class);
    assertThat(one.header().assetCount()).isZero();
  }

  @Property(tries = 300)
  void shouldFailEveryProofThatWasChanged(
      @ForAll @IntRange(min = 1, max = 40) int assets,
      @ForAll int place,
      @ForAll @IntRange(min = 1, max = 255) int flip) {
    Scenario scenario = new Scenario();
    Ledger one = ledger();
    Operation[] registrations = new Operation[assets];
    for (int i = 0; i < assets; i++) {
      registrations[i] = scenario.register(i, OWNERS.getFirst());
    }
    scenario.block(one, scenario.signed(OWNERS.getFirst(), registrations));
    int slot = Math.floorMod(place, assets);
    OwnershipProof proof = one.prove(one.record(slot).id()).orElseThrow();
    byte[] encoded = proof.encode();
    encoded[Math.floorMod(place, encoded.length)] ^= (byte) flip;
    try {
      assertThat(OwnershipProof.decode(encoded).verify(one.stateRoot())).isFalse();
    } catch (DecodingException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  static List<byte[]> chunks(Snapshot snapshot) {
    List<byte[]> chunks = new ArrayList<>();
    for (int i = 0; i < snapshot.chunkCount(); i++) {
      chunks.add(snapshot.chunk(i).clone());
      assertThat(snapshot.chunkHash(i)).isEqualTo(Digest.sha256(chunks.get(i)));
    }
    return chunks;
  }

  private static Snapshot snapshotOf(List<byte[]> chunks) {
    return new Snapshot() {
      @Override
      public int chunkCount() {
        return chunks.size();
      }

      @Override
      public byte[] chunk(int index) {
        return chunks.get(index);
      }
    };
  }
}
