package io.hypermesh.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.asset.DecodingException;
import io.hypermesh.asset.OwnerId;
import io.hypermesh.asset.PrivacyLevel;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Request;
import io.hypermesh.ledger.Scenario.Owner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class LedgerCodecProperties {
  private static final Owner ALICE = new Owner("alice");

  /** A decoder of the ledger and the encoder of what it gives. */
  private interface Codec {
    byte[] decodeAndEncode(byte[] bytes) throws DecodingException;
  }

  private static final List<Codec> CODECS =
      List.of(
          bytes -> SignedOperations.decode(bytes).encode(),
          bytes -> BatchResult.decode(bytes).encode(),
          bytes -> OwnershipProof.decode(bytes).encode(),
          bytes -> AssetRecord.decode(bytes).encode(),
          bytes -> StateHeader.decode(bytes).encode(),
          bytes -> CertifiedOwnership.decode(bytes).encode());

  private static List<byte[]> examples() {
    Scenario scenario = new Scenario();
    Ledger ledger = Ledger.inMemory(Scenario.SETTINGS, Scenario.VERIFIER);
    byte[] registration =
        scenario.signed(
            ALICE,
            scenario.register(0, ALICE),
            scenario.register(1, ALICE),
            scenario.register(1, ALICE, PrivacyLevel.PRIVATE));
    scenario.block(ledger, registration);
    OwnershipProof proof = ledger.prove(ledger.record(1).id()).orElseThrow();
    Operation.Prove prove = new Operation.Prove(scenario.nextId(), ledger.record(1).id());
    byte[] result = scenario.block(ledger, scenario.signed(ALICE, prove)).getFirst().encode();
    CertifiedOwnership certified =
        new CertifiedOwnership(
            proof, CertifiedOwnershipTest.certificate(1, ledger.stateRoot(), new byte[] {1}));
    return List.of(
        registration,
        result,
        proof.encode(),
        ledger.record(0).encode(),
        ledger.header().encode(),
        certified.encode());
  }

  private static final List<byte[]> EXAMPLES = examples();

  @Example
  void shouldDecodeWhatTheyEncode() throws DecodingException {
    for (int i = 0; i < CODECS.size(); i++) {
      assertThat(CODECS.get(i).decodeAndEncode(EXAMPLES.get(i))).isEqualTo(EXAMPLES.get(i));
    }
    assertThat(EXAMPLES.get(3)).hasSize(AssetRecord.BYTES);
    assertThat(EXAMPLES.get(4)).hasSize(StateHeader.BYTES);
  }

  @Property(tries = 3_000)
  void shouldRefuseRandomBytesWithTheTypedExceptionOnly(
      @ForAll byte[] bytes, @ForAll @IntRange(max = 5) int codec) {
    assertReadsExactlyOrRefuses(codec, bytes);
  }

  @Property(tries = 3_000)
  void shouldRefuseOrReadExactlyWhatIsThereAfterMutations(
      @ForAll @IntRange(max = 5) int codec,
      @ForAll int place,
      @ForAll byte value,
      @ForAll int cut) {
    byte[] mutated = EXAMPLES.get(codec).clone();
    mutated[Math.floorMod(place, mutated.length)] = value;
    assertReadsExactlyOrRefuses(codec, mutated);
    assertReadsExactlyOrRefuses(codec, Arrays.copyOf(mutated, Math.floorMod(cut, mutated.length)));
    assertReadsExactlyOrRefuses(codec, Arrays.copyOf(mutated, mutated.length + 1));
  }

  private static void assertReadsExactlyOrRefuses(int codec, byte[] bytes) {
    byte[] input = bytes.clone();
    try {
      assertThat(CODECS.get(codec).decodeAndEncode(input)).isEqualTo(bytes);
    } catch (DecodingException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("null");
    }
  }

  @Example
  void shouldNotAllocateWhatAHostileLengthSays() {
    byte[] batch = EXAMPLES.getFirst().clone();
    // The public key's length stands behind kind, ledger and credential kind.
    Arrays.fill(batch, 34, 38, (byte) 0x7f);
    assertThatThrownBy(() -> SignedOperations.decode(batch))
        .hasMessage("public key length is 2139062143, above the limit of 3072");
  }

  @Example
  void shouldReachTheLimitsOfABatch() throws DecodingException {
    List<Operation> operations = new ArrayList<>();
    Scenario scenario = new Scenario();
    for (int i = 0; i < SignedOperations.OPERATIONS_MAX; i++) {
      operations.add(scenario.register(i, ALICE));
    }
    byte[] most = SignedOperations.sign(ALICE, Digest.ZERO, 9, operations).encode();
    assertThat(most.length).isLessThan(Request.PAYLOAD_BYTES_MAX);
    assertThat(SignedOperations.decode(most).operations()).hasSize(8_192);
    operations.add(scenario.register(0, ALICE));
    assertThatThrownBy(() -> SignedOperations.sign(ALICE, Digest.ZERO, 9, operations))
        .hasMessageContaining("couldn't sign 8193 operations");
    assertThatThrownBy(() -> SignedOperations.sign(ALICE, Digest.ZERO, 9, List.of()))
        .hasMessageContaining("couldn't sign 0 operations");
    assertThatThrownBy(() -> SignedOperations.decode(new byte[Request.PAYLOAD_BYTES_MAX + 1]))
        .hasMessageContaining("limit 1048576");
  }

  @Example
  void shouldRefuseUnknownKindsVersionsAndFlags() {
    int firstOperation = 34 + 4 + ALICE.publicKey().length + 8 + 4;
    int[] places = {0, 33, firstOperation, firstOperation + 1};
    String[] messages = {
      "unknown request kind: 99",
      "unknown credential kind: 99",
      "unknown operation code: 99",
      "unknown operation flags: 99"
    };
    for (int i = 0; i < places.length; i++) {
      byte[] batch = EXAMPLES.getFirst().clone();
      batch[places[i]] = 99;
      assertThatThrownBy(() -> SignedOperations.decode(batch)).hasMessage(messages[i]);
    }
    byte[] record = EXAMPLES.get(3).clone();
    record[AssetRecord.BYTES - 1] = 1;
    assertThatThrownBy(() -> AssetRecord.decode(record)).hasMessageContaining("reserved byte");
  }

  @Example
  void shouldGiveEveryRefusalAMessageAndAnId() throws DecodingException {
    for (RefusalReason reason : RefusalReason.values()) {
      assertThat(RefusalReason.fromId(reason.id())).isEqualTo(reason);
      assertThat(reason.describe(3, 4)).isNotBlank().doesNotContain("%");
    }
    for (BatchRefusal reason : BatchRefusal.values()) {
      assertThat(BatchRefusal.fromId(reason.id())).isEqualTo(reason);
    }
    assertThatThrownBy(() -> RefusalReason.fromId(0)).isInstanceOf(DecodingException.class);
    assertThatThrownBy(() -> BatchRefusal.fromId(0)).isInstanceOf(DecodingException.class);
    assertThat(new BatchResult.Refused(BatchRefusal.MALFORMED, "é\n" + "x".repeat(300)).detail())
        .hasSize(BatchResult.DETAIL_BYTES_MAX)
        .startsWith("??x");
    assertThat(OwnerId.NOBODY.toString()).hasSize(64);
  }
}
