package io.hypermesh.byzantine.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.byzantine.Block;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a well-formed and well-signed message is refused for. */
class MessageCodecTest {
  private final TestCluster cluster = new TestCluster(4);
  private final Digest one = TestCluster.digest(1);
  private final Block block = cluster.block(4, 9, one, cluster.request(1, "x"));
  private final Certificate prepared =
      cluster.certificate(MessageType.PREPARE, 4, 9, block.hash().bytes(), 0, 1, 3);

  private void assertRefused(Message message, String why) {
    assertThatThrownBy(() -> cluster.codec.verify(MessageCodec.encode(message)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(why);
  }

  private void assertTaken(Message message) {
    assertThatCode(() -> cluster.codec.verify(MessageCodec.encode(message)))
        .doesNotThrowAnyException();
  }

  private Payload.ViewChange change(Certificate certificate) {
    return new Payload.ViewChange(Payload.Claim.of(certificate), certificate);
  }

  private Payload.NewView newView(long view, int claims, Certificate certificate) {
    List<Payload.SignedClaim> signed = new ArrayList<>();
    for (int i = 0; i < claims; i++) {
      Payload.ViewChange change = change(certificate);
      signed.add(
          new Payload.SignedClaim(
              i, change.claim(), cluster.sign(i, view, 0, change).signed().signature()));
    }
    return new Payload.NewView(signed, certificate);
  }

  @Test
  void shouldSayWhoseRequestAMessageClaimsToBe() {
    Request request = cluster.request(1, "x");
    assertThat(MessageCodec.claimedClient(MessageCodec.encode(new Message.OfClient(request))))
        .contains(request.client());
    Message vote = cluster.sign(1, 0, 1, new Payload.Commit(one));
    assertThat(MessageCodec.claimedClient(MessageCodec.encode(vote))).isEmpty();
    assertThat(MessageCodec.claimedClient(new byte[0])).isEmpty();
    assertThat(MessageCodec.claimedClient(new byte[] {0x12, 0x7f, 0, 0, 0, 1})).isEmpty();
  }

  @Test
  void shouldRefuseAProposalThatIsTooLongToBeFetchedByThoseWhoMissedIt() {
    Request[] requests = new Request[5];
    for (int i = 0; i < requests.length; i++) {
      requests[i] = cluster.request(1 + i, "x".repeat(Request.PAYLOAD_BYTES_MAX));
    }
    Block tooLong = cluster.block(4, 9, one, requests);
    assertThat(tooLong.encodedBytes()).isGreaterThan(Block.ENCODED_BYTES_MAX);
    assertRefused(cluster.sign(0, 4, 9, new Payload.PrePrepare(tooLong)), "a block");
    assertRefused(cluster.sign(1, 4, 9, new Payload.Blocks(List.of(tooLong))), "length");
    Block longest = cluster.block(4, 9, one, requests[0], requests[1], requests[2]);
    assertTaken(cluster.sign(0, 4, 9, new Payload.PrePrepare(longest)));
    assertTaken(cluster.sign(1, 4, 9, new Payload.Blocks(List.of(longest))));
  }

  @Test
  void shouldRefuseAProposalOfAnyoneButThePrimary() {
    assertTaken(cluster.sign(0, 4, 9, new Payload.PrePrepare(block)));
    assertRefused(cluster.sign(1, 4, 9, new Payload.PrePrepare(block)), "not the primary");
  }

  @Test
  void shouldRefuseAProposalWhoseBlockIsForAnotherPlace() {
    assertRefused(cluster.sign(0, 8, 9, new Payload.PrePrepare(block)), "block is another");
    assertRefused(cluster.sign(0, 4, 8, new Payload.PrePrepare(block)), "block is another");
  }

  @Test
  void shouldRefuseAProposalWithARequestThatItsClientDidNotSignForThisCluster() {
    Request foreign = Request.sign(one, 1, new byte[] {1}, cluster.client);
    Block bad = cluster.block(4, 9, one, foreign);
    assertRefused(cluster.sign(0, 4, 9, new Payload.PrePrepare(bad)), "signature is bad");
  }

  @Test
  void shouldRefuseAnotherConfigurationsMessages() {
    TestCluster other = new TestCluster(7);
    assertRefused(other.sign(1, 4, 9, new Payload.Commit(one)), "configuration");
    assertRefused(other.sign(6, 4, 9, new Payload.Commit(one)), "configuration");
  }

  @Test
  void shouldRefuseCertificatesOfFewerThanAQuorum() {
    Certificate two = cluster.certificate(MessageType.COMMIT, 4, 9, one.bytes(), 1, 2);
    assertRefused(cluster.sign(1, 4, 9, new Payload.Committed(two)), "certificate");
    Certificate stable = cluster.certificate(MessageType.CHECKPOINT, 0, 8, new byte[96], 1, 2);
    assertRefused(cluster.sign(1, 0, 8, new Payload.Stable(stable)), "certificate");
    Certificate withoutPrimary =
        cluster.certificate(MessageType.PREPARE, 4, 9, one.bytes(), 1, 2, 3);
    assertRefused(cluster.sign(1, 5, 0, change(withoutPrimary)), "certificate");
  }

  @Test
  void shouldRefuseACertificateOfAnotherType() {
    assertRefused(cluster.sign(1, 4, 9, new Payload.Committed(prepared)), "another type");
    assertRefused(cluster.sign(1, 4, 9, new Payload.Stable(prepared)), "another type");
  }

  @Test
  void shouldRefuseAViewChangeWhoseCertificateDoesNotBearItOut() {
    assertTaken(cluster.sign(1, 5, 0, change(prepared)));
    assertTaken(cluster.sign(1, 5, 0, change(Certificate.genesis(cluster.membership))));
    Payload.Claim higher = new Payload.Claim(new Rank(4, 10), block.hash());
    assertRefused(
        cluster.sign(1, 5, 0, new Payload.ViewChange(higher, prepared)), "bear out its claim");
    assertRefused(cluster.sign(1, 4, 0, change(prepared)), "later view");
    Certificate emptyChain =
        new Certificate(MessageType.PREPARE, 0, 0, one.bytes(), java.util.Map.of());
    assertRefused(cluster.sign(1, 5, 0, change(emptyChain)), "certificate");
  }

  @Test
  void shouldRefuseANewViewThatAQuorumDidNotAskFor() {
    assertTaken(cluster.sign(1, 5, 9, newView(5, 3, prepared)));
    assertRefused(cluster.sign(2, 5, 9, newView(5, 3, prepared)), "sender");
    assertRefused(cluster.sign(1, 5, 9, newView(5, 2, prepared)), "number of its claims");
    assertRefused(cluster.sign(1, 5, 9, newView(9, 3, prepared)), "claim");
    assertRefused(cluster.sign(1, 5, 9, new Payload.NewView(List.of(), prepared)), "bear out");
  }

  @Test
  void shouldRefuseANewViewThatHidesTheHighestClaim() {
    Payload.NewView honest = newView(5, 3, prepared);
    Payload.NewView lower =
        new Payload.NewView(honest.claims(), Certificate.genesis(cluster.membership));
    assertRefused(cluster.sign(1, 5, 9, lower), "highest claim");
  }

  @Test
  void shouldCoverEveryTypeWithACode() throws ProtocolException {
    for (MessageType type : MessageType.values()) {
      assertThat(MessageType.of(type.code())).isEqualTo(type);
    }
    assertThatThrownBy(() -> MessageType.of(17)).isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> MessageType.of(0)).isInstanceOf(ProtocolException.class);
  }
}
