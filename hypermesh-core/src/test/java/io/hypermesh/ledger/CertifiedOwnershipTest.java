package io.hypermesh.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.DecodingException;
import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Ed25519;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.ledger.Operation.Prove;
import io.hypermesh.ledger.Operation.Transfer;
import io.hypermesh.ledger.Scenario.Owner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The ledger under consensus: blocks through the application, and proofs with certificates. */
class CertifiedOwnershipTest {
  private static final Owner ALICE = new Owner("alice");
  private static final Owner BOB = new Owner("bob");
  private static final List<Ed25519.KeySigner> KEYS = keys();
  private static final Membership MEMBERSHIP = membership(KEYS);
  private static final Verifier VERIFIER = Ed25519.verifier();

  private final Scenario scenario = new Scenario();
  private final LedgerApplication application =
      new LedgerApplication(Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER));
  private long number;

  private static List<Ed25519.KeySigner> keys() {
    List<Ed25519.KeySigner> keys = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      byte[] seed = new byte[Ed25519.PRIVATE_KEY_BYTES];
      seed[0] = (byte) (i + 1);
      keys.add(Ed25519.signer(seed));
    }
    return keys;
  }

  private static Membership membership(List<Ed25519.KeySigner> keys) {
    Membership.Builder builder = Membership.builder("test");
    for (int i = 0; i < keys.size(); i++) {
      builder.add("replica" + i, keys.get(i).publicKey());
    }
    return builder.build();
  }

  /** A reply that the first two replicas certify. */
  static ReplyCertificate certificate(long sequence, Digest stateRoot, byte[] result) {
    Map<Integer, byte[]> signatures = new TreeMap<>();
    for (int replica : new int[] {0, 1}) {
      signatures.put(replica, new byte[64]);
    }
    // What is to be signed is what a verifier is asked about.
    unsigned(sequence, stateRoot, result, signatures)
        .verify(
            MEMBERSHIP,
            (key, message, _) -> {
              for (int i = 0; i < KEYS.size(); i++) {
                if (Arrays.equals(KEYS.get(i).publicKey(), key)) {
                  signatures.put(i, KEYS.get(i).sign(message));
                }
              }
              return true;
            });
    return unsigned(sequence, stateRoot, result, signatures);
  }

  private static ReplyCertificate unsigned(
      long sequence, Digest stateRoot, byte[] result, Map<Integer, byte[]> signatures) {
    return new ReplyCertificate(
        MEMBERSHIP.configurationHash(),
        0,
        sequence,
        ClientId.of(ALICE.publicKey()),
        1,
        stateRoot,
        result,
        signatures);
  }

  private byte[] execute(long sequence, Owner owner, Operation... operations) {
    Request request =
        Request.sign(Digest.ZERO, ++number, scenario.signed(owner, operations), owner);
    Block block = new Block(0, sequence, 1_000 * sequence, Digest.ZERO, List.of(request));
    return application.execute(block).getFirst();
  }

  @Test
  void shouldProveOfflineWhoOwnedWhatAtWhichHeight() throws DecodingException {
    execute(1, ALICE, scenario.register(0, ALICE), scenario.register(1, ALICE));
    AssetId asset = Scenario.hardware(1).idFor(ALICE.id());
    Prove prove = new Prove(scenario.nextId(), asset);
    byte[] result = execute(2, ALICE, new Transfer(scenario.nextId(), asset, BOB.id()), prove);
    ReplyCertificate certificate = certificate(2, Digest.of(application.stateRoot()), result);
    CertifiedOwnership proof =
        CertifiedOwnership.decode(CertifiedOwnership.fromReply(certificate, prove.id()).encode());
    assertThat(proof.verify(MEMBERSHIP, VERIFIER)).isTrue();
    assertThat(proof.proof().asset().owner()).isEqualTo(BOB.id());
    assertThat(proof.proof().asset().id()).isEqualTo(asset);
    assertThat(proof.proof().height()).isEqualTo(2);
    assertThatThrownBy(() -> CertifiedOwnership.fromReply(certificate, scenario.nextId()))
        .isInstanceOf(DecodingException.class)
        .hasMessageContaining("holds no proof");
  }

  @Test
  void shouldNotBelieveAnyOtherHeightRootOrMembership() {
    execute(1, ALICE, scenario.register(0, ALICE));
    AssetId asset = Scenario.hardware(0).idFor(ALICE.id());
    OwnershipProof proof = application.ledger().prove(asset).orElseThrow();
    Digest root = Digest.of(application.stateRoot());
    byte[] result = {1};
    assertThat(
            new CertifiedOwnership(proof, certificate(1, root, result))
                .verify(MEMBERSHIP, VERIFIER))
        .isTrue();
    assertThat(
            new CertifiedOwnership(proof, certificate(2, root, result))
                .verify(MEMBERSHIP, VERIFIER))
        .isFalse();
    assertThat(
            new CertifiedOwnership(proof, certificate(1, Digest.ZERO, result))
                .verify(MEMBERSHIP, VERIFIER))
        .isFalse();
    Membership others = membership(KEYS.reversed());
    assertThat(new CertifiedOwnership(proof, certificate(1, root, result)).verify(others, VERIFIER))
        .isFalse();
  }

  @Test
  void shouldRestoreAReplicaAndGiveTheSameResultsAgain() {
    execute(1, ALICE, scenario.register(0, ALICE));
    LedgerApplication other =
        new LedgerApplication(Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER));
    other.restore(1, application.snapshot());
    assertThat(other.stateRoot()).isEqualTo(application.stateRoot());
    Request request =
        Request.sign(Digest.ZERO, 9, scenario.signed(ALICE, scenario.register(2, ALICE)), ALICE);
    Block block = new Block(0, 2, 5, Digest.ZERO, List.of(request));
    assertThat(other.execute(block).getFirst()).isEqualTo(application.execute(block).getFirst());
    assertThat(other.stateRoot()).isEqualTo(application.stateRoot());
  }

  @Test
  void shouldRefuseToStartAReplicaInTheMiddle() {
    Ledger started = Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER);
    started.execute(3, 0, List.of());
    assertThatThrownBy(() -> new LedgerApplication(started)).hasMessageContaining("at height 3");
  }
}
