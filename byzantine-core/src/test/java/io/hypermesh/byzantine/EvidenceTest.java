package io.hypermesh.byzantine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.SignedStatement;
import io.hypermesh.byzantine.message.TestCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvidenceTest {
  private final TestCluster cluster = new TestCluster(4);
  private final Digest one = TestCluster.digest(1);
  private final Digest other = TestCluster.digest(2);

  private Evidence of(Message.OfMember first, Message.OfMember second) throws ProtocolException {
    return Evidence.of(first.signed().encode(), second.signed().encode());
  }

  private Payload.ViewChange viewChange(long view, long sequence) {
    var certificate = cluster.certificate(MessageType.COMMIT, view, sequence, one.bytes(), 0, 1, 2);
    return new Payload.ViewChange(Payload.Claim.of(certificate), certificate);
  }

  private Evidence example(Evidence.Kind kind) throws ProtocolException {
    return switch (kind) {
      case DOUBLE_PROPOSAL ->
          of(
              cluster.sign(0, 0, 5, new Payload.PrePrepare(cluster.block(0, 5, one))),
              cluster.sign(0, 0, 5, new Payload.PrePrepare(cluster.block(0, 5, other))));
      case DOUBLE_PREPARE ->
          of(
              cluster.sign(1, 0, 5, new Payload.Prepare(one, new byte[0])),
              cluster.sign(1, 0, 5, new Payload.Prepare(other, new byte[0])));
      case DOUBLE_COMMIT ->
          of(
              cluster.sign(1, 0, 5, new Payload.Commit(one)),
              cluster.sign(1, 0, 5, new Payload.Commit(other)));
      case DOUBLE_VIEW_CHANGE ->
          of(cluster.sign(2, 7, 0, viewChange(1, 5)), cluster.sign(2, 7, 0, viewChange(1, 6)));
      case CONTRADICTORY_CHECKPOINT ->
          of(
              cluster.sign(3, 0, 8, new Payload.Checkpoint(one, one, one)),
              cluster.sign(3, 0, 8, new Payload.Checkpoint(one, other, one)));
      case CONCEALED_CERTIFICATE ->
          of(
              cluster.sign(2, 3, 9, new Payload.Commit(one)),
              cluster.sign(2, 4, 0, viewChange(3, 8)));
    };
  }

  @ParameterizedTest
  @EnumSource
  void shouldConvictTheSignerOfEachKind(Evidence.Kind kind) throws ProtocolException {
    Evidence evidence = example(kind);
    assertThat(evidence.kind()).isEqualTo(kind);
    assertThat(evidence.verify(cluster.membership, cluster.keys)).isTrue();
    assertThat(Evidence.decode(evidence.encode())).isEqualTo(evidence);
  }

  @ParameterizedTest
  @EnumSource
  void shouldNotConvictUnlessBothSignaturesAreTheAccusedMembers(Evidence.Kind kind)
      throws ProtocolException {
    byte[] good = example(kind).encode();
    int first = 1 + 4;
    int secondEnd = good.length;
    int firstLength = java.nio.ByteBuffer.wrap(good).getInt(1);
    for (int signatureByte : new int[] {first + firstLength - 1, secondEnd - 1}) {
      byte[] bad = good.clone();
      bad[signatureByte] ^= 1;
      assertThat(Evidence.decode(bad).verify(cluster.membership, cluster.keys)).isFalse();
    }
  }

  @Test
  void shouldNotHoldInAnotherConfiguration() throws ProtocolException {
    assertThat(
            example(Evidence.Kind.DOUBLE_COMMIT)
                .verify(new TestCluster(7).membership, cluster.keys))
        .isFalse();
  }

  private void assertNoContradiction(Message.OfMember first, Message.OfMember second) {
    assertThatThrownBy(() -> of(first, second)).isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> of(second, first)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void shouldNotSeeContradictionsWhereThereAreNone() {
    assertNoContradiction(
        cluster.sign(1, 0, 5, new Payload.Commit(one)),
        cluster.sign(1, 0, 5, new Payload.Commit(one)));
    assertNoContradiction(
        cluster.sign(1, 0, 5, new Payload.Commit(one)),
        cluster.sign(1, 1, 5, new Payload.Commit(other)));
    assertNoContradiction(
        cluster.sign(1, 0, 5, new Payload.Commit(one)),
        cluster.sign(1, 0, 6, new Payload.Commit(other)));
    assertNoContradiction(
        cluster.sign(1, 0, 5, new Payload.Commit(one)),
        cluster.sign(2, 0, 5, new Payload.Commit(other)));
    assertNoContradiction(
        cluster.sign(1, 0, 5, new Payload.Prepare(one, new byte[0])),
        cluster.sign(1, 0, 5, new Payload.Commit(other)));
    assertNoContradiction(
        cluster.sign(1, 0, 5, new Payload.Status(1, true, java.util.List.of())),
        cluster.sign(1, 0, 5, new Payload.Status(2, true, java.util.List.of())));
  }

  @Test
  void shouldNotSeeAConcealedCertificateInALaterCommitOrAHigherClaim() {
    Message.OfMember change = cluster.sign(2, 4, 0, viewChange(3, 8));
    assertNoContradiction(change, cluster.sign(2, 3, 8, new Payload.Commit(one)));
    assertNoContradiction(change, cluster.sign(2, 2, 90, new Payload.Commit(one)));
    assertNoContradiction(change, cluster.sign(2, 4, 9, new Payload.Commit(one)));
    assertNoContradiction(change, cluster.sign(2, 5, 9, new Payload.Commit(one)));
  }

  @Test
  void shouldRefuseAStatementThatIsTooLong() {
    SignedStatement signed = cluster.sign(1, 0, 5, new Payload.Commit(one)).signed();
    assertThatThrownBy(() -> Evidence.of(signed.encode(), new byte[20_000]))
        .isInstanceOf(ProtocolException.class);
  }
}
