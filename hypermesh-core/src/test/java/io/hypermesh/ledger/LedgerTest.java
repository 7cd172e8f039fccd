package io.hypermesh.ledger;

import static io.hypermesh.ledger.RefusalReason.ALREADY_OWNER;
import static io.hypermesh.ledger.RefusalReason.ALREADY_REGISTERED;
import static io.hypermesh.ledger.RefusalReason.ID_NOT_DERIVED;
import static io.hypermesh.ledger.RefusalReason.INVALID_TRANSITION;
import static io.hypermesh.ledger.RefusalReason.LEASE_EXPIRED;
import static io.hypermesh.ledger.RefusalReason.LEASE_TOO_LONG;
import static io.hypermesh.ledger.RefusalReason.LEDGER_FULL;
import static io.hypermesh.ledger.RefusalReason.NOT_LESSEE;
import static io.hypermesh.ledger.RefusalReason.NOT_OWNER;
import static io.hypermesh.ledger.RefusalReason.NOT_VISIBLE;
import static io.hypermesh.ledger.RefusalReason.OPERATION_ID_REUSED;
import static io.hypermesh.ledger.RefusalReason.TOO_MANY_PROOFS;
import static io.hypermesh.ledger.RefusalReason.TOO_MANY_REMEMBERED;
import static io.hypermesh.ledger.RefusalReason.UNKNOWN_ASSET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.AssetState;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.ledger.Operation.ChangeState;
import io.hypermesh.ledger.Operation.Lease;
import io.hypermesh.ledger.Operation.Prove;
import io.hypermesh.ledger.Operation.Register;
import io.hypermesh.ledger.Operation.Release;
import io.hypermesh.ledger.Operation.Transfer;
import io.hypermesh.ledger.Scenario.Owner;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private static final Owner ALICE = new Owner("alice");
  private static final Owner BOB = new Owner("bob");
  private static final Owner CAROL = new Owner("carol");

  private final Scenario scenario = new Scenario();
  private final Ledger ledger = Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER);
  private final AssetId cpu = Scenario.hardware(0).idFor(ALICE.id());

  private Outcome run(Owner owner, Operation operation) {
    return scenario.run(ledger, owner, operation);
  }

  private void registerCpu() {
    assertThat(run(ALICE, scenario.register(0, ALICE))).isInstanceOf(Outcome.Applied.class);
  }

  private AssetRecord cpuRecord() {
    return ledger.find(cpu).orElseThrow();
  }

  private static void assertRefused(Outcome outcome, RefusalReason reason) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(reason);
              assertThat(refused.message()).startsWith(refused.asset() + ": ").doesNotContain("%");
            });
  }

  @Test
  void shouldRegisterAnAssetForItsSigner() {
    registerCpu();
    AssetRecord record = cpuRecord();
    assertThat(record.owner()).isEqualTo(ALICE.id());
    assertThat(record.state()).isEqualTo(AssetState.AVAILABLE);
    assertThat(record.capacity()).isEqualTo(Scenario.hardware(0).capacity());
    assertThat(record.descriptor()).isEqualTo(Scenario.hardware(0).digest());
    assertThat(record.privacy()).isEqualTo(PrivacyLevel.FULL_PUBLIC);
    assertThat(record.registeredAtHeight()).isEqualTo(1);
    assertThat(record.changes()).isEqualTo(1);
    assertThat(ledger.record(0)).isEqualTo(record);
    assertThat(ledger.header().assetCount()).isEqualTo(1);
  }

  @Test
  void shouldRefuseASecondRegistrationAndAStolenId() {
    registerCpu();
    Outcome again = run(ALICE, scenario.register(0, ALICE));
    assertRefused(again, ALREADY_REGISTERED);
    assertThat(((Outcome.Refused) again).message()).contains("registered at height 1");
    Register stolen = scenario.register(1, ALICE);
    assertRefused(run(BOB, stolen), ID_NOT_DERIVED);
    assertThat(ledger.header().assetCount()).isEqualTo(1);
  }

  @Test
  void shouldTransferOnlyByTheOwner() {
    registerCpu();
    assertRefused(run(BOB, new Transfer(scenario.nextId(), cpu, BOB.id())), NOT_OWNER);
    assertRefused(run(ALICE, new Transfer(scenario.nextId(), cpu, ALICE.id())), ALREADY_OWNER);
    AssetId unknown = Scenario.hardware(9).idFor(ALICE.id());
    assertRefused(run(ALICE, new Transfer(scenario.nextId(), unknown, BOB.id())), UNKNOWN_ASSET);
    run(ALICE, new Transfer(scenario.nextId(), cpu, BOB.id()));
    assertThat(cpuRecord().owner()).isEqualTo(BOB.id());
    assertThat(cpuRecord().changes()).isEqualTo(2);
    assertRefused(run(ALICE, new Transfer(scenario.nextId(), cpu, CAROL.id())), NOT_OWNER);
    assertThatThrownBy(() -> new Transfer(scenario.nextId(), cpu, OwnerId.NOBODY))
        .hasMessageContaining("nobody");
  }

  @Test
  void shouldEndALeaseByHeightAndNotBefore() {
    registerCpu();
    long last = scenario.height() + 5;
    run(ALICE, new Lease(scenario.nextId(), cpu, BOB.id(), last));
    assertThat(cpuRecord().stateAt(last)).isEqualTo(AssetState.ALLOCATED);
    assertThat(cpuRecord().lesseeAt(last)).contains(BOB.id());
    assertThat(cpuRecord().stateAt(last + 1)).isEqualTo(AssetState.AVAILABLE);
    assertThat(cpuRecord().lesseeAt(last + 1)).isEmpty();
    scenario.skipTo(last - 1);
    assertRefused(
        run(ALICE, new Lease(scenario.nextId(), cpu, CAROL.id(), last + 9)), INVALID_TRANSITION);
    assertThat(scenario.height()).isEqualTo(last);
    assertThat(run(ALICE, new Lease(scenario.nextId(), cpu, CAROL.id(), last + 9)))
        .isInstanceOf(Outcome.Applied.class);
    assertThat(cpuRecord().lesseeAt(last + 1)).contains(CAROL.id());
    assertRefused(run(BOB, new Release(scenario.nextId(), cpu)), NOT_LESSEE);
  }

  @Test
  void shouldKeepALeaseThroughATransfer() {
    registerCpu();
    run(ALICE, new Lease(scenario.nextId(), cpu, BOB.id(), 50));
    run(BOB, new ChangeState(scenario.nextId(), cpu, AssetState.IN_USE));
    run(ALICE, new Transfer(scenario.nextId(), cpu, CAROL.id()));
    assertThat(cpuRecord().owner()).isEqualTo(CAROL.id());
    assertThat(cpuRecord().lesseeAt(scenario.height())).contains(BOB.id());
    assertThat(cpuRecord().state()).isEqualTo(AssetState.IN_USE);
    run(BOB, new Release(scenario.nextId(), cpu));
    assertThat(cpuRecord().state()).isEqualTo(AssetState.AVAILABLE);
    assertThat(cpuRecord().leaseExpiresAtHeight()).isZero();
  }

  @Test
  void shouldRefuseLeasesThatAreOverOrTooLong() {
    registerCpu();
    assertRefused(run(ALICE, new Lease(scenario.nextId(), cpu, BOB.id(), 1)), LEASE_EXPIRED);
    long tooLong = scenario.height() + 2 + Scenario.SETTINGS.leaseBlocksMax();
    assertRefused(run(ALICE, new Lease(scenario.nextId(), cpu, BOB.id(), tooLong)), LEASE_TOO_LONG);
    assertRefused(run(BOB, new Lease(scenario.nextId(), cpu, BOB.id(), 9)), NOT_OWNER);
    assertThatThrownBy(() -> new Lease(scenario.nextId(), cpu, OwnerId.NOBODY, 9))
        .hasMessageContaining("couldn't lease");
  }

  @Test
  void shouldLetOwnerAndLesseeChangeStatesByTheTable() {
    registerCpu();
    for (AssetState impossible :
        List.of(AssetState.AVAILABLE, AssetState.ALLOCATED, AssetState.IN_USE)) {
      assertRefused(
          run(ALICE, new ChangeState(scenario.nextId(), cpu, impossible)), INVALID_TRANSITION);
    }
    assertRefused(run(BOB, new ChangeState(scenario.nextId(), cpu, AssetState.FAILED)), NOT_OWNER);
    run(ALICE, new ChangeState(scenario.nextId(), cpu, AssetState.MAINTENANCE));
    run(ALICE, new ChangeState(scenario.nextId(), cpu, AssetState.AVAILABLE));
    run(ALICE, new Lease(scenario.nextId(), cpu, BOB.id(), 99));
    assertRefused(
        run(ALICE, new ChangeState(scenario.nextId(), cpu, AssetState.MAINTENANCE)),
        INVALID_TRANSITION);
    assertRefused(
        run(ALICE, new ChangeState(scenario.nextId(), cpu, AssetState.AVAILABLE)),
        INVALID_TRANSITION);
    assertRefused(
        run(BOB, new ChangeState(scenario.nextId(), cpu, AssetState.FAILED)), INVALID_TRANSITION);
    run(BOB, new ChangeState(scenario.nextId(), cpu, AssetState.IN_USE));
    run(BOB, new ChangeState(scenario.nextId(), cpu, AssetState.ALLOCATED));
    run(ALICE, new ChangeState(scenario.nextId(), cpu, AssetState.FAILED));
    assertThat(cpuRecord().state()).isEqualTo(AssetState.FAILED);
    assertThat(cpuRecord().lessee()).isEqualTo(OwnerId.NOBODY);
    assertRefused(
        run(ALICE, new ChangeState(scenario.nextId(), cpu, AssetState.AVAILABLE)),
        INVALID_TRANSITION);
    run(ALICE, new ChangeState(scenario.nextId(), cpu, AssetState.MAINTENANCE));
    assertThat(cpuRecord().state()).isEqualTo(AssetState.MAINTENANCE);
  }

  @Test
  void shouldProveTheEndOfTheBlockWhateverTheOrder() {
    registerCpu();
    byte[] early = scenario.signed(BOB, new Prove(scenario.nextId(), cpu));
    byte[] late =
        scenario.signed(
            ALICE,
            new Transfer(scenario.nextId(), cpu, BOB.id()),
            new Prove(scenario.nextId(), cpu));
    List<BatchResult> results = scenario.block(ledger, early, late);
    OwnershipProof first =
        ((Outcome.Proved) ((BatchResult.Executed) results.get(0)).outcomes().get(0)).proof();
    OwnershipProof second =
        ((Outcome.Proved) ((BatchResult.Executed) results.get(1)).outcomes().get(1)).proof();
    assertThat(first).isEqualTo(second);
    assertThat(first.asset().owner()).isEqualTo(BOB.id());
    assertThat(first.height()).isEqualTo(2);
    assertThat(first.header().timestampMillis()).isEqualTo(2_000);
    assertThat(first.verify(ledger.stateRoot())).isTrue();
    scenario.block(ledger);
    assertThat(first.verify(ledger.stateRoot())).isFalse();
  }

  @Test
  void shouldHidePrivateAssetsFromStrangers() {
    run(ALICE, scenario.register(0, ALICE, PrivacyLevel.PRIVATE));
    assertRefused(run(BOB, new Prove(scenario.nextId(), cpu)), NOT_VISIBLE);
    assertThat(run(ALICE, new Prove(scenario.nextId(), cpu))).isInstanceOf(Outcome.Proved.class);
    run(ALICE, new Lease(scenario.nextId(), cpu, BOB.id(), 9));
    assertThat(run(BOB, new Prove(scenario.nextId(), cpu))).isInstanceOf(Outcome.Proved.class);
    assertRefused(
        run(BOB, new Prove(scenario.nextId(), Scenario.hardware(5).idFor(BOB.id()))),
        UNKNOWN_ASSET);
  }

  @Test
  void shouldAnswerARepetitionAsTheFirstTime() {
    byte[] registration = scenario.signed(ALICE, scenario.register(0, ALICE));
    BatchResult first = scenario.block(ledger, registration).getFirst();
    byte[] transfer = scenario.signed(ALICE, new Transfer(scenario.nextId(), cpu, BOB.id()));
    scenario.block(ledger, transfer);
    run(BOB, new Transfer(scenario.nextId(), cpu, ALICE.id()));
    Digest assets = ledger.find(cpu).orElseThrow().descriptor();
    assertThat(scenario.block(ledger, registration, transfer, registration))
        .containsExactly(
            first,
            new BatchResult.Executed(List.of(new Outcome.Applied(new OperationId(7, 2), cpu, 2))),
            first);
    assertThat(cpuRecord().owner()).isEqualTo(ALICE.id());
    assertThat(cpuRecord().descriptor()).isEqualTo(assets);
  }

  @Test
  void shouldNotTakeAnIdForTwoOperations() {
    registerCpu();
    OperationId id = scenario.nextId();
    run(ALICE, new Transfer(id, cpu, BOB.id()));
    assertRefused(run(ALICE, new Transfer(id, cpu, CAROL.id())), OPERATION_ID_REUSED);
    assertThat(run(BOB, new Transfer(id, cpu, CAROL.id()))).isInstanceOf(Outcome.Applied.class);
  }

  @Test
  void shouldNotRepeatWhatWasSignedAgainForLater() {
    registerCpu();
    Transfer there = new Transfer(scenario.nextId(), cpu, BOB.id());
    byte[] soon = scenario.signedUntil(5, ALICE, there);
    byte[] later = scenario.signedUntil(60, ALICE, there);
    scenario.block(ledger, soon);
    scenario.block(ledger, later);
    run(BOB, new Transfer(scenario.nextId(), cpu, ALICE.id()));
    scenario.skipTo(20);
    scenario.block(ledger, later);
    assertThat(cpuRecord().owner()).as("the replayed batch did nothing").isEqualTo(ALICE.id());
    assertThat(scenario.block(ledger, soon).getFirst())
        .isInstanceOfSatisfying(
            BatchResult.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(BatchRefusal.EXPIRED));
  }

  @Test
  void shouldRefuseBatchesThatAreNotForItNow() {
    Register register = scenario.register(0, ALICE);
    long far = 2L + Scenario.SETTINGS.expiryBlocksMax();
    byte[] otherLedger = SignedOperations.sign(ALICE, Digest.ZERO, 50, List.of(register)).encode();
    byte[] forged = scenario.signed(ALICE, register);
    forged[forged.length - 1] ^= 1;
    List<BatchResult> results =
        scenario.block(
            ledger,
            scenario.signedUntil(0, ALICE, register),
            scenario.signedUntil(far, ALICE, register),
            otherLedger,
            forged,
            new byte[] {9});
    assertThat(results)
        .extracting(result -> ((BatchResult.Refused) result).reason())
        .containsExactly(
            BatchRefusal.EXPIRED,
            BatchRefusal.EXPIRES_TOO_LATE,
            BatchRefusal.WRONG_LEDGER,
            BatchRefusal.BAD_SIGNATURE,
            BatchRefusal.MALFORMED);
    assertThat(ledger.header().assetCount()).isZero();
    assertThat(results.get(4).problems()).containsExactly("MALFORMED: unknown request kind: 9");
    BatchResult mixed =
        scenario
            .block(ledger, scenario.signed(ALICE, register, scenario.register(0, ALICE)))
            .getFirst();
    assertThat(mixed.problems())
        .containsExactly(cpu + ": it was registered at height " + scenario.height());
  }

  @Test
  void shouldReachItsLimits() {
    LedgerSettings small =
        LedgerSettings.withId(Scenario.SETTINGS.ledgerId())
            .assetsMax(1)
            .operationsPerBatchMax(3)
            .proofsPerBatchMax(1)
            .rememberedOperationsMax(3)
            .build();
    Ledger tiny = Ledger.inMemory(small, Scenario.VERIFIER);
    assertThat(scenario.run(tiny, ALICE, scenario.register(0, ALICE)))
        .isInstanceOf(Outcome.Applied.class);
    assertRefused(scenario.run(tiny, ALICE, scenario.register(1, ALICE)), LEDGER_FULL);
    Prove prove = new Prove(scenario.nextId(), cpu);
    BatchResult.Executed proofs =
        (BatchResult.Executed) scenario.block(tiny, scenario.signed(ALICE, prove, prove)).get(0);
    assertThat(proofs.outcomes().get(0)).isInstanceOf(Outcome.Proved.class);
    assertRefused(proofs.outcomes().get(1), TOO_MANY_PROOFS);
    assertThat(scenario.block(tiny, scenario.signed(ALICE, prove, prove, prove, prove)).get(0))
        .isInstanceOfSatisfying(
            BatchResult.Refused.class,
            refused -> assertThat(refused.detail()).isEqualTo("4 operations, limit 3"));
    scenario.run(tiny, ALICE, new Transfer(scenario.nextId(), cpu, BOB.id()));
    Transfer back = new Transfer(scenario.nextId(), cpu, ALICE.id());
    assertRefused(scenario.run(tiny, BOB, back), TOO_MANY_REMEMBERED);
    scenario.skipTo(200);
    assertThat(scenario.run(tiny, BOB, back)).isInstanceOf(Outcome.Applied.class);
  }

  @Test
  void shouldRefuseHeightsThatDoNotIncrease() {
    scenario.block(ledger);
    Digest root = ledger.stateRoot();
    assertThatThrownBy(() -> ledger.execute(1, 0, List.of())).hasMessageContaining("at 1");
    assertThat(ledger.stateRoot()).isEqualTo(root);
  }

  @Test
  void shouldHaveAnotherRootUnderOtherSettings() {
    LedgerSettings other = LedgerSettings.withId(Scenario.SETTINGS.ledgerId()).assetsMax(9).build();
    assertThat(Ledger.inMemory(other, Scenario.VERIFIER).stateRoot())
        .isNotEqualTo(ledger.stateRoot());
    assertThatThrownBy(() -> LedgerSettings.named("x").assetsMax(0))
        .hasMessageContaining("assetsMax must be 1 to");
    assertThatThrownBy(() -> LedgerSettings.named("x").assetsMax(1 << 30).build())
        .hasMessageContaining("snapshot chunks");
  }

  @Test
  void shouldTakeRealSignatures() {
    Ledger real = Ledger.inMemory(Scenario.SETTINGS, Ed25519.verifier());
    Ed25519.KeySigner key = Ed25519.generate(new SecureRandom());
    OwnerId owner = OwnerId.ofPublicKey(key.publicKey());
    Register register =
        Register.of(
            OperationId.random(new SecureRandom()),
            Scenario.hardware(0),
            owner,
            PrivacyLevel.FULL_PUBLIC);
    byte[] payload =
        SignedOperations.sign(key, Scenario.SETTINGS.ledgerId(), 5, List.of(register)).encode();
    assertThat(real.execute(1, 0, List.of(payload)).getFirst())
        .isEqualTo(
            new BatchResult.Executed(
                List.of(new Outcome.Applied(register.id(), register.asset(), 1))));
    payload[60] ^= 1;
    assertThat(real.execute(2, 0, List.of(payload)).getFirst())
        .isInstanceOf(BatchResult.Refused.class);
  }
}
