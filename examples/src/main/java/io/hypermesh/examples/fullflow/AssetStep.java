package io.hypermesh.examples.fullflow;

import static io.hypermesh.examples.fullflow.FlowException.check;

import io.hypermesh.adapter.AdapterException;
import io.hypermesh.adapter.AssetAdapter;
import io.hypermesh.adapter.AssetAdapters;
import io.hypermesh.adapter.Host;
import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetType;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.examples.fullflow.FlowReport.Step;
import io.hypermesh.ledger.AssetRecord;
import io.hypermesh.ledger.BatchResult;
import io.hypermesh.ledger.Ledger;
import io.hypermesh.ledger.LedgerSettings;
import io.hypermesh.ledger.Operation;
import io.hypermesh.ledger.OperationId;
import io.hypermesh.ledger.Outcome;
import io.hypermesh.ledger.SignedOperations;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Step 4: this machine's hardware as assets of the client, in a ledger of its own on this disk. The
 * next step has the same signed operations executed by the cluster.
 */
final class AssetStep {
  /** A signature is good for so many blocks. */
  private static final long EXPIRES_AT_HEIGHT = 1_000;

  private final FlowReport report;
  private final Path ledgerDirectory;

  AssetStep(FlowReport report, Path ledgerDirectory) {
    this.report = report;
    this.ledgerDirectory = ledgerDirectory;
  }

  /**
   * What the step hands on.
   *
   * @param signer the owner's key
   * @param creations the registrations
   * @param request the same, signed and encoded
   */
  @SuppressWarnings("ArrayRecordComponent") // Bytes on their way to the cluster; never compared.
  record Registered(Signer signer, List<Operation.Register> creations, byte[] request) {
    OwnerId owner() {
      return OwnerId.ofPublicKey(signer.publicKey());
    }
  }

  Registered run(Signer signer) throws FlowException, AdapterException {
    report.working(Step.ASSETS, "looking at this machine's hardware");
    OwnerId owner = OwnerId.ofPublicKey(signer.publicKey());
    long startNanos = System.nanoTime();
    List<AssetDescriptor> found = new ArrayList<>();
    for (AssetAdapter adapter : AssetAdapters.all(Host.local())) {
      found.addAll(adapter.discover().assets());
    }
    long discoveredNanos = System.nanoTime();
    List<Operation.Register> creations =
        found.stream()
            .map(descriptor ->
                Operation.Register.of(
                    OperationId.random(new SecureRandom()),
                    descriptor,
                    owner,
                    PrivacyLevel.FULL_PUBLIC))
            .toList();
    SignedOperations request = sign(signer, List.copyOf(creations));
    try (Ledger ledger = Ledger.open(ledgerDirectory, settings(), Ed25519.verifier())) {
      List<BatchResult> results =
          ledger.execute(1, System.currentTimeMillis(), List.of(request.encode()));
      long nanos = System.nanoTime() - startNanos;
      FlowRun.checkWithin(Step.ASSETS, nanos);
      allApplied(results.getFirst(), creations.size());
      checkOwned(ledger, creations, owner);
      report.passed(
          Step.ASSETS,
          nanos,
          "%s; each the client's, with a proof; discovery %s, signed and durable %s"
              .formatted(
                  count(found),
                  FlowReport.millis((discoveredNanos - startNanos) / 1e6),
                  FlowReport.millis((startNanos + nanos - discoveredNanos) / 1e6)));
    }
    return new Registered(signer, creations, request.encode());
  }

  private static void checkOwned(Ledger ledger, List<Operation.Register> creations, OwnerId owner)
      throws FlowException {
    for (Operation.Register creation : creations) {
      AssetRecord record = ledger.find(creation.asset()).orElse(null);
      check(
          record != null && record.owner().equals(owner),
          "asset " + creation.asset() + " is not the client's");
      check(
          ledger.prove(creation.asset()).orElseThrow().verify(ledger.stateRoot()),
          "the proof of " + creation.asset() + " does not verify");
    }
    for (AssetType type :
        List.of(AssetType.CPU, AssetType.MEMORY, AssetType.STORAGE, AssetType.NETWORK)) {
      check(
          creations.stream().anyMatch(creation -> creation.asset().type() == type),
          "this machine has no " + type.label() + " that the adapters see");
    }
  }

  private static String count(List<AssetDescriptor> found) {
    Map<AssetType, Long> byType =
        found.stream()
            .collect(
                Collectors.groupingBy(
                    AssetDescriptor::type,
                    () -> new EnumMap<>(AssetType.class),
                    Collectors.counting()));
    return byType.entrySet().stream()
        .map(entry -> entry.getValue() + " " + entry.getKey().label())
        .collect(Collectors.joining(", "));
  }

  static LedgerSettings settings() {
    return LedgerSettings.named(NodeFiles.CLUSTER).build();
  }

  static SignedOperations sign(Signer signer, List<Operation> operations) {
    return SignedOperations.sign(signer, settings().ledgerId(), EXPIRES_AT_HEIGHT, operations);
  }

  /** Checks that every operation of a batch was done. */
  static void allApplied(BatchResult result, int operations) throws FlowException {
    switch (result) {
      case BatchResult.Refused(var reason, String detail) ->
          throw new FlowException("the ledger refused a batch: " + reason + ", " + detail);
      case BatchResult.Executed(List<Outcome> outcomes) -> {
        check(outcomes.size() == operations, "the ledger answered " + outcomes.size() + " times");
        for (Outcome outcome : outcomes) {
          if (outcome instanceof Outcome.Refused refused) {
            throw new FlowException("the ledger refused: " + refused.message());
          }
        }
      }
    }
  }
}
