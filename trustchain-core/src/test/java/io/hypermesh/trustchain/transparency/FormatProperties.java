package io.hypermesh.trustchain.transparency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.trustchain.MerkleHash;
import io.hypermesh.trustchain.SignedCertificateTimestamp;
import io.hypermesh.trustchain.TransparencyException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The wire formats: what is written is read back, and nothing else than the typed error comes. */
class FormatProperties {
  private static final MerkleHash HASH = MerkleHash.of(new byte[32]);
  private static final String NOTE =
      SignedNote.encode(
          new CheckpointText("example.com/log", 5, HASH).encode(),
          List.of(new SignedNote.SignatureLine("example.com/log", 7, new byte[64])));

  @Property
  void shouldReadBackATimestamp(
      @ForAll @Size(32) byte[] logId,
      @ForAll @LongRange(min = 0) long time,
      @ForAll @LongRange(min = 0, max = LogEntryCodec.LEAF_INDEX_MAX) long index,
      @ForAll @Size(max = 80) byte[] signature)
      throws TransparencyException {
    SignedCertificateTimestamp sct =
        new SignedCertificateTimestamp(
            MerkleHash.of(logId), time, LogEntryCodec.extensions(index), signature);
    SignedCertificateTimestamp read = SignedCertificateTimestamp.decode(sct.encode());
    assertThat(read).isEqualTo(sct);
    assertThat(read.leafIndex()).isEqualTo(index);
    assertThat(LogEntryCodec.extensions(index)).hasSize(8);
    byte[] list = SctCodec.encodeList(List.of(sct, sct));
    assertThat(SctCodec.splitList(list)).containsExactly(sct.encode(), sct.encode());
  }

  @Property
  void shouldAnswerRandomBytesWithATypedErrorOnly(@ForAll byte[] bytes) {
    attempt(() -> SctCodec.decode(bytes));
    attempt(() -> SctCodec.splitList(bytes));
    attempt(() -> LogEntryCodec.decodeTileLeaf(bytes));
    attempt(() -> LogEntryCodec.leafIndex(bytes));
    attempt(() -> SignedNote.decode(bytes));
    attempt(() -> PrecertificateTbs.without(bytes, PrecertificateTbs.POISON));
  }

  @Property
  void shouldAnswerAMutatedNoteWithATypedErrorOnly(
      @ForAll @IntRange(max = 10_000) int where, @ForAll byte value) {
    byte[] bytes = NOTE.getBytes(StandardCharsets.UTF_8);
    bytes[where % bytes.length] = value;
    attempt(() -> CheckpointText.decode(SignedNote.decode(bytes).text()));
  }

  @Property
  void shouldAnswerAMutatedTimestampWithATypedErrorOnly(
      @ForAll @IntRange(max = 10_000) int where, @ForAll byte value) throws Exception {
    byte[] bytes =
        new SignedCertificateTimestamp(HASH, 1, LogEntryCodec.extensions(3), new byte[70]).encode();
    bytes[where % bytes.length] = value;
    attempt(() -> SctCodec.decode(bytes));
  }

  @Test
  void shouldReadBackACheckpoint() throws Exception {
    SignedNote note = SignedNote.decode(NOTE.getBytes(StandardCharsets.UTF_8));
    assertThat(CheckpointText.decode(note.text()))
        .isEqualTo(new CheckpointText("example.com/log", 5, HASH));
    assertThat(note.signatures()).hasSize(1);
    assertThat(note.signatures().getFirst().isFrom("example.com/log", 7)).isTrue();
  }

  @Test
  void shouldRefuseMalformedCheckpoints() {
    for (String text :
        List.of(
            "",
            "origin\n",
            "origin\n05\n" + HASH + "\n",
            "origin\n-1\n" + HASH + "\n",
            "origin\n9999999999999999999\n" + HASH + "\n",
            "origin\n5\nAAAA\n",
            "origin\n5\n" + HASH + "\n\nextension\n",
            "\n5\n" + HASH + "\n")) {
      assertThatThrownBy(() -> CheckpointText.decode(text))
          .isInstanceOf(TransparencyException.class);
    }
  }

  @Test
  void shouldHoldTheLimitsOfNotesAndLists() {
    List<SignedNote.SignatureLine> lines =
        Collections.nCopies(
            SignedNote.SIGNATURES_MAX + 1, new SignedNote.SignatureLine("name", 1, new byte[64]));
    String tooMany = SignedNote.encode("text\n", lines);
    assertThatThrownBy(() -> SignedNote.decode(tooMany.getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("more than " + SignedNote.SIGNATURES_MAX);
    assertThatThrownBy(() -> SignedNote.decode(new byte[SignedNote.BYTES_MAX + 1]))
        .hasMessageContaining("more than " + SignedNote.BYTES_MAX);
    List<byte[]> scts =
        new ArrayList<>(Collections.nCopies(SctCodec.LIST_LENGTH_MAX + 1, new byte[1]));
    TlsWriter list = new TlsWriter();
    scts.forEach(sct -> list.vector(sct, 2));
    byte[] encoded = new TlsWriter().vector(list.bytes(), 2).bytes();
    assertThatThrownBy(() -> SctCodec.splitList(encoded))
        .hasMessageContaining("more than " + SctCodec.LIST_LENGTH_MAX);
  }

  private interface Decoder {
    Object decode() throws TransparencyException;
  }

  private static void attempt(Decoder decoder) {
    try {
      assertThat(decoder.decode()).isNotNull();
    } catch (TransparencyException e) {
      assertThat(e.getMessage()).startsWith("couldn't ");
    }
  }
}
