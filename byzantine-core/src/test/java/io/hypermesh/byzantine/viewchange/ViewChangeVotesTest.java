package io.hypermesh.byzantine.viewchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.MessageType;
import io.hypermesh.byzantine.message.Payload;
import io.hypermesh.byzantine.message.Rank;
import io.hypermesh.byzantine.message.TestCluster;
import org.junit.jupiter.api.Test;

class ViewChangeVotesTest {
  private final TestCluster cluster = new TestCluster(4);
  private final ViewChangeVotes votes = new ViewChangeVotes();

  private Message.OfMember vote(int replica, long view, long certificateView, long sequence) {
    Certificate certificate =
        sequence == 0
            ? Certificate.genesis(cluster.membership)
            : cluster.certificate(
                MessageType.COMMIT,
                certificateView,
                sequence,
                TestCluster.digest((int) sequence).bytes(),
                0,
                1,
                2);
    return cluster.sign(
        replica, view, 0, new Payload.ViewChange(Payload.Claim.of(certificate), certificate));
  }

  @Test
  void shouldNeedAQuorumForTheSameView() {
    votes.add(vote(0, 5, 0, 0));
    votes.add(vote(1, 5, 0, 0));
    votes.add(vote(2, 6, 0, 0));
    assertThat(votes.newView(5, 3)).isNull();
    assertThat(votes.countFrom(5)).isEqualTo(3);
    assertThat(votes.countFrom(6)).isEqualTo(1);
  }

  @Test
  void shouldBeginAtTheHighestCertificateByViewFirst() throws ProtocolException {
    votes.add(vote(0, 5, 1, 90));
    votes.add(vote(1, 5, 3, 7));
    votes.add(vote(2, 5, 3, 8));
    votes.add(vote(3, 5, 2, 50));
    Payload.NewView newView = votes.newView(5, 3);
    assertThat(newView).isNotNull();
    assertThat(newView.certificate().rank()).isEqualTo(new Rank(3, 8));
    assertThat(newView.claims()).hasSize(3);
    Message.OfMember message = cluster.sign(1, 5, 8, newView);
    cluster.codec.verify(MessageCodec.encode(message));
  }

  @Test
  void shouldFollowTheHighestViewThatACorrectMemberWants() {
    votes.add(vote(0, 9, 0, 0));
    assertThat(votes.viewWantedBy(2)).isZero();
    votes.add(vote(1, 4, 0, 0));
    assertThat(votes.viewWantedBy(2)).isEqualTo(4);
    votes.add(vote(2, 7, 0, 0));
    assertThat(votes.viewWantedBy(2)).isEqualTo(7);
  }

  @Test
  void shouldKeepOneVoteAMemberAndTheFirstForAView() {
    votes.add(vote(0, 5, 1, 1));
    votes.add(vote(0, 5, 1, 2));
    votes.add(vote(0, 4, 1, 3));
    votes.add(vote(1, 5, 0, 0));
    votes.add(vote(2, 5, 0, 0));
    assertThat(votes.newView(5, 3).certificate().sequence()).isEqualTo(1);
    votes.forgetMember(0);
    assertThat(votes.membersFrom(0)).containsExactly(1, 2);
    votes.forgetUpTo(5);
    assertThat(votes.membersFrom(0)).isEmpty();
  }

  @Test
  void shouldDoubleTheTimeUpToACapAndSetItBack() {
    ViewTimer timer = new ViewTimer(100, 3);
    for (int i = 0; i < 50; i++) {
      timer.viewFailed();
    }
    assertThat(timer.timeoutNanos()).isEqualTo(800);
    timer.progressed();
    assertThat(timer.timeoutNanos()).isEqualTo(100);
  }
}
