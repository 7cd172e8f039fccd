package io.hypermesh.ledger;

import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetType;
import io.hypermesh.asset.Capacity;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * What the ledger's tests share: owners whose signatures are cheap (a hash that only tests take for
 * one), hardware, operations with ids counted up, and blocks.
 */
final class Scenario {
  static final LedgerSettings SETTINGS = LedgerSettings.named("test").build();
  static final Verifier VERIFIER =
      (key, message, signature) -> Arrays.equals(sign(key, message), signature);

  private static final List<AssetType> TYPES = List.of(AssetType.values());

  private long operations;
  private long height;

  /** An owner with a key of its own. */
  record Owner(String name) implements Signer {
    OwnerId id() {
      return OwnerId.ofPublicKey(publicKey());
    }

    @Override
    public byte[] publicKey() {
      return name.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] sign(byte[] message) {
      return Scenario.sign(publicKey(), message);
    }
  }

  private static byte[] sign(byte[] key, byte[] message) {
    return Digest.sha256(key, message).bytes();
  }

  static AssetDescriptor hardware(int number) {
    AssetType type = TYPES.get(number % TYPES.size());
    return new AssetDescriptor(
        type,
        "hardware " + number,
        Digest.sha256(new byte[] {(byte) (number >> 8), (byte) number}),
        new Capacity(1_000L + number, type.unit()),
        new TreeMap<>());
  }

  OperationId nextId() {
    return new OperationId(7, ++operations);
  }

  Operation.Register register(int number, Owner owner) {
    return register(number, owner, PrivacyLevel.FULL_PUBLIC);
  }

  Operation.Register register(int number, Owner owner, PrivacyLevel privacy) {
    return Operation.Register.of(nextId(), hardware(number), owner.id(), privacy);
  }

  byte[] signed(Owner owner, Operation... operations) {
    return signedUntil(height + 100, owner, operations);
  }

  byte[] signedUntil(long expiresAtHeight, Owner owner, Operation... operations) {
    return SignedOperations.sign(owner, SETTINGS.ledgerId(), expiresAtHeight, List.of(operations))
        .encode();
  }

  long height() {
    return height;
  }

  /** Executes a block at the next height. */
  List<BatchResult> block(Ledger ledger, byte[]... payloads) {
    height++;
    return ledger.execute(height, 1_000 * height, List.of(payloads));
  }

  /** Executes one operation in a block of its own. */
  Outcome run(Ledger ledger, Owner owner, Operation operation) {
    BatchResult result = block(ledger, signed(owner, operation)).getFirst();
    return ((BatchResult.Executed) result).outcomes().getFirst();
  }

  /** Lets blocks pass. */
  void skipTo(long height) {
    this.height = height;
  }

  static BatchResult decoded(byte[] bytes) {
    try {
      return BatchResult.decode(bytes);
    } catch (DecodingException e) {
      throw new AssertionError(e);
    }
  }
}
