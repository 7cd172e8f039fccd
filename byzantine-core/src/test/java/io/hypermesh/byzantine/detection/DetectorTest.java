package io.hypermesh.byzantine.detection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Evidence;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.TestCluster;
import org.junit.jupiter.api.Test;

class DetectorTest {
  private final TestCluster cluster = new TestCluster(4);
  private final Detector detector = new Detector(cluster.membership, cluster.keys, 16);
  private final Digest one = TestCluster.digest(1);
  private final Digest other = TestCluster.digest(2);

  @Test
  void shouldFindTheProposalThatAnotherReplicaWasShown() {
    Block ours = cluster.block(0, 1, one);
    Block theirs = cluster.block(0, 1, other);
    Message.OfMember shownToUs = cluster.sign(0, 0, 1, new Payload.PrePrepare(ours));
    Message.OfMember shownToThem = cluster.sign(0, 0, 1, new Payload.PrePrepare(theirs));
    assertThat(detector.observe(shownToUs.signed())).isNull();
    Evidence evidence =
        detector.observeProposal(0, 1, theirs.hash(), shownToThem.signed().signature());
    assertThat(evidence).isNotNull();
    assertThat(evidence.kind()).isEqualTo(Evidence.Kind.DOUBLE_PROPOSAL);
    assertThat(evidence.accused()).isZero();
    assertThat(evidence.verify(cluster.membership, cluster.keys)).isTrue();
  }

  @Test
  void shouldFindTwoProposalsInOthersVotesAlone() {
    byte[] first =
        cluster
            .sign(0, 0, 1, new Payload.PrePrepare(cluster.block(0, 1, one)))
            .signed()
            .signature();
    byte[] second =
        cluster
            .sign(0, 0, 1, new Payload.PrePrepare(cluster.block(0, 1, other)))
            .signed()
            .signature();
    assertThat(detector.observeProposal(0, 1, cluster.block(0, 1, one).hash(), first)).isNull();
    assertThat(detector.observeProposal(0, 1, cluster.block(0, 1, other).hash(), second))
        .isNotNull();
  }

  @Test
  void shouldBlameNobodyForAProposalThatThePrimaryDidNotSign() {
    Block ours = cluster.block(0, 1, one);
    detector.observe(cluster.sign(0, 0, 1, new Payload.PrePrepare(ours)).signed());
    byte[] forged =
        cluster
            .sign(1, 0, 1, new Payload.PrePrepare(cluster.block(0, 1, other)))
            .signed()
            .signature();
    assertThat(detector.observeProposal(0, 1, cluster.block(0, 1, other).hash(), forged)).isNull();
    assertThat(detector.observeProposal(0, 1, other, new byte[0])).isNull();
  }

  @Test
  void shouldFindAConcealedCertificateInEitherOrder() {
    Message.OfMember commit = cluster.sign(2, 3, 9, new Payload.Commit(one));
    var lower = cluster.certificate(MessageType.COMMIT, 3, 8, one.bytes(), 0, 1, 2);
    Message.OfMember change =
        cluster.sign(2, 4, 0, new Payload.ViewChange(Payload.Claim.of(lower), lower));
    assertThat(detector.observe(commit.signed())).isNull();
    assertThat(detector.observe(change.signed())).isNotNull();
    Detector reordered = new Detector(cluster.membership, cluster.keys, 16);
    assertThat(reordered.observe(change.signed())).isNull();
    assertThat(reordered.observe(commit.signed())).isNotNull();
  }

  @Test
  void shouldForgetOnlyTheOldestStatementsOfTheMemberThatFloods() {
    Message.OfMember quiet = cluster.sign(1, 0, 1, new Payload.Commit(one));
    detector.observe(quiet.signed());
    Message.OfMember first = cluster.sign(2, 0, 1, new Payload.Commit(one));
    detector.observe(first.signed());
    for (int sequence = 2; sequence < 40; sequence++) {
      detector.observe(
          cluster.sign(2, 0, sequence, new Payload.Prepare(one, new byte[0])).signed());
    }
    assertThat(detector.observe(cluster.sign(1, 0, 1, new Payload.Commit(other)).signed()))
        .isNotNull();
    assertThat(detector.observe(cluster.sign(2, 0, 1, new Payload.Commit(other)).signed()))
        .isNull();
    assertThat(
            detector.observe(
                cluster.sign(2, 0, 39, new Payload.Prepare(other, new byte[0])).signed()))
        .isNotNull();
  }
}
