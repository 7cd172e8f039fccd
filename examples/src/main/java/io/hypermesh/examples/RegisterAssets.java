package io.hypermesh.examples;

import io.hypermesh.adapter.AdapterException;
import io.hypermesh.adapter.AssetAdapters;
import io.hypermesh.adapter.Host;
import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.ledger.Ledger;
import io.hypermesh.ledger.LedgerException;
import io.hypermesh.ledger.LedgerSettings;
import io.hypermesh.ledger.Operation;
import io.hypermesh.ledger.OperationId;
import io.hypermesh.ledger.SignedOperations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds this machine's hardware, registers it in a ledger on disk, and proves who owns it: {@code
 * RegisterAssets [DIRECTORY]}. Run twice, it finds everything registered.
 */
public final class RegisterAssets {
  private static final LedgerSettings SETTINGS = LedgerSettings.named("register-assets").build();

  private RegisterAssets() {}

  /** Runs it; exits with 1 and one line if anything fails. */
  public static void main(String[] arguments) {
    if (arguments.length > 1 || (arguments.length == 1 && arguments[0].startsWith("-"))) {
      fail("usage: RegisterAssets [DIRECTORY]");
    }
    Path directory = Path.of(arguments.length > 0 ? arguments[0] : "hypermesh-assets");
    try {
      Ed25519.KeySigner key = ownerKey(directory.resolve("owner.key"));
      try (Ledger ledger = Ledger.open(directory.resolve("ledger"), SETTINGS, Ed25519.verifier())) {
        run(ledger, key);
      }
    } catch (IOException e) {
      fail("couldn't use the directory " + directory + " because of " + e);
    } catch (LedgerException | AdapterException | IllegalStateException e) {
      fail(String.valueOf(e.getMessage()));
    }
  }

  private static void run(Ledger ledger, Ed25519.KeySigner key) throws AdapterException {
    OwnerId owner = OwnerId.ofPublicKey(key.publicKey());
    System.out.println("owner   " + owner);
    List<AssetDescriptor> hardware = new ArrayList<>();
    for (var adapter : AssetAdapters.all(Host.local())) {
      hardware.addAll(adapter.discover().assets());
    }
    if (hardware.isEmpty()) {
      fail("couldn't register anything because no hardware was found");
    }
    register(ledger, key, hardware);
    for (AssetDescriptor found : hardware) {
      var record = ledger.find(found.idFor(owner)).orElseThrow();
      String state = record.stateAt(ledger.height()).label();
      System.out.printf("asset   %s  %s, ", record.id(), found.name());
      System.out.printf("%s, %s%n", record.capacity(), state);
    }
    var proof = ledger.prove(hardware.getFirst().idFor(owner)).orElseThrow();
    System.out.printf("proof   %s, owner %s: ", proof.asset().id(), proof.asset().owner());
    System.out.printf("%d bytes, height %d, ", proof.encode().length, proof.height());
    System.out.println(proof.verify(ledger.stateRoot()) ? "verified" : "WRONG");
  }

  private static void register(Ledger ledger, Ed25519.KeySigner key, List<AssetDescriptor> found) {
    OwnerId owner = OwnerId.ofPublicKey(key.publicKey());
    SecureRandom random = new SecureRandom();
    List<Operation> missing = new ArrayList<>();
    for (AssetDescriptor hardware : found) {
      if (ledger.find(hardware.idFor(owner)).isEmpty()) {
        OperationId id = OperationId.random(random);
        missing.add(Operation.Register.of(id, hardware, owner, PrivacyLevel.PRIVATE_NETWORK));
      }
    }
    System.out.printf(
        "ledger  %d registered before, %d new%n", found.size() - missing.size(), missing.size());
    if (!missing.isEmpty()) {
      long height = ledger.height() + 1;
      SignedOperations batch =
          SignedOperations.sign(key, SETTINGS.ledgerId(), height + 100, missing);
      ledger
          .execute(height, System.currentTimeMillis(), List.of(batch.encode()))
          .forEach(result -> result.problems().forEach(RegisterAssets::fail));
    }
  }

  /** The owner's key is made on the first run; only this user may read it. */
  private static Ed25519.KeySigner ownerKey(Path file) throws IOException {
    if (!Files.exists(file)) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      byte[] seed = new byte[Ed25519.PRIVATE_KEY_BYTES];
      new SecureRandom().nextBytes(seed);
      var onlyOwner = PosixFilePermissions.fromString("rw-------");
      Files.createFile(file, PosixFilePermissions.asFileAttribute(onlyOwner));
      Files.write(file, seed);
    }
    byte[] seed = Files.readAllBytes(file);
    if (seed.length != Ed25519.PRIVATE_KEY_BYTES) {
      throw new IllegalStateException("couldn't use the key " + file + ": it is damaged");
    }
    return Ed25519.signer(seed);
  }

  private static void fail(String message) {
    System.err.println("RegisterAssets: " + message);
    System.exit(1);
  }
}
